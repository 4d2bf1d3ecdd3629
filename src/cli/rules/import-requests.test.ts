import { expect, test } from 'vitest';
import { importParts, REQUEST_CHARS_MAX, REQUEST_FILES_MAX } from './import-requests.ts';

const source = 'logsource:\n  product: windows\n  category: process_creation\n';
const rule = (id: string, chars = 0) => ({
  name: `${id}.yml`,
  text: `title: ${id}\nid: ${id}\nname: name-${id}\n${source}# ${'x'.repeat(chars)}`,
});
const many = (count: number, chars = 0) => Array.from({ length: count }, (_, i) => rule(`r${i}`, chars));
const names = (files: readonly { readonly name: string }[]) => files.map(({ name }) => name.replace('.yml', ''));
const shown = (files: Parameters<typeof importParts>[0], isDryRun = true) =>
  importParts(files, isDryRun).parts.map(({ sent, beside }) => ({ sent: names(sent), beside: names(beside).sort() }));

const correlation = {
  name: 'burst.yml',
  text: 'title: burst\nid: burst\ncorrelation:\n  type: event_count\n  rules:\n    - r1\n    - "name-r250"\n',
};
const chained = {
  name: 'chain.yml',
  text: 'title: chain\nid: chain\ncorrelation:\n  type: temporal\n  rules: [burst, r300]\n',
};

test('files come in requests of bounded size, filters and correlations last', () => {
  const parts = shown([correlation, ...many(450)], false);
  expect(parts.map(({ sent }) => sent.length)).toEqual([REQUEST_FILES_MAX, REQUEST_FILES_MAX, 51]);
  expect(parts.at(-1)).toMatchObject({ beside: [] });
  expect(parts.at(-1)?.sent.at(-1)).toBe('burst');
  const bySize = importParts(many(10, REQUEST_CHARS_MAX / 4), false).parts;
  expect(bySize.map(({ sent }) => sent.length)).toEqual([3, 3, 3, 1]);
});

test('a dry run brings along what its correlations name, through other correlations too', () => {
  const parts = shown([chained, correlation, ...many(450)]);
  expect(parts.at(-1)).toMatchObject({ beside: ['r1', 'r250', 'r300'] });
  expect(parts.at(-1)?.sent.slice(-2)).toEqual(['chain', 'burst']);
  expect(shown([chained, correlation, ...many(450)], false).every(({ beside }) => beside.length === 0)).toBe(true);
});

test('a dry run brings along rules of the log source that a filter for any rule is about', () => {
  const filter = { name: 'f.yml', text: `title: f\nid: f\n${source}filter:\n  rules: any\n  s: {User: x}\n` };
  const [, , last] = shown([filter, ...many(400)]);
  expect(last).toMatchObject({ sent: ['f'] });
  expect(last?.beside.length).toBeGreaterThan(0);
  expect(last?.beside.length).toBeLessThanOrEqual(20);
});

test('files that give the same id travel together, whatever lies between them', () => {
  const twin = { ...rule('r3'), name: 'twin.yml' };
  const [first] = shown([...many(450), twin], false);
  expect(first?.sent.slice(0, 6)).toEqual(['r0', 'r1', 'r2', 'r3', 'twin', 'r4']);
});

test('a file that no request can take is refused with its size, and the others go', () => {
  const binary = { name: 'binary.yml', text: 'title: x\0y' };
  const { parts, refused } = importParts([rule('big', REQUEST_CHARS_MAX), binary, rule('small')], false);
  expect(parts.flatMap(({ sent }) => names(sent))).toEqual(['small']);
  expect(refused).toMatchObject([
    { file: 'big.yml', fate: 'refused', reason: expect.stringContaining('600000') },
    { file: 'binary.yml', fate: 'refused', reason: expect.stringContaining('U+0000') },
  ]);
});

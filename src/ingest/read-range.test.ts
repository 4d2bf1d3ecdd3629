import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LINE_BYTES_MAX } from './limits.ts';
import { RangeReader, rangesOf } from './read-range.ts';

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'tocsin-ranges-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function written(name: string, content: string | Buffer): string {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
}

test('any ranges of a file give each of its lines once, whole and in order', () => {
  const reader = new RangeReader();
  const line = fc.oneof(
    fc.constantFrom('', 'a', 'ü', '{"a":1}\r'),
    fc.nat(40).map((length) => 'x'.repeat(length)),
  );
  fc.assert(
    fc.property(
      fc.array(line, { minLength: 1, maxLength: 30 }),
      fc.boolean(),
      fc.array(fc.nat(200), { maxLength: 12 }),
      (lines, hasEnd, cuts) => {
        const bytes = Buffer.from(lines.join('\n') + (hasEnd ? '\n' : ''));
        const path = written('random', bytes);
        reader.close();
        const ends = [...new Set([0, ...cuts.filter((cut) => cut < bytes.length), bytes.length])].sort((a, b) => a - b);
        const read = ends.slice(1).map((to, at) => reader.read(path, { from: ends[at] ?? 0, to }).toString());
        expect(read.join('')).toBe(bytes.toString());
        const filled = read.filter((part) => part !== '');
        expect(filled.slice(0, -1).every((part) => part.endsWith('\n'))).toBe(true);
      },
    ),
    { numRuns: 400 },
  );
  reader.close();
});

test('a file of megabytes has ranges that together are the file', () => {
  const text = Array.from({ length: 60_000 }, (_, i) => `line ${i} of a file that is long enough for ranges`).join(
    '\n',
  );
  const path = written('long', text);
  const reader = new RangeReader();
  const parts = [...(rangesOf(path) ?? [])].map((range) => reader.read(path, range).toString());
  reader.close();
  expect(parts.length).toBe(3);
  expect(parts.join('')).toBe(text);
});

test('a line without end fills no memory and its neighbours are whole', () => {
  const path = written('endless', `first\n${'x'.repeat(5 * LINE_BYTES_MAX)}\nlast\n`);
  const reader = new RangeReader();
  const parts = [...(rangesOf(path) ?? [])].map((range) => reader.read(path, range).toString());
  reader.close();
  const lines = parts.flatMap((part) => part.split('\n').filter((line) => line !== ''));
  expect(lines.map((line) => line.slice(0, 5))).toEqual(['first', 'xxxxx', 'last']);
  expect(lines[1]?.length).toBeGreaterThan(LINE_BYTES_MAX);
  expect(Math.max(...parts.map(({ length }) => length))).toBeLessThan(3 * LINE_BYTES_MAX);
});

test('what must be read from its beginning has no ranges', () => {
  const packed = gzipSync('{"a":1}\n');
  const paths = [written('a.gz', 'x'), written('b.br', 'x'), written('by-its-mark', packed), '-', '/dev/null', dir];
  const arrays = [written('array', '[{"a":1}]'), written('late', ' \n [1]'), written('blank', ' '.repeat(10_000))];
  for (const path of [...paths, ...arrays]) expect([path, rangesOf(path)]).toEqual([path, null]);
});

test('a file that is not there is refused with its name', () => {
  expect(() => rangesOf(join(dir, 'nowhere'))).toThrow(/cannot read .*nowhere: ENOENT/);
});

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const pages = [
  ...readdirSync('.').filter((name) => name.endsWith('.md')),
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

test.each(pages)('%s links to nothing that is not there', (page) => {
  const text = readFileSync(page, 'utf8');
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  const missing = links
    .filter((link) => !/^(https?:|mailto:|#)/.test(link))
    .filter((link) => !existsSync(join(dirname(page), link.split('#', 1)[0] ?? '')));
  expect(missing).toEqual([]);
  const named = [...text.matchAll(/`((?:docs|src|test|samples|bench|scripts)\/[\w./-]+)`/g)].map(
    ([, path = '']) => path,
  );
  expect(named.filter((path) => !existsSync(path))).toEqual([]);
});

test('README counts the rules that ship', () => {
  const rules = readdirSync('samples/rules').length;
  const counted = [...readFileSync('README.md', 'utf8').matchAll(/(\d+) rules/g)].map(([, count]) => Number(count));
  expect(counted.length).toBeGreaterThan(0);
  expect(new Set(counted)).toEqual(new Set([rules]));
});

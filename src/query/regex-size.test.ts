import { expect, test } from 'vitest';
import { compileRegex } from './regex.ts';
import { regexSize } from './regex-size.ts';

test.each([
  ['abc', 3],
  ['a{10}', 15],
  ['a{2,10}', 17],
  ['(abc){10}', 9 + 50],
  ['[^]a-z]{10}', 11 + 70],
  [String.raw`\({10}`, 6 + 20],
  ['a{x}', 4],
  ['((ab){10}c){3}', 14 + 40 + 33],
])('%s has about %s steps', (pattern, size) => {
  expect(regexSize(pattern)).toBe(size);
});

test('a pattern that repeats more than the limit is refused before it is compiled', () => {
  const started = performance.now();
  expect(() => compileRegex('a{999}'.repeat(1000))).toThrow('its repeats come to about');
  expect(() => compileRegex(`(${'abc'.repeat(3000)}){900}`)).toThrow('its repeats come to about');
  expect(performance.now() - started).toBeLessThan(500);
  expect(compileRegex('(?:[0-9]{1,3}\\.){3}[0-9]{1,3}').finds('x 10.0.0.1')).toBe(true);
});

import { expect, test } from 'vitest';
import { processRule, ruleTest, sysmon } from './decoded.ts';

/** Selections s1, s2, s3 and _h hold when the event has the letter. */
const rule = (condition: string): string =>
  processRule(`s1: { A: x }\ns2: { B: x }\ns3: { C: x }\n_h: { D: x }\ncondition: ${JSON.stringify(condition)}`);
const event = (letters: string) => sysmon(1, Object.fromEntries([...letters].map((letter) => [letter, 'x'])));

test.each([
  ['s1 or s2 and s3', ['A', 'BC'], ['B', 'C']],
  ['(s1 or s2) and s3', ['AC', 'BC'], ['A', 'AB']],
  ['not s1 and s2', ['B'], ['AB', '']],
  ['not (s1 or s2)', ['C', ''], ['A', 'B']],
  ['s1 and not not s2', ['AB'], ['A']],
  ['S1 or s1', [], []],
  ['1 of s*', ['A', 'C'], ['D', '']],
  ['any of s*', ['A'], ['']],
  ['all of s*', ['ABC'], ['AB']],
  ['2 of s*', ['AB', 'BC', 'ABC'], ['A', 'AD']],
  ['1 of them', ['A', 'B'], ['D']],
  ['all of them', ['ABC'], ['ABD']],
  ['1 of _*', ['D'], ['ABC']],
  ['_h', ['D'], ['A']],
  ['s1 AND NOT s2', ['A'], ['AB']],
  ['1 OF S*', [], []],
  ['not 1 of s2*', ['A'], ['B']],
  ['1 of *3', ['C'], ['A']],
])('%s', (condition, yes, no) => {
  if (yes.length === 0) {
    expect(() => ruleTest(rule(condition))).toThrow();
    return;
  }
  const holds = ruleTest(rule(condition));
  for (const letters of yes) expect(holds(event(letters)), letters).toBe(true);
  for (const letters of no) expect(holds(event(letters)), letters).toBe(false);
});

test.each([
  ['s1 and', 'expected a selection, saw the end of the condition'],
  ['s1 s2', 'expected and, or or the end of the condition, saw "s2"'],
  ['(s1', 'expected ), saw the end of the condition'],
  ['s9', 'expected one of "s1", "s2", "s3", "_h", saw "s9"'],
  ['1 of x*', 'no selection is named "x*"'],
  ['5 of s*', '5 selections are wanted of 3'],
  ['some of s*', 'expected 1, all, any or another number before of, saw "some"'],
  ['s1 | count() > 5', 'aggregations after `|` (count, near, …) are gone from Sigma: expected a correlation rule'],
  [`${'('.repeat(100)}s1${')'.repeat(100)}`, 'nested more than 64 levels deep'],
  ['s1 or '.repeat(2_000).concat('s1'), 'parts, expected at most 2000'],
])('%s is refused: %s', (condition, message) => {
  expect(() => ruleTest(rule(condition))).toThrow(message);
});

test('a list of conditions holds when any of them does', () => {
  const holds = ruleTest(processRule('s1: { A: x }\ns2: { B: x }\ncondition:\n  - s1\n  - s2'));
  expect([event('A'), event('B'), event('C')].map(holds)).toEqual([true, true, false]);
});

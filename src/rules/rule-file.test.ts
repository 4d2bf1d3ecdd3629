import { expect, test } from 'vitest';
import { parseRuleFile } from './rule-file.ts';

const good = `searchname: A rule
query: >-
  process="*\\lsass.exe"
risk: high
tests:
  format: jsonl
  matches: ['{"a":1}']
  misses: ['{"a":2}']
`;

test('a rule file gives the fields of the rule and its logs', () => {
  const file = parseRuleFile(good, 'a.yaml');
  expect(file.fields).toEqual({ searchname: 'A rule', query: 'process="*\\lsass.exe"', risk: 'high' });
  expect(file.tests).toEqual({ format: 'jsonl', matches: ['{"a":1}'], misses: ['{"a":2}'] });
});

test.each([
  ['- a', 'a.yaml: not a mapping of rule fields'],
  ['searchname: 5', 'a.yaml: searchname must be text'],
  [good.slice(0, good.indexOf('tests:')), 'a.yaml: tests must be a mapping with format, matches and misses'],
  [good.replace('matches: [\'{"a":1}\']', 'matches: []'), 'a.yaml: tests.matches must hold at least one log'],
  ['a: [1', 'a.yaml: Flow sequence'],
  ['x'.repeat(1_000_001), 'a.yaml: 1000001 characters long, at most 1000000 are read'],
])('a file that is no rule is refused with its name and what is wrong', (text, message) => {
  expect(() => parseRuleFile(text, 'a.yaml')).toThrow(message);
});

test('a file that multiplies aliases is refused', () => {
  const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]'];
  for (let level = 0; level < 9; level += 1) {
    const [from, to] = [String.fromCharCode(97 + level), String.fromCharCode(98 + level)];
    bomb.push(`${to}: &${to} [${Array.from({ length: 10 }, () => `*${from}`).join(', ')}]`);
  }
  expect(() => parseRuleFile(bomb.join('\n'), 'bomb.yaml')).toThrow('bomb.yaml: ');
});

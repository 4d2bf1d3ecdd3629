import { expect, test } from 'vitest';
import { newFields } from '../events/event.ts';
import { compileFilter } from './compile-filter.ts';
import { EventView } from './event-view.ts';
import { parseQuery } from './parse-query.ts';
import { plainContext, planQuery } from './plan-query.ts';

function planned(text: string) {
  const { query, diagnostics } = parseQuery(text);
  return query === null ? { plan: null, diagnostics } : planQuery(query);
}

const messageOf = (text: string): string => planned(text).diagnostics[0]?.message ?? 'none';

test('a plain search, computed fields and choice of columns run on the stream; counting and cutting do not', () => {
  const isStreamable = (text: string): boolean | undefined => planned(text).plan?.isStreamable;
  expect(isStreamable('user=bob | search a=1 | rename a as b | fields b')).toBe(true);
  expect(isStreamable('| process regex("(?P<x>a)", user) | search x=*')).toBe(true);
  expect(isStreamable('user=bob | limit 5')).toBe(false);
  expect(isStreamable('user=bob | chart count()')).toBe(false);
});

test('a plan says which fields the search expression uses, and how its columns are called', () => {
  const { plan } = planned('login user=bob OR src=a | chart count() as n, sum(size) by user, host');
  expect(plan?.fieldsToExtract).toEqual(['msg', 'user', 'src']);
  expect(plan?.grouping).toEqual(['user', 'host']);
  expect(plan?.aliases).toEqual(['n', 'sum(size)']);
});

test('computed fields that build on each other without end are refused', () => {
  const chain = Array.from(
    { length: 40 },
    (_, i) => `| process eval ("a${i + 1}=case(a${i} == 'x' -> a${i}, a${i})")`,
  ).join(' ');
  expect(messageOf(chain)).toContain('parts when written out');
});

test.each(['(a+)+$', '((a*)*)*b', '(?:a{1,1000}){1,1000}', '(x+x+)+y', '(((a{1,30}){1,30}){1,30})'])(
  'the pattern %s ends soon, in an answer or a refusal',
  (pattern) => {
    const { plan, diagnostics } = planned(`| process regex("(?P<g>${pattern})", user) | search g=*`);
    if (plan === null) {
      expect(diagnostics[0]?.message).toContain('RE2');
      return;
    }
    const fields = newFields();
    fields['user'] = `${'a'.repeat(20_000)}!`;
    const event = { seq: 1, repo: 'default', eventAtMs: 0, receivedAtMs: 0, fields };
    expect(typeof compileFilter(plan)(event, new EventView())).toBe('boolean');
  },
);

test('a pattern that is longer than the limit is refused unread', () => {
  expect(messageOf(`| norm ${'<a:'.repeat(2_000_000)}`)).toContain('longer than');
  expect(messageOf(`| rex (${'a'.repeat(2_000_000)})`)).toContain('longer than');
});

test('lists are looked up when the query is planned, with their wildcards', () => {
  const { query } = parseQuery('user IN ADMINS -user IN "EMPTY"');
  if (query === null) throw new Error('the query was refused');
  const lists = new Map([
    ['ADMINS', ['root', 'adm*', '5']],
    ['EMPTY', []],
  ]);
  const { plan } = planQuery(query, { ...plainContext, list: (name) => lists.get(name), listNames: [...lists.keys()] });
  expect(plan?.filter).toEqual({
    kind: 'matches',
    ref: { kind: 'field', names: ['user'], isSet: false },
    values: { exact: ['root', '5'], numbers: [5], patterns: [{ kind: 'prefix', text: 'adm' }] },
  });
});

test('fields have no prototype to fall into', () => {
  const { plan } = planned('__proto__=x OR constructor=* OR toString=*');
  if (plan === null) throw new Error('the query was refused');
  const filter = compileFilter(plan);
  const event = (fields: { [name: string]: string }) => ({
    seq: 1,
    repo: 'default',
    eventAtMs: 0,
    receivedAtMs: 0,
    fields,
  });
  expect(filter(event(newFields()), new EventView())).toBe(false);
  const own = newFields();
  const name = '__proto__';
  own[name] = 'X';
  expect(filter(event(own), new EventView())).toBe(true);
});

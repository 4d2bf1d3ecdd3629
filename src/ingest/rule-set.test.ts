import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type LogEvent, newFields } from '../events/event.ts';
import { compileFilter } from '../query/compile-filter.ts';
import { EventView } from '../query/event-view.ts';
import { parseQuery } from '../query/parse-query.ts';
import { planQuery } from '../query/plan-query.ts';
import type { Match } from '../rules/match.ts';
import { RuleSet } from './rule-set.ts';

const target = { poolId: 'a'.repeat(32), logpointId: 'b'.repeat(32), logpointName: 'LP1', repo: 'default' };

const ruleOf = (query: string, i: number) => ({
  ruleId: String(i).padStart(24, '0'),
  ruleVersion: 1,
  logpointId: target.logpointId,
  query,
  repos: ['default'],
  throttlingField: null,
});

function eventOf(values: Readonly<Record<string, string>>): LogEvent {
  const fields = Object.assign(newFields(), values);
  return { seq: 1, repo: 'default', eventAtMs: 1, receivedAtMs: 1, fields };
}

/** The rules that hold when each is tried on its own. */
function holding(queries: readonly string[], event: LogEvent): number[] {
  const indexes: number[] = [];
  queries.forEach((text, i) => {
    const { query } = parseQuery(text);
    const plan = query === null ? null : planQuery(query).plan;
    if (plan !== null && compileFilter(plan)(event, new EventView())) indexes.push(i);
  });
  return indexes;
}

function matching(queries: readonly string[], event: LogEvent): number[] {
  const matches: Match[] = [];
  RuleSet.compile(queries.map(ruleOf)).matcherOf(target)?.match(event, matches);
  return matches.map(({ ruleId }) => Number(ruleId)).sort((a, b) => a - b);
}

const term = fc.constantFrom(
  'event_id=1',
  'event_id=01',
  'event_id="1.0"',
  'event_id IN [1, 4625, "x"]',
  'event_id="4*"',
  '-event_id=1',
  'event_id=*',
  'EventID=1',
  'norm_id=WinServer',
  'norm_id="WIN*"',
  'norm_id!=WinServer',
  'label=Process',
  'label=create',
  'label="Process Create"',
  'label=1',
  'label=""',
  'label IN [Login, Process]',
  '-label=Fail',
  'user=a',
);
const query = fc
  .array(fc.tuple(term, fc.constantFrom(' ', ' OR ')), { minLength: 1, maxLength: 5 })
  .map((parts) => parts.map(([text, join], i) => (i === 0 ? text : join + text)).join(''));
const optional = (...values: string[]) => fc.constantFrom(undefined, ...values);
const values = fc
  .record({
    event_id: optional('1', '01', '1.0', '4625', 'x', 'X', ''),
    norm_id: optional('WinServer', 'winserver', 'Unix'),
    label: optional('Process Create', 'process', 'Login Fail', '1', '01', '', ' ', 'Create Process Create'),
    user: optional('a', 'b'),
  })
  .map(
    (record) =>
      Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as Record<string, string>,
  );

test('rules in buckets match exactly what each rule matches alone, and none twice', () => {
  fc.assert(
    fc.property(fc.array(query, { minLength: 1, maxLength: 8 }), values, (queries, fields) => {
      const event = eventOf(fields);
      expect(matching(queries, event)).toEqual(holding(queries, event));
    }),
    { numRuns: 2000 },
  );
});

test('a rule that names a field as Windows does finds it under its stored name', () => {
  const event = eventOf({ event_id: '1', process: 'C:\\cmd.exe', command: 'cmd /c whoami' });
  expect(matching(['EventID=1 Image="*\\cmd.exe" CommandLine="*WHOAMI*"'], event)).toEqual([0]);
});

test('new rules are made while the old ones match', async () => {
  const old = RuleSet.compile([ruleOf('user=a', 0)]);
  const event = eventOf({ user: 'a', event_id: '1' });
  const many = Array.from({ length: 2_000 }, (_, i) => ruleOf(`event_id=${i} command="*tool${i}*"`, i));
  let isReady = false;
  let turns = 0;
  const next = old.next([...many, ruleOf('user=a', 7)]).finally(() => {
    isReady = true;
  });
  while (!isReady) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    const matches: Match[] = [];
    old.matcherOf(target)?.match(event, matches);
    expect(matches.map(({ ruleId }) => Number(ruleId))).toEqual([0]);
    turns += 1;
  }
  expect(turns).toBeGreaterThan(3);
  const rules = await next;
  const matches: Match[] = [];
  rules.matcherOf(target)?.match(event, matches);
  expect(matches.map(({ ruleId }) => Number(ruleId))).toEqual([7]);
});

test('repos with the same rules, and rules of a few repos only, each match their own', () => {
  const rules = [
    { ...ruleOf('user=a', 0), repos: ['default', 'other'] },
    { ...ruleOf('user=a', 1), repos: ['other', 'third', 'third'] },
  ];
  const set = RuleSet.compile(rules);
  const inRepo = (repo: string): number[] => {
    const matches: Match[] = [];
    set.matcherOf(target)?.match({ ...eventOf({ user: 'a' }), repo }, matches);
    return matches.map(({ ruleId }) => Number(ruleId));
  };
  expect([inRepo('default'), inRepo('other'), inRepo('third'), inRepo('fourth')]).toEqual([[0], [0, 1], [1], []]);
  expect(set.costliest(5)).toEqual([
    { ruleId: rules[0]?.ruleId, logpointId: target.logpointId, events: 3, tried: 2, matched: 2, estimatedUs: 0 },
    { ruleId: rules[1]?.ruleId, logpointId: target.logpointId, events: 3, tried: 2, matched: 2, estimatedUs: 0 },
  ]);
});

test('an edit of one rule keeps the costs and matches that the others have', async () => {
  const rules = [ruleOf('user=a', 0), ruleOf('user=a command="*x*"', 1), ruleOf('user=a', 2)];
  const [one, two] = [eventOf({ user: 'a', command: 'xyz' }), eventOf({ user: 'b' })];
  const first = RuleSet.compile(rules);
  for (const event of [one, two, one]) first.matcherOf(target)?.match(event, []);
  const edited = await first.next([ruleOf('user=a', 0), ruleOf('user=b', 1)]);
  edited.continueFrom(first);
  const told = (set: RuleSet) =>
    set.costliest().map(({ ruleId, events, matched }) => [Number(ruleId), events, matched]);
  expect(told(edited)).toEqual([[0, 3, 2]]);
  edited.matcherOf(target)?.match(two, []);
  expect(told(edited).sort()).toEqual([
    [0, 4, 2],
    [1, 1, 1],
  ]);
});

test('a change of exceptions, or of rules elsewhere, leaves a matcher as it is, and holds at once', async () => {
  const rules = Array.from({ length: 3_000 }, (_, i) => ruleOf(`event_id=${i} command="*tool${i}*"`, i));
  const first = RuleSet.compile(rules);
  const event = eventOf({ event_id: '7', command: 'a tool7' });
  const told = (set: RuleSet) => {
    const matches: Match[] = [];
    set.matcherOf(target)?.match(event, matches);
    return matches.map(({ ruleId, exceptions = [] }) => [Number(ruleId), exceptions]);
  };
  expect(told(first)).toEqual([[7, []]]);
  const exceptions = [{ id: 'e'.repeat(24), query: 'command="*tool7*"' }];
  const elsewhere = { ...ruleOf('user=a', 9_000), logpointId: 'c'.repeat(32) };
  const second = await first.next([...rules.map((rule) => ({ ...rule, exceptions })), elsewhere]);
  second.continueFrom(first);
  expect(told(second)).toEqual([[7, exceptions.map(({ id }) => id)]]);
  expect(second.costliest()).toMatchObject([{ events: 2, matched: 2 }]);
  const third = await second.next(rules.map((rule, i) => (i === 7 ? { ...rule, ruleVersion: 2 } : rule)));
  third.continueFrom(second);
  expect(told(third)).toEqual([[7, []]]);
  expect(third.costliest()).toMatchObject([{ events: 3, matched: 3 }]);
  // Nothing was built but the matcher of the other logpoint.
  expect(second.report.buildMs).toBeLessThan(first.report.buildMs);
});

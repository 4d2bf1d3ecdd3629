import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AlertRule } from '../../src/rules/alert-rule.ts';
import type { Match } from '../../src/rules/match.ts';
import { aRule, commands, LOGPOINT, RuleBench } from './fixture.ts';

const START = Date.UTC(2026, 10, 2, 8, 0);

let bench: RuleBench;
beforeEach(() => {
  bench = new RuleBench(START);
});
afterEach(() => bench.close());

const aMatch = (rule: AlertRule, seq: number, changes: Partial<Match> = {}): Match => ({
  logpointId: LOGPOINT,
  ruleId: rule.id,
  ruleVersion: rule.version,
  seq,
  eventAtMs: START + seq * 1000,
  repo: 'default',
  throttleValue: null,
  ...changes,
});

async function apply(fromSeq: number, toSeq: number, matches: readonly Match[], stream = 'node-a') {
  return (await bench.store()).write(commands.applyMatches, { stream, fromSeq, toSeq, matches });
}

const nothing = { applied: 0, repeated: 0, ignored: 0, outdated: 0, unknown: 0, missing: null };

test('a batch at or below the cursor adds nothing, one that overlaps it adds the rest', async () => {
  const rule = aRule();
  await bench.insert(rule);
  const matches = [1, 2, 3].map((seq) => aMatch(rule, seq));
  expect(await apply(1, 3, matches)).toEqual({ ...nothing, applied: 3 });
  expect(await apply(1, 3, matches)).toEqual({ ...nothing, repeated: 3 });
  expect(await apply(2, 5, [...matches.slice(1), aMatch(rule, 4)])).toEqual({ ...nothing, applied: 1, repeated: 2 });
  expect((await bench.incidents()).map(({ hits }) => hits)).toEqual([4]);
});

test('numbers that no batch covered are told, not passed over in silence', async () => {
  const rule = aRule();
  await bench.insert(rule);
  await apply(1, 10, []);
  expect((await apply(14, 20, [aMatch(rule, 15)])).missing).toEqual({ fromSeq: 11, toSeq: 13 });
});

test('each stream has a cursor of its own', async () => {
  const rule = aRule({ conditionOption: 'moreequal', conditionValue: 2 });
  await bench.insert(rule);
  await apply(1, 9, [aMatch(rule, 5)], 'node-a');
  expect(await apply(1, 9, [aMatch(rule, 5)], 'node-b')).toEqual({ ...nothing, applied: 1 });
  expect(await bench.incidents()).toHaveLength(1);
});

test('a match of an older version counts while the search is the same, and is outdated once it is another', async () => {
  const rule = aRule({ version: 3, matchVersion: 2 });
  await bench.insert(rule);
  const versions = [1, 2, 3].map((ruleVersion, i) => aMatch(rule, i + 1, { ruleVersion }));
  expect(await apply(1, 3, versions)).toEqual({ ...nothing, applied: 2, outdated: 1 });
  expect(await bench.stats(rule.id)).toMatchObject({ matches: 2, outdated: 1 });
});

test('matches of rules that are inactive, on schedule or gone raise nothing and are counted as such', async () => {
  const off = aRule({ active: false });
  const scheduled = aRule({ id: 'c'.repeat(24), alertruleId: 'c'.repeat(32), name: 'c', mode: 'schedule' });
  await bench.insert(off);
  await bench.insert(scheduled);
  const gone = aRule({ id: 'd'.repeat(24) });
  const foreign = aMatch(off, 4, { logpointId: '9'.repeat(32) });
  const answer = await apply(1, 4, [aMatch(off, 1), aMatch(scheduled, 2), aMatch(gone, 3), foreign]);
  expect(answer).toEqual({ ...nothing, ignored: 2, unknown: 2 });
  expect(await bench.stats(off.id)).toMatchObject({ ignored: 1, matches: 0, hits: 0 });
  expect(await bench.incidents()).toEqual([]);
});

test("the range of a firing is as long as the rule's, in whole seconds, and holds the hit", async () => {
  const rule = aRule({ rangeMinutes: 1 });
  await bench.insert(rule);
  await apply(1, 1, [aMatch(rule, 1, { eventAtMs: START + 1_999 })]);
  const [incident] = await bench.incidents();
  expect(incident?.firing).toMatchObject({
    windowFromMs: START + 2_000 - 60_000,
    windowToMs: START + 2_000,
    detectedAtMs: START,
    hits: 1,
    rowsCount: 1,
  });
});

test('a storm of hits in one batch is one incident and one extension', async () => {
  const rule = aRule();
  await bench.insert(rule);
  const storm = Array.from({ length: 2_000 }, (_, i) => aMatch(rule, i + 1, { eventAtMs: START + i }));
  await apply(1, 2_000, storm);
  const [incident, ...others] = await bench.incidents();
  expect(others).toEqual([]);
  expect(incident).toMatchObject({ hits: 2_000, extensions: 1 });
  expect(await bench.stats(rule.id)).toMatchObject({ hits: 2_000, raised: 1, extended: 1_999 });
});

test('old matches are swept by arrival, so a late import counts like live traffic', async () => {
  const rule = aRule({ conditionOption: 'moreequal', conditionValue: 3 });
  await bench.insert(rule);
  const yearAgo = START - 365 * 86_400_000;
  await apply(1, 2, [aMatch(rule, 1, { eventAtMs: START }), aMatch(rule, 2, { eventAtMs: yearAgo })]);
  bench.nowMs += 60_000;
  await apply(3, 4, [aMatch(rule, 3, { eventAtMs: START + 60_000 }), aMatch(rule, 4, { eventAtMs: yearAgo + 1_000 })]);
  await apply(5, 5, [aMatch(rule, 5, { eventAtMs: yearAgo + 2_000 })]);
  const [incident] = await bench.incidents();
  expect(incident?.firing.windowToMs).toBe(yearAgo + 3_000);
  bench.nowMs += 10 * 3_600_000;
  await apply(6, 6, [aMatch(rule, 6, { eventAtMs: START + 86_400_000 })]);
  await apply(7, 7, [aMatch(rule, 7, { eventAtMs: START + 61_000 })]);
  expect(await bench.incidents()).toHaveLength(1);
});

test('throttling values with control characters or broken Unicode are told apart, also when they wait to be counted', async () => {
  const rule = aRule({
    conditionOption: 'moreequal',
    conditionValue: 2,
    throttling: { field: 'msg', rangeMinutes: 5 },
  });
  await bench.insert(rule);
  const values = ['x', 'a\0b', 'a\0c', '\ud800', '\udfff', 'a\0b'];
  for (const [i, throttleValue] of values.entries()) {
    await apply(i + 1, i + 1, [aMatch(rule, i + 1, { throttleValue })]);
  }
  const incidents = await bench.incidents();
  expect(new Set(incidents.map(({ firing }) => firing.groupKey)).size).toBe(4);
  expect(incidents).toHaveLength(4);
});

test('a throttling value of any length is a group of its own', async () => {
  const rule = aRule({ throttling: { field: 'msg', rangeMinutes: 5 } });
  await bench.insert(rule);
  const long = 'x'.repeat(100_000);
  await apply(1, 3, [
    aMatch(rule, 1, { throttleValue: `${long}a` }),
    aMatch(rule, 2, { throttleValue: `${long}b` }),
    aMatch(rule, 3, { throttleValue: `${long}a` }),
  ]);
  const incidents = await bench.incidents();
  expect(incidents.map(({ hits }) => hits)).toEqual([2, 1]);
  expect(incidents.every(({ firing }) => firing.groupKey.length < 100)).toBe(true);
});

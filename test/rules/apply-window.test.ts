import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AlertRule } from '../../src/rules/alert-rule.ts';
import type { RowGroup } from '../../src/rules/own-rows.ts';
import { aRule, commands, LOGPOINT, queries, RuleBench } from './fixture.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 2, 8, 0);

let bench: RuleBench;
beforeEach(() => {
  bench = new RuleBench(START);
});
afterEach(() => bench.close());

const chartRule = (changes: Partial<AlertRule> = {}): AlertRule =>
  aRule({ query: 'action=login | chart count() by user', rangeMinutes: 10, intervalMinutes: 5, ...changes });

const group = (key: string, throttleValue: string | null = null): RowGroup => ({ key, throttleValue });

/** Applies the window that ends `minutes` after the start. */
async function apply(rule: AlertRule, minutes: number, groups: readonly RowGroup[], rowsCount = groups.length) {
  const toMs = START + minutes * MINUTE;
  return (await bench.store()).write(commands.applyWindow, {
    logpointId: LOGPOINT,
    ruleId: rule.id,
    ruleVersion: rule.version,
    window: { fromMs: toMs - rule.rangeMinutes * MINUTE, toMs },
    gap: null,
    rowsCount,
    isCut: false,
    groups,
  });
}

const summary = async () =>
  (await bench.incidents()).map(({ firing, hits }) => ({ group: firing.groupKey, rows: firing.rowsCount, hits }));

test('a group that no open episode knows raises an incident, a known one is a hit of its own', async () => {
  const rule = chartRule();
  await bench.insert(rule);
  await apply(rule, 5, [group('root')]);
  await apply(rule, 10, [group('root')]);
  await apply(rule, 15, [group('root'), group('alice')]);
  expect(await summary()).toEqual([
    { group: 'root', rows: 1, hits: 3 },
    { group: 'alice', rows: 2, hits: 1 },
  ]);
  const [first] = await bench.incidents();
  expect(first?.firing).toMatchObject({ windowFromMs: START - 5 * MINUTE, windowToMs: START + 5 * MINUTE });
  expect(await bench.stats(rule.id)).toMatchObject({ windows: 3, hits: 3, raised: 2, extended: 1 });
});

test('groups that are new together raise one incident together', async () => {
  const rule = chartRule();
  await bench.insert(rule);
  await apply(rule, 5, [group('a'), group('b'), group('c')]);
  await apply(rule, 10, [group('c'), group('a')]);
  expect(await summary()).toEqual([{ group: expect.stringMatching(/^sha256:/), rows: 3, hits: 2 }]);
});

test('an episode ends when no window within the range held it', async () => {
  const rule = chartRule();
  await bench.insert(rule);
  await apply(rule, 5, [group('root')]);
  await apply(rule, 10, []);
  await apply(rule, 15, [group('root')]);
  await apply(rule, 20, []);
  await apply(rule, 25, []);
  await apply(rule, 30, [group('root')]);
  expect(await summary()).toEqual([
    { group: 'root', rows: 1, hits: 2 },
    { group: 'root', rows: 1, hits: 1 },
  ]);
});

test('a window raises a new incident when the one that stood for its groups is resolved', async () => {
  const rule = chartRule();
  await bench.insert(rule);
  await apply(rule, 5, [group('root')]);
  const [incident] = await bench.incidents();
  await (await bench.store()).write(commands.setStatus, { id: incident?.id ?? '', status: 'resolved' });
  await apply(rule, 10, [group('root')]);
  await apply(rule, 15, [group('root')]);
  expect((await summary()).map(({ hits }) => hits)).toEqual([1, 2]);
});

test('a throttled value raises once within the throttling range, whatever became of its incident', async () => {
  const rule = chartRule({ throttling: { field: 'user', rangeMinutes: 20 } });
  await bench.insert(rule);
  await apply(rule, 5, [group('1', 'root')]);
  const [incident] = await bench.incidents();
  await (await bench.store()).write(commands.setStatus, { id: incident?.id ?? '', status: 'resolved' });
  await apply(rule, 10, [group('2', 'root')]);
  await apply(rule, 15, [group('3', 'root'), group('4', 'eve')]);
  await apply(rule, 20, []);
  await apply(rule, 25, [group('5', 'root')]);
  expect((await summary()).map(({ group: key }) => key)).toEqual(['root', 'eve', 'root']);
  expect(await bench.stats(rule.id)).toMatchObject({ hits: 4, raised: 3, throttled: 1 });
});

test('each incident of a window knows which of its rows it is about', async () => {
  const rule = chartRule({ throttling: { field: 'user', rangeMinutes: 20 } });
  await bench.insert(rule);
  await apply(rule, 5, [group('1', 'root'), group('2', 'root')]);
  await apply(rule, 10, [group('1', 'root'), group('3', 'eve'), group('4')]);
  const own = (await bench.incidents()).map(({ firing }) => firing.ownRows);
  expect(own).toEqual([
    { field: 'user', values: ['root'], keys: [], isCut: false },
    { field: 'user', values: ['eve'], keys: ['4'], isCut: false },
  ]);
});

test('with flush_on_trigger every window that fires raises anew and the rule remembers what is used up', async () => {
  const rule = chartRule({ flushOnTrigger: true });
  await bench.insert(rule);
  expect(await apply(rule, 5, [group('root')])).toEqual({ isApplied: true, flushedToMs: START + 5 * MINUTE });
  expect(await apply(rule, 10, [])).toEqual({ isApplied: true, flushedToMs: START + 5 * MINUTE });
  await apply(rule, 15, [group('root')]);
  expect(await summary()).toHaveLength(2);
});

test('a condition that holds without rows is an episode like any other', async () => {
  const rule = aRule({ conditionOption: 'lessthan', conditionValue: 1, intervalMinutes: 5 });
  await bench.insert(rule);
  for (const minutes of [5, 10]) await apply(rule, minutes, []);
  await apply(rule, 15, [group('')], 7);
  expect(await summary()).toEqual([{ group: '', rows: 0, hits: 2 }]);
});

test('a window counts once, in its turn, and only for the version that was searched', async () => {
  const rule = chartRule();
  await bench.insert(rule);
  expect((await apply(rule, 10, [group('root')])).isApplied).toBe(false);
  expect((await apply({ ...rule, version: 2 }, 5, [group('root')])).isApplied).toBe(false);
  expect((await apply(rule, 5, [group('root')])).isApplied).toBe(true);
  expect((await apply(rule, 5, [group('root')])).isApplied).toBe(false);
  const store = await bench.store();
  await store.write(commands.update, { ...rule, active: false });
  expect((await apply(rule, 10, [group('root')])).isApplied).toBe(false);
  await store.write(commands.trash, rule.id);
  expect((await apply(rule, 10, [group('root')])).isApplied).toBe(false);
  expect(await summary()).toEqual([{ group: 'root', rows: 1, hits: 1 }]);
  expect(await store.read(queries.schedule, rule.id)).toBeNull();
});

test('what a rule could not keep in a list is its last error, and the window counts all the same', async () => {
  const rule = chartRule();
  await bench.insert(rule);
  const applied = await (await bench.store()).write(commands.applyWindow, {
    logpointId: LOGPOINT,
    ruleId: rule.id,
    ruleVersion: rule.version,
    window: { fromMs: START - 5 * MINUTE, toMs: START + 5 * MINUTE },
    gap: null,
    rowsCount: 1,
    isCut: false,
    groups: [group('root')],
    written: [{ to: 'list', name: 'GONE', columns: ['user'], entries: [['root']] }],
  });
  expect(applied.isApplied).toBe(true);
  const schedule = await (await bench.store()).read(queries.schedule, rule.id);
  expect(schedule).toMatchObject({ lastError: expect.stringContaining('toList names GONE, expected a dynamic list') });
});

test('each incident of a window names what its own rows name', async () => {
  const rule = chartRule({ throttling: { field: 'user', rangeMinutes: 20 } });
  await bench.insert(rule);
  const named = (key: string, user: string): RowGroup => ({
    key,
    throttleValue: user,
    entities: [{ kind: 'user', value: user }],
  });
  await apply(rule, 5, [named('1', 'root'), named('2', 'eve')]);
  await apply(rule, 10, [named('3', 'root'), named('4', 'mallory')]);
  const users = (await bench.incidents()).map(({ firing }) => firing.entities?.map(({ value }) => value));
  expect(users).toEqual([['root', 'eve'], ['mallory']]);
});

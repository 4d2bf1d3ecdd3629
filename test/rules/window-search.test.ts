import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ChdbEventStore, openChdbEventStore } from '../../src/adapters/chdb/chdb-event-store.ts';
import { type LogEvent, newFields } from '../../src/events/event.ts';
import { noDefinitions } from '../../src/query/definitions.ts';
import type { AlertRule } from '../../src/rules/alert-rule.ts';
import { windowSearch } from '../../src/rules/window-search.ts';
import { aRule, LOGPOINT } from './fixture.ts';

const START = Date.UTC(2026, 10, 2, 8, 0);
const MINUTE = 60_000;
const WINDOW = { fromMs: START, toMs: START + 10 * MINUTE };

const anEvent = (seq: number, atMs: number, repo: string, values: Record<string, string>): LogEvent => ({
  seq,
  repo,
  eventAtMs: START + atMs,
  receivedAtMs: START + atMs,
  fields: Object.assign(newFields(), values),
});

const exceptions: { id: string; query: string }[] = [];
let dataDir: string;
let events: ChdbEventStore;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'tocsin-windows-'));
  events = await openChdbEventStore({ dataDir });
  await events.openLogpoint(LOGPOINT);
  const fail = (user: string, dc: string) => ({ action: 'login', outcome: 'failure', user, device_ip: dc });
  const batch = [
    anEvent(1, -1, 'default', fail('root', '10.0.0.1')),
    anEvent(2, 0, 'default', fail('root', '10.0.0.1')),
    anEvent(3, MINUTE, 'default', fail('root', '10.0.0.2')),
    anEvent(4, 2 * MINUTE, 'default', fail('eve', '10.0.0.1')),
    anEvent(5, 3 * MINUTE, 'other', fail('mallory', '10.0.0.1')),
    anEvent(6, 10 * MINUTE - 1, 'default', { action: 'login', outcome: 'success', user: 'eve' }),
    anEvent(7, 10 * MINUTE, 'default', fail('late', '10.0.0.1')),
  ];
  await events.append(LOGPOINT, batch, 'batch-1');
});
afterAll(async () => {
  await events.close();
  rmSync(dataDir, { recursive: true, force: true });
});

function search(changes: Partial<AlertRule>) {
  const rowContextOf = async () => ({ logpointName: 'lp1', logpointIp: '10.0.0.1' });
  const run = windowSearch({
    events,
    rowContextOf,
    definitionsOf: async () => noDefinitions,
    exceptionsOf: async () => exceptions,
  });
  return run(aRule(changes), WINDOW, { timeoutMs: 10_000, signal: new AbortController().signal });
}

test("a plain search counts the rows of the window and the rule's repos, both bounds as they should be", async () => {
  expect(await search({ query: 'action=login' })).toMatchObject({
    rowsCount: 4,
    isCut: false,
    groups: [{ key: '', throttleValue: null }],
  });
  expect(await search({ query: 'action=logout' })).toEqual({ rowsCount: 0, isCut: false, groups: [] });
});

test('no more rows are asked for than decide the condition and fill the limit', async () => {
  expect((await search({ query: 'action=login', limit: 2, conditionValue: 0 })).rowsCount).toBe(2);
  expect((await search({ query: 'action=login', limit: 1, conditionValue: 2 })).rowsCount).toBe(3);
});

test("a chart's rows are its groups, with the value of the throttling field when it is a column", async () => {
  const query = 'outcome=failure | chart count() as cnt by user | search cnt > 0';
  const one = await search({ query, throttling: { field: 'user', rangeMinutes: 5 } });
  expect(one.rowsCount).toBe(2);
  expect([...one.groups].sort((a, b) => a.key.localeCompare(b.key))).toEqual([
    { key: 'eve', throttleValue: 'eve', entities: [{ kind: 'user', value: 'eve' }] },
    { key: 'root', throttleValue: 'root', entities: [{ kind: 'user', value: 'root' }] },
  ]);
  const two = await search({ query: 'outcome=failure | chart count() by user, device_ip' });
  expect(two.groups.map(({ key }) => key).sort()).toEqual([
    '["eve","10.0.0.1"]',
    '["root","10.0.0.1"]',
    '["root","10.0.0.2"]',
  ]);
  expect((await search({ query: 'outcome=failure | chart count()' })).groups).toEqual([
    { key: '', throttleValue: null },
  ]);
});

test('a query that cannot be planned is a failed search, not an empty answer', async () => {
  await expect(search({ query: 'user=' })).rejects.toThrow(/the query of rule a+ cannot run: 1:/);
});

test('exceptions take events out before they are counted, and are told how many that were', async () => {
  const all = await search({ query: '* | chart count() as n by user' });
  exceptions.push({ id: 'e'.repeat(24), query: 'user=eve' });
  const left = await search({ query: '* | chart count() as n by user' });
  exceptions.pop();
  expect(left.groups.map(({ key }) => key)).toEqual(all.groups.map(({ key }) => key).filter((key) => key !== 'eve'));
  expect(left.suppressed?.[0]).toMatchObject({ id: 'e'.repeat(24) });
  expect(left.suppressed?.[0]?.count).toBeGreaterThan(0);
});

test('what toList collects comes with the rows of the window', async () => {
  const query = 'outcome=failure | chart count() by user | process toList(SEEN, user)';
  const { written } = await search({ query, mode: 'schedule' });
  expect(written?.map(({ name, entries }) => [name, [...entries].flat().sort()])).toEqual([['SEEN', ['eve', 'root']]]);
});

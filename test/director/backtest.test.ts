import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ChdbEventStore, openChdbEventStore } from '../../src/adapters/chdb/chdb-event-store.ts';
import { type LogEvent, newFields } from '../../src/events/event.ts';
import type { JsonObject } from '../../src/shared/json.ts';
import { type DirectorWorld, openDirectorWorld, rowsOf } from './director-world.ts';

const DAY = 86_400_000;
const START = Math.floor(Date.now() / DAY) * DAY - 3 * DAY;
const RANGE = { from: START / 1000, to: START / 1000 + 2 * 86_400 };

let dataDir: string;
let events: ChdbEventStore;
let world: DirectorWorld;
let seq = 0;

const anEvent = (atMs: number, fields: Readonly<Record<string, string>>): LogEvent => {
  seq += 1;
  const time = { eventAtMs: START + atMs, receivedAtMs: START + atMs };
  return { seq, repo: 'default', ...time, fields: Object.assign(newFields(), fields) };
};

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'tocsin-backtest-'));
  events = await openChdbEventStore({ dataDir });
  world = await openDirectorWorld([], events);
  await events.openLogpoint(world.acme.logpoint.id);
  const hour = DAY / 24;
  const fail = (atMs: number, user: string) => anEvent(atMs, { action: 'login', outcome: 'failure', user });
  const batch = [
    fail(hour, 'scanner'),
    fail(hour + 60_000, 'scanner'),
    fail(2 * hour, 'bob'),
    fail(DAY + hour, 'scanner'),
    fail(DAY + 2 * hour, 'eve'),
    fail(DAY + 2 * hour + 60_000, 'eve'),
    fail(2 * DAY + hour, 'mallory'),
    fail(2 * DAY + hour + 1, 'mallory'),
    fail(2 * DAY + hour + 2, 'mallory'),
    anEvent(DAY + 3 * hour, { action: 'login', outcome: 'success', user: 'eve' }),
  ];
  await events.append(world.acme.logpoint.id, batch, 'batch');
});
afterAll(async () => {
  await world.close();
  await events.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const fields = (searchname: string, more: JsonObject = {}): JsonObject => ({
  searchname,
  owner: world.acme.admin.id,
  repos: ['default'],
  query: 'outcome=failure',
  limit: 10,
  timerange_minute: 10,
  condition_option: 'greaterthan',
  condition_value: 0,
  risk: 'low',
  aggregate: 'max',
  ...more,
});

test('a stream rule is played with the live firing: incidents and hits of each day, and the noisiest values', async () => {
  const id = String((await world.order('POST AlertRules', fields('failures')))['id']);
  const found = await world.order('POST AlertRules/backtest', { rule_id: id, ...RANGE });
  expect(found).toMatchObject({ success: true, incidents: 4, hits: 6, suppressed: 0, cut: null });
  const [first, second] = [START, START + DAY].map((atMs) => new Date(atMs).toISOString().slice(0, 10));
  expect(found['per_day']).toEqual([
    { day: first, hits: 3, incidents: 2 },
    { day: second, hits: 3, incidents: 2 },
  ]);
  expect(found['noisiest']).toContainEqual({ field: 'user', value: 'scanner', count: 3 });
});

test('a throttling and an exception that are tried say what they would leave', async () => {
  const rule = fields('tried');
  const throttle = { field: 'user', range_minute: 1_440 };
  const throttled = await world.order('POST AlertRules/backtest', { rule, ...RANGE, throttle });
  expect(throttled).toMatchObject({ incidents: 4, throttled: 2, as_is: { incidents: 4, throttled: 0 } });
  const exception = { query: 'user=scanner' };
  const left = await world.order('POST AlertRules/backtest', { rule, ...RANGE, exception });
  expect(left).toMatchObject({ incidents: 2, hits: 3, suppressed: 3, without_exceptions: { incidents: 4, hits: 6 } });
  expect(await world.order('POST AlertRules/backtest', { rule, ...RANGE, exception: { query: '*' } })).toMatchObject({
    success: false,
  });
});

test('a threshold and a chart on schedule are played over their windows', async () => {
  const threshold = fields('threshold', { condition_value: 1 });
  expect(await world.order('POST AlertRules/backtest', { rule: threshold, ...RANGE })).toMatchObject({ incidents: 2 });
  const counted = 'outcome=failure | chart count() as cnt by user | search cnt > 1';
  const onStream = { rule: fields('counted', { query: counted }), ...RANGE };
  expect(await world.order('POST AlertRules/backtest', onStream)).toMatchObject({
    incidents: 2,
    rule: { mode: 'stream' },
  });
  const query = 'outcome=failure | chart count() as cnt, max(size) as largest by user | search cnt > 1';
  const chart = fields('chart', { query, search_interval_minute: 10 });
  const found = await world.order('POST AlertRules/backtest', { rule: chart, ...RANGE });
  expect(found).toMatchObject({ incidents: 2, hits: 2, cut: null, rule: { mode: 'schedule' } });
  const without = await world.order('POST AlertRules/backtest', {
    rule: chart,
    ...RANGE,
    exception: { query: 'user=eve' },
  });
  expect(without).toMatchObject({ incidents: 1, suppressed: 2 });
});

test('a backfill raises what would have been raised, marked, once', async () => {
  const id = String((await world.order('POST AlertRules', fields('filled')))['id']);
  expect(await world.order(`POST AlertRules/${id}/backfill`, RANGE)).toMatchObject({ raised: 4, repeated: 0 });
  expect(await world.order(`POST AlertRules/${id}/backfill`, RANGE)).toMatchObject({ raised: 0, repeated: 4 });
  const rows = rowsOf(await world.order('POST Incidents/fetch', { limit: 100 }));
  const own = rows.filter((row) => row['alert_obj_id'] === id);
  expect(own).toHaveLength(4);
  expect(own[0]?.['metadata']).toContainEqual({ field: 'backfilled', value: 'true' });
});

test('firings of one second are incidents of their own, once', async () => {
  const id = String((await world.order('POST AlertRules', fields('each', { flush_on_trigger: 'on' })))['id']);
  const range = { from: RANGE.to, to: RANGE.to + 86_400 };
  expect(await world.order('POST AlertRules/backtest', { rule_id: id, ...range })).toMatchObject({ incidents: 3 });
  expect(await world.order(`POST AlertRules/${id}/backfill`, range)).toMatchObject({ raised: 3, repeated: 0 });
  expect(await world.order(`POST AlertRules/${id}/backfill`, range)).toMatchObject({ raised: 0, repeated: 3 });
});

test('a dry run of an exception says how many matches of which rules it would have taken', async () => {
  const id = String((await world.order('POST AlertRules', fields('dry')))['id']);
  const found = await world.order('POST Exceptions/dryRun', { query: 'user=scanner', rule_ids: [id], days: 7 });
  expect(found).toMatchObject({ hits: 3, events: 3, by_rule: [{ id, matches: 3 }], cut: null });
  expect(await world.order('POST Exceptions/dryRun', { query: 'user=eve' })).toMatchObject({ events: 3 });
});

test('a range that ends before it begins and an unknown rule are refused', async () => {
  expect(await world.order('POST AlertRules/backtest', { rule_id: '0'.repeat(24), ...RANGE })).toMatchObject({
    success: false,
    message: 'Alert rule not found',
  });
  const turned = { from: RANGE.to, to: RANGE.from };
  expect(await world.order('POST AlertRules/backtest', { rule: fields('x'), ...turned })).toMatchObject({
    success: false,
  });
});

const CORRELATED = `title: Failed logon
id: bt-failed
logsource: { product: linux, service: sshd }
detection: { s: { outcome: failure }, condition: s }
---
title: Many failed logons
id: bt-many
correlation:
  type: event_count
  rules: [bt-failed]
  group-by: [user]
  timespan: 5m
  condition: { gte: 2 }
---
title: Many, twice
id: bt-chain
correlation:
  type: event_count
  rules: [bt-many]
  timespan: 2d
  condition: { gte: 2 }
`;

test('a Sigma correlation, and one of correlations, is played over the matches of its rules', async () => {
  const rows = rowsOf(
    await world.order('POST AlertRules/sigma', {
      owner: world.acme.admin.id,
      repos: ['default'],
      yaml: CORRELATED,
      activate: false,
    }),
  );
  expect(rows.map(({ rule_id, fate }) => [rule_id, fate])).toEqual([
    ['bt-failed', 'imported'],
    ['bt-many', 'imported'],
    ['bt-chain', 'imported'],
  ]);
  const sshd = (dayMs: number, second: number, user: string) =>
    anEvent(dayMs + 12 * 3_600_000 + second * 1000, { process: 'sshd', program: 'sshd', outcome: 'failure', user });
  const batch = [
    ...[0, 10].map((second) => sshd(0, second, 'root')),
    sshd(0, 20, 'ada'),
    ...[0, 10, 20].map((second) => sshd(DAY, second, 'eve')),
  ];
  await events.append(world.acme.logpoint.id, batch, 'correlated');
  const played = (i: number) => world.order('POST AlertRules/backtest', { rule_id: String(rows[i]?.['id']), ...RANGE });
  const many = await played(1);
  // Two of root on the first day, and on the second eve's second and third are one incident.
  expect(many).toMatchObject({ success: true, incidents: 2, hits: 3, cut: null });
  expect((many['per_day'] as readonly JsonObject[]).map(({ incidents }) => incidents)).toEqual([1, 1]);
  // Its hits are three: at the second of them the chain holds, a day later.
  expect(await played(2)).toMatchObject({ success: true, incidents: 1, hits: 2, cut: null });
});

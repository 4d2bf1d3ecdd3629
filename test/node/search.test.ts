import { afterAll, beforeAll, expect, test } from 'vitest';
import { timeRangeOf } from '../../src/apis/node/time-range.ts';
import type { LogEvent } from '../../src/events/event.ts';
import { ruleCreate } from '../../src/rules/registry.ts';
import { isJsonObject, type JsonObject } from '../../src/shared/json.ts';
import { aFiring, aRule, raise } from '../incidents/world.ts';
import { call, callForm, type NodeWorld, openNodeWorld, type Person, rowsOf } from './node-world.ts';

let world: NodeWorld;
let stranger: Person;
const startMs = Math.floor(Date.now() / 60_000) * 60_000 - 600_000;

const EVENTS: readonly LogEvent[] = Array.from({ length: 40 }, (_, n) => ({
  seq: n + 1,
  repo: n % 4 === 3 ? '_logpoint' : 'default',
  eventAtMs: startMs + n * 1_000,
  receivedAtMs: startMs + n * 1_000 + 5,
  fields: Object.assign(Object.create(null) as Record<string, string>, {
    msg: `line ${n}`,
    user: n % 2 === 0 ? 'alice' : 'bob',
    event_id: '4624',
    device_ip: n < 20 ? '192.0.2.1' : '192.0.2.2',
    device_name: n < 20 ? 'one' : 'two',
  }),
}));

beforeAll(async () => {
  world = await openNodeWorld();
  stranger = await world.addUser('stranger');
  await world.events.append(world.logpointId, EVENTS, 'batch');
  const data = {
    searchname: 'Live logins',
    owner: world.admin.id,
    repos: ['default'],
    limit: 100,
    timerange_hour: 1,
    condition_option: 'greaterthan',
    condition_value: 0,
    risk: 'low',
    aggregate: 'max',
    query: 'user=alice | chart count() by user',
  };
  await world.control.write(ruleCreate, { logpointId: world.logpointId, data, by: { actor: 'test' } });
}, 120_000);
afterAll(() => world.close(), 60_000);

const ask = (person: Person, requestData: JsonObject) =>
  callForm(world, person, '/getsearchlogs', { requestData: JSON.stringify(requestData) });

/** Polls as clients do: until the answer is final. */
async function rowsBySearch(requestData: JsonObject, field = 'search_id'): Promise<JsonObject> {
  const started = await ask(world.admin, requestData);
  expect(Object.keys(started).sort()).toEqual(
    [
      ...['clientType', 'client_type', 'latest', 'lookup', 'query_filter', 'query_type', 'searchId', 'search_id'],
      ...['success', 'time_range'],
    ].sort(),
  );
  expect(started['searchId']).toBe(started['search_id']);
  for (;;) {
    const answer = await ask(world.admin, { [field]: started['search_id'] ?? '' });
    if (answer['final'] !== false) return answer;
    expect(answer).toMatchObject({ rows: [], success: true, totalPages: 1 });
  }
}

test('a search of events answers its rows in the final answer, numbers of logs as texts', async () => {
  const answer = await rowsBySearch({ query: 'user=alice', time_range: 'Last 24 hours', limit: 5, repos: [] });
  expect(answer).toMatchObject({ success: true, final: true, complete: true, query_type: 'simple', estim_count: 5 });
  const rows = rowsOf(answer, 'rows');
  expect(rows).toHaveLength(5);
  expect(rows[0]).toMatchObject({
    user: 'alice',
    event_id: '4624',
    log_ts: expect.any(Number),
    repo_name: expect.any(String),
  });
});

test('a chart has its groups, its columns and no limit', async () => {
  const range = [startMs / 1000, startMs / 1000 + 60];
  const query = '| chart count() by user order by count() desc';
  const answer = await rowsBySearch({ query, time_range: range, limit: 1, repos: ['10.45.9.198:5504'] }, 'searchId');
  expect(answer).toMatchObject({
    query_type: 'chart',
    num_aggregated: 40,
    columns: ['count()'],
    grouping: ['user'],
    interesting_fields: [],
    time_range: range,
  });
  expect(rowsOf(answer, 'rows').map((row) => [row['_group'], row['count()'], row['_type_num']])).toEqual([
    [['alice'], 20, ' count()'],
    [['bob'], 20, ' count()'],
  ]);
});

test('one repo by its address is one repo', async () => {
  const repos = ['10.45.9.198:5504/_logpoint'];
  const answer = await rowsBySearch({ query: '', time_range: 'Last 1 hour', limit: 100, repos });
  expect(rowsOf(answer, 'rows')).toHaveLength(10);
});

test('an unknown search, or one of somebody else, is forgotten and has no pages', async () => {
  const started = await ask(world.admin, { query: 'user=*', time_range: 'Last 24 hours' });
  const forgotten = { success: false, message: 'Forgotten search' };
  expect(await ask(stranger, { search_id: started['search_id'] ?? '' })).toEqual(forgotten);
  expect(await ask(world.admin, { search_id: 'no-such-search' })).toEqual(forgotten);
  expect(await ask(world.admin, { search_id: `life_${'0'.repeat(40)}` })).toEqual(forgotten);
});

test('a query that is not valid, a bad range and an unknown repo fail with a message', async () => {
  for (const data of [
    { query: 'user=(', time_range: 'Last 24 hours' },
    { query: 'user=a', time_range: 'tomorrow' },
    { query: 'user=a', time_range: [5, 1] },
    { query: 'user=a', time_range: 'Last 24 hours', repos: ['nowhere'] },
    { query: 'user=a', time_range: 'Last 24 hours', limit: -1 },
    {},
  ]) {
    expect(await ask(world.admin, data)).toEqual({ success: false, message: expect.stringMatching(/./) });
  }
});

test('a rule is a live search, polled by its life id', async () => {
  const answer = await callForm(world, world.admin, '/getalloweddata', { type: 'livesearches' });
  const [live] = rowsOf(answer, 'livesearches');
  expect(live).toMatchObject({
    searchname: 'Live logins',
    generated_by: 'alert',
    life_id: expect.stringMatching(/^[0-9a-f]{40}$/),
    timerange_hour: 1,
    query_info: { query_type: 'chart', grouping: ['user'], columns: ['count()'], success: true },
  });
  const found = await ask(world.admin, { search_id: `life_${live?.['life_id']}` });
  expect(found).toMatchObject({ final: true, success: true });
  expect(rowsOf(found, 'rows')[0]).toMatchObject({ user: 'alice', 'count()': 20 });
  expect(await callForm(world, stranger, '/getalloweddata', { type: 'livesearches' })).toEqual({
    success: true,
    livesearches: [],
  });
});

test('what a user may search: preferences, nodes, repos, devices', async () => {
  const allowed = (type: string) => callForm(world, world.admin, '/getalloweddata', { type, logpoints: '' });
  const logpoint = [{ name: 'LogPoint', ip: '10.45.9.198' }];
  expect(await allowed('user_preference')).toEqual({
    success: true,
    timezone: 'UTC',
    date_format: '%Y/%m/%d',
    hour_format: '24 Hour',
  });
  expect(await allowed('loginspects')).toEqual({ success: true, allowed_loginspects: logpoint });
  expect(await allowed('logpoint_repos')).toMatchObject({
    allowed_repos: expect.arrayContaining([{ repo: 'default', address: '10.45.9.198:5504/default' }]),
    logpoint,
  });
  expect(await allowed('devices')).toEqual({
    success: true,
    allowed_devices: [{ '10.45.9.198/192.0.2.1': 'one', '10.45.9.198/192.0.2.2': 'two' }],
    logpoint,
  });
});

test("an incident's data on the node are the logs themselves", async () => {
  const rule = aRule({ logpointId: world.logpointId, ownerId: world.admin.id, query: 'user=bob', repos: ['default'] });
  const firing = aFiring({ key: 'data', logpointId: world.logpointId, detectedAtMs: startMs + 60_000 });
  const id = await world.control.write(raise, { rule, firing });
  const answer = await call(world, world.admin, '/get_data_from_incident', { incident_obj_id: id }, 'GET');
  const rows = rowsOf(answer, 'rows');
  expect(rows).toHaveLength(10);
  expect(rows[0]).toMatchObject({
    user: 'bob',
    event_id: '4624',
    log_ts: expect.any(Number),
    col_ts: expect.any(Number),
  });
  expect(rows[0]).not.toHaveProperty('_participating_events');
});

test('time ranges in every form that clients send', () => {
  const now = Date.UTC(2024, 2, 31, 12, 0, 0);
  const at = now / 1000;
  expect(timeRangeOf('Last 24 hours', now, 'UTC')).toEqual([at - 86_400, at]);
  expect(timeRangeOf('last 5 Minutes', now, 'UTC')).toEqual([at - 300, at]);
  expect(timeRangeOf('Last hour', now, 'UTC')).toEqual([at - 3_600, at]);
  expect(timeRangeOf([1.5, 2], now, 'UTC')).toEqual([1.5, 2]);
  expect(timeRangeOf('2024/03/31 01:00:00 To 2024/03/31 04:00:00', now, 'UTC')).toEqual([at - 39_600, at - 28_800]);
  // The clocks of Berlin went forward at 02:00 on this day.
  expect(timeRangeOf('2024/03/31 01:00:00 To 2024/03/31 04:00:00', now, 'Europe/Berlin')).toEqual([
    at - 43_200,
    at - 36_000,
  ]);
  for (const bad of [
    '',
    'Last soon',
    '2024/02/30 00:00:00 To 2024/03/01 00:00:00',
    [1],
    [2, 1],
    null,
    5,
    { from: 1 },
  ]) {
    expect(() => timeRangeOf(bad, now, 'UTC')).toThrow(/time_range/);
  }
});

test('next_starts goes on after the rows of an answer, each once, until there is nothing more', async () => {
  const range = [startMs / 1000 - 1, startMs / 1000 + 100];
  const seen: string[] = [];
  let starts: JsonObject = {};
  for (let pages = 0; pages === 0 || Object.keys(starts).length > 0; pages += 1) {
    expect(pages).toBeLessThan(10);
    const answer = await rowsBySearch({ query: 'user=alice', time_range: range, limit: 7, repos: [], starts });
    seen.push(...rowsOf(answer, 'rows').map((row) => String(row['msg'])));
    const next = answer['next_starts'];
    starts = isJsonObject(next) ? next : {};
  }
  const alice = EVENTS.filter(({ fields }) => fields['user'] === 'alice').map(({ fields }) => fields['msg']);
  expect([...seen].sort()).toEqual([...alice].sort());
  for (const wrong of [['x'], { '10.45.9.198': -1 }, { '10.45.9.198': 'many' }]) {
    expect(await ask(world.admin, { query: '*', time_range: range, starts: wrong })).toEqual({
      success: false,
      message: expect.stringContaining('starts'),
    });
  }
});

test('logpoints narrows repos and devices to those named', async () => {
  const allowed = (type: string, logpoints: string) =>
    callForm(world, world.admin, '/getalloweddata', { type, logpoints });
  const all = await allowed('logpoint_repos', '');
  expect(rowsOf(all, 'allowed_repos').length).toBeGreaterThan(0);
  const own = await allowed('logpoint_repos', JSON.stringify([{ name: 'LogPoint', ip: '10.45.9.198' }]));
  expect(own).toEqual(all);
  const others = JSON.stringify([{ name: 'Elsewhere', ip: '192.0.2.9' }]);
  expect(await allowed('logpoint_repos', others)).toMatchObject({ success: true, allowed_repos: [] });
  expect(await allowed('devices', others)).toMatchObject({ success: true, allowed_devices: [] });
  expect(await allowed('devices', '{')).toMatchObject({
    success: false,
    message: expect.stringContaining('logpoints'),
  });
});

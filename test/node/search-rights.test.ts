import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LogEvent } from '../../src/events/event.ts';
import { writtenKeep } from '../../src/lists/registry.ts';
import type { JsonObject } from '../../src/shared/json.ts';
import { aFiring, aRule, raise } from '../incidents/world.ts';
import { call, callForm, type NodeWorld, openNodeWorld, type Person, rowsOf } from './node-world.ts';

let world: NodeWorld;
let small: NodeWorld;
let byRepo: Person;
let byDevice: Person;
const startMs = Math.floor(Date.now() / 60_000) * 60_000 - 600_000;

const EVENTS: readonly LogEvent[] = Array.from({ length: 40 }, (_, n) => ({
  seq: n + 1,
  repo: n % 4 === 3 ? '_logpoint' : 'default',
  eventAtMs: startMs + n * 1_000,
  receivedAtMs: startMs + n * 1_000 + 5,
  fields: Object.assign(Object.create(null) as Record<string, string>, {
    msg: `line ${n}`,
    user: n % 2 === 0 ? 'alice' : 'bob',
    device_ip: n < 20 ? '192.0.2.1' : '198.51.100.2',
    device_name: n < 20 ? 'one' : 'two',
  }),
}));

/** Places an order of the Director's API and waits for its end. */
async function order(path: string, data: JsonObject): Promise<JsonObject> {
  const headers = { authorization: `Bearer ${world.token}`, 'content-type': 'application/json' };
  const base = `${world.url}/configapi/${world.poolId}/${world.logpointId}`;
  const placed = await fetch(`${base}/${path}`, { method: 'POST', headers, body: JSON.stringify({ data }) });
  const { message } = (await placed.json()) as { message: string };
  const answer = await fetch(`${world.url}/${message.replace(/^\//, '')}?wait=10`, { headers });
  const { response } = (await answer.json()) as { response: JsonObject };
  return response;
}

async function personWith(name: string, grant: JsonObject): Promise<Person> {
  const permissions = [{ entity: 'Search', permission: 'READ' }];
  const permissionGroup = await order('PermissionGroups', { name: `of ${name}`, permissions, ...grant });
  expect(permissionGroup).toMatchObject({ success: true });
  const group = await order('UserGroups', { name: `group of ${name}`, roles: permissionGroup['id'] ?? '' });
  return world.addUser(name, [String(group['id'])]);
}

beforeAll(async () => {
  world = await openNodeWorld();
  await world.events.append(world.logpointId, EVENTS, 'batch');
  small = await openNodeWorld({ rowsMax: 10 });
  await small.events.append(small.logpointId, EVENTS, 'batch');
  byRepo = await personWith('repoonly', { repos: ['default'] });
  byDevice = await personWith('deviceonly', { devices: ['192.0.2.0/24'] });
}, 120_000);
afterAll(async () => {
  await world.close();
  await small.close();
}, 60_000);

const ask = (person: Person, requestData: JsonObject) =>
  callForm(world, person, '/getsearchlogs', { requestData: JSON.stringify(requestData) });

async function search(person: Person, query: string, repos: string[] = []): Promise<JsonObject> {
  const started = await ask(person, { query, time_range: 'Last 24 hours', limit: 100, repos });
  if (started['search_id'] === undefined) return started;
  for (;;) {
    const answer = await ask(person, { search_id: started['search_id'] });
    if (answer['final'] !== false) return answer;
  }
}
const countOf = async (person: Person, query: string): Promise<unknown> =>
  rowsOf(await search(person, query), 'rows')[0]?.['n'];

test('a search reaches the repos and devices of its user, also as the streams of a join', async () => {
  const everyone = '| chart count() as n';
  expect(await countOf(world.admin, everyone)).toBe(40);
  expect(await countOf(byRepo, everyone)).toBe(30);
  expect(await countOf(byDevice, everyone)).toBe(20);
  const join =
    '[user=alice] as s1 join [user=bob] as s2 on s1.device_ip=s2.device_ip | chart count() as n by s2.repo_name';
  const pairs = async (person: Person) =>
    rowsOf(await search(person, join), 'rows').map((row) => [row['s2.repo_name'], row['n']]);
  expect(await pairs(world.admin)).toEqual([
    ['_logpoint', 100],
    ['default', 100],
  ]);
  expect(await pairs(byRepo)).toEqual([['default', 100]]);
  expect(await pairs(byDevice)).toEqual([
    ['_logpoint', 50],
    ['default', 50],
  ]);
});

test('the chart in a stream counts what its user may search, and what queries wrote is for those who search everything', async () => {
  const query =
    '[| chart count() as n by repo_name] as a join [user=alice | limit 1] as b on a.repo_name = b.repo_name join [user=bob | limit 1] as c on c.repo_name = a.repo_name | fields a.n';
  expect(rowsOf(await search(byRepo, query), 'rows').map((row) => row['a.n'])).toEqual(['30']);
  const written = { to: 'table', name: 'seen', columns: ['user'], entries: [['alice']] } as const;
  const by = { actor: 'test' };
  expect(await world.control.write(writtenKeep, { logpointId: world.logpointId, written, by })).toBeNull();
  expect(rowsOf(await search(world.admin, 'table "seen"'), 'rows')).toMatchObject([{ user: 'alice' }]);
  for (const person of [byRepo, byDevice]) {
    const refused = await search(person, 'table "seen"');
    expect([refused['success'], refused['message']]).toEqual([false, expect.stringContaining('unknown table "seen"')]);
  }
});

test('a repo that the user may not search is as unknown as one that is not there', async () => {
  expect(await search(byRepo, '', ['_logpoint'])).toMatchObject({
    success: false,
    message: 'Repo not found: _logpoint',
  });
  expect(rowsOf(await search(byRepo, '', ['10.45.9.198:5504']), 'rows')).toHaveLength(30);
});

test('repos and devices that are listed are those that may be searched', async () => {
  const repos = await callForm(world, byRepo, '/getalloweddata', { type: 'logpoint_repos' });
  expect(rowsOf(repos, 'allowed_repos').map(({ repo }) => repo)).toEqual(['default']);
  const devices = await callForm(world, byDevice, '/getalloweddata', { type: 'devices' });
  expect(devices['allowed_devices']).toEqual([{ '10.45.9.198/192.0.2.1': 'one' }]);
});

test("an incident's data are the events that its reader may search", async () => {
  const rule = aRule({
    logpointId: world.logpointId,
    ownerId: byDevice.id,
    query: 'user=bob',
    repos: ['default', '_logpoint'],
    limit: 100,
  });
  const firing = aFiring({ key: 'data', logpointId: world.logpointId, detectedAtMs: startMs + 60_000 });
  const id = await world.control.write(raise, { rule, firing });
  const of = async (person: Person) =>
    rowsOf(await call(world, person, '/get_data_from_incident', { incident_obj_id: id }, 'GET'), 'rows').length;
  expect(await of(world.admin)).toBe(20);
  expect(await of(byDevice)).toBe(10);
});

test('the search of the Director reaches what its user may search', async () => {
  const range = [startMs / 1000 - 1, startMs / 1000 + 100];
  const found = await order('Search/logs/fetch', { query: '', time_range: range, user_id: byRepo.id, limit: 100 });
  const rows = rowsOf(found, 'rows');
  expect(rows).toHaveLength(30);
  expect(new Set(rows.map((row) => row['repo_name']))).toEqual(new Set(['default']));
});

test('devices that are no addresses are refused by name', async () => {
  const refused = await order('PermissionGroups', { name: 'wrong', permissions: [], devices: ['not an address'] });
  expect(refused).toMatchObject({ success: false, message: expect.stringContaining('an address or a network') });
});

test('a search that has more rows than one may have says so, with the last of its pages', async () => {
  const asked = async (requestData: JsonObject) =>
    callForm(small, small.admin, '/getsearchlogs', { requestData: JSON.stringify(requestData) });
  const page = async (limit: number): Promise<JsonObject> => {
    const started = await asked({ query: '', time_range: 'Last 24 hours', limit, repos: [] });
    for (;;) {
      const answer = await asked({ search_id: started['search_id'] ?? '' });
      if (answer['final'] !== false) return answer;
    }
  };
  const first = await page(4);
  expect(rowsOf(first, 'rows')).toHaveLength(4);
  expect(first).not.toHaveProperty('message');
  const whole = await page(50);
  expect(rowsOf(whole, 'rows')).toHaveLength(10);
  expect(whole).toMatchObject({ next_starts: {}, message: 'More than 10 rows; the rest was left out' });
});

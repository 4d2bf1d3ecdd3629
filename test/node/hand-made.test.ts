import { afterAll, beforeAll, expect, test } from 'vitest';
import { riskOfScore } from '../../src/incidents/raise-by-hand.ts';
import { digestHex } from '../../src/shared/ids.ts';
import { isJsonObject, type JsonObject } from '../../src/shared/json.ts';
import { call, type NodeWorld, objectOf, openNodeWorld, rowsOf } from './node-world.ts';

let world: NodeWorld;
const now = Math.floor(Date.now() / 1000);

beforeAll(async () => {
  world = await openNodeWorld();
  const events = ['mallory', 'mallory', 'alice'].map((user, n) => ({
    seq: n + 1,
    repo: 'default',
    eventAtMs: (now - 60) * 1000,
    receivedAtMs: (now - 60) * 1000,
    fields: Object.assign(Object.create(null) as Record<string, string>, { user, msg: `${user} did something` }),
  }));
  await world.events.append(world.logpointId, events, 'batch');
}, 120_000);
afterAll(() => world.close(), 60_000);

async function order(path: string, data: JsonObject): Promise<JsonObject> {
  const headers = { authorization: `Bearer ${world.token}`, 'content-type': 'application/json' };
  const url = `${world.url}/configapi/${world.poolId}/${world.logpointId}/${path}`;
  const placed = objectOf(await (await fetch(url, { method: 'POST', headers, body: JSON.stringify({ data }) })).text());
  if (placed['status'] !== 'Success') return placed;
  const answer = objectOf(await (await fetch(`${world.url}${placed['message']}?wait=20`, { headers })).text());
  return isJsonObject(answer['response']) ? answer['response'] : {};
}

async function shownOnNode(id: string): Promise<JsonObject | undefined> {
  const answer = await call(world, world.admin, '/incidents', { ts_from: now - 600, ts_to: now + 600 }, 'GET');
  return rowsOf(answer, 'incidents').find((row) => row['id'] === id);
}

test('an incident made by hand from a query is of type Search, and its series is its own', async () => {
  const made = await order('Incidents', {
    name: 'Mallory again',
    query: 'user=mallory',
    time_range: [now - 300, now],
    risk: 'High',
    incident_user_id: world.admin.id,
    repos: ['default'],
  });
  expect(made).toMatchObject({ success: true, message: 'Incident is created' });
  const id = String(made['id']);
  expect(await shownOnNode(id)).toMatchObject({
    type: 'Search',
    name: 'Mallory again',
    risk_level: 'high',
    rows_count: 2,
    incident_id: digestHex([id], 32),
    assigned_to: world.admin.id,
    status: 'unresolved',
    time_range: [now - 300, now],
  });
  const data = await call(world, world.admin, '/get_data_from_incident', { incident_obj_id: id });
  expect(rowsOf(data, 'rows').map((row) => row['user'])).toEqual(['mallory', 'mallory']);
  expect(Object.keys(data)).toEqual(['success', 'rows']);
  Object.assign(world.events, { caughtUp: async () => false });
  expect(await call(world, world.admin, '/get_data_from_incident', { incident_obj_id: id })).toEqual({
    ...data,
    is_fresh: false,
    message: 'Events that were received and cannot be searched yet may be missing; ask again',
  });
  Object.assign(world.events, { caughtUp: undefined });
  for (const path of ['/resolve_incident', '/close_incident']) {
    expect(await call(world, world.admin, path, { incident_ids: [id] })).toMatchObject({ success: true });
  }
});

test('an anomaly becomes an incident of type UEBA, its risk by quarters of the score', async () => {
  const made = await order('Incidents/anomaly', { entity: 'mallory', score: 80, incident_user_id: world.admin.id });
  expect(made).toMatchObject({ success: true, risk: 'critical' });
  const row = await shownOnNode(String(made['id']));
  expect(row).toMatchObject({
    type: 'UEBA',
    name: 'Unusual behaviour of mallory',
    risk_level: 'critical',
    rows_count: 2,
  });
  expect(row?.['metadata']).toEqual([
    { field: 'entity', value: 'mallory' },
    { field: 'score', value: '80' },
  ]);
  const found = await call(world, world.admin, '/incidents?type=ueba&entity=mallory', { ts_from: 0, ts_to: now + 600 });
  expect(rowsOf(found, 'incidents')).toHaveLength(1);
  expect([0, 24.9, 25, 49, 50, 74, 75, 100].map(riskOfScore)).toEqual([
    'low',
    'low',
    'medium',
    'medium',
    'high',
    'high',
    'critical',
    'critical',
  ]);
});

test('what does not fit is refused, and no incident is made', async () => {
  const good = { name: 'x', query: '', time_range: [1, 2], risk: 'low', incident_user_id: world.admin.id };
  for (const data of [
    { ...good, query: 'user=(' },
    { ...good, risk: 'huge' },
    { ...good, incident_user_id: '0'.repeat(24) },
    { ...good, time_range: [2, 1] },
    { ...good, manageable_by: ['0'.repeat(24)] },
    { ...good, name: 'bell \u0007' },
    { ...good, repos: ['nowhere'] },
  ]) {
    expect(await order('Incidents', data)).toMatchObject({ success: false, message: expect.stringMatching(/./) });
  }
  expect(await order('Incidents/anomaly', { entity: 'a', score: 101, incident_user_id: world.admin.id })).toMatchObject(
    {
      status: 'Error',
    },
  );
});

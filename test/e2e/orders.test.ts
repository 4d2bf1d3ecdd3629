import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonObject } from '../../src/shared/json.ts';
import { Director, eventually, type Founded, initFolder, ServerProcess, temporaryFolder } from './tocsin-process.ts';

// The order protocol as a client of the Director sees it.

const folder = temporaryFolder();
let founded: Founded;
let server: ServerProcess;
let director: Director;

beforeAll(async () => {
  founded = await initFolder(`${folder.dir}/data`);
  server = await ServerProcess.start(`${folder.dir}/data`);
  director = new Director(server.url, founded);
});
afterAll(async () => {
  await server.kill();
  folder.remove();
});

const keysOf = (value: unknown): string[] => Object.keys(Object(value)).sort();
const bodyOf = async (path: string, headers: Record<string, string> = {}): Promise<JsonObject> =>
  (await director.request('GET', path, undefined, headers)).json() as Promise<JsonObject>;

test('the first poll answers, every poll has the four keys, and only the end has success', async () => {
  const path = await director.place('Incidents/fetch', {});
  const polls: JsonObject[] = [];
  await eventually(async () => {
    const order = await bodyOf(path);
    polls.push(order);
    return Object.hasOwn(Object(order['response']), 'success') ? true : undefined;
  }, 'the end of the order');
  for (const order of polls) {
    expect(keysOf(order)).toEqual(['logpoint_identifier', 'pool_uuid', 'request', 'response']);
  }
  for (const order of polls.slice(0, -1)) {
    expect(order).toMatchObject({ request: { data: {}, action: '/Incidents/fetch' }, response: {} });
    expect(keysOf(order['response'])).toEqual([]);
  }
  expect(polls.at(-1)).toEqual({
    request: {},
    logpoint_identifier: founded.logpoint_identifier,
    pool_uuid: founded.pool_uuid,
    response: { success: true, rows: [] },
  });
});

test('a fetch order answers under its data node and bare, and a wrong data node is unknown', async () => {
  const path = await director.place('Users/fetch', {});
  const [, bare] = /^(.*\/orders\/[0-9a-f-]{36})\/[0-9a-f]{8}$/.exec(path) ?? [];
  const whole = await bodyOf(`${path}?wait=5`);
  expect(whole).toMatchObject({ response: { success: true, rows: [{ id: founded.admin.id, username: 'admin' }] } });
  expect(JSON.stringify(whole)).not.toMatch(/password|access_key|hash/);
  expect(await bodyOf(bare ?? '')).toEqual(whole);
  const wrong = await director.request('GET', `${bare}/00000000`);
  expect([wrong.status, await wrong.json()]).toEqual([
    404,
    { status: 'Error', message: expect.stringContaining('is unknown') },
  ]);
});

test('both forms of the path mean the same, and what is emitted is unversioned', async () => {
  const answer = await director.request('POST', `/configapi/v1/${director.tenant}/Users/fetch`, { data: {} });
  const { status, message } = (await answer.json()) as { status: string; message: string };
  expect([status, message]).toEqual(['Success', expect.stringMatching(/^\/monitorapi\/[0-9a-f]{32}\//)]);
  expect(await bodyOf(message.replace('/monitorapi/', '/monitorapi/v1/'))).toEqual(await bodyOf(message));
});

test('a poll waits for the end when asked by query or by Prefer', async () => {
  const search = (): Promise<string> =>
    director.place('Search/logs/fetch', { query: '', time_range: [0, 1], user_id: founded.admin.id });
  expect(await bodyOf(`${await search()}?wait=10`)).toMatchObject({ response: { success: true } });
  expect(await bodyOf(await search(), { prefer: 'respond-async, wait=10' })).toMatchObject({
    response: { success: true },
  });
});

test('a repeated Idempotency-Key answers the first order again, with another body it is a conflict', async () => {
  const headers = { 'idempotency-key': 'make bo' };
  const group = String(((await director.list('UserGroups')) as JsonObject[])[0]?.['id']);
  const user = {
    email: 'bo@example.org',
    firstname: 'Bo',
    lastname: 'Ek',
    password: 'long enough',
    usergroup: [group],
  };
  const create = (username: string) =>
    director.request('POST', `/configapi/${director.tenant}/Users`, { data: { ...user, username } }, headers);
  const first = await (await create('bo')).json();
  expect(await (await create('bo')).json()).toEqual(first);
  expect((await create('not-bo')).status).toBe(409);
  const users = (await director.list('Users')) as JsonObject[];
  expect(users.map(({ username }) => username).sort()).toEqual(['admin', 'bo']);
  const again = await director.order('Users', { ...user, username: 'BO' });
  expect(again).toMatchObject({ success: false, validationErrors: { username: [expect.any(String)] } });
});

test('things are made, read, changed and removed with the verbs of the contract', async () => {
  const made = await director.order('UserGroups', { name: 'Night shift', lpadmin: 'off', useradmin: false });
  const id = String(made['id']);
  expect(await director.list(`UserGroups/${id}`)).toMatchObject({ id, name: 'Night shift', lpadmin: false, users: [] });
  const shared = await director.order('IncidentUserGroups', { selected_usergroups: [id] });
  const [sharedId] = shared['ids'] as string[];
  expect(await director.order(`UserGroups/${id}`, {}, 'DELETE')).toMatchObject({ success: false });
  expect(await director.order(`IncidentUserGroups/${sharedId}`, {}, 'DELETE')).toMatchObject({ success: true });
  const bare = await director.request('DELETE', `/configapi/${director.tenant}/UserGroups/${id}`, undefined, {
    'content-type': 'application/json',
  });
  expect(await bare.json()).toMatchObject({ status: 'Success' });
  expect((await director.request('GET', `/configapi/${director.tenant}/UserGroups/${id}`)).status).toBe(404);
  const techniques = await director.rows('MitreAttacks/fetch', {});
  expect(techniques.length).toBeGreaterThan(600);
  expect(techniques[0]).toMatchObject({ attack_framework: 'MITRE', hash: expect.stringMatching(/^[0-9a-f]{32}$/) });
});

test('orders are listed newest first, by state and in pages', async () => {
  const list = async (query: string): Promise<{ orders: JsonObject[]; next_cursor: string | null }> =>
    (await director.request('GET', `/monitorapi/${director.tenant}/orders${query}`)).json() as Promise<{
      orders: JsonObject[];
      next_cursor: string | null;
    }>;
  const first = await list('?limit=2&status=done');
  expect(first.orders).toHaveLength(2);
  const second = await list(`?limit=2&status=done&cursor=${first.next_cursor}`);
  const ids = [...first.orders, ...second.orders].map((order) => order['request_id']);
  expect(new Set(ids).size).toBe(4);
  const bad = await director.request('GET', `/monitorapi/${director.tenant}/orders?status=odd`);
  expect([bad.status, ((await bad.json()) as JsonObject)['status']]).toEqual([400, 'Error']);
});

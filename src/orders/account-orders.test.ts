import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FoundedPool } from '../accounts/found-pool.ts';
import { accountsMigrations } from '../accounts/migrations.ts';
import { isPassword } from '../accounts/password.ts';
import { accountsEntries, poolsFound } from '../accounts/registry.ts';
import { openInProcessControlStore } from '../adapters/sqlite/in-process-control-store.ts';
import { auditMigrations } from '../audit/migrations.ts';
import { auditEntries, auditList, auditVerify } from '../audit/registry.ts';
import { type ControlStore, query, registryOf } from '../control/control-store.ts';
import { emptyEventStore } from '../events/empty-event-store.ts';
import type { JsonObject } from '../shared/json.ts';
import { tenancyMigrations } from '../tenancy/migrations.ts';
import { tenancyEntries } from '../tenancy/registry.ts';
import { accountOrders } from './account-orders.ts';
import { ordersMigrations } from './migrations.ts';
import { OrderService } from './order-service.ts';
import { orderEntries } from './registry.ts';
import { repoOrders } from './repo-orders.ts';

const kinds = [...accountOrders, ...repoOrders];
const passwordHashes = query('test.passwordHashes', (tx) =>
  tx.all<{ username: string; hash: string }>('select username, password_hash as hash from users'),
);
const dir = mkdtempSync(join(tmpdir(), 'tocsin-account-orders-'));
let store: ControlStore;
let orders: OrderService;
let founded: FoundedPool;

beforeAll(async () => {
  store = await openInProcessControlStore({
    dir,
    registry: registryOf([
      ...auditEntries,
      ...tenancyEntries,
      ...accountsEntries,
      ...orderEntries(kinds),
      passwordHashes,
    ]),
    migrations: [...tenancyMigrations, ...accountsMigrations, ...ordersMigrations, ...auditMigrations],
    clock: Date.now,
  });
  founded = await store.write(poolsFound, {
    poolName: 'Acme',
    logpointName: 'lp1',
    admin: { username: 'admin', email: 'admin@localhost', passwordHash: '', accessKeyHash: '' },
    role: 'root',
    by: { actor: 'test' },
  });
  orders = new OrderService({
    services: { store, events: emptyEventStore, clock: Date.now },
    kinds,
    limits: { runningMax: 1, workMsMax: 1000 },
    retention: { keptMs: 1, keptBytesMax: 1 },
    onBug: (bug) => {
      throw new Error(bug.stack);
    },
    onPurgeFailed: () => {},
  });
  await orders.start();
});
afterAll(async () => {
  await orders.close();
  await store.close();
  rmSync(dir, { recursive: true, force: true });
});

/** The final `response` of an order, placed as the routes place it. */
async function order(action: string, data: JsonObject, id?: string): Promise<JsonObject> {
  const { orderId } = await orders.accept({
    action,
    actor: { tokenId: '0'.repeat(24), name: 'ci', role: 'root', pools: null },
    logpoint: founded.logpoint,
    request: { data },
    input: id === undefined ? data : { ...data, id },
    requestId: 'req-1',
  });
  const body: JsonObject = JSON.parse((await orders.poll(founded.logpoint, orderId)) ?? 'null');
  return body['response'] as JsonObject;
}

const person = (username: string, more: JsonObject = {}): JsonObject => ({
  username,
  email: 'ana@example.test',
  firstname: 'Ana',
  lastname: 'Costa',
  password: 'correct horse battery',
  usergroup: [founded.administratorsId],
  timezone: 'Europe/Lisbon',
  ...more,
});

test('a user is created, shown without secrets, deactivated and activated', async () => {
  const made = await order('/Users/create', person('ana'));
  expect(made).toEqual({ success: true, message: 'User ana created', id: expect.stringMatching(/^[0-9a-f]{24}$/) });
  const { rows } = await order('/Users/fetch', {});
  expect((rows as JsonObject[])[1]).toEqual({
    active: true,
    email: 'ana@example.test',
    failed_login_count: 0,
    firstname: 'Ana',
    lastname: 'Costa',
    fullname: 'Ana Costa',
    id: made['id'],
    last_login: null,
    locked: false,
    timezone: 'Europe/Lisbon',
    usergroup: [founded.administratorsId],
    username: 'ana',
    tid: '',
  });
  const id = String(made['id']);
  expect(await order('/Users/deactivate', {}, id)).toEqual({ success: true, message: 'User ana deactivated' });
  const last = await order('/Users/deactivate', {}, founded.admin.id);
  expect(last).toMatchObject({ success: false, message: expect.stringContaining('last active administrator') });
  expect(await order('/Users/activate', {}, id)).toEqual({ success: true, message: 'User ana activated' });
  expect(await order('/Users/activate', {}, 'f'.repeat(24))).toMatchObject({ message: 'User not found' });
});

test('the password of a new user is kept as an argon2id hash and nowhere as it was', async () => {
  await order('/Users/create', person('hilda', { password: 'a very secret word' }));
  const stored = (await store.read(passwordHashes, undefined)).find(({ username }) => username === 'hilda');
  expect(await isPassword(stored?.hash ?? '', 'a very secret word')).toBe(true);
  for (const file of readdirSync(dir)) {
    expect(readFileSync(join(dir, file)).includes('a very secret word')).toBe(false);
  }
});

test.each([
  ['a short password', { password: 'short' }, { password: ['8 to 1024 characters were expected'] }],
  ['a name of one letter', { username: 'x' }, { username: ['2 to 50 characters were expected, got 1'] }],
  ['a taken name', { username: 'ADMIN' }, { username: ['Username ADMIN already exists'] }],
])('a user with %s is refused in validationErrors', async (_, wrong, validationErrors) => {
  const response = await order('/Users/create', person('bob', wrong));
  expect(response).toMatchObject({ success: false, validationErrors });
  expect(JSON.stringify(response)).not.toContain('short"');
});

test('a field that is missing or of another type is named', async () => {
  expect(await order('/UserGroups/create', {})).toMatchObject({ message: 'name must be present in request.' });
  const wrong = await order('/UserGroups/create', { name: 'g', lpadmin: 'perhaps' });
  expect(wrong).toMatchObject({ message: 'lpadmin must be true, false, on or off.' });
  const mixed = await order('/IncidentUserGroups/create', { selected_usergroups: ['a', 1] });
  expect(mixed).toMatchObject({ message: 'selected_usergroups must be a list of texts.' });
});

test('user groups become incident user groups, and go again', async () => {
  const one = await order('/UserGroups/create', { name: 'Night', users: [founded.admin.id], useradmin: 'on' });
  const two = await order('/UserGroups/create', { name: 'Day' });
  const selected_usergroups = [String(one['id']), String(two['id'])];
  const made = await order('/IncidentUserGroups/create', { selected_usergroups });
  expect(made).toMatchObject({ success: true, ids: [expect.any(String), expect.any(String)] });
  const { rows } = await order('/IncidentUserGroups/fetch', {});
  const [ids] = [made['ids'] as string[]];
  expect((rows as JsonObject[]).find(({ name }) => name === 'Night')).toEqual({
    id: ids[0],
    name: 'Night',
    tid: '',
    user: '',
    usergroup: one['id'],
    users: [{ id: founded.admin.id, name: 'admin' }],
  });
  const again = await order('/IncidentUserGroups/create', { selected_usergroups });
  expect(again).toMatchObject({ success: false, message: 'Incident user group Night already exists' });
  const used = await order('/UserGroups/trash', {}, String(two['id']));
  expect(used).toMatchObject({ success: false, message: 'User group Day is used by an incident user group' });
  expect(await order('/IncidentUserGroups/trash', {}, ids[1])).toMatchObject({ success: true });
  expect(await order('/UserGroups/trash', {}, String(two['id']))).toMatchObject({ message: 'User group Day deleted' });
});

test('repos are made with their retention and listed with their address', async () => {
  const made = await order('/Repos/create', { name: 'firewalls', retention: 30 });
  expect(made).toMatchObject({ success: true, address: '127.0.0.1:5504/firewalls' });
  const { rows } = await order('/Repos/RemoteRepos/fetch', {});
  expect(rows).toContainEqual({
    id: made['id'],
    name: 'firewalls',
    address: '127.0.0.1:5504/firewalls',
    retention: 30,
    built_in: false,
  });
  const wrong = [
    { name: 'firewalls' },
    { name: '_hidden' },
    { name: '../etc' },
    { name: 'ok', retention: 0 },
    { name: 'ok', retention: 1e6 },
  ];
  for (const data of wrong) expect(await order('/Repos/create', data)).toMatchObject({ success: false });
});

test('every change is in the audit chain, with its order and request, and the chain is sound', async () => {
  const { events } = await store.read(auditList, { logpointId: founded.logpoint.id });
  const created = events.find(({ action, after_json }) => action === 'user created' && after_json?.includes('"ana"'));
  expect(created).toMatchObject({ actor: 'ci', request_id: 'req-1', object_type: 'user' });
  expect(created?.order_id).toMatch(/^[0-9a-f-]{36}$/);
  const actions = new Set(events.map(({ action }) => action));
  expect(actions).toEqual(
    new Set([
      'user created',
      'user activated',
      'user deactivated',
      'user group created',
      'user group trashed',
      'incident user group created',
      'incident user group trashed',
      'repo created',
      'order refused',
    ]),
  );
  expect(await store.read(auditVerify, founded.logpoint.id)).toMatchObject({ fault: null });
});

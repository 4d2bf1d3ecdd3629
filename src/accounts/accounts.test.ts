import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openInProcessControlStore } from '../adapters/sqlite/in-process-control-store.ts';
import { auditMigrations } from '../audit/migrations.ts';
import { auditEntries, auditList } from '../audit/registry.ts';
import { type ControlStore, command, query, registryOf } from '../control/control-store.ts';
import type { ObjectId } from '../shared/ids.ts';
import { tenancyMigrations } from '../tenancy/migrations.ts';
import { reposFind, reposList, tenancyEntries } from '../tenancy/registry.ts';
import type { FoundedPool } from './found-pool.ts';
import { isInIncidentUserGroup, listIncidentUserGroups, trashIncidentUserGroup } from './incident-user-groups.ts';
import { accountsMigrations } from './migrations.ts';
import {
  accountsEntries,
  incidentUserGroupsList,
  poolsFound,
  userGroupsCreate,
  userGroupsList,
  usersCreate,
  usersGet,
  usersList,
} from './registry.ts';
import { trashUserGroup } from './user-groups.ts';
import { activateUser, deactivateUser, getActiveUser, isAdministrator } from './users.ts';

const by = { actor: 'test' };
const at = 1_764_000_000_000;

const setActive = command('test.setActive', (tx, i: { logpointId: string; id: ObjectId; active: boolean }) =>
  (i.active ? activateUser : deactivateUser)(tx, i.logpointId, i.id, by),
);
const trashGroup = command('test.trashGroup', (tx, i: { logpointId: string; id: ObjectId }) =>
  trashUserGroup(tx, i.logpointId, i.id, by),
);
const trashIncidentGroup = command('test.trashIncidentGroup', (tx, i: { logpointId: string; id: ObjectId }) =>
  trashIncidentUserGroup(tx, i.logpointId, i.id, by),
);
const rights = query('test.rights', async (tx, i: { logpointId: string; id: ObjectId }) => {
  const groups = await listIncidentUserGroups(tx, i.logpointId);
  return {
    isActive: (await getActiveUser(tx, i.logpointId, i.id)) !== null,
    isAdministrator: await isAdministrator(tx, i),
    groups: await Promise.all(
      groups.map(async ({ id }) => isInIncidentUserGroup(tx, i.logpointId, i.id, ['0'.repeat(24), id])),
    ),
    none: await isInIncidentUserGroup(tx, i.logpointId, i.id, []),
  };
});

let dir: string;
let store: ControlStore;
let founded: FoundedPool;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tocsin-accounts-'));
  store = await openInProcessControlStore({
    dir,
    registry: registryOf([
      ...auditEntries,
      ...tenancyEntries,
      ...accountsEntries,
      setActive,
      trashGroup,
      trashIncidentGroup,
      rights,
    ]),
    migrations: [...tenancyMigrations, ...accountsMigrations, ...auditMigrations],
    clock: () => at,
  });
  founded = await found('Acme');
});
afterEach(async () => {
  await store.close();
  rmSync(dir, { recursive: true, force: true });
});

const found = (poolName: string): Promise<FoundedPool> =>
  store.write(poolsFound, {
    poolName,
    logpointName: 'lp1',
    admin: { username: 'admin', email: 'admin@localhost', passwordHash: 'hash', accessKeyHash: 'digest' },
    role: 'root',
    by,
  });

const newUser = (username: string, usergroup: readonly ObjectId[], more: Record<string, unknown> = {}) => ({
  username,
  email: `${username.length}@example.test`,
  firstname: 'Ana',
  lastname: 'Costa',
  passwordHash: 'hash',
  usergroup,
  logpointId: founded.logpoint.id,
  by,
  ...more,
});

test('a founded pool has the built-in repos, an administrator and a token for everything', async () => {
  const repos = await store.read(reposList, founded.logpoint.id);
  expect(repos.map(({ address }) => address).sort()).toEqual([
    '127.0.0.1:5504/_LogPointAlerts',
    '127.0.0.1:5504/_logpoint',
    '127.0.0.1:5504/default',
  ]);
  for (const nameOrAddress of ['_logpoint', '127.0.0.1:5504/_logpoint']) {
    const repo = await store.read(reposFind, { logpointId: founded.logpoint.id, nameOrAddress });
    expect(repo?.name).toBe('_logpoint');
  }
  expect(await store.read(reposFind, { logpointId: founded.logpoint.id, nameOrAddress: '10.0.0.1:5504/default' })).toBe(
    null,
  );
  const users = await store.read(usersList, founded.logpoint.id);
  expect(users).toEqual([founded.admin]);
  expect(founded.admin).toMatchObject({ username: 'admin', active: true, usergroup: [founded.administratorsId] });
  expect(JSON.stringify(users)).not.toContain('hash');
  const audit = await store.read(auditList, { logpointId: founded.logpoint.id });
  expect(audit.events.map(({ action }) => action)).toContain('user created');
});

test('two pools do not share a name, and a refused one leaves nothing', async () => {
  await expect(found('ACME')).rejects.toMatchObject({ code: 'POOL_EXISTS' });
  const other = await found('Beta');
  expect(other.logpoint.id).not.toBe(founded.logpoint.id);
  expect(await store.read(usersGet, { logpointId: other.logpoint.id, id: founded.admin.id })).toBe(null);
});

test('a username is unique in its logpoint in any case, and free in another one', async () => {
  await store.write(usersCreate, newUser('Ana', [founded.administratorsId]));
  const again = store.write(usersCreate, newUser('aNA', [founded.administratorsId]));
  await expect(again).rejects.toMatchObject({ kind: 'refused', fields: { username: ['Username aNA already exists'] } });
  const other = await found('Beta');
  await store.write(usersCreate, { ...newUser('ana', [other.administratorsId]), logpointId: other.logpoint.id });
});

test.each([
  ['username', { username: 'a' }],
  ['username', { username: 'a'.repeat(51) }],
  ['username', { username: 'a\u0007b' }],
  ['username', { username: ' ab' }],
  ['email', { email: 'nobody' }],
  ['email', { email: 'a b@c' }],
  ['firstname', { firstname: '' }],
  ['lastname', { lastname: 'x'.repeat(101) }],
  ['usergroup', { usergroup: [] }],
  ['usergroup', { usergroup: ['f'.repeat(24)] }],
  ['timezone', { timezone: 'Mars/Olympus' }],
])('a user with a wrong %s is refused by that name (%j)', async (field, wrong) => {
  const refused = store.write(usersCreate, newUser('someone', [founded.administratorsId], wrong));
  await expect(refused).rejects.toMatchObject({ kind: 'refused', fields: { [field]: [expect.any(String)] } });
  expect(await store.read(usersList, founded.logpoint.id)).toHaveLength(1);
});

test('a group of another logpoint is unknown', async () => {
  const other = await found('Beta');
  const refused = store.write(usersCreate, newUser('someone', [other.administratorsId]));
  await expect(refused).rejects.toMatchObject({ fields: { usergroup: [expect.stringContaining('no user group')] } });
});

test('the last active administrator stays active; with a second one the first may go', async () => {
  const logpointId = founded.logpoint.id;
  const off = (id: ObjectId) => store.write(setActive, { logpointId, id, active: false });
  await expect(off(founded.admin.id)).rejects.toMatchObject({ code: 'LAST_ADMINISTRATOR' });
  const second = await store.write(usersCreate, newUser('second', [founded.administratorsId]));
  expect((await off(founded.admin.id)).active).toBe(false);
  expect(await store.read(rights, { logpointId, id: founded.admin.id })).toMatchObject({ isActive: false });
  await expect(off(second.id)).rejects.toMatchObject({ code: 'LAST_ADMINISTRATOR' });
  expect((await store.write(setActive, { logpointId, id: founded.admin.id, active: true })).active).toBe(true);
  await off(second.id);
  await expect(off('f'.repeat(24))).rejects.toMatchObject({ code: 'USER_UNKNOWN', message: 'User not found' });
});

test('rights follow from groups: administrators by flag, incident user groups by their user group', async () => {
  const logpointId = founded.logpoint.id;
  const groups = await store.read(userGroupsList, logpointId);
  const operators = groups.find(({ name }) => name === 'Operator');
  const user = await store.write(usersCreate, newUser('opal', [operators?.id ?? '']));
  expect(await store.read(rights, { logpointId, id: user.id })).toEqual({
    isActive: true,
    isAdministrator: false,
    groups: [false, true],
    none: false,
  });
  expect(await store.read(rights, { logpointId, id: founded.admin.id })).toMatchObject({
    isAdministrator: true,
    groups: [true, false],
  });
  const lists = await store.read(incidentUserGroupsList, logpointId);
  expect(lists.map(({ name, users }) => [name, users.map((member) => member.name)])).toEqual([
    ['LogPoint Administrator', ['admin']],
    ['Operator', ['opal']],
  ]);
});

test('a user group is trashed only when nobody and nothing is in it', async () => {
  const logpointId = founded.logpoint.id;
  const made = await store.write(userGroupsCreate, { logpointId, by, name: 'Night shift', users: [founded.admin.id] });
  expect(made.users).toEqual([founded.admin.id]);
  const twice = store.write(userGroupsCreate, { logpointId, by, name: 'night SHIFT' });
  await expect(twice).rejects.toMatchObject({ fields: { name: ['User group night SHIFT already exists'] } });
  const full = store.write(trashGroup, { logpointId, id: made.id });
  await expect(full).rejects.toMatchObject({ code: 'USER_GROUP_IN_USE' });
  const empty = await store.write(userGroupsCreate, { logpointId, by, name: 'Empty' });
  await store.write(trashGroup, { logpointId, id: empty.id });
  await expect(store.write(trashGroup, { logpointId, id: empty.id })).rejects.toMatchObject({
    message: 'User group not found',
  });
  const [first] = await store.read(incidentUserGroupsList, logpointId);
  await store.write(trashIncidentGroup, { logpointId, id: first?.id ?? '' });
  expect(await store.read(incidentUserGroupsList, logpointId)).toHaveLength(1);
});

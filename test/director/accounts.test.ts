import { afterAll, beforeAll, expect, test } from 'vitest';
import { isPassword } from '../../src/accounts/password.ts';
import { command, query } from '../../src/control/control-store.ts';
import { raiseIncident } from '../../src/incidents/raise-incident.ts';
import { incidentsGet } from '../../src/incidents/registry.ts';
import { ruleGet } from '../../src/rules/registry.ts';
import { getRule } from '../../src/rules/rule-store.ts';
import { present } from '../../src/shared/assert.ts';
import type { JsonObject } from '../../src/shared/json.ts';
import { aFiring } from '../incidents/world.ts';
import { type DirectorWorld, listOf, openDirectorWorld, rowsOf } from './director-world.ts';

const raise = command('test.raise', async (tx, input: { logpointId: string; ruleId: string; key: string }) => {
  const rule = present(await getRule(tx, input.logpointId, input.ruleId), 'rule');
  return raiseIncident(tx, { ...aFiring({ key: input.key }), logpointId: input.logpointId, ruleId: rule.id }, rule, []);
});
const lock = command('test.lock', (tx, id: string) =>
  tx.run('update users set locked = 1, failed_login_count = 5 where id = ?', [id]),
);
const hashOf = query('test.hash', (tx, id: string) =>
  tx.get<{ hash: string }>('select password_hash as hash from users where id = ?', [id]),
);

let world: DirectorWorld;
beforeAll(async () => {
  world = await openDirectorWorld([raise, lock, hashOf]);
});
afterAll(() => world.close());

const person = (username: string, more: JsonObject = {}): JsonObject => ({
  username,
  email: `${username}@example.org`,
  firstname: 'First',
  lastname: 'Last',
  password: 'correct horse battery',
  usergroup: [world.acme.administratorsId],
  ...more,
});
const addUser = async (username: string, more: JsonObject = {}): Promise<string> =>
  String((await world.order('POST Users', person(username, more)))['id']);
const addGroup = async (name: string, more: JsonObject = {}): Promise<string> =>
  String((await world.order('POST UserGroups', { name, ...more }))['id']);
const addRule = async (searchname: string, owner: string, more: JsonObject = {}): Promise<string> =>
  String(
    (
      await world.order('POST AlertRules', {
        searchname,
        owner,
        repos: ['default'],
        limit: 10,
        timerange_minute: 5,
        condition_option: 'greaterthan',
        condition_value: 0,
        risk: 'high',
        aggregate: 'max',
        query: 'a=b',
        ...more,
      })
    )['id'],
  );

test('an edit of a user changes what it names and nothing else, whatever else the body carries', async () => {
  const id = await addUser('edna');
  const response = await world.order(`PUT Users/${id}`, {
    email: 'new@example.org',
    timezone: 'Europe/Lisbon',
    locked: true,
    password: 'another password',
    logpoint_id: world.other.logpoint.id,
  });
  expect(response).toEqual({ success: true, message: 'User edna edited', id });
  const { body } = await world.call(`GET Users/${id}`);
  expect(body).toMatchObject({
    email: 'new@example.org',
    timezone: 'Europe/Lisbon',
    firstname: 'First',
    locked: false,
  });
  expect(await isPassword((await world.store.read(hashOf, id))?.hash ?? '', 'correct horse battery')).toBe(true);
  const taken = await world.order(`PUT Users/${id}`, { username: 'ADMIN' });
  expect(taken).toMatchObject({ success: false, validationErrors: { username: ['Username ADMIN already exists'] } });
  const none = await world.order(`PUT Users/${id}`, { usergroup: [] });
  expect(none).toMatchObject({
    success: false,
    validationErrors: { usergroup: ['at least one user group was expected'] },
  });
});

test('a new password replaces the old one and is told nowhere', async () => {
  const id = await addUser('petra');
  const response = await world.order(`POST Users/${id}/changePassword`, { new_password: 'a quite different word' });
  expect(response).toEqual({ success: true, message: 'Password of user petra changed' });
  expect(await isPassword((await world.store.read(hashOf, id))?.hash ?? '', 'a quite different word')).toBe(true);
  const short = await world.order(`POST Users/${id}/changePassword`, { new_password: 'tiny' });
  expect(short).toMatchObject({ validationErrors: { new_password: ['8 to 1024 characters were expected'] } });
  expect(JSON.stringify(short)).not.toContain('tiny"');
});

test('unlock ends a lockout', async () => {
  const id = await addUser('lucy');
  await world.store.write(lock, id);
  expect((await world.call(`GET Users/${id}`)).body).toMatchObject({ locked: true, failed_login_count: 5 });
  expect(await world.order(`POST Users/${id}/unlock`)).toMatchObject({ success: true, message: 'User lucy unlocked' });
  expect((await world.call(`GET Users/${id}`)).body).toMatchObject({ locked: false, failed_login_count: 0 });
});

test('only a deactivated user goes, and one that has things only with a successor', async () => {
  const id = await addUser('olga');
  const heir = await addUser('henry');
  const ruleId = await addRule('olga owns it', id);
  const passed = await addRule('olga gets its incidents', heir, { assigned_to: id });
  const incidentId = await world.store.write(raise, { logpointId: world.acme.logpoint.id, ruleId, key: 'one' });
  const active = await world.order(`DELETE Users/${id}`);
  expect(active).toMatchObject({ success: false, message: 'User olga is active: deactivate the user first' });
  await world.order(`POST Users/${id}/deactivate`);
  const busy = await world.order(`DELETE Users/${id}`);
  expect(busy).toMatchObject({
    success: false,
    message: 'User olga owns 1 alert rules and has 1 incidents: name assigned_to_user, or set force_delete',
  });
  for (const wrong of [id, world.other.admin.id, 'f'.repeat(24), 'x']) {
    const refused = await world.order(`DELETE Users/${id}`, { assigned_to_user: wrong });
    expect(refused).toMatchObject({ success: false, message: 'Invalid user id' });
  }
  const done = await world.order(`DELETE Users/${id}`, { assigned_to_user: heir });
  expect(done).toEqual({
    success: true,
    message: 'User olga deleted',
    alert_rules_transferred: 1,
    incidents_reassigned: 1,
  });
  const { logpoint } = world.acme;
  expect((await world.store.read(ruleGet, { logpointId: logpoint.id, ruleId }))?.ownerId).toBe(heir);
  expect((await world.store.read(ruleGet, { logpointId: logpoint.id, ruleId: passed }))?.assignedTo).toBe(heir);
  const incident = await world.store.read(incidentsGet, { logpointId: logpoint.id, incidentId });
  expect(incident).toMatchObject({ assignedTo: heir, commentsCount: 1 });
  expect((await world.call(`GET Users/${id}`)).status).toBe(404);
  const audited = await world.audited();
  expect(audited.slice(-4)).toEqual([
    'alert rule transferred',
    'alert rule edited',
    'incident reassigned',
    'user trashed',
  ]);
});

test('the audit is searched by who, for whom, what kind of thing, request and order', async () => {
  const id = await addUser('searched');
  const unknown = { incident_user_id: id };
  await world.order(`POST Incidents/${'0'.repeat(24)}/resolve`, unknown);
  const found = async (query: string) => listOf(await world.call(`GET Audit?${query}`));
  const [refused] = await found(`on_behalf_of=${id}`);
  expect(refused).toMatchObject({ action: 'order refused', object_type: 'incident', on_behalf_of: id });
  for (const key of ['request_id', 'order_id']) {
    expect(await found(`${key}=${String(refused?.[key])}`)).toEqual([refused]);
    expect(await found(`${key}=nothing`)).toEqual([]);
  }
  expect(await found('object_type=incident&action=order%20refused&limit=1')).toEqual([refused]);
  expect(await found(`object_type=user&on_behalf_of=${id}`)).toEqual([]);
});

test('force_delete takes the owned rules along and leaves the incidents', async () => {
  const id = await addUser('frank');
  const ruleId = await addRule('frank owns it', id);
  const incidentId = await world.store.write(raise, { logpointId: world.acme.logpoint.id, ruleId, key: 'two' });
  await world.order(`POST Users/${id}/deactivate`);
  const done = await world.order(`DELETE Users/${id}`, { force_delete: 'on' });
  expect(done).toMatchObject({ success: true, alert_rules_trashed: 1, incidents_left: 1 });
  const { id: logpointId } = world.acme.logpoint;
  expect(await world.store.read(ruleGet, { logpointId, ruleId })).toBeNull();
  expect(await world.store.read(incidentsGet, { logpointId, incidentId })).toMatchObject({ assignedTo: id });
});

test('a DELETE whose words have the wrong form is refused at the door', async () => {
  const id = await addUser('dora');
  expect(await world.call(`DELETE Users/${id}`, { force_delete: 7 })).toMatchObject({
    status: 400,
    body: { message: 'force_delete must be present in request.' },
  });
});

test('a user group is edited; members keep at least one group, and an administrator stays', async () => {
  const ana = await addUser('ana');
  const id = await addGroup('Night shift');
  const edited = await world.order(`PUT UserGroups/${id}`, { name: 'Late shift', users: [ana], useradmin: 'on' });
  expect(edited).toMatchObject({ success: true, message: 'User group Late shift edited' });
  expect((await world.call(`GET UserGroups/${id}`)).body).toMatchObject({
    users: [ana],
    useradmin: true,
    lpadmin: false,
  });
  expect(await world.order(`PUT UserGroups/${id}`, { users: [] })).toMatchObject({ success: true });
  await world.order(`PUT Users/${ana}`, { usergroup: [id] });
  const lost = await world.order(`PUT UserGroups/${id}`, { users: [] });
  expect(lost).toMatchObject({
    success: false,
    validationErrors: { users: [expect.stringContaining('no user group')] },
  });
  const unadministered = await world.order(`PUT UserGroups/${world.acme.administratorsId}`, { lpadmin: 'off' });
  expect(unadministered).toMatchObject({
    success: false,
    message: expect.stringContaining('last active administrator'),
  });
  const foreign = await world.order(`PUT UserGroups/${id}`, { users: [world.other.admin.id] });
  expect(foreign).toMatchObject({ success: false, message: 'Invalid user id' });
});

test('permission groups: two are built in and stay as they are, others come, change and go', async () => {
  const [admin, operator] = listOf(await world.call('GET PermissionGroups'));
  expect([admin?.['name'], operator?.['name']]).toEqual(['admin', 'operator']);
  for (const built of [admin, operator]) {
    const id = String(built?.['id']);
    expect(await world.order(`PUT PermissionGroups/${id}`, { name: 'mine' })).toMatchObject({ success: false });
    expect(await world.order(`DELETE PermissionGroups/${id}`)).toMatchObject({
      success: false,
      message: expect.stringContaining('built in and cannot be deleted'),
    });
  }
  const permissions = [{ entity: 'Repos', permission: 'READ' }];
  const made = await world.order('POST PermissionGroups', { name: 'Auditors', permissions });
  const id = String(made['id']);
  const { body } = await world.call(`GET PermissionGroups/${id}`);
  expect(body).toMatchObject({ name: 'Auditors', built_in: false });
  expect(body).toHaveProperty(
    'permissions',
    expect.arrayContaining([...permissions, { entity: 'Users', permission: 'NONE' }]),
  );
  const wrong = await world.order('POST PermissionGroups', {
    name: 'x',
    permissions: [{ entity: 'Moon', permission: 'READ' }],
  });
  expect(wrong['validationErrors']).toHaveProperty('name');
  expect(wrong['validationErrors']).toHaveProperty('permissions');
  expect(await world.order('POST PermissionGroups', { name: 'ADMIN', permissions })).toMatchObject({
    message: 'Permission group ADMIN already exists',
  });
  const group = await addGroup('Controllers', { roles: id });
  expect((await world.call(`GET UserGroups/${group}`)).body).toMatchObject({ roles: id });
  expect(await world.order(`DELETE PermissionGroups/${id}`)).toMatchObject({
    message: 'Permission group Auditors is used by the user group Controllers',
  });
  await world.order(`DELETE UserGroups/${group}`);
  expect(await world.order(`DELETE PermissionGroups/${id}`)).toMatchObject({ success: true });
});

test('refreshlist tells how many there are', async () => {
  const total = listOf(await world.call('GET Users')).length;
  expect(await world.order('POST Users/refreshlist')).toMatchObject({ success: true, total });
  expect(await world.order('POST UserGroups/refreshlist')).toMatchObject({ success: true });
  for (const list of ['Users', 'UserGroups', 'PermissionGroups', 'IncidentUserGroups']) {
    expect(rowsOf(await world.order(`POST ${list}/fetch`))).toEqual(listOf(await world.call(`GET ${list}`)));
  }
});

test('accounts of another tenant are unknown, and a token that may only read changes nothing', async () => {
  const foreign = world.other.admin.id;
  const message = 'User not found';
  expect(await world.order(`PUT Users/${foreign}`, { email: 'x@example.org' })).toMatchObject({ message });
  expect(await world.order(`DELETE Users/${foreign}`)).toMatchObject({ message });
  expect(await world.order(`POST Users/${foreign}/unlock`)).toMatchObject({ message });
  const password = { new_password: 'long enough for it' };
  expect(await world.order(`POST Users/${foreign}/changePassword`, password)).toMatchObject({ message });
  expect((await world.call(`GET UserGroups/${world.other.administratorsId}`)).status).toBe(404);
  const token = await world.token('readonly');
  const refused = [
    await world.call(`PUT Users/${foreign}`, { email: 'x@example.org' }, { token }),
    await world.call(`DELETE Users/${foreign}`, {}, { token }),
    await world.call('POST PermissionGroups', { name: 'New', permissions: [] }, { token }),
    await world.call('POST UserGroups', { name: 'New' }, { token }),
  ];
  expect(refused.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
  expect((await world.call('GET Users', undefined, { token: world.other.issued.token })).status).toBe(403);
});

test('lists carry a weak tag of their content and are not sent twice', async () => {
  const first = await world.call('GET Users');
  const tag = String(first.headers['etag']);
  expect(tag).toMatch(/^W\/"[0-9a-f]{32}"$/);
  for (const header of [tag, tag.slice(2), `"x", ${tag}`, '*']) {
    const again = await world.call('GET Users', undefined, { headers: { 'if-none-match': header } });
    expect([again.status, again.body]).toEqual([304, null]);
  }
  await addUser('newcomer');
  const changed = await world.call('GET Users', undefined, { headers: { 'if-none-match': tag } });
  expect([changed.status, changed.headers['etag'] === tag]).toEqual([200, false]);
});

test('pages of a list hold every row once, also when rows come and go between them', async () => {
  const all = listOf(await world.call('GET Users')).map(({ id }) => String(id));
  const seen: string[] = [];
  let cursor: unknown;
  do {
    const page = await world.call(`GET Users?limit=2${cursor === undefined ? '' : `&cursor=${cursor}`}`);
    const rows = listOf(page);
    expect(rows.length).toBeLessThanOrEqual(2);
    seen.push(...rows.map(({ id }) => String(id)));
    cursor = page.headers['x-next-cursor'];
    if (cursor !== undefined) expect(page.headers['link']).toContain(`cursor=${cursor}`);
  } while (cursor !== undefined);
  expect(seen).toEqual([...all].sort());
  expect((await world.call('GET Users?cursor=nonsense')).status).toBe(400);
  expect((await world.call('GET Users?limit=0')).status).toBe(400);
});

import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_REGISTRY_SETTINGS, incidentDeps } from '../../src/control-registry.ts';
import { incidentCommands } from '../../src/incidents/registry.ts';
import { ruleGet, streamRules } from '../../src/rules/registry.ts';
import { isJsonObject, type JsonObject } from '../../src/shared/json.ts';
import { type DirectorWorld, listOf, openDirectorWorld, rowsOf } from './director-world.ts';

const { applyMatches } = incidentCommands(incidentDeps(DEFAULT_REGISTRY_SETTINGS));
const samples = readdirSync('samples/rules').filter((file) => file.endsWith('.yaml'));

let world: DirectorWorld;
let owner: string;
let user: string;
let seq = 0;
beforeAll(async () => {
  world = await openDirectorWorld();
  owner = await addUser('owner');
  user = await addUser('user');
});
afterAll(() => world.close());

/** Not an administrator: those may use every rule. */
async function addUser(username: string): Promise<string> {
  const group = await world.order('POST UserGroups', { name: `group of ${username}` });
  const person = {
    username,
    email: `${username}@example.org`,
    firstname: 'First',
    lastname: 'Last',
    password: 'correct horse battery',
    usergroup: [String(group['id'])],
  };
  return String((await world.order('POST Users', person))['id']);
}
const ruleData = (searchname: string, more: JsonObject = {}): JsonObject => ({
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
});
const addRule = async (searchname: string): Promise<string> =>
  String((await world.order('POST AlertRules', ruleData(searchname)))['id']);
const rule = (ruleId: string) => world.store.read(ruleGet, { logpointId: world.acme.logpoint.id, ruleId });
const list = async (name: string, filter: JsonObject = {}): Promise<readonly JsonObject[]> =>
  rowsOf(await world.order(`POST AlertRules/${name}/fetch`, filter));
const idsOf = (rows: readonly JsonObject[]): unknown[] => rows.map(({ id }) => id);
const shareWith = (userId: string): JsonObject => ({
  rbac_config: { user_permissions: [{ user_id: userId, permission: 'READ' }] },
});

/** An event that satisfies `a=b`, as the matching thread reports it: once for each rule that runs on the stream. */
async function sendEvent(ruleIds: readonly string[]): Promise<void> {
  seq += 1;
  const running = (await world.store.read(streamRules, null)).filter(({ ruleId }) => ruleIds.includes(ruleId));
  const matches = running.map(({ ruleId, ruleVersion, logpointId }) => {
    return { ruleId, ruleVersion, logpointId, seq, eventAtMs: Date.now(), repo: 'default', throttleValue: null };
  });
  await world.store.write(applyMatches, { stream: 'test', fromSeq: seq, toSeq: seq, matches });
}

test('a shared rule is used by another user and raises an incident for each of the two', async () => {
  const id = await addRule('shared');
  const unshared = await world.order(`POST AlertRules/${id}/useAlertRules`, { userid: user });
  expect(unshared).toMatchObject({ success: false, message: 'Alert rule shared is not shared with user' });
  expect(await world.order(`POST AlertRules/${id}/share`, shareWith(user))).toMatchObject({ success: true });
  expect(idsOf(await list('SharedAlertRules', { user_id: user }))).toEqual([id]);
  expect(idsOf(await list('SharedAlertRules', { user_id: owner }))).toEqual([]);
  const used = await world.order(`POST AlertRules/${id}/useAlertRules`, { userid: user });
  const use = String(used['id']);
  expect(used).toMatchObject({ success: true, message: 'Alert rule is used' });
  expect(await world.order(`POST AlertRules/${id}/useAlertRules`, { userid: user })).toMatchObject({ success: false });
  expect(await world.order(`POST AlertRules/${id}/useAlertRules`, { userid: owner })).toMatchObject({ success: false });
  const [row] = await list('UsedSharedAlertRules');
  expect(row).toMatchObject({ id: use, name: 'shared', settings: { used_from: id, user } });
  expect(idsOf(await list('MyAlertRules'))).toEqual([id]);

  await sendEvent([id, use]);
  const incidents = rowsOf(await world.order('POST Incidents/fetch'));
  expect(incidents.map((incident) => incident['username']).sort()).toEqual([owner, user].sort());
  expect(new Set(incidents.map((incident) => incident['incident_id'])).size).toBe(2);
  expect(incidents.every((incident) => incident['assigned_to'] === incident['username'])).toBe(true);

  const settled = incidents.find((incident) => incident['username'] === owner);
  await world.order(`POST Incidents/${String(settled?.['id'])}/resolve`, { incident_user_id: owner });
  await sendEvent([id, use]);
  const later = rowsOf(await world.order('POST Incidents/fetch'));
  const byOwner = later.filter((incident) => incident['username'] === owner);
  expect([byOwner.length, later.length]).toEqual([2, 3]);
  // The series of one rule and owner has one id, however often it fires.
  expect(new Set(byOwner.map((incident) => incident['incident_id'])).size).toBe(1);
});

test('a used rule follows its original and ends with the sharing', async () => {
  const id = await addRule('followed');
  await world.order(`POST AlertRules/${id}/share`, shareWith(user));
  const use = String((await world.order(`POST AlertRules/${id}/useAlertRules`, { userid: user }))['id']);
  await world.order(`PUT AlertRules/${id}`, { query: 'c=d', searchname: 'renamed', assigned_to: owner });
  expect(await rule(use)).toMatchObject({ query: 'c=d', name: 'renamed', ownerId: user, assignedTo: null });
  const edit = await world.order(`PUT AlertRules/${use}`, { query: 'e=f' });
  expect(edit).toMatchObject({ success: false, message: expect.stringContaining('follows that one') });
  await world.order(`POST AlertRules/${use}/deactivate`);
  expect((await rule(id))?.active).toBe(true);
  const ended = await world.order(`POST AlertRules/${id}/unshare`);
  expect(ended).toMatchObject({ success: true, message: 'Alert rule unshared', uses_ended: 1 });
  expect(await rule(use)).toBeNull();
  expect((await world.audited()).slice(-2)).toEqual(['alert rule unshared', 'alert rule trashed']);
});

test('a group shares with its members, and a trashed rule takes its uses along', async () => {
  const group = await world.order('POST UserGroups', { name: 'hunters', users: [user] });
  const id = await addRule('for hunters');
  const rbac_config = { group_permissions: [{ group_id: String(group['id']), permission: 'edit' }] };
  await world.order(`POST AlertRules/${id}/share`, { rbac_config });
  const [shared] = await list('SharedAlertRules', { user_id: user });
  expect(shared).toMatchObject({ id, rbac_config: { group_permissions: [{ permission: 'EDIT' }] } });
  const use = String((await world.order(`POST AlertRules/${id}/useAlertRules`, { userid: user }))['id']);
  expect(await world.order(`DELETE AlertRules/${id}`)).toMatchObject({ success: true });
  expect([await rule(id), await rule(use)]).toEqual([null, null]);
});

test.each([
  ['nobody', { rbac_config: {} }],
  ['a user of another tenant', () => shareWith(world.other.admin.id)],
  ['the owner', () => shareWith(owner)],
  ['an unknown permission', () => ({ rbac_config: { user_permissions: [{ user_id: user, permission: 'ALL' }] } })],
])('a rule is not shared with %s', async (name, given) => {
  const id = await addRule(`not for ${name}`);
  const response = await world.order(`POST AlertRules/${id}/share`, typeof given === 'function' ? given() : given);
  expect(response).toMatchObject({ success: false, validationErrors: { rbac_config: [expect.any(String)] } });
  expect(idsOf(await list('SharedAlertRules'))).not.toContain(id);
});

test('ownership goes to an active user of the logpoint, whose use of the rule ends with it', async () => {
  const id = await addRule('given away');
  await world.order(`POST AlertRules/${id}/share`, shareWith(user));
  const use = String((await world.order(`POST AlertRules/${id}/useAlertRules`, { userid: user }))['id']);
  for (const userid of [world.other.admin.id, 'f'.repeat(24)]) {
    const response = await world.order(`POST AlertRules/${id}/transferOwnership`, { userid });
    expect(response).toMatchObject({ success: false, message: 'Invalid user id' });
  }
  expect(await world.order(`POST AlertRules/${id}/transferOwnership`, { userid: owner })).toMatchObject({
    success: false,
    message: 'owner owns the alert rule already',
  });
  expect(await world.order(`POST AlertRules/${id}/transferOwnership`, { userid: user })).toMatchObject({
    success: true,
  });
  expect((await rule(id))?.ownerId).toBe(user);
  expect(await rule(use)).toBeNull();
});

test('the rules of the program are listed, run nowhere, and are installed or used', async () => {
  const vendor = await list('VendorAlertRules');
  expect(vendor).toHaveLength(samples.length);
  expect(vendor.every(({ settings }) => isJsonObject(settings) && settings['active'] === false)).toBe(true);
  expect(await list('VendorAlertRules', { log_source: ['Linux'] })).not.toHaveLength(vendor.length);
  const template = vendor.find(({ settings }) => isJsonObject(settings) && settings['vid'] === 'ssh-brute-force');
  const id = String(template?.['id']);
  expect(await rule(id)).toBeNull();

  const used = await world.order(`POST AlertRules/${id}/useAlertRules`, { userid: user });
  expect(await rule(String(used['id']))).toMatchObject({ active: true, ownerId: user, name: template?.['name'] });
  expect(idsOf(await list('UsedAlertRules', { user_id: user }))).toEqual([used['id']]);

  const all = await world.order('POST AlertRules/install', { owner, file_location: 'vendor' });
  expect(all).toMatchObject({ success: true, installed: samples.length, failed: 0 });
  const again = await world.order('POST AlertRules/install', {
    owner,
    file_location: 'vendor',
    file_name: 'web-shell',
  });
  expect(again).toMatchObject({ success: true, installed: 0, failed: 1 });
  expect(rowsOf(again)[0]).toMatchObject({
    success: false,
    validationErrors: { searchname: [expect.stringContaining('already exists')] },
  });
});

test('an uploaded file runs nothing until it is installed, and tells of each rule in it', async () => {
  const good = readFileSync('samples/rules/sudo-root-shell.yaml', 'utf8').replace('searchname: ', 'searchname: My ');
  const named = good.replace(/^searchname: .*$/m, 'searchname: "mine"');
  const content = `${named}\n---\nsearchname: only a name\n---\n${named.replace('"mine"', '"mine too"')}`;
  const before = (await list('MyAlertRules')).length;
  const uploaded = await world.order('POST AlertRules/uploads', { file_name: 'mine.yaml', content });
  expect(rowsOf(uploaded).map(({ success }) => success)).toEqual([true, false, true]);
  expect(await list('MyAlertRules')).toHaveLength(before);
  const [upload] = listOf(await world.call('GET AlertRules/uploads'));
  expect(upload).toMatchObject({ file_name: 'mine.yaml', rules: 3, size: content.length });
  expect(JSON.stringify(upload)).not.toContain('only a name');
  const installed = await world.order('POST AlertRules/install', { owner, file_name: 'mine.yaml' });
  expect(installed).toMatchObject({ success: true, installed: 2, failed: 1 });
  expect(await list('MyAlertRules')).toHaveLength(before + 2);
  const id = String(upload?.['id']);
  const { token } = world.other.issued;
  expect(listOf(await world.call('GET AlertRules/uploads', undefined, { tenant: world.other, token }))).toEqual([]);
  expect(await world.order(`DELETE AlertRules/uploads/${id}`, {}, { tenant: world.other })).toMatchObject({
    success: false,
    message: 'Upload not found',
  });
  expect(await world.order(`DELETE AlertRules/uploads/${id}`)).toMatchObject({ success: true });
  expect(await world.order('POST AlertRules/install', { owner, file_name: 'mine.yaml' })).toMatchObject({
    success: false,
  });
});

test.each([
  ['a path for a name', { file_name: '../../etc/passwd', content: 'a: b' }],
  ['a file that is too long', { file_name: 'long.yaml', content: `#${'x'.repeat(1_000_001)}` }],
  ['too many rules', { file_name: 'many.yaml', content: 'a: b\n---\n'.repeat(501) }],
  ['no rule at all', { file_name: 'empty.yaml', content: ' ' }],
])('an upload with %s is refused', async (_, data) => {
  expect(await world.order('POST AlertRules/uploads', data)).toMatchObject({ success: false });
  expect(listOf(await world.call('GET AlertRules/uploads'))).toEqual([]);
});

test('an alias bomb is no rule', async () => {
  const bomb = `a: &a [1,1,1,1]\n${Array.from({ length: 30 }, (_, i) => `k${i}: *a`).join('\n')}`;
  const uploaded = await world.order('POST AlertRules/uploads', { file_name: 'bomb.yaml', content: bomb });
  expect(rowsOf(uploaded)).toEqual([{ success: false, message: expect.stringContaining('bomb.yaml') }]);
});

test('rules of another tenant are unknown, and a token that may only read changes nothing', async () => {
  const id = await addRule('walled');
  const tenant = world.other;
  const userid = tenant.admin.id;
  const calls = [
    [`POST AlertRules/${id}/share`, shareWith(userid)],
    [`POST AlertRules/${id}/unshare`, {}],
    [`POST AlertRules/${id}/transferOwnership`, { userid }],
    [`POST AlertRules/${id}/useAlertRules`, { userid }],
  ] as const;
  const token = await world.token('readonly');
  for (const [call, data] of calls) {
    expect(await world.order(call, data, { tenant })).toMatchObject({
      success: false,
      message: 'Alert rule not found',
    });
    expect((await world.call(call, data, { token })).status).toBe(403);
  }
  expect((await world.call('POST AlertRules/install', { owner }, { token })).status).toBe(403);
  expect((await world.call('POST AlertRules/uploads', { file_name: 'a', content: 'b' }, { token })).status).toBe(403);
});

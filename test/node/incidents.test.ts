import { afterAll, beforeAll, expect, test } from 'vitest';
import { usersGet } from '../../src/accounts/registry.ts';
import type { AlertRule } from '../../src/rules/alert-rule.ts';
import type { JsonObject } from '../../src/shared/json.ts';
import { aFiring, aRule, objectId, raise } from '../incidents/world.ts';
import { call, type NodeWorld, objectOf, openNodeWorld, type Person, rowsOf, send } from './node-world.ts';

let world: NodeWorld;
let analyst: Person;
let bystander: Person;
let seen = 0;

beforeAll(async () => {
  world = await openNodeWorld();
  analyst = await world.addUser('analyst');
  bystander = await world.addUser('bystander');
}, 120_000);
afterAll(() => world.close());

/** A new incident of a rule that the admin owns, assigned to the analyst. */
async function incident(part: Partial<AlertRule> = {}, detectedAtMs = Date.now()): Promise<string> {
  seen += 1;
  const rule = aRule({
    logpointId: world.logpointId,
    id: objectId(1000 + seen),
    ownerId: world.admin.id,
    assignedTo: analyst.id,
    repos: ['default'],
    name: `rule ${seen}`,
    ...part,
  });
  const firing = aFiring({ key: `firing ${seen}`, logpointId: world.logpointId, ruleId: rule.id, detectedAtMs });
  return world.control.write(raise, { rule, firing });
}

const window = (aroundMs = Date.now()) => ({ ts_from: aroundMs / 1000 - 3600, ts_to: aroundMs / 1000 + 3600 });
const list = async (person: Person, query = '', at = Date.now()) =>
  rowsOf(await call(world, person, `/incidents${query}`, window(at), 'GET'), 'incidents');
const find = async (person: Person, id: string, query = '') =>
  (await list(person, query)).find((row) => row['id'] === id);

const INCIDENT_KEYS = [
  ...['id', 'incident_id', 'alert_obj_id', 'alertrule_id', 'type', 'name', 'description', 'username', 'user_id'],
  ...['assigned_to', 'visible_to', 'tid', 'rows_count', 'risk_level', 'risk', 'detection_timestamp'],
  ...['loginspect_ip_dns', 'logpoint_name', 'status', 'comments', 'commentscount', 'query', 'repos', 'time_range'],
  ...['throttle_enabled', 'attack_id', 'attack_tag', 'attack_category', 'log_source', 'metadata'],
];

test('an incident has the keys of the direct API, numbers as numbers, and lastaction only after an action', async () => {
  const id = await incident();
  const row = await find(world.admin, id);
  expect(Object.keys(row ?? {})).toEqual(INCIDENT_KEYS);
  expect(row).toMatchObject({
    type: 'Alert',
    user_id: null,
    tid: '',
    username: world.admin.id,
    assigned_to: analyst.id,
    status: 'unresolved',
    repos: ['10.45.9.198:5504/default'],
    risk_level: 'medium',
    comments: [],
  });
  expect(typeof row?.['detection_timestamp']).toBe('number');
  expect(typeof row?.['rows_count']).toBe('number');
  await call(world, analyst, '/add_incident_comment', { states: [{ _id: id, comments: ['seen'] }] });
  const commented = await find(world.admin, id);
  expect(Object.keys(commented ?? {})).toEqual([...INCIDENT_KEYS, 'lastaction']);
  expect(commented?.['lastaction']).toMatchObject({ action: 'Commented', title: 'analyst' });
  expect(commented?.['commentscount']).toBe(1);
});

test.each(
  (['GET', 'POST'] as const).flatMap((method) =>
    (['json', 'form'] as const).flatMap((form) =>
      [undefined, '0.1', 0.1].map((version) => [method, form, version] as const),
    ),
  ),
)('%s with %s and version %s is understood on every incident route', async (method, form, version) => {
  const id = await incident();
  const requests: [string, JsonObject, string][] = [
    ['/incidents', window(), 'incidents'],
    ['/add_incident_comment', { states: [{ id, comments: ['one', 'two'] }] }, 'message'],
    ['/incident_states', window(), 'states'],
    ['/assign_incident', { incident_ids: [id], new_assignee: world.admin.id }, 'message'],
    ['/resolve_incident', { incident_ids: [id] }, 'message'],
    ['/close_incident', { incident_ids: [id] }, 'message'],
    ['/reopen_incident', { incident_ids: [id] }, 'message'],
    ['/get_data_from_incident', { incident_obj_id: id, incident_id: 'f'.repeat(32), date: 1.5 }, 'rows'],
    ['/get_users', {}, 'users'],
  ];
  for (const [path, data, key] of requests) {
    const requestData = version === undefined ? data : { version, ...data };
    const credentials = { username: world.admin.username, secret_key: world.admin.key };
    const body =
      form === 'json'
        ? JSON.stringify({ ...credentials, requestData })
        : new URLSearchParams({ ...credentials, requestData: JSON.stringify(requestData) }).toString();
    const type = form === 'json' ? 'application/json' : 'application/x-www-form-urlencoded';
    const answer = await send(`${world.url}${path}`, method, body, { 'content-type': type });
    expect([path, answer.status]).toEqual([path, 200]);
    expect(objectOf(answer.text), path).toMatchObject({ success: true, [key]: expect.anything() });
  }
});

test('the content type may be missing or wrong: the body says what it is', async () => {
  const body = JSON.stringify({ username: 'admin', secret_key: world.admin.key, requestData: window() });
  for (const headers of [
    {},
    { 'content-type': 'application/x-www-form-urlencoded' },
    { 'content-type': 'text/plain' },
  ]) {
    for (const method of ['GET', 'POST']) {
      expect(objectOf((await send(`${world.url}/incidents`, method, body, headers)).text)).toMatchObject({
        success: true,
      });
    }
  }
});

test('every failure is HTTP 200 with success false and a message', async () => {
  const bad: [string, string, string][] = [
    ['GET', '/incidents', ''],
    ['POST', '/incidents', '{'],
    ['POST', '/incidents', '[]'],
    ['POST', '/incidents', '{"__proto__":{}}'],
    ['GET', '/incidents', `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`],
    ['GET', '/incidents', 'x'.repeat(300_000)],
    ['POST', '/incidents', 'x'.repeat(300_000)],
    ['POST', '/resolve_incident', 'username=admin&secret_key=wrong'],
    ['POST', '/getsearchlogs', 'username=%00&secret_key=%ff'],
  ];
  for (const [method, path, body] of bad) {
    const { status, text } = await send(`${world.url}${path}`, method, body);
    expect([path, status]).toEqual([path, 200]);
    expect(objectOf(text)).toEqual({ success: false, message: expect.stringMatching(/./) });
  }
  const credentials = { username: 'admin', secret_key: world.admin.key };
  for (const [path, requestData] of [
    ['/incidents', {}],
    ['/incidents', { ts_from: 'soon', ts_to: 1 }],
    ['/incidents', 'no json'],
    ['/resolve_incident', { incident_ids: [] }],
    ['/resolve_incident', { incident_ids: ['f'.repeat(24)] }],
    ['/resolve_incident', { incident_ids: ['f'.repeat(32)] }],
    ['/add_incident_comment', { states: [{ comments: ['x'] }] }],
    ['/assign_incident', { incident_ids: [await incident()], new_assignee: 'nobody' }],
    ['/get_data_from_incident', { incident_obj_id: 'f'.repeat(24) }],
    ['/getalloweddata', { type: 'everything' }],
  ] as const) {
    const { status, text } = await send(`${world.url}${path}`, 'POST', JSON.stringify({ ...credentials, requestData }));
    expect(status).toBe(200);
    expect(objectOf(text), path).toMatchObject({ success: false, message: expect.stringMatching(/./) });
  }
});

test('a connection that sent too much is still of use', async () => {
  const answer = await send(`${world.url}/incidents`, 'GET', 'x'.repeat(5_000_000), {
    'transfer-encoding': 'chunked',
  }).catch((error: unknown) => String(error));
  expect(answer).toMatchObject({ status: 200 });
});

test('a wrong name, key, logpoint or a stopped user is the one text that clients know', async () => {
  const before = await world.control.read(usersGet, { logpointId: world.logpointId, id: analyst.id });
  for (const [person, path] of [
    [{ ...analyst, key: 'wrong' }, '/incidents'],
    [{ ...analyst, key: '' }, '/incidents'],
    [{ ...analyst, username: 'nobody' }, '/incidents'],
    [analyst, `/node/${'0'.repeat(32)}/incidents`],
  ] as const) {
    const answer = await call(world, person, path, window());
    expect(answer).toEqual({ success: false, message: 'Authentication Failed' });
  }
  await expect
    .poll(
      async () =>
        (await world.control.read(usersGet, { logpointId: world.logpointId, id: analyst.id }))?.failedLoginCount,
    )
    .toBe((before?.failedLoginCount ?? 0) + 2);
}, 10_000);

test('the path below the logpoint is the plain one', async () => {
  const id = await incident();
  const answer = await call(world, world.admin, `/node/${world.logpointId}/incidents`, window(), 'GET');
  expect(rowsOf(answer, 'incidents').map((row) => row['id'])).toContain(id);
});

test('the connection test, one moment as both bounds, is an empty list', async () => {
  const now = Math.round(Date.now() / 1000) + 5;
  expect(await call(world, world.admin, '/incidents', { ts_from: now, ts_to: now }, 'GET')).toEqual({
    success: true,
    incidents: [],
  });
  expect(await call(world, world.admin, '/incident_states', { ts_from: now, ts_to: now }, 'GET')).toEqual({
    success: true,
    states: [],
    incidents: [],
  });
});

test('bounds are inclusive, the order is that of detection, and a rounded bound loses nothing', async () => {
  const base = 1_700_000_000_000;
  const ids = [await incident({}, base + 900), await incident({}, base + 100), await incident({}, base + 500)];
  const ask = async (from: number, to: number) => {
    const answer = await call(world, world.admin, '/incidents', { ts_from: from, ts_to: to }, 'GET');
    return rowsOf(answer, 'incidents').map((row) => ids.indexOf(String(row['id'])));
  };
  expect(await ask(1_700_000_000.1, 1_700_000_000.9)).toEqual([1, 2, 0]);
  expect(await ask(1_700_000_000.101, 1_700_000_000.899)).toEqual([2]);
  // The moment 1700000000.9, rounded by the client.
  expect(await ask(1_700_000_001, 1_700_000_002)).toEqual([2, 0]);
});

test('closed incidents are not listed unless they are asked for, and states follow them', async () => {
  const id = await incident();
  const states = async () => rowsOf(await call(world, world.admin, '/incident_states', window(), 'GET'), 'states');
  expect((await states()).find((row) => row['id'] === id)).toBeUndefined();
  for (const path of ['/resolve_incident', '/close_incident']) {
    expect(await call(world, analyst, path, { incident_ids: [id] })).toMatchObject({ success: true });
  }
  expect(await find(world.admin, id)).toBeUndefined();
  expect(await find(world.admin, id, '?status=closed')).toMatchObject({ id, status: 'closed' });
  expect(await find(world.admin, id, '?status=resolved,closed')).toMatchObject({ id, status: 'closed' });
  const state = (await states()).find((row) => row['id'] === id);
  expect(Object.keys(state ?? {})).toEqual(['id', 'name', 'assigned_to', 'status', 'comments']);
  expect(state).toMatchObject({ status: 'closed', assigned_to: analyst.id });
  expect(rowsOf(state ?? {}, 'comments').map(({ title, comment }) => `${title}: ${comment}`)).toEqual([
    'analyst: Resolved',
    'analyst: Closed',
  ]);
});

test('filters of the query string: lists, ids, and metadata under names of their own', async () => {
  const high = await incident({
    name: 'Filtered, with a comma',
    risk: 'high',
    logSource: ['Windows', 'AD'],
    metadata: [{ field: 'team', value: 'red' }],
  });
  const low = await incident({ name: 'Filtered', risk: 'low', metadata: [{ field: 'team', value: 'blue' }] });
  const row = await find(world.admin, high);
  const ask = async (query: string) =>
    (await list(world.admin, `?${query}`)).map((found) => found['id']).filter((id) => id === high || id === low);
  expect(await ask('risk=high')).toEqual([high]);
  expect(await ask('risk=high,low')).toEqual([high, low]);
  expect(await ask('risk=high,low&team=blue')).toEqual([low]);
  expect(await ask('team=blue,red')).toEqual([high, low]);
  expect(await ask('team=green')).toEqual([]);
  expect(await ask('log_source=AD,Windows&type=alert,ueba')).toEqual([high]);
  expect(await ask('log_source=AD,Linux')).toEqual([]);
  expect(await ask(`name=${encodeURIComponent('Filtered, with a comma')}`)).toContain(high);
  expect(await ask(`name=${row?.['incident_id']}`)).toEqual([high]);
  expect(await ask(`name=${row?.['alertrule_id']}`)).toEqual([high]);
  expect(await call(world, world.admin, '/incidents?risk=huge', window())).toMatchObject({
    success: false,
    message: expect.stringContaining('risk'),
  });
});

test('a user sees what is assigned to, owned or managed by them; administrators see all', async () => {
  const id = await incident();
  expect(await find(analyst, id)).toMatchObject({ id });
  expect(await find(world.admin, id)).toMatchObject({ id });
  expect(await find(bystander, id)).toBeUndefined();
  const own = await incident({ ownerId: bystander.id });
  expect(await find(bystander, own)).toMatchObject({ id: own });
  expect(await call(world, bystander, '/get_data_from_incident', { incident_obj_id: id })).toMatchObject({
    success: false,
    message: 'Incident not found',
  });
  expect(await call(world, bystander, '/resolve_incident', { incident_ids: [id] })).toMatchObject({ success: false });
});

test('a batch happens whole or not at all, and says which incident was in the way', async () => {
  const [first, second] = [await incident(), await incident()];
  await call(world, analyst, '/resolve_incident', { incident_ids: [second] });
  const answer = await call(world, analyst, '/resolve_incident', { incident_ids: [first, second] });
  expect(answer).toMatchObject({
    success: false,
    message: 'Incident is already resolved',
    validationErrors: { [second]: ['Incident is already resolved'] },
  });
  expect(await find(world.admin, first)).toMatchObject({ status: 'unresolved', commentscount: 0 });
  const comments = {
    states: [
      { _id: first, comments: ['kept?'] },
      { id: second, comments: ['fine', ''] },
    ],
  };
  expect(await call(world, analyst, '/add_incident_comment', comments)).toMatchObject({ success: false });
  expect(await find(world.admin, first)).toMatchObject({ commentscount: 0 });
});

test('assign, resolve, close: what one API did the other shows at once, with the same comments', async () => {
  const id = await incident({ assignedTo: bystander.id });
  const { admin } = world;
  expect(await call(world, admin, '/assign_incident', { incident_ids: [id], new_assignee: analyst.id })).toEqual({
    success: true,
    message: 'Incidents re-assigned',
  });
  expect(await call(world, analyst, '/resolve_incident', { incident_ids: [id] })).toEqual({
    success: true,
    message: 'Incidents resolved',
  });
  expect(await call(world, analyst, '/close_incident', { incident_ids: [id] })).toEqual({
    success: true,
    message: 'Incidents closed',
  });
  const director = await directorRow(id);
  const node = await find(admin, id, '?status=closed');
  expect(node?.['comments']).toEqual(director['comments']);
  expect(node?.['lastaction']).toEqual(director['lastaction']);
  expect(rowsOf(director, 'comments').map(({ title, comment }) => `${title}: ${comment}`)).toEqual([
    'admin: Reassigned',
    'analyst: Resolved',
    'analyst: Closed',
  ]);
  expect(await call(world, analyst, '/reopen_incident', { incident_ids: [id] })).toMatchObject({
    message: 'Incidents reopened',
  });
  expect(await directorRow(id)).toMatchObject({ status: 'unresolved' });
});

/** The same incident as FetchIncidents shows it. */
async function directorRow(id: string): Promise<JsonObject> {
  const headers = { authorization: `Bearer ${world.token}`, 'content-type': 'application/json' };
  const config = `${world.url}/configapi/${world.poolId}/${world.logpointId}`;
  const placed = await fetch(`${config}/Incidents/fetch`, { method: 'POST', headers, body: '{"data":{}}' });
  const { message } = objectOf(await placed.text());
  const answer = objectOf(await (await fetch(`${world.url}${message}?wait=10`, { headers })).text());
  const rows = rowsOf(answer['response'] as JsonObject, 'rows');
  const row = rows.find((found) => found['id'] === id);
  if (row === undefined) throw new Error(`FetchIncidents has no ${id}`);
  return row;
}

test('/get_users lists active users with their groups', async () => {
  const users = rowsOf(await call(world, analyst, '/get_users', undefined, 'GET'), 'users');
  expect(users.find(({ id }) => id === analyst.id)).toEqual({
    id: analyst.id,
    name: 'analyst',
    usergroups: [{ id: expect.stringMatching(/^[0-9a-f]{24}$/), name: 'nobodies' }],
  });
});

test('an access key is shown once, a rotated or revoked one ends at once', async () => {
  const user = await world.addUser('rotating');
  const headers = { authorization: `Bearer ${world.token}` };
  const path = `${world.url}/configapi/${world.poolId}/${world.logpointId}/Users/${user.id}/accessKey`;
  const rotated = objectOf(await (await fetch(path, { method: 'POST', headers })).text());
  expect(await call(world, user, '/get_users')).toMatchObject({ message: 'Authentication Failed' });
  const now = { ...user, key: String(rotated['access_key']) };
  expect(await call(world, now, '/get_users')).toMatchObject({ success: true });
  expect((await fetch(path, { method: 'DELETE', headers })).status).toBe(200);
  expect(await call(world, now, '/get_users')).toMatchObject({ message: 'Authentication Failed' });
  expect((await fetch(path, { method: 'DELETE', headers })).status).toBe(404);
  expect((await fetch(path, { method: 'POST' })).status).toBe(401);
});

test('with several logpoints the plain paths say so, and a key is of one logpoint only', async () => {
  const many = await openNodeWorld();
  try {
    const other = await many.addLogpoint('Other');
    expect(await call(many, many.admin, '/incidents', window())).toMatchObject({
      success: false,
      message: expect.stringContaining('/node/{logpoint_identifier}/'),
    });
    expect(await call(many, many.admin, `/node/${many.logpointId}/incidents`, window())).toMatchObject({
      success: true,
    });
    expect(await call(many, many.admin, `/node/${other.logpointId}/incidents`, window())).toEqual({
      success: false,
      message: 'Authentication Failed',
    });
    many.hosts.set('localhost', many.logpointId);
    const byHost = { url: many.url.replace('127.0.0.1', 'localhost') };
    expect(await call(byHost, many.admin, '/incidents', window())).toMatchObject({ success: true });
    // A host name and a prefix that disagree mean no logpoint.
    expect(await call(byHost, other.admin, `/node/${other.logpointId}/incidents`, window())).toEqual({
      success: false,
      message: 'Authentication Failed',
    });
  } finally {
    await many.close();
  }
}, 120_000);

test('unknown calls and wrong methods fail as all calls of the node do', async () => {
  for (const [method, path] of [
    ['GET', '/getsearchlogs'],
    ['DELETE', '/incidents'],
    ['PUT', '/AlertRules/create_api'],
    ['POST', `/node/${world.logpointId}/no_such_call`],
    ['PATCH', `/node/${world.logpointId}/close_incident`],
    ['POST', '/node/%zz/incidents'],
  ] as const) {
    const answer = await send(`${world.url}${path}`, method, '{}', { 'content-type': 'application/json' });
    expect([method, path, answer.status]).toEqual([method, path, 200]);
    expect(objectOf(answer.text)).toEqual({ success: false, message: expect.any(String) });
  }
  const director = await send(`${world.url}/configapi/nothing`, 'POST', '{}');
  expect(objectOf(director.text)).toMatchObject({ status: 'Error' });
});

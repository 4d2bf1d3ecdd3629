import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonObject } from '../../src/shared/json.ts';
import { type NodeWorld, objectOf, openNodeWorld, type Person, rowsOf, send } from './node-world.ts';

let world: NodeWorld;
let stranger: Person;
beforeAll(async () => {
  world = await openNodeWorld();
  stranger = await world.addUser('stranger');
}, 120_000);
afterAll(() => world.close(), 60_000);

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** As clients sign: with the access key itself. */
function tokenOf(person: Person, claims: JsonObject = {}, header: JsonObject = { alg: 'HS256', typ: 'JWT' }): string {
  const now = Math.floor(Date.now() / 1000);
  const scope = 'alertrules:read alertrules:write';
  const text = `${part(header)}.${part({ iss: 'self-signed', sub: person.username, iat: now, exp: now + 600, scope, ...claims })}`;
  return `${text}.${createHmac('sha256', person.key).update(text).digest('base64url')}`;
}

async function ask(
  method: string,
  path: string,
  body: unknown = '',
  token = tokenOf(world.admin),
): Promise<JsonObject> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const type = typeof body === 'string' ? 'application/x-www-form-urlencoded' : 'application/json';
  const headers = { authorization: `Bearer ${token}`, 'content-type': type };
  const answer = await send(`${world.url}${path}`, method, text, headers);
  expect(answer.status).toBe(200);
  return objectOf(answer.text);
}

const ruleBody = (name: string): JsonObject => ({
  name,
  description: 'by a client',
  search_params: { query: 'user=mallory', repos: ['10.45.9.198:5504/default'], timerange_minute: 10, limit: 25 },
  incident_condition: { condition_option: 'greaterthan', condition_value: 0, risk: 'high', aggregate: 'max' },
  taxonomy: { attack_tag_hashes: [], logsources: ['Windows'], metadata: [{ field: 'team', value: 'red' }] },
  incident_ownership: { assignee: world.admin.id, visible_to_usergroups: [] },
  incident_display_data: { apply_jinja_template: false, simple_view: false },
  foureyes: { original_data: false },
});

test('a rule is made, read, listed, changed, switched and removed with signed tokens', async () => {
  const made = await ask('POST', '/AlertRules/create_api', ruleBody('Signed rule'));
  expect(made).toMatchObject({
    success: true,
    message: expect.any(String),
    id: expect.stringMatching(/^[0-9a-f]{24}$/),
  });
  const id = String(made['id']);
  expect((await ask('GET', `/AlertRules/read_api?id=${id}`))['data']).toMatchObject({
    id,
    name: 'Signed rule',
    settings: { risk: 'high', repos: ['10.45.9.198:5504/default'], user: world.admin.id, log_source: ['Windows'] },
  });
  const listed = await ask('GET', `/node/${world.logpointId}/AlertRules/lists_api?limit=10&page=1`);
  expect(rowsOf(listed, 'data').map((row) => row['name'])).toEqual(['Signed rule']);
  expect(await ask('POST', '/AlertRules/update_api', { id, incident_condition: { risk: 'low' } })).toMatchObject({
    success: true,
  });
  expect((await ask('GET', `/AlertRules/read_api?id=${id}`))['data']).toMatchObject({ settings: { risk: 'low' } });
  for (const [verb, active] of [
    ['deactivate', false],
    ['activate', true],
  ] as const) {
    expect(await ask('POST', `/AlertRules/${verb}_api`, { ids: [id] })).toMatchObject({
      success: true,
      message: expect.any(String),
    });
    expect((await ask('GET', `/AlertRules/read_api?id=${id}`))['data']).toMatchObject({ settings: { active } });
  }
  // All or none.
  expect(await ask('POST', '/AlertRules/delete_api', { ids: [id, 'f'.repeat(24)] })).toMatchObject({ success: false });
  expect(await ask('GET', `/AlertRules/read_api?id=${id}`)).toMatchObject({ success: true });
  expect(await ask('POST', '/AlertRules/delete_api', { ids: [id] })).toMatchObject({ success: true });
  expect(await ask('GET', `/AlertRules/read_api?id=${id}`)).toEqual({ success: false, message: expect.any(String) });
});

test('notifications come as a form, a multipart form or JSON, and are read without their secrets', async () => {
  const id = String((await ask('POST', '/AlertRules/create_api', ruleBody('Notified rule')))['id']);
  const email = '/pluggables/Notification/EmailNotification';
  const form = new URLSearchParams({
    ids: JSON.stringify([id]),
    type: 'email',
    email_emails: JSON.stringify(['soc@example.org']),
    subject: 'Incident {{ alert_name }}',
    email_template: '{{ rows_count }} rows',
    disable_search_link: 'true',
    threshold_option: 'hour',
    threshold_value: '2',
  });
  expect(await ask('POST', `${email}/create_api`, form.toString())).toMatchObject({ success: true });
  expect((await ask('GET', `${email}/read_api?id=${id}`))['data']).toMatchObject({
    email_emails: ['soc@example.org'],
    subject: 'Incident {{ alert_name }}',
    link_disable: true,
    email_threshold_value: 120,
  });
  const parts = [...form].map(
    ([name, value]) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const multipart = await send(`${world.url}${email}/create_api`, 'POST', `${parts.join('')}--b--\r\n`, {
    authorization: `Bearer ${tokenOf(world.admin)}`,
    'content-type': 'multipart/form-data; boundary=b',
  });
  expect(objectOf(multipart.text)).toMatchObject({ success: true });
  const http = '/pluggables/Notification/HTTPNotification';
  const body = {
    ids: [id],
    http_url: 'https://hooks.example.org/x',
    http_request_type: 'POST',
    http_body: '{"a":1}',
    http_header: JSON.stringify({ auth_type: 'bearer_token', auth_key: 'very-secret' }),
  };
  expect(await ask('POST', `${http}/create_api`, body)).toMatchObject({ success: true });
  const read = await ask('GET', `${http}/read_api?id=${id}`);
  expect(read['data']).toMatchObject({
    http_url: 'https://hooks.example.org/x',
    http_header: { auth_type: 'bearer_token' },
  });
  expect(JSON.stringify(read)).not.toContain('very-secret');
});

test('only the key of the user signs, only HS256, only in its time, only for its scopes', async () => {
  const now = Math.floor(Date.now() / 1000);
  const failed = { success: false, message: 'Authentication Failed' };
  const list = (token: string) => ask('GET', '/AlertRules/lists_api', '', token);
  expect(await list(tokenOf({ ...world.admin, key: stranger.key }))).toEqual(failed);
  expect(await list(tokenOf({ ...world.admin, username: 'nobody' }))).toEqual(failed);
  expect(await list('no.token.here')).toEqual(failed);
  const unsigned = `${part({ alg: 'none' })}.${part({ sub: 'admin', exp: now + 60, scope: 'alertrules:read' })}.AA`;
  expect(await list(unsigned)).toEqual(failed);
  expect(await list(tokenOf(world.admin, {}, { alg: 'HS512' }))).toEqual(failed);
  for (const claims of [
    { exp: now - 120 },
    { exp: null },
    { iat: now + 600, exp: now + 900 },
    { exp: now + 10 ** 9 },
  ]) {
    expect(await list(tokenOf(world.admin, claims))).toEqual({
      success: false,
      message: expect.stringMatching(/^token /),
    });
  }
  const read = tokenOf(world.admin, { scope: 'alertrules:read' });
  expect(await list(read)).toMatchObject({ success: true });
  expect(await ask('POST', '/AlertRules/create_api', ruleBody('No scope'), read)).toMatchObject({
    success: false,
    message: expect.stringContaining('alertrules:write'),
  });
});

test('a user neither sees nor changes the rules of others, and owns what they make', async () => {
  const id = String((await ask('POST', '/AlertRules/create_api', ruleBody('Rule of the admin')))['id']);
  const token = tokenOf(stranger);
  expect(await ask('GET', `/AlertRules/read_api?id=${id}`, '', token)).toMatchObject({ success: false });
  for (const verb of ['delete', 'activate', 'deactivate']) {
    expect(await ask('POST', `/AlertRules/${verb}_api`, { ids: [id] }, token)).toMatchObject({ success: false });
  }
  expect(await ask('POST', '/AlertRules/update_api', { id, description: 'x' }, token)).toMatchObject({
    success: false,
  });
  const own = await ask('POST', '/AlertRules/create_api', ruleBody('Rule of the stranger'), token);
  expect((await ask('GET', `/AlertRules/read_api?id=${own['id']}`, '', token))['data']).toMatchObject({
    settings: { user: stranger.id },
  });
  expect(await ask('POST', '/AlertRules/create_api', { name: 'abc' }, token)).toMatchObject({
    success: false,
    message: expect.any(String),
  });
});

test.each([
  ['READ', [true, false, false]],
  ['EDIT', [true, true, false]],
  ['FULL', [true, true, true]],
] as const)('a rule that is shared with %s is seen, changed, removed: %j', async (permission, expected) => {
  const id = String((await ask('POST', '/AlertRules/create_api', ruleBody(`Shared ${permission}`)))['id']);
  const person = await world.addUser(`friend-${permission.toLowerCase()}`);
  const rbac_config = { user_permissions: [{ user_id: person.id, permission }] };
  const headers = { authorization: `Bearer ${world.token}`, 'content-type': 'application/json' };
  const { poolId, logpointId } = world;
  const url = `${world.url}/configapi/${poolId}/${logpointId}/AlertRules/${id}/share`;
  const shared = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ data: { rbac_config } }) });
  expect(shared.status).toBe(200);
  const token = tokenOf(person);
  const body = { ...ruleBody(`Shared ${permission}`), id, description: 'by a friend' };
  const steps = [
    await ask('GET', `/AlertRules/read_api?id=${id}`, '', token),
    await ask('POST', '/AlertRules/update_api', body, token),
    await ask('POST', '/AlertRules/delete_api', { ids: [id] }, token),
  ];
  expect(steps.map(({ success }) => success)).toEqual(expected);
});

test('lists are shown and static ones imported, repos shown, each by a scope of its own', async () => {
  const claim = (scope: string) => tokenOf(world.admin, { scope });
  const body = {
    package_import_name: 'BAD_HOSTS',
    package_import: 'evil.example\r\nworse.example, "a, b"\n\nevil.example',
  };
  const form = new URLSearchParams(body).toString();
  const imported = await ask('POST', '/UserDefinedList/import_api', form, claim('search:write'));
  expect(imported).toMatchObject({ success: true, message: 'List BAD_HOSTS imported', summary: '3 values' });
  const listed = await ask('GET', '/UserDefinedList/lists_api?limit=25&page=1', '', claim('search:read'));
  expect(listed).toEqual({
    success: true,
    rows: [{ id: imported['id'], name: 'BAD_HOSTS', list_type: 'static_list', vid: '' }],
    total: 1,
  });
  expect((await ask('GET', '/UserDefinedList/lists_api?page=2', '', claim('search:read')))['rows']).toEqual([]);
  // As a file of a multipart form it replaces what the list held.
  const file = await send(
    `${world.url}/UserDefinedList/import_api`,
    'POST',
    '--b\r\nContent-Disposition: form-data; name="package_import_name"\r\n\r\nbad_hosts\r\n' +
      '--b\r\nContent-Disposition: form-data; name="package_import"; filename="x.csv"\r\nContent-Type: text/csv\r\n\r\n[one],two\r\n--b--\r\n',
    { authorization: `Bearer ${claim('search:write')}`, 'content-type': 'multipart/form-data; boundary=b' },
  );
  expect(objectOf(file.text)).toMatchObject({ success: true, id: imported['id'] });
  const whole = await ask('GET', '/UserDefinedList/lists_api?return_all_data=true', '', claim('search:read'));
  expect(rowsOf(whole, 'rows')[0]).toMatchObject({ name: 'BAD_HOSTS', items: ['[one]', 'two'] });
  expect(await ask('POST', '/Repo/get_all_searchable_logpoint', {}, claim('logsource:read'))).toMatchObject({
    success: true,
    rows: [
      {
        active: true,
        li: 'LogPoint',
        li_ip: '10.45.9.198',
        repos: expect.arrayContaining([{ active: true, address: '10.45.9.198:5504/default', ha: '', repo: 'default' }]),
      },
    ],
  });
  for (const [method, path, scope] of [
    ['GET', '/UserDefinedList/lists_api', 'alertrules:read'],
    ['POST', '/UserDefinedList/import_api', 'search:read'],
    ['POST', '/Repo/get_all_searchable_logpoint', 'search:read'],
    ['GET', '/AlertRules/lists_api', 'search:read logsource:read'],
  ] as const) {
    expect(await ask(method, path, method === 'POST' ? {} : '', claim(scope))).toMatchObject({
      success: false,
      message: expect.stringContaining('scope'),
    });
  }
  const byStranger = tokenOf(stranger, { scope: 'search:write' });
  expect(await ask('POST', '/UserDefinedList/import_api', form, byStranger)).toMatchObject({
    success: false,
    message: 'Only administrators can import lists',
  });
  const empty = new URLSearchParams({ package_import_name: 'EMPTY', package_import: ' ,\n' }).toString();
  expect(await ask('POST', '/UserDefinedList/import_api', empty)).toMatchObject({ success: false });
});

test('a template that cannot be read is refused when the rule is saved, with line and column', async () => {
  const broken = (template: string) => ({ apply_jinja_template: true, jinja_template: template });
  const body = { ...ruleBody('Rule with template'), incident_display_data: broken('fine {{ risk }}\n{% if rows %}x') };
  expect(await ask('POST', '/AlertRules/create_api', body)).toMatchObject({
    success: false,
    message: expect.stringMatching(/^alert_context_template at 2:\d+: /),
  });
  const good = { ...body, incident_display_data: broken('{% for row in rows %}{{ row.user }}{% endfor %}') };
  const made = await ask('POST', '/AlertRules/create_api', good);
  expect(made).toMatchObject({ success: true });
  const edit = { id: made['id'], incident_display_data: broken('{{ risk | nosuchfilter }}') };
  expect(await ask('POST', '/AlertRules/update_api', edit)).toMatchObject({
    success: false,
    message: expect.stringContaining('alert_context_template at 1:'),
  });
});

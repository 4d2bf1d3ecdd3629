import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Role } from '../../src/accounts/actor.ts';
import { hashPassword } from '../../src/accounts/password.ts';
import { accountsCreate, tokensIssue } from '../../src/accounts/registry.ts';
import { SERVER_CHAIN } from '../../src/audit/audit-chain.ts';
import { auditList } from '../../src/audit/registry.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/shared/json.ts';
import { type DirectorWorld, openDirectorWorld } from '../director/director-world.ts';

const PASSWORD = 'correct horse battery';
let world: DirectorWorld;
let rootToken: string;

beforeEach(async () => {
  world = await openDirectorWorld();
  const by = { actor: 'setup' };
  rootToken = (await world.store.write(tokensIssue, { name: 'root', role: 'root', pools: [], by })).token;
  await account('ruth', 'root');
});
afterEach(() => world.close());

async function account(username: string, role: Role, pools: string[] = []): Promise<string> {
  const passwordHash = await hashPassword(PASSWORD);
  const by = { actor: 'setup' };
  const made = await world.store.write(accountsCreate, {
    username,
    role,
    pools,
    passwordHash,
    by,
    operator: { role: 'root' },
  });
  return made.id;
}

type Sent = { cookie?: string; body?: JsonObject; headers?: Record<string, string>; token?: string };

async function send(line: string, { cookie, body, headers = {}, token }: Sent = {}) {
  const [method = 'GET', url = ''] = line.split(' ');
  const answer = await world.app.inject({
    method: method as 'GET',
    url,
    headers: {
      ...(cookie === undefined ? {} : { cookie: `tocsin_session=${cookie}`, 'x-tocsin-console': '1' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { payload: body }),
  });
  const json: Json = answer.body === '' ? null : JSON.parse(answer.body);
  return {
    status: answer.statusCode,
    body: isJsonObject(json) ? json : {},
    list: Array.isArray(json) ? json : [],
    headers: answer.headers,
    cookie: answer.cookies.find(({ name }) => name === 'tocsin_session'),
  };
}

const login = (username: string, password = PASSWORD) => send('POST /auth/login', { body: { username, password } });

async function signedIn(username: string): Promise<string> {
  const answer = await login(username);
  expect(answer.status).toBe(200);
  return answer.cookie?.value ?? '';
}

test('a login sets a cookie that no script reads, and tells the account and the end of the session', async () => {
  const answer = await login('Ruth');
  expect(answer.body).toMatchObject({
    status: 'Success',
    account: { username: 'ruth', role: 'root', pools: null, totp: false, active: true, locked: false },
  });
  expect(Date.parse(String(answer.body['expires_at']))).toBeGreaterThan(Date.now() + 11 * 3_600_000);
  expect(answer.cookie).toMatchObject({ path: '/', httpOnly: true, sameSite: 'Strict' });
  expect(JSON.stringify(answer.body)).not.toContain(answer.cookie?.value);
  expect(JSON.stringify(await send('GET /auth/me', { cookie: answer.cookie?.value ?? '' }))).not.toContain('argon2');
});

test('who is signed in learns the own account, the pools and the user to act as', async () => {
  await account('admin2', 'engineer', [world.acme.pool.id]);
  const me = await send('GET /auth/me', { cookie: await signedIn('admin2') });
  expect(me.body['pools']).toEqual([
    {
      pool_uuid: world.acme.pool.id,
      name: 'acme',
      logpoints: [{ identifier: world.acme.logpoint.id, name: 'acme-lp', user_id: null }],
    },
  ]);
  const root = await send('GET /auth/me', { cookie: await signedIn('ruth') });
  expect(Array.isArray(root.body['pools']) && root.body['pools'].length).toBe(2);
});

test('the user to act as is the active user of the logpoint with the name of the account', async () => {
  // The administrator of a new pool has a console account of the same name.
  const [made] = (await send('GET /accounts', { token: rootToken })).list.filter(
    (row) => isJsonObject(row) && row['username'] === 'admin',
  );
  expect(made).toMatchObject({ role: 'engineer', pools: [world.acme.pool.id] });
  const id = isJsonObject(made) ? String(made['id']) : '';
  await send(`PUT /accounts/${id}`, { token: rootToken, body: { password: PASSWORD } });
  const me = await send('GET /auth/me', { cookie: await signedIn('admin') });
  expect(me.body['pools']).toMatchObject([{ logpoints: [{ user_id: world.acme.admin.id }] }]);
});

test('a wrong password, an unknown name and an account that is not active are answered in the same words', async () => {
  const id = await account('bert', 'admin');
  await send(`PUT /accounts/${id}`, { token: rootToken, body: { active: false } });
  const answers = await Promise.all([login('ruth', 'wrong password'), login('nobody'), login('bert')]);
  for (const answer of answers) {
    expect(answer.status).toBe(401);
    expect(answer.body).toEqual({ status: 'Error', message: 'username, password or code is wrong' });
    expect(answer.cookie).toBeUndefined();
  }
  const empty = await send('POST /auth/login', { body: { username: 'ruth', password: '' } });
  expect(empty.status).toBe(400);
});

test('two hundred logins at the same time try ten passwords and find the name locked', async () => {
  const answers = await Promise.all(Array.from({ length: 200 }, () => login('ruth', 'wrong password')));
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(10);
  const locked = answers.filter(({ status }) => status === 429);
  expect(locked).toHaveLength(190);
  expect(Number(locked[0]?.headers['retry-after'])).toBeGreaterThan(800);
  // The right password does not open a locked name, and an unknown name locks in the same way.
  expect((await login('ruth')).status).toBe(429);
  for (let n = 0; n < 10; n += 1) expect((await login('nobody')).status).toBe(401);
  expect((await login('nobody')).status).toBe(429);
  const [row] = (await send('GET /accounts', { token: rootToken })).list.filter(
    (account) => isJsonObject(account) && account['username'] === 'ruth',
  );
  expect(row).toMatchObject({ locked: true });
  const id = isJsonObject(row) ? String(row['id']) : '';
  expect((await send(`POST /accounts/${id}/unlock`, { token: rootToken, body: {} })).body).toMatchObject({
    locked: false,
  });
  expect((await login('ruth')).status).toBe(200);
});

test('two hundred right logins at the same time are all let in', async () => {
  const answers = await Promise.all(Array.from({ length: 200 }, () => login('ruth')));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
});

test('the session reaches what the role and pools of the account reach, and nothing else', async () => {
  await account('rita', 'readonly', [world.acme.pool.id]);
  const cookie = await signedIn('rita');
  const base = (tenant: typeof world.acme) => `/configapi/${tenant.pool.id}/${tenant.logpoint.id}`;
  expect((await send(`GET ${base(world.acme)}/Users`, { cookie })).status).toBe(200);
  expect((await send(`GET ${base(world.other)}/Users`, { cookie })).status).toBe(403);
  expect((await send(`POST ${base(world.acme)}/Users/refreshlist`, { cookie, body: { data: {} } })).status).toBe(200);
  const refused = await send(`POST ${base(world.acme)}/LogSources`, { cookie, body: { data: { name: 'x' } } });
  expect(refused).toMatchObject({
    status: 403,
    body: { message: 'account rita has the role readonly, which may not write here' },
  });
  expect((await send('GET /accounts', { cookie })).status).toBe(403);
});

test('a change with the cookie alone is refused: only the console sends the header', async () => {
  const session = await signedIn('ruth');
  const cookie = `tocsin_session=${session}`;
  const url = `/configapi/${world.acme.pool.id}/${world.acme.logpoint.id}/Users/refreshlist`;
  const bare = await send(`POST ${url}`, { headers: { cookie }, body: { data: {} } });
  expect(bare).toMatchObject({ status: 403, body: { message: expect.stringContaining('X-Tocsin-Console: 1') } });
  expect((await send('POST /auth/logout', { headers: { cookie } })).status).toBe(403);
  expect((await send('GET /auth/me', { headers: { cookie } })).status).toBe(200);
  // A token needs no header, whatever cookie comes with it.
  expect((await send(`POST ${url}`, { headers: { cookie }, token: rootToken, body: { data: {} } })).status).toBe(200);
});

test('a session ends with logout, and a cookie of nothing is told apart from none', async () => {
  const cookie = await signedIn('ruth');
  const out = await send('POST /auth/logout', { cookie });
  expect(out.status).toBe(200);
  expect(out.cookie?.value).toBe('');
  const gone = await send('GET /auth/me', { cookie });
  expect(gone).toMatchObject({ status: 401, body: { message: 'the session has ended: sign in again' } });
  expect((await send('GET /auth/me')).body['message']).toContain('token is missing');
  expect((await send('GET /auth/me', { token: rootToken })).status).toBe(403);
});

test('a new password ends every session but the one that it starts', async () => {
  const [one, two] = [await signedIn('ruth'), await signedIn('ruth')];
  const wrong = await send('POST /auth/password', { cookie: one, body: { old: 'nope nope', new: 'another password' } });
  expect(wrong.status).toBe(401);
  const short = await send('POST /auth/password', { cookie: one, body: { old: PASSWORD, new: 'short' } });
  expect(short).toMatchObject({ status: 400, body: { message: 'new: 8 to 1024 characters were expected' } });
  const changed = await send('POST /auth/password', { cookie: one, body: { old: PASSWORD, new: 'another password' } });
  expect(changed.status).toBe(200);
  for (const cookie of [one, two]) expect((await send('GET /auth/me', { cookie })).status).toBe(401);
  expect((await send('GET /auth/me', { cookie: changed.cookie?.value ?? '' })).status).toBe(200);
  expect((await login('ruth')).status).toBe(401);
  expect((await login('ruth', 'another password')).status).toBe(200);
});

test.each([
  ['deactivation', { active: false }],
  ['another role', { role: 'admin' }],
  ['other pools', { pools: ['other'] }],
  ['a password set by an administrator', { password: 'another password' }],
])('a session ends with %s', async (_what, edit) => {
  const id = await account('rita', 'readonly', [world.acme.pool.id]);
  const cookie = await signedIn('rita');
  const body = 'pools' in edit ? { pools: [world.other.pool.id] } : edit;
  expect((await send(`PUT /accounts/${id}`, { token: rootToken, body })).status).toBe(200);
  expect((await send('GET /auth/me', { cookie })).status).toBe(401);
});

test('a change of the name alone keeps the session; the end of the account ends it', async () => {
  const id = await account('rita', 'readonly', [world.acme.pool.id]);
  const cookie = await signedIn('rita');
  await send(`PUT /accounts/${id}`, { token: rootToken, body: { name: 'Rita M.' } });
  expect((await send('GET /auth/me', { cookie })).body).toMatchObject({ account: { name: 'Rita M.' } });
  expect((await send(`DELETE /accounts/${id}`, { token: rootToken })).status).toBe(200);
  expect((await send('GET /auth/me', { cookie })).status).toBe(401);
});

test('an administrator makes no root and changes none, and the last root stays', async () => {
  await account('adam', 'admin');
  const cookie = await signedIn('adam');
  const ruth = (await send('GET /accounts', { cookie })).list.find(
    (row) => isJsonObject(row) && row['username'] === 'ruth',
  );
  const id = isJsonObject(ruth) ? String(ruth['id']) : '';
  const root = { username: 'eve', role: 'root', password: PASSWORD };
  expect((await send('POST /accounts', { cookie, body: root })).status).toBe(403);
  expect((await send(`PUT /accounts/${id}`, { cookie, body: { password: 'another password' } })).status).toBe(403);
  expect((await send(`DELETE /accounts/${id}`, { cookie })).status).toBe(403);
  const own = await send('GET /auth/me', { cookie });
  const adam = isJsonObject(own.body['account']) ? String(own.body['account']['id']) : '';
  expect((await send(`PUT /accounts/${adam}`, { cookie, body: { role: 'root' } })).status).toBe(403);
  const last = await send(`PUT /accounts/${id}`, { token: rootToken, body: { active: false } });
  expect(last).toMatchObject({ status: 409, body: { message: 'ruth is the last active account with the role root' } });
  expect((await send(`DELETE /accounts/${id}`, { token: rootToken })).status).toBe(409);
});

test('an account needs a free name, a known role, pools where the role asks for them, and a password', async () => {
  const make = async (body: JsonObject) => {
    const answer = await send('POST /accounts', { token: rootToken, body });
    return [answer.status, answer.body['message']];
  };
  const base = { username: 'nina', role: 'engineer', password: PASSWORD, pools: [world.acme.pool.id] };
  expect(await make({ ...base, username: 'RUTH' })).toEqual([409, 'there is already an account RUTH']);
  expect(await make({ ...base, role: 'god' })).toEqual([400, 'role must be one of root, admin, engineer, readonly.']);
  expect(await make({ ...base, pools: [] })).toEqual([400, expect.stringContaining('needs at least one pool')]);
  expect(await make({ ...base, pools: ['f'.repeat(32)] })).toEqual([404, expect.stringContaining('there is no pool')]);
  expect(await make({ ...base, password: 'short' })).toEqual([400, 'password: 8 to 1024 characters were expected']);
  expect(await make({ ...base, username: 'a\nb' })).toEqual([400, expect.stringContaining('printable characters')]);
  expect((await make(base))[0]).toBe(200);
});

test('a refused sign-in is one event of the audit, whether there is such an account or not', async () => {
  await login('ruth', 'wrong');
  await login('nobody', 'wrong');
  const cookie = await signedIn('ruth');
  await send('POST /auth/password', { cookie, body: { old: 'wrong', new: 'another horse battery' } });
  const { events } = await world.store.read(auditList, { logpointId: SERVER_CHAIN, limit: 100 });
  const told = events
    .filter(({ action }) => action.includes('refused'))
    .map(({ actor, action }) => ({ actor, action }));
  expect(told.reverse()).toEqual([
    { actor: 'ruth', action: 'login refused' },
    { actor: 'anonymous 127.0.0.1', action: 'request refused' },
    { actor: 'ruth', action: 'login refused' },
  ]);
});

import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGuardedFetch } from '../../src/adapters/http/guarded-fetch.ts';
import { resolveSettings } from '../../src/config/load-settings.ts';
import { createEgressPolicy } from '../../src/notify/egress-policy.ts';
import { parseTemplate } from '../../src/notify/templates/parser.ts';
import { renderTemplate } from '../../src/notify/templates/render.ts';
import { listOf, openDirectorWorld } from '../director/director-world.ts';
import { ask, openWalls, PASSWORD, pathOf, type Route, type Walls } from './walls-world.ts';

// One test for each mistake that others have made: see the table in docs/security.md.

let walls: Walls;
beforeAll(async () => {
  walls = await openWalls();
});
afterAll(() => walls.close());

const own = (route: Route, id?: string): string => pathOf(route, walls.acme.pool.id, walls.acme.logpoint.id, id);
const send = async (method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, headers: object, payload?: object) =>
  walls.app.inject({ method, url, headers: { ...headers }, ...(payload === undefined ? {} : { payload }) });
const login = (username: string, password: string) =>
  walls.app.inject({ method: 'POST', url: '/auth/login', payload: { username, password } });

test('1: a header never chooses the tenant', async () => {
  const { acme, other, credentials } = walls;
  const headers = { ...credentials.engineer, 'x-tenant-id': other.pool.id, tenantid: other.logpoint.id };
  const users = await send('GET', `/configapi/${acme.pool.id}/${acme.logpoint.id}/Users`, headers);
  expect(users.body).toContain(acme.admin.id);
  expect(users.body).not.toContain(other.admin.id);
  expect((await send('GET', `/configapi/${other.pool.id}/${other.logpoint.id}/Users`, headers)).statusCode).toBe(403);
});

test('2: nothing that a user writes is run as code', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const wrong = files.filter((file) =>
    /\beval\(|new Function\(|node:vm|runInContext|runInThisContext/.test(readFileSync(`src/${file}`, 'utf8')),
  );
  expect(wrong).toEqual([]);
});

test('3: notifications, previews and tests of them ask who calls', async () => {
  const routes = walls.routes.filter(({ path }) => /Notification|smtptest|preview|test|deliver|dead/i.test(path));
  expect(routes.length).toBeGreaterThan(8);
  for (const route of routes)
    expect([route.name, (await ask(walls, route, own(route), {})).status]).toEqual([route.name, 401]);
});

test('4: a test of a connection needs a right and does not reach what egress does not allow', async () => {
  const smtp = walls.routes.find(({ path }) => path.endsWith('smtptest'));
  if (smtp === undefined) throw new Error('the route is gone');
  expect((await ask(walls, smtp, own(smtp), {})).status).toBe(401);
  expect((await ask(walls, smtp, own(smtp), walls.credentials.readonly)).status).toBe(403);
  await expect(createGuardedFetch(createEgressPolicy([]))('http://169.254.169.254/latest', {})).rejects.toThrow();
});

test.each([
  'http://169.254.169.254/latest/meta-data/',
  'http://127.0.0.1:8514/',
  'http://[::1]/',
  'http://[::ffff:127.0.0.1]/',
  'http://2130706433/',
  'http://0x7f.1/',
  'http://localhost/',
  'http://10.1.2.3/',
  'http://[fd00::1]/',
])('5: the server does not ask %s for anybody', async (url) => {
  const failed = await createGuardedFetch(createEgressPolicy([]))(url, {}).then(
    () => null,
    (error: unknown) => error,
  );
  expect(failed).toBeInstanceOf(Error);
  expect(String(failed instanceof Error ? failed.cause : '')).toContain('refused');
});

test('6: the stream of events asks for a token and for the right on its tenant', async () => {
  const stream = walls.routes.find(({ isStream }) => isStream);
  if (stream === undefined) throw new Error('the route is gone');
  expect((await ask(walls, stream, own(stream), {})).status).toBe(401);
  expect((await ask(walls, stream, own(stream), walls.credentials.foreignEngineer)).status).toBe(403);
  expect((await ask(walls, stream, own(stream), walls.credentials.unknown)).status).toBe(401);
});

test('7: an empty password lets nobody in and is nobody’s', async () => {
  const { root } = walls.credentials;
  expect((await login('ruth', '')).statusCode).toBe(400);
  expect((await send('POST', '/accounts', root, { username: 'empty', role: 'admin', password: '' })).statusCode).toBe(
    400,
  );
  const [first] = (await send('GET', '/accounts', root)).json();
  expect((await send('PUT', `/accounts/${first.id}`, root, { password: '' })).statusCode).toBe(400);
  const made = { username: 'blank', email: 'a@b.c', firstname: 'a', lastname: 'b', password: '', usergroup: ['x'] };
  expect((await walls.call('POST Users', made)).status).toBe(400);
  const { id } = walls.acme.admin;
  expect((await walls.call(`POST Users/${id}/changePassword`, { new_password: '' })).status).toBe(400);
});

test('8: a field that the server owns is not set by a body', async () => {
  const { root } = walls.credentials;
  const before = (await send('GET', '/accounts', root))
    .json()
    .find((row: { username: string }) => row.username === 'rita');
  const more = {
    id: 'f'.repeat(24),
    username: 'root',
    last_login_at: '2000-01-01',
    totp: true,
    locked: true,
    oidc: 'x',
  };
  const edited = await send('PUT', `/accounts/${before.id}`, root, { name: 'Rita', ...more, totp_active: 1 });
  expect(edited.json()).toEqual({ ...before, name: 'Rita' });
});

test('9: hostile text goes out as data that no browser runs', async () => {
  const name = '<script>alert(1)</script><svg/onload=alert(1)>';
  await walls.order('POST UserGroups', { name });
  const answer = await walls.call('GET UserGroups');
  expect(JSON.stringify(answer.body)).toContain('<script>');
  expect(answer.headers).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  });
  expect(renderTemplate(parseTemplate('{{ name }}'), { name }, { escape: 'html' })).not.toContain('<');
});

test.each([
  "{{ ''.constructor.constructor('return process')() }}",
  "{{ name.__proto__.constructor('return 1')() }}",
  "{% include '/etc/passwd' %}",
  '{{ self._TemplateReference__context }}',
  "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
])('10: the template %s reaches neither code nor files', (source) => {
  const render = (): string => {
    try {
      return renderTemplate(parseTemplate(source), { name: 'x' }, { escape: 'none' });
    } catch (error) {
      return error instanceof Error ? error.name : '';
    }
  };
  expect(render()).not.toMatch(/root:|uid=|process|function/);
});

test('11: the name of a file is a label and never a path', async () => {
  const name = '../../../../tmp/tocsin-escaped.yml';
  const content = 'title: Escaped\nlogsource: {category: process_creation}\ndetection: {a: {b: c}, condition: a}';
  const data = { files: [{ name, content }], repos: [], owner: walls.acme.admin.id, activate: false, dry_run: true };
  await walls.call('POST AlertRules/sigma', data);
  await walls.call('POST AlertRules/uploads', { name, file_name: name, content });
  const left = [tmpdir(), '/tmp', walls.dir]
    .flatMap((dir) => readdirSync(dir))
    .filter((file) => file.includes('tocsin-escaped'));
  expect(left).toEqual([]);
  expect((await send('GET', '/..%2f..%2f..%2fetc%2fpasswd', {})).body).not.toContain('root:');
});

test('12: a body is JSON of a schema, and no key of it reaches a prototype', async () => {
  const url = `/configapi/${walls.acme.pool.id}/${walls.acme.logpoint.id}/Users/fetch`;
  for (const payload of [
    '{"data":{"__proto__":{"polluted":1}}}',
    '{"data":{"constructor":{"prototype":{"polluted":1}}}}',
  ]) {
    const headers = { ...walls.credentials.root, 'content-type': 'application/json' };
    const answer = await walls.app.inject({ method: 'POST', url, headers, payload });
    expect(answer.statusCode).toBe(400);
  }
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  for (const type of ['application/x-java-serialized-object', 'application/x-python-pickle', 'application/yaml']) {
    const headers = { ...walls.credentials.root, 'content-type': type };
    expect((await walls.app.inject({ method: 'POST', url, headers, payload: 'x' })).statusCode).toBe(415);
  }
});

test('13: parallel guesses do not race the lockout', async () => {
  const answers = await Promise.all(Array.from({ length: 200 }, () => login('admin', 'wrong password')));
  expect(answers.filter(({ statusCode }) => statusCode === 401)).toHaveLength(10);
  expect(answers.filter(({ statusCode }) => statusCode === 429)).toHaveLength(190);
});

test('13: of parallel refreshes with one secret key one is answered, and the token ends', async () => {
  const { issued } = walls.other;
  const refresh = () => send('POST', '/refreshToken', {}, { secretKey: issued.secretKey });
  const answers = await Promise.all(Array.from({ length: 200 }, refresh));
  const won = answers.filter(({ statusCode }) => statusCode === 200);
  expect(won).toHaveLength(1);
  const [fresh] = won.map((answer) => answer.json().tokenDetails.token);
  for (const token of [issued.token, fresh]) {
    const headers = { authorization: `Bearer ${token}` };
    expect((await send('GET', '/monitorapi/v1/director/version', headers)).statusCode).toBe(401);
  }
});

test('14: what a request says of itself does not choose its limit', async () => {
  const none = {
    tokenRequestsPerSecond: null,
    tenantRequestsPerSecond: null,
    tokenOrdersPerHour: null,
    tenantOrdersPerHour: null,
  };
  const world = await openDirectorWorld([], undefined, { rates: { ...none, failuresPerMinute: 5 } });
  const statuses: number[] = [];
  for (let n = 0; n < 8; n += 1) {
    const headers = {
      'x-forwarded-for': `198.51.100.${n}`,
      'x-real-ip': `198.51.100.${n}`,
      forwarded: `for=198.51.100.${n}`,
    };
    const payload = { username: `name${n}`, password: 'wrong password', ip: `198.51.100.${n}` };
    statuses.push((await world.app.inject({ method: 'POST', url: '/auth/login', headers, payload })).statusCode);
  }
  await world.close();
  expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
});

test('15: junk tokens write nothing and read one row by its key', async () => {
  const before = await walls.dump();
  const junk = (n: number) => send('GET', '/monitorapi/v1/director/version', { authorization: `Bearer tct_${n}` });
  const answers = await Promise.all(Array.from({ length: 500 }, (_, n) => junk(n)));
  expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([401]));
  expect(await walls.dump()).toEqual(before);
});

test('16: a name with line breaks makes no line of the log', async () => {
  const lines: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
  const world = await openDirectorWorld([], undefined, { logger });
  const username = 'x\r\n{"level":"info","msg":"ready","url":"http://evil"}';
  await world.app.inject({ method: 'POST', url: '/auth/login', payload: { username, password: 'hunter2hunter2' } });
  await world.app.inject(`/nowhere/${encodeURIComponent(username)}`);
  await world.close();
  expect(lines.length).toBeGreaterThan(1);
  for (const line of lines) expect(JSON.parse(line).msg).not.toBe('ready');
  expect(lines.join('')).not.toContain('hunter2');
});

test('17: no answer holds a secret of the server or of a person', async () => {
  const tables = await walls.dump();
  const digests = ['console_token_issues', 'console_sessions', 'users', 'console_accounts'].flatMap((table) =>
    (tables[table] ?? []).flatMap((row) => row.match(/[0-9a-f]{64}|\$argon2id[^"]+/g) ?? []),
  );
  expect(digests.length).toBeGreaterThan(5);
  for (const route of walls.routes.filter(({ method, isStream }) => method === 'GET' && !isStream)) {
    for (const id of [walls.acme.admin.id, '0'.repeat(24)]) {
      const { text } = await ask(walls, route, own(route, id), walls.credentials.root);
      expect([route.name, digests.filter((digest) => text.includes(digest))]).toEqual([route.name, []]);
      expect([route.name, /PRIVATE KEY|argon2id|_sealed|_hash"/.test(text) && !/audit/i.test(route.path)]).toEqual([
        route.name,
        false,
      ]);
    }
  }
});

test('18: a lesser role changes no destination of alerts, on whichever path', async () => {
  const routes = walls.routes.filter(
    ({ path, permission }) => permission === 'write' && /AlertRules|Notification|SystemSettings|deliver/i.test(path),
  );
  expect(routes.length).toBeGreaterThan(15);
  for (const route of routes) {
    const got = await ask(walls, route, own(route), walls.credentials.readonly);
    expect([route.name, got.status]).toEqual([route.name, 403]);
  }
});

test('19: knowing the id of a foreign object removes nothing', async () => {
  const groups = listOf(await walls.call('GET UserGroups', undefined, { token: rootToken(), tenant: walls.other }));
  expect(groups.length).toBe(3);
  for (const { id } of groups) {
    expect((await walls.order(`DELETE UserGroups/${String(id)}`))['success']).toBe(false);
  }
  const after = listOf(await walls.call('GET UserGroups', undefined, { token: rootToken(), tenant: walls.other }));
  expect(after).toEqual(groups);
});

const rootToken = (): string => walls.credentials.root.authorization?.slice('Bearer '.length) ?? '';

test('20: a session ends with logout and with a new password, a token with its revocation', async () => {
  const cookie = await walls.login('ruth');
  const headers = { cookie, 'x-tocsin-console': '1' };
  expect((await send('GET', '/auth/me', headers)).statusCode).toBe(200);
  await send('POST', '/auth/logout', headers);
  expect((await send('GET', '/auth/me', headers)).statusCode).toBe(401);
  const second = { cookie: await walls.login('ruth'), 'x-tocsin-console': '1' };
  const third = { cookie: await walls.login('ruth'), 'x-tocsin-console': '1' };
  await send('POST', '/auth/password', second, { old: PASSWORD, new: PASSWORD });
  for (const old of [second, third]) expect((await send('GET', '/auth/me', old)).statusCode).toBe(401);
  const issued = (await send('POST', '/tokens', walls.credentials.root, { name: 'short', role: 'admin' })).json();
  const bearer = { authorization: `Bearer ${issued.token}` };
  expect((await send('GET', '/tokens', bearer)).statusCode).toBe(200);
  await send('POST', `/tokens/${issued.id}/revoke`, walls.credentials.root, {});
  expect((await send('GET', '/tokens', bearer)).statusCode).toBe(401);
});

test('21: unknown names take as long and lock as known ones do, and other sites cannot send changes', async () => {
  const timeOf = async (username: string): Promise<number> => {
    const from = performance.now();
    expect((await login(username, 'wrong password')).json().message).toBe('username, password or code is wrong');
    return performance.now() - from;
  };
  const known: number[] = [];
  const unknown: number[] = [];
  for (let n = 0; n < 5; n += 1) {
    known.push(await timeOf('rita'));
    unknown.push(await timeOf(`nobody${n}`));
  }
  const least = (times: readonly number[]): number => Math.min(...times);
  expect(least(unknown)).toBeGreaterThan(least(known) / 3);
  expect(least(unknown)).toBeLessThan(least(known) * 3);
  const cookie = await walls.login('ruth');
  expect((await send('POST', '/accounts', { cookie, origin: 'https://evil.example' }, {})).statusCode).toBe(403);
  const preflight = await walls.app.inject({
    method: 'OPTIONS',
    url: '/accounts',
    headers: { origin: 'https://evil.example' },
  });
  expect(Object.keys(preflight.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
});

test('22: every route has a permission, and its twin under /v1 has the same', async () => {
  for (const route of walls.routes) expect([route.name, route.permission]).not.toContain('undefined');
  for (const route of walls.routes.filter(({ path }) => /^\/(configapi|monitorapi)\/\{pool\}/.test(path))) {
    const twin = own(route).replace(/^\/(configapi|monitorapi)\//, '/$1/v1/');
    expect([route.name, (await ask(walls, route, twin, {})).status]).toEqual([route.name, 401]);
    const reader = await ask(walls, route, twin, walls.credentials.readonly);
    if (route.permission === 'write') expect([route.name, reader.status]).toEqual([route.name, 403]);
  }
});

test('23: what an order names is looked for inside its own tenant', async () => {
  const { acme, other, order } = walls;
  const handed = await order(`DELETE Users/${acme.admin.id}`, { assigned_to_user: other.admin.id });
  expect(handed['success']).toBe(false);
  const moved = await order(`POST AlertRules/${'0'.repeat(24)}/transferOwnership`, {
    user_id: other.admin.id,
    owner: other.admin.id,
  }).catch(() => ({ success: false }));
  expect(moved['success']).toBe(false);
});

test('24: a stronger foreign user is not taken into a group, and nobody raises the own role', async () => {
  const { other, order, credentials } = walls;
  const grouped = await order('POST UserGroups', { name: 'mine', lpadmin: true, users: [other.admin.id] });
  expect(grouped['success']).toBe(false);
  const root = { username: 'eve', role: 'root', password: PASSWORD };
  expect((await send('POST', '/accounts', credentials.engineer, root)).statusCode).toBe(403);
  expect((await send('POST', '/accounts', credentials.admin, root)).statusCode).toBe(403);
  expect((await send('POST', '/tokens', credentials.admin, { name: 'eve', role: 'root' })).statusCode).toBe(403);
  const strong = (await send('POST', '/tokens', credentials.root, { name: 'strong', role: 'root' })).json();
  expect((await send('POST', `/tokens/${strong.id}/revoke`, credentials.admin, {})).statusCode).toBe(403);
  expect((await send('GET', '/tokens', { authorization: `Bearer ${strong.token}` })).statusCode).toBe(200);
  expect((await send('POST', `/tokens/${strong.id}/revoke`, credentials.root, {})).statusCode).toBe(200);
});

test('25: only http and https are asked', async () => {
  for (const url of ['file:///etc/passwd', 'ftp://192.0.2.1/x', 'data:text/plain,x', 'gopher://192.0.2.1/']) {
    const asked = createGuardedFetch(createEgressPolicy(['0.0.0.0/0']))(url, {});
    await expect(asked).rejects.toThrow('expected http or https');
    const flags = { 'oidc.issuer': url };
    expect(() => resolveSettings({ flags, environment: {}, file: new Map() })).toThrow('oidc.issuer');
  }
});

test('26: metrics are for this machine, or for a token', async () => {
  const metrics = (remoteAddress: string, headers = {}) =>
    walls.app.inject({ url: '/metrics', remoteAddress, headers });
  expect((await metrics('192.0.2.1')).statusCode).toBe(401);
  expect((await metrics('192.0.2.1', { 'x-forwarded-for': '127.0.0.1' })).statusCode).toBe(401);
  expect((await metrics('192.0.2.1', walls.credentials.readonly)).statusCode).toBe(200);
  expect((await metrics('127.0.0.1')).statusCode).toBe(200);
});

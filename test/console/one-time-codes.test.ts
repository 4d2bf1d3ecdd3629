import { readdirSync, readFileSync } from 'node:fs';
import { TOTP } from 'otpauth';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hashPassword } from '../../src/accounts/password.ts';
import { accountsCreate } from '../../src/accounts/registry.ts';
import { isJsonObject, type JsonObject } from '../../src/shared/json.ts';
import { type DirectorWorld, openDirectorWorld } from '../director/director-world.ts';

const PASSWORD = 'correct horse battery';
let world: DirectorWorld;
let cookie: string;

beforeEach(async () => {
  world = await openDirectorWorld();
  const by = { actor: 'setup' };
  const passwordHash = await hashPassword(PASSWORD);
  const operator = { role: 'root' } as const;
  await world.store.write(accountsCreate, { username: 'ruth', role: 'root', pools: [], passwordHash, by, operator });
  cookie = (await login({})).cookie;
});
afterEach(() => world.close());

async function post(url: string, payload: JsonObject, session?: string) {
  const headers = session === undefined ? {} : { cookie: `tocsin_session=${session}`, 'x-tocsin-console': '1' };
  const answer = await world.app.inject({ method: 'POST', url, headers, payload });
  const body: unknown = answer.json();
  const value = answer.cookies.find(({ name }) => name === 'tocsin_session')?.value ?? '';
  return { status: answer.statusCode, body: isJsonObject(body) ? body : {}, cookie: value };
}

const login = (more: JsonObject) => post('/auth/login', { username: 'ruth', password: PASSWORD, ...more });

/** The code of `steps` steps from now. */
const codeOf = (secret: string, steps: number): string =>
  new TOTP({ secret, digits: 6, period: 30 }).generate({ timestamp: Date.now() + steps * 30_000 });

async function enrolled(): Promise<{ secret: string; recovery: string[] }> {
  const { body } = await post('/auth/totp/enroll', {}, cookie);
  const secret = String(body['secret']);
  expect(body['uri']).toMatch(/^otpauth:\/\/totp\/Tocsin:ruth\?issuer=Tocsin&secret=/);
  const confirmed = await post('/auth/totp/confirm', { code: codeOf(secret, -1) }, cookie);
  expect(confirmed.status).toBe(200);
  const codes = confirmed.body['recovery_codes'];
  return { secret, recovery: Array.isArray(codes) ? codes.map(String) : [] };
}

test('an account asks for a code only after one of its authenticator was confirmed', async () => {
  const { body } = await post('/auth/totp/enroll', {}, cookie);
  expect((await login({})).status).toBe(200);
  expect((await post('/auth/totp/confirm', { code: '000000' }, cookie)).status).toBe(401);
  expect((await login({})).status).toBe(200);
  expect((await post('/auth/totp/confirm', { code: codeOf(String(body['secret']), 0) }, cookie)).status).toBe(200);
  const asked = await login({});
  expect([asked.status, asked.body['message']]).toEqual([401, 'a one-time code is needed beside the password']);
  expect((await post('/auth/totp/enroll', {}, cookie)).status).toBe(409);
});

test('a code lets in once: heard again, it is refused, and so is one from before it', async () => {
  const { secret } = await enrolled();
  const code = codeOf(secret, 0);
  expect((await login({ code })).status).toBe(200);
  expect((await login({ code })).status).toBe(401);
  expect((await login({ code: codeOf(secret, -1) })).status).toBe(401);
  expect((await login({ code: codeOf(secret, 1) })).status).toBe(200);
});

test('of nine logins with the same code at the same time one is let in', async () => {
  const { secret } = await enrolled();
  const code = codeOf(secret, 0);
  const answers = await Promise.all(Array.from({ length: 9 }, () => login({ code })));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
});

test('a recovery code lets in once', async () => {
  const { recovery } = await enrolled();
  expect(recovery).toHaveLength(10);
  expect((await login({ code: recovery[0] ?? '' })).status).toBe(200);
  expect((await login({ code: recovery[0] ?? '' })).status).toBe(401);
  expect((await login({ code: (recovery[1] ?? '').toUpperCase() })).status).toBe(200);
});

test('guessing codes locks the name, and asking without a code does not count as guessing or as success', async () => {
  await enrolled();
  for (let n = 0; n < 9; n += 1) {
    expect((await login({})).status).toBe(401);
    expect((await login({ code: '000000' })).status).toBe(401);
  }
  expect((await login({ code: '000000' })).status).toBe(401);
  expect((await login({})).status).toBe(429);
});

test('a code of the authenticator or a recovery code is needed to switch codes off', async () => {
  const { recovery } = await enrolled();
  expect((await post('/auth/totp/disable', { code: '000000' }, cookie)).status).toBe(401);
  expect((await post('/auth/totp/disable', { code: recovery[3] ?? '' }, cookie)).status).toBe(200);
  expect((await login({})).status).toBe(200);
});

test('the secret is sealed in the store', async () => {
  const { secret } = await enrolled();
  for (const file of readdirSync(world.dir).filter((name) => name.startsWith('control.db'))) {
    expect(readFileSync(`${world.dir}/${file}`).includes(secret)).toBe(false);
  }
});

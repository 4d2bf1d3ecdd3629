import { afterEach, expect, test } from 'vitest';
import { tokensIssue } from '../../src/accounts/registry.ts';
import type { RateSettings } from '../../src/apis/http/rate-limits.ts';
import { type DirectorWorld, openDirectorWorld } from '../director/director-world.ts';

const NONE: RateSettings = {
  tokenRequestsPerSecond: null,
  tenantRequestsPerSecond: null,
  tokenOrdersPerHour: null,
  tenantOrdersPerHour: null,
  failuresPerMinute: null,
};

let world: DirectorWorld;
const open = async (rates: Partial<RateSettings>, trustedProxies: string[] = []): Promise<void> => {
  world = await openDirectorWorld([], undefined, {
    rates: { ...NONE, ...rates },
    trustedProxies,
    orderLimits: { retentionHours: 168, bytesMax: 1024, rowsMax: 77 },
  });
};
afterEach(() => world.close());

const bad = (headers: Record<string, string> = {}, remoteAddress = '192.0.2.1') =>
  world.app.inject({
    url: '/monitorapi/v1/director/version',
    headers: { authorization: 'Bearer guess', ...headers },
    remoteAddress,
  });

test('a token that asks too fast is told when to come back, and another token is not', async () => {
  await open({ tokenRequestsPerSecond: 2 });
  const answers = await Promise.all(Array.from({ length: 15 }, () => world.call('GET Users')));
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThanOrEqual(4);
  expect(refused[0]).toMatchObject({ body: { message: 'too many requests of the token: wait' } });
  expect(Number(refused[0]?.headers['retry-after'])).toBeGreaterThanOrEqual(1);
  expect((await world.call('GET Users', undefined, { token: await world.token('readonly') })).status).toBe(200);
});

test('a tenant that is asked too fast leaves the others their share', async () => {
  await open({ tenantRequestsPerSecond: 2 });
  const by = { actor: 'setup' };
  const { token } = await world.store.write(tokensIssue, { name: 'root', role: 'root', pools: [], by });
  const answers = await Promise.all(Array.from({ length: 15 }, () => world.call('GET Users', undefined, { token })));
  expect(answers.some(({ status }) => status === 429)).toBe(true);
  expect((await world.call('GET Users', undefined, { token, tenant: world.other })).status).toBe(200);
});

test('orders are counted for token and tenant, and reads of them are not', async () => {
  await open({ tokenOrdersPerHour: 3 });
  for (let n = 0; n < 3; n += 1) expect((await world.call('POST Users/fetch', {})).status).toBe(200);
  const refused = await world.call('POST Users/fetch', {});
  expect(refused).toMatchObject({ status: 429, body: { message: 'too many orders of the token: wait' } });
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(1000);
  expect((await world.call('GET Users')).status).toBe(200);
});

test('an address with too many wrong tokens waits, whatever header it sends; right tokens of it go on', async () => {
  await open({ failuresPerMinute: 5 });
  const statuses: number[] = [];
  for (let n = 0; n < 8; n += 1) statuses.push((await bad({ 'x-forwarded-for': `198.51.100.${n}` })).statusCode);
  expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
  expect((await bad({}, '192.0.2.2')).statusCode).toBe(401);
  const right = await world.app.inject({
    url: '/monitorapi/v1/director/version',
    headers: { authorization: `Bearer ${world.acme.issued.token}` },
    remoteAddress: '192.0.2.1',
  });
  expect(right.statusCode).toBe(200);
});

test('logins and secret keys of an address that has guessed too often are not looked at', async () => {
  await open({ failuresPerMinute: 5 });
  for (let n = 0; n < 5; n += 1) await bad();
  for (const [url, payload] of [
    ['/auth/login', { username: 'nobody', password: 'wrong password' }],
    ['/refreshToken', { secretKey: world.acme.issued.secretKey }],
  ] as const) {
    const answer = await world.app.inject({ method: 'POST', url, payload, remoteAddress: '192.0.2.1' });
    expect([answer.statusCode, Number(answer.headers['retry-after']) > 0]).toEqual([429, true]);
  }
});

test('addresses of one IPv6 network are one, and a proxy is believed only when it is named', async () => {
  await open({ failuresPerMinute: 2 }, ['10.0.0.1']);
  await bad({}, '2001:db8:1:2::1');
  await bad({}, '2001:db8:1:2:ffff::9');
  expect((await bad({}, '2001:db8:1:2::3')).statusCode).toBe(429);
  expect((await bad({}, '2001:db8:1:3::3')).statusCode).toBe(401);
  for (let n = 0; n < 5; n += 1) {
    expect((await bad({ 'x-forwarded-for': `198.51.100.${n}` }, '10.0.0.1')).statusCode).toBe(401);
  }
});

test('a request without any token guesses nothing and is not counted', async () => {
  await open({ failuresPerMinute: 1 });
  for (let n = 0; n < 5; n += 1) {
    expect((await world.app.inject('/monitorapi/v1/director/version')).statusCode).toBe(401);
  }
});

test('what was refused is in the metrics, and an order tells how long it is kept and what it may hold', async () => {
  await open({ failuresPerMinute: 1 });
  await bad();
  await bad();
  const metrics = await world.app.inject('/metrics');
  expect(metrics.body).toContain('tocsin_limits_failures_refused 1');
  const accepted = await world.call('POST Users/fetch', {});
  const path = JSON.parse(JSON.stringify(accepted.body)).message;
  const polled = await world.call(`GET ${path}?wait=5`);
  expect(polled.headers).toMatchObject({
    'x-order-retention-hours': '168',
    'x-orders-bytes-max': '1024',
    'x-rows-max': '77',
  });
});

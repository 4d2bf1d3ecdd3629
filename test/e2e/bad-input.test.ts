import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/shared/json.ts';
import { servedFolder } from './served-folder.ts';
import { Director, eventually, type Founded, runCommand } from './tocsin-process.ts';

// Bad input against a real server: each is a clear error in the contract's envelope, nothing is changed, and the next
// request is served.

let other: Founded;
let incidentId: string;
let state: string;

const POST = (director_: Director, path: string, body: string, headers: Record<string, string> = {}) =>
  director_.request('POST', path, body, headers);

const served = servedFolder([], async () => {
  other = JSON.parse(
    (await runCommand(['pool', 'create', '--data', served.dataDir, '--pool', 'other', '--admin', 'olga', '--json']))
      .stdout,
  ) as Founded;
  await served.director.order('AlertRules', ruleData('seed'));
  await served.director.ingest('{"user":"seed"}\n');
  const incident = await eventually(async () => (await served.director.rows('Incidents/fetch', {}))[0], 'an incident');
  incidentId = String(incident['id']);
  state = JSON.stringify(await served.director.rows('Incidents/fetch', {}));
});

const ruleData = (user: string): JsonObject => ({
  searchname: `rule for ${user}`,
  owner: served.founded.admin.id,
  repos: ['default'],
  query: `user=${user}`,
  limit: 10,
  timerange_minute: 5,
  condition_option: 'greaterthan',
  condition_value: 0,
  risk: 'low',
  aggregate: 'max',
});

const base = (): string => `/configapi/${served.director.tenant}`;
const acting = (): JsonObject => ({ incident_user_id: served.founded.admin.id });

/** The answer is the envelope with this status and message, and the incident is as it was. */
async function expectRefusal(answer: Response, status: number, message: RegExp): Promise<void> {
  const body: unknown = await answer.json();
  expect(body).toEqual({ status: 'Error', message: expect.stringMatching(message) });
  expect(answer.status).toBe(status);
  expect(JSON.stringify(body)).not.toMatch(/node_modules|\.ts:|\.js:/);
  expect(JSON.stringify(await served.director.rows('Incidents/fetch', {}))).toBe(state);
}

test.each([
  ['{"data":{"incident_user_id":', /at position 28 \(line 1, column 29\)$/],
  ['', /request body is empty/],
  ['{}', /^data must be present in request\.$/],
  ['{"data":"x"}', /^data must be present in request\.$/],
  ['{"data":{}}', /^incident_user_id must be present in request\.$/],
  ['{"data":{"incident_user_id":7}}', /^incident_user_id must be present in request\.$/],
  ['{"data":{"incident_user_id":"a\\u0000b"}}', /U\+0000/],
  ['{"data":{"__proto__":{"incident_user_id":"x"}}}', /key __proto__/],
  [`${'{"data":'.repeat(1000)}1${'}'.repeat(1000)}`, /nested deeper than 64 levels/],
])('a resolve with the body %j is refused at the door', async (body, message) => {
  await expectRefusal(await POST(served.director, `${base()}/Incidents/${incidentId}/resolve`, body), 400, message);
});

test('a body of 10 MB is refused with 413', async () => {
  const body = JSON.stringify({ data: { ...acting(), comment: 'x'.repeat(10_000_000) } });
  await expectRefusal(
    await POST(served.director, `${base()}/Incidents/${incidentId}/comment`, body),
    413,
    /larger than 2097152 bytes/,
  );
});

test('invalid UTF-8 is refused', async () => {
  const bytes = Buffer.concat([Buffer.from('{"data":{"comment":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}}')]);
  const answer = await fetch(`${served.server.url}${base()}/Incidents/${incidentId}/comment`, {
    method: 'POST',
    headers: { authorization: `Bearer ${served.founded.token}`, 'content-type': 'application/json' },
    body: bytes,
  });
  await expectRefusal(answer, 400, /not valid UTF-8/);
});

test('no token, a wrong one, an expired form and a revoked one are told apart', async () => {
  const get = (authorization?: string) =>
    fetch(`${served.server.url}${base()}/Users`, { headers: authorization === undefined ? {} : { authorization } });
  await expectRefusal(await get(), 401, /token is missing/);
  await expectRefusal(await get('Bearer nonsense'), 401, /not known/);
  const made = await runCommand(['token', 'create', '--role', 'admin', '--data', served.dataDir, '--json']);
  const { token, id } = JSON.parse(made.stdout) as { token: string; id: string };
  expect((await get(`Bearer ${token}`)).status).toBe(200);
  await runCommand(['token', 'revoke', id, '--data', served.dataDir]);
  await expectRefusal(await get(`Bearer ${token}`), 401, /revoked/);
});

test('a readonly token reads and fetches, and writes nothing', async () => {
  const args = [
    'token',
    'create',
    '--role',
    'readonly',
    '--pool',
    served.founded.pool_uuid,
    '--data',
    served.dataDir,
    '--json',
  ];
  const { token } = JSON.parse((await runCommand(args)).stdout) as { token: string };
  const reader = new Director(served.server.url, served.founded, token);
  expect(await reader.rows('Incidents/fetch', {})).toHaveLength(1);
  const body = JSON.stringify({ data: acting() });
  await expectRefusal(await POST(reader, `${base()}/Incidents/${incidentId}/resolve`, body), 403, /readonly/);
  await expectRefusal(await reader.ingest('{"user":"seed"}\n'), 403, /readonly/);
});

test('pools and logpoints of others are closed to a token, unknown ones unknown', async () => {
  const stranger = new Director(served.server.url, other);
  const body = JSON.stringify({ data: acting() });
  await expectRefusal(await POST(stranger, `${base()}/Incidents/${incidentId}/resolve`, body), 403, /no right on pool/);
  const mixed = `/configapi/${other.pool_uuid}/${served.founded.logpoint_identifier}/Users`;
  await expectRefusal(await stranger.request('GET', mixed), 404, /logpoint .* is unknown/);
  await expectRefusal(
    await served.director.request('GET', `/configapi/${'0'.repeat(32)}/${'0'.repeat(32)}/Users`),
    404,
    /pool .* is unknown/,
  );
  const own = await stranger.order(`Incidents/${incidentId}/resolve`, { incident_user_id: other.admin.id });
  expect(own).toMatchObject({ success: false, message: 'Incident not found' });
});

test('unknown ids, users of another logpoint and wrong steps end the order, not the request', async () => {
  const say = (id: string, verb: string, data: JsonObject) => served.director.order(`Incidents/${id}/${verb}`, data);
  const notFound = { success: false, message: 'Incident not found', errors: ['Incident not found'] };
  expect(await say('0'.repeat(24), 'resolve', acting())).toEqual(notFound);
  expect(await say('not-an-id', 'resolve', acting())).toEqual(notFound);
  expect(await say(incidentId, 'resolve', { incident_user_id: other.admin.id })).toMatchObject({
    success: false,
    message: 'Invalid user id',
  });
  expect(await say(incidentId, 'close', acting())).toMatchObject({ success: false });
  await expectRefusal(
    await served.director.request('GET', `${base()}/Users/${'0'.repeat(24)}`),
    404,
    /user .* is unknown/,
  );
  const order = `/monitorapi/${served.director.tenant}/orders/00000000-0000-4000-8000-000000000000`;
  await expectRefusal(await served.director.request('GET', order), 404, /order .* is unknown/);
  await expectRefusal(await served.director.request('GET', `${base()}/Nothing`), 404, /route GET .* is unknown/);
});

test('a pattern that would run for ever elsewhere is answered, and one that is none fails the order', async () => {
  expect(await served.director.order('Incidents/fetch', { name: '(a+)+$' })).toMatchObject({ success: true });
  const failed = await served.director.order('Incidents/fetch', { name: '(unclosed' });
  expect(failed).toMatchObject({ success: false, message: expect.stringContaining('pattern') });
});

test('filters of the wrong form and dates beyond the calendar are refused', async () => {
  const fetchWith = (data: JsonObject) => POST(served.director, `${base()}/Incidents/fetch`, JSON.stringify({ data }));
  await expectRefusal(await fetchWith({ start_date: 1 }), 400, /^end_date must be present in request\.$/);
  await expectRefusal(await fetchWith({ status: 'resolved' }), 400, /^status must be present in request\.$/);
  await expectRefusal(await fetchWith({ status: ['ajar'] }), 400, /expected one of/);
  await expectRefusal(await fetchWith({ start_date: 1, end_date: 1e18 }), 400, /^end_date /);
});

test('lines with years far off, control characters and junk are taken or kept as dead letters, never lost', async () => {
  const lines = [
    '{"user":"far","@timestamp":"9999-12-31T23:59:59Z"}',
    '{"user":"ctrl\\u0007","note":"\\u001b[31mred"}',
    '{"user":"half',
  ];
  const answer = await served.director.ingest(`${lines.join('\n')}\n`, { 'content-type': 'application/x-ndjson' });
  const counts = (await answer.json()) as { accepted: number; rejected: number };
  expect([answer.status, counts.accepted + counts.rejected]).toEqual([200, 3]);
});

test('ingest refuses what it cannot unpack, what is no repo and what is empty', async () => {
  await expectRefusal(await served.director.ingest(Buffer.from('no gzip'), { 'content-encoding': 'gzip' }), 400, /./);
  await expectRefusal(await served.director.ingest('x', { 'content-encoding': 'zstd' }), 415, /gzip or br/);
  await expectRefusal(await served.director.ingest('x', {}, 'nowhere'), 404, /repo "nowhere" is unknown/);
  await expectRefusal(await served.director.ingest('', {}), 400, /empty/);
  const good = await served.director.ingest(gzipSync('{"user":"packed"}\n'), { 'content-encoding': 'gzip' });
  expect(await good.json()).toEqual({ accepted: 1, rejected: 0 });
});

test('a used secret key is refused, and its token ends', async () => {
  const made = await runCommand(['token', 'create', '--role', 'admin', '--data', served.dataDir, '--json']);
  const { secret_key } = JSON.parse(made.stdout) as { secret_key: string };
  const refresh = () =>
    fetch(`${served.server.url}/refreshToken`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ secretKey: secret_key }),
    });
  const fresh = (await (await refresh()).json()) as { status: string; tokenDetails: { token: string } };
  expect(fresh).toEqual({
    status: 'Success',
    tokenDetails: { secretKey: expect.stringMatching(/./), token: expect.stringMatching(/./) },
  });
  await expectRefusal(await refresh(), 401, /used before/);
  const answer = await new Director(served.server.url, served.founded, fresh.tokenDetails.token).request(
    'GET',
    `${base()}/Users`,
  );
  await expectRefusal(answer, 401, /revoked/);
});

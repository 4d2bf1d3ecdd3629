import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { Type } from 'typebox';
import { afterEach, expect, test } from 'vitest';
import type { Actor } from '../../accounts/actor.ts';
import { AppError } from '../../shared/errors.ts';
import { createHttpServer } from './create-server.ts';
import type { AccessStore } from './permission.ts';

const POOL = 'a'.repeat(32);
const OTHER_POOL = 'b'.repeat(32);
const LOGPOINT = 'c'.repeat(32);

const actor = (role: Actor['role'], pools: Actor['pools'] = null): Actor => ({
  tokenId: '0'.repeat(24),
  name: role,
  role,
  pools,
});

const TOKENS: Record<string, Actor> = {
  root: actor('root'),
  engineer: actor('engineer', [POOL]),
  readonly: actor('readonly', [POOL]),
};

const access: AccessStore = {
  find: async ({ text: token }, tenant) => {
    const found = Object.hasOwn(TOKENS, token) ? TOKENS[token] : undefined;
    if (found === undefined) throw new AppError('unauthenticated', 'TOKEN_UNKNOWN', 'token is unknown');
    const isKnown = tenant?.poolId === POOL && tenant.logpointId === LOGPOINT;
    return {
      actor: found,
      logpoint: isKnown ? { id: LOGPOINT, poolId: POOL, name: 'LogPoint', ip: '127.0.0.1' } : null,
    };
  },
  isPool: async (pool) => pool === POOL || pool === OTHER_POOL,
};

let app: FastifyInstance | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
});

async function server(): Promise<FastifyInstance> {
  app = await createHttpServer(
    { access, limits: { bodyBytesMax: 4096, jsonDepthMax: 32 }, logger: pino({ level: 'silent' }) },
    (routes) => {
      routes.get('/open', { config: { permission: 'public' } }, async () => ({ ok: true }));
      routes.get('/near', { config: { permission: 'local' } }, async () => ({ ok: true }));
      routes.get('/bug', { config: { permission: 'public' } }, async () => {
        throw new Error('secret detail');
      });
      routes.get('/full', { config: { permission: 'public' } }, async () => {
        throw new AppError('overloaded', 'FULL', 'queue is full', { retryAfterSeconds: 2.2 });
      });
      routes.get('/t/:pool/:logpoint', { config: { permission: 'read' } }, async (request) => request.logpoint);
      const data = Type.Object({
        comment: Type.String({ minLength: 1 }),
        status: Type.Optional(Type.Array(Type.Unsafe<string>({ type: 'string', enum: ['open', 'shut'] }))),
      });
      routes.post(
        '/t/:pool/:logpoint/act',
        { config: { permission: 'write' }, schema: { body: Type.Object({ data }) } },
        async (request) => request.body,
      );
    },
  );
  return app;
}

const act = async (payload: string | Buffer, headers: Record<string, string> = {}) =>
  (app ?? (await server())).inject({
    method: 'POST',
    url: `/t/${POOL}/${LOGPOINT}/act`,
    headers: { authorization: 'Bearer engineer', 'content-type': 'application/json', ...headers },
    payload,
  });

test('a route without a permission does not start', async () => {
  const start = createHttpServer(
    { access, limits: { bodyBytesMax: 4096, jsonDepthMax: 32 }, logger: pino({ level: 'silent' }) },
    (routes) => {
      routes.get('/bare', async () => 'never');
    },
  );
  await expect(start).rejects.toThrow('route GET /bare declares no permission');
});

test('every answer has a request id and the security headers', async () => {
  const answer = await (await server()).inject('/open');
  expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  expect(answer.headers['x-content-type-options']).toBe('nosniff');
  expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
});

test('no token, a malformed header and an unknown token are told apart', async () => {
  const http = await server();
  const get = async (authorization?: string) => {
    const answer = await http.inject({
      url: `/t/${POOL}/${LOGPOINT}`,
      headers: authorization === undefined ? {} : { authorization },
    });
    expect(answer.statusCode).toBe(401);
    expect(answer.json().status).toBe('Error');
    return answer.json().message;
  };
  expect(await get()).toBe('token is missing: expected the header Authorization: Bearer <token>');
  expect(await get('Basic abc')).toBe('authorization header is not of the form: Bearer <token>');
  expect(await get('Bearer __proto__')).toBe('token is unknown');
});

test('tenant comes from path and token: unknown 404, foreign 403, readonly may not write', async () => {
  const http = await server();
  const get = (url: string, token: string) => http.inject({ url, headers: { authorization: `Bearer ${token}` } });
  expect((await get(`/t/${POOL}/${LOGPOINT}`, 'readonly')).json()).toMatchObject({ id: LOGPOINT });
  expect((await get(`/t/${'d'.repeat(32)}/${LOGPOINT}`, 'root')).json().message).toContain('is unknown');
  expect((await get(`/t/nothex/${LOGPOINT}`, 'root')).statusCode).toBe(404);
  expect((await get(`/t/${OTHER_POOL}/${LOGPOINT}`, 'engineer')).statusCode).toBe(403);
  expect((await get(`/t/${OTHER_POOL}/${LOGPOINT}`, 'root')).statusCode).toBe(404);
  expect((await get(`/t/${POOL}/${'e'.repeat(32)}`, 'engineer')).statusCode).toBe(404);
  const refused = await act('{"data":{"comment":"x"}}', { authorization: 'Bearer readonly' });
  expect(refused.statusCode).toBe(403);
  expect(refused.json()).toEqual({
    status: 'Error',
    message: 'token readonly has the role readonly, which may not write here',
  });
});

test('a local route answers loopback without a token, and others with one', async () => {
  const http = await server();
  expect((await http.inject('/near')).statusCode).toBe(200);
  const far = { url: '/near', remoteAddress: '192.0.2.1' };
  expect((await http.inject(far)).statusCode).toBe(401);
  expect((await http.inject({ ...far, headers: { authorization: 'Bearer readonly' } })).statusCode).toBe(200);
});

test.each([
  ['{"data":', /expected a value but found end of body at position 8 \(line 1, column 9\)/],
  ['{"data":{"comment":"x",}}', /expected a key but found something else at position 23/],
  ['{"data":\n[1 2]}', /expected ',' or '\]' but found something else at position 12 \(line 2, column 4\)/],
  ['{"data":"\\q"}', /the rest of a string/],
  ['', /request body is empty/],
  ['{"data":{"__proto__":{"a":1}}}', /key __proto__/],
  ['{"data":{"constructor":{"prototype":{}}}}', /key constructor/],
  ['{"data":{"comment":"a\\u0000b"}}', /U\+0000/],
  ['{"data":{"comment":"\\ud800"}}', /surrogate/],
  [`${'['.repeat(1000)}${']'.repeat(1000)}`, /nested deeper than 32 levels at position 32/],
  [`{"data":${'{"a":'.repeat(500)}1${'}'.repeat(501)}`, /nested deeper than 32 levels/],
  ['{}', /^data must be present in request\.$/],
  ['[]', /^data must be present in request\.$/],
  ['null', /^data must be present in request\.$/],
  ['{"data":[]}', /^data must be present in request\.$/],
  ['{"data":{}}', /^comment must be present in request\.$/],
  ['{"data":{"comment":5}}', /^comment must be present in request\.$/],
  ['{"data":{"comment":"x","status":["ajar"]}}', /^status must be one of open, shut\.$/],
  ['{"data":{"comment":"x","status":"open"}}', /^status must be present in request\.$/],
])('the body %j is refused with 400 and the next request is served', async (body, message) => {
  const answer = await act(body);
  expect(answer.json()).toEqual({ status: 'Error', message: expect.stringMatching(message) });
  expect(answer.statusCode).toBe(400);
  expect((await act('{"data":{"comment":"x","more":1}}')).json().data.comment).toBe('x');
});

test('invalid UTF-8, large bodies and other media types are refused', async () => {
  expect((await act(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]))).json().message).toBe(
    'request body is not valid UTF-8',
  );
  const large = await act(JSON.stringify({ data: { comment: 'x'.repeat(5000) } }));
  expect(large.statusCode).toBe(413);
  expect(large.json()).toEqual({ status: 'Error', message: 'request body is larger than 4096 bytes' });
  expect((await act('a=1', { 'content-type': 'application/x-www-form-urlencoded' })).statusCode).toBe(415);
  expect((await act('{}', { 'content-encoding': 'gzip' })).statusCode).toBe(415);
});

/** The types of inject name fewer methods than Node takes. */
const named = (method: string): 'GET' => method as 'GET';

test('other methods get 405 with Allow, OPTIONS the methods, HEAD the headers', async () => {
  const http = await server();
  const put = await http.inject({ method: 'PUT', url: '/open', payload: 'x', headers: { 'content-type': 'text/odd' } });
  expect([put.statusCode, put.headers['allow'], put.json().status]).toEqual([405, 'GET, HEAD, OPTIONS', 'Error']);
  for (const method of ['QUERY', 'TRACE', 'PATCH']) {
    const other = await http.inject({ method: named(method), url: '/open' });
    expect([method, other.statusCode, other.headers['allow']]).toEqual([method, 405, 'GET, HEAD, OPTIONS']);
  }
  const options = await http.inject({ method: 'OPTIONS', url: '/open' });
  expect([options.statusCode, options.headers['allow']]).toEqual([204, 'GET, HEAD, OPTIONS']);
  expect((await http.inject({ method: 'HEAD', url: '/open' })).body).toBe('');
});

test('QUERY without a content type is a mistake of the client on unknown paths too', async () => {
  const http = await server();
  const answer = await http.inject({ method: named('QUERY'), url: '/nowhere' });
  expect([answer.statusCode, answer.json().message]).toEqual([
    415,
    'content type is missing: expected application/json',
  ]);
});

test('unknown routes, bad escapes and doubled slashes are answered in the envelope', async () => {
  const http = await server();
  expect((await http.inject('/nowhere?token=secret')).json()).toEqual({
    status: 'Error',
    message: 'route GET /nowhere is unknown',
  });
  const bad = await http.inject('/t/%zz/x');
  expect([bad.statusCode, bad.json().status]).toEqual([400, 'Error']);
  expect((await http.inject('//open/')).statusCode).toBe(200);
});

test('a bug answers 500 with the request id and nothing else; a full queue says when to come back', async () => {
  const http = await server();
  const bug = await http.inject('/bug');
  expect(bug.statusCode).toBe(500);
  expect(bug.body).not.toContain('secret');
  expect(bug.json().message).toBe(`internal error; request id ${bug.headers['x-request-id']}`);
  const { Bug } = JSON.parse(readFileSync('openapi.json', 'utf8')).components.responses;
  const shown = Bug.content['application/json'].example;
  const id = String(bug.headers['x-request-id']);
  expect(bug.json()).toEqual({ ...shown, message: shown.message.replace(/[0-9a-f-]{36}/, id) });
  expect(bug.headers['x-error-code']).toBe(Bug.headers['x-error-code'].example);
  const full = await http.inject('/full');
  expect([full.statusCode, full.headers['retry-after']]).toEqual([429, '3']);
});

test('what is no HTTP at all still gets the envelope', async () => {
  const http = await server();
  const port = Number(new URL(await http.listen({ port: 0, host: '127.0.0.1' })).port);
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('NOT HTTP\r\n\r\n'));
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).toContain('{"status":"Error","message":"request is not HTTP"}');
});

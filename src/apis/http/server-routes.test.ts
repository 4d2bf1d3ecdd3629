import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createHttpServer } from './create-server.ts';
import { watchMetrics } from './metrics.ts';
import { describeApi, openApiDocument } from './openapi.ts';
import type { PartStatus } from './part-status.ts';
import type { AccessStore } from './permission.ts';
import { addServerRoutes } from './server-routes.ts';

const nobody: AccessStore = {
  find: async () => ({ actor: { tokenId: '0'.repeat(24), name: 'any', role: 'readonly', pools: [] }, logpoint: null }),
  isPool: async () => false,
};

let app: FastifyInstance;
let store: PartStatus;
let isStopping = false;

beforeEach(async () => {
  store = { isReady: true, counts: { rows: 3, journal: { bytesWaiting: 7, isFull: false }, name: 'text', list: [1] } };
  isStopping = false;
  app = await createHttpServer(
    { access: nobody, limits: { bodyBytesMax: 1024, jsonDepthMax: 8 }, logger: pino({ level: 'silent' }) },
    async (routes) => {
      await describeApi(routes, '9.9.9');
      addServerRoutes(routes, {
        version: '9.9.9',
        parts: { eventStore: () => store },
        metrics: watchMetrics(routes, { eventStore: () => store }),
        isMetricsPublic: false,
        isStopping: () => isStopping,
        openApi: () => openApiDocument(routes),
      });
    },
  );
});
afterEach(() => app.close());

test('the process is alive even when a part is not ready', async () => {
  store = { isReady: false, reason: 'the event store is starting', counts: {} };
  expect((await app.inject('/healthz')).json()).toEqual({ status: 'ok', version: '9.9.9' });
  const ready = await app.inject('/readyz');
  expect(ready.statusCode).toBe(503);
  expect(ready.json()).toEqual({
    ready: false,
    parts: { eventStore: { ready: false, reason: 'the event store is starting' } },
  });
});

test('a server that is stopping is not ready', async () => {
  expect((await app.inject('/readyz')).statusCode).toBe(200);
  isStopping = true;
  expect((await app.inject('/readyz')).json().parts.server).toEqual({ ready: false, reason: 'stopping' });
});

test('metrics hold every number of a part by its name, and requests by route', async () => {
  await app.inject('/healthz?x=1');
  const text = (await app.inject('/metrics')).body;
  expect(text).toContain('\ntocsin_event_store_rows 3\n');
  expect(text).toContain('\ntocsin_event_store_journal_bytes_waiting 7\n');
  expect(text).toContain('\ntocsin_event_store_journal_is_full 0\n');
  expect(text).toContain('tocsin_http_request_seconds_count{method="GET",route="/healthz",status="200"} 1');
  expect(text).not.toContain('tocsin_event_store_name');
});

test('metrics ask a caller from elsewhere for a token', async () => {
  const far = { url: '/metrics', remoteAddress: '192.0.2.9' };
  expect((await app.inject(far)).statusCode).toBe(401);
  expect((await app.inject({ ...far, headers: { authorization: 'Bearer x' } })).statusCode).toBe(200);
});

test('the page about the API runs no script and loads nothing from elsewhere', async () => {
  const page = await app.inject('/docs');
  expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
  expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'/);
  expect(page.body).toContain('<code>/readyz</code>');
  expect(page.body).not.toMatch(/<script|src=|https?:\/\//);
  expect((await app.inject('/openapi.json')).json().paths).toHaveProperty('/healthz');
});

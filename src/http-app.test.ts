import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { operations } from './apis/director/add-operations.ts';
import type { HttpApp } from './apis/http/create-server.ts';
import { DEFAULT_REGISTRY_SETTINGS, incidentDeps } from './control-registry.ts';
import { createHttpApp } from './http-app.ts';
import { nodeListOrderKinds } from './orders/node-list-orders.ts';
import { nodeOrderKinds } from './orders/node-orders.ts';
import { nodeRuleOrderKinds } from './orders/node-rule-orders.ts';
import { createOrderKinds } from './orders/order-kinds.ts';

const closed = (): never => {
  throw new Error('nothing is open in this test');
};

let app: HttpApp;
beforeAll(async () => {
  app = await createHttpApp({
    version: '0.0.0',
    control: { read: closed, write: closed, onSignal: closed, close: closed },
    orders: { accept: closed, poll: closed, list: closed },
    ingest: { accept: closed },
    ingestBodyBytesMax: 1024,
    stopping: new AbortController().signal,
    logger: pino({ level: 'silent' }),
    limits: { bodyBytesMax: 1024, jsonDepthMax: 16 },
    parts: {},
    isMetricsPublic: false,
  });
});
afterAll(() => app.close());

test('every operation of the API has its kind of order, and every kind an operation', () => {
  const settings = {
    rowsMax: 1,
    dataBytesMax: 1,
    searchTimeoutMs: 1,
    linkHost: () => '',
    secretKey: new Uint8Array(32),
  };
  const kinds = createOrderKinds(incidentDeps(DEFAULT_REGISTRY_SETTINGS), settings);
  const deps = incidentDeps(DEFAULT_REGISTRY_SETTINGS);
  const ofNode = [...nodeOrderKinds(deps), ...nodeListOrderKinds, ...nodeRuleOrderKinds(settings)];
  const actions = [...operations, ...ofNode].map(({ action }) => action).sort();
  expect(actions).toEqual(kinds.map(({ action }) => action).sort());
});

test.each(operations.map(({ id, method, path }) => [id, method, path] as const))(
  '%s is there in both forms of the path and asks for a token first',
  async (_id, method, path) => {
    for (const prefix of ['/configapi', '/configapi/v1']) {
      const url = `${prefix}/${'a'.repeat(32)}/${'b'.repeat(32)}/${path.replace(':id', 'c'.repeat(24))}`;
      const answer = await app.inject({ method, url, payload: { data: {} } });
      expect([answer.statusCode, answer.json().status]).toEqual([401, 'Error']);
    }
  },
);

test('the API describes every operation once, under the name that the vendor gives it', async () => {
  const { paths } = (await app.inject('/openapi.json')).json() as {
    paths: Record<string, Record<string, { operationId?: string; security?: unknown }>>;
  };
  const described = Object.values(paths).flatMap((item) => Object.values(item).map(({ operationId }) => operationId));
  expect(new Set(described).size).toBe(described.length);
  for (const { id } of operations) expect(described).toContain(id);
  expect(Object.keys(paths).filter((path) => path.includes('/v1/{pool}'))).toEqual([]);
});

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ChangeEvent, TocsinClient, TocsinError } from '../../src/client/client.ts';
import { type DirectorWorld, openDirectorWorld } from '../director/director-world.ts';

let world: DirectorWorld;
let tocsin: TocsinClient;

beforeAll(async () => {
  world = await openDirectorWorld();
  const { pool, logpoint, issued } = world.acme;
  const url = await world.listen();
  tocsin = new TocsinClient({ url: `${url}/`, token: issued.token, pool: pool.id, logpoint: logpoint.id });
});
afterAll(() => world.close());

/** What the client throws. */
async function refusal(work: Promise<unknown>): Promise<TocsinError> {
  const error = await work.then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof TocsinError) return error;
  throw error;
}

type Script = (request: IncomingMessage, answer: ServerResponse, count: number) => void;

/** A server that says what the script says, and what it was asked. */
async function scripted<T>(script: Script, work: (client: TocsinClient, asked: IncomingMessage[]) => Promise<T>) {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, answer) => {
    asked.push(request);
    request.resume().on('end', () => script(request, answer, asked.length));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const bound = { pool: 'p', logpoint: 'l', token: 'secret' };
  try {
    return await work(new TocsinClient({ url: `http://127.0.0.1:${port}`, ...bound }), asked);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

function say(answer: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  answer.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

const busy = (answer: ServerResponse, seconds: string): void =>
  say(answer, 429, { status: 'Error', message: 'busy' }, { 'retry-after': seconds, 'x-error-code': 'QUEUE_FULL' });

test('a call answers what the server says, and a refusal has its code, status, message and request id', async () => {
  const [pool] = await tocsin.call('PoolInfo');
  expect(pool?.name).toBe('acme');
  const unknown = await refusal(tocsin.call('GetIncident', { path: { id: 'INC-77' } }));
  expect(unknown).toMatchObject({ code: 'OBJECT_UNKNOWN', status: 404, message: 'incident "INC-77" is unknown' });
  expect(unknown.requestId).toMatch(/^[0-9a-f-]{36}$/);
  const stranger = new TocsinClient({ url: tocsin.url, token: 'nobody' });
  expect(await refusal(stranger.call('PoolInfo'))).toMatchObject({ code: 'TOKEN_UNKNOWN', status: 401 });
  await expect(stranger.call('ListUsers')).rejects.toThrow(
    new TypeError('GET /configapi/{pool}/{logpoint}/Users needs a pool, and the client is bound to none'),
  );
});

test('an order is one call; what the node refuses is an error that names the order and the fields', async () => {
  const made = await tocsin.order('CreateList', { data: { name: 'CALLED', type: 'static', items: ['a'] } });
  expect(made.success).toBe(true);
  const rule = { searchname: 'Broken', query: 'user=(', owner: world.acme.admin.id, repos: ['default'], limit: 10 };
  const when = { timerange_minute: 1, condition_option: 'greaterthan', condition_value: 0 };
  const refused = await refusal(
    tocsin.orderUnchecked('CreateAlertRule', { data: { ...rule, ...when, risk: 'low', aggregate: 'max' } }),
  );
  expect(refused).toMatchObject({ code: 'ORDER_REFUSED', status: undefined });
  expect(refused.fields).toEqual({ query: [expect.stringMatching(/^1:6: error/), expect.any(String)] });
  expect(refused.orderPath).toMatch(/^\/monitorapi\/.*\/orders\//);
  expect(refused.orderPath).toContain(refused.requestId);
});

test('an order that was placed is followed later, and the same key places it once', async () => {
  const data = { name: 'PLACED', type: 'static', items: ['b'] } as const;
  const placed = await tocsin.place('CreateList', { data, idempotencyKey: 'once' });
  const again = await tocsin.place('CreateList', { data, idempotencyKey: 'once' });
  expect(again).toEqual(placed);
  expect(await tocsin.ended(placed)).toMatchObject({ success: true });
});

test('pages give every row once, whatever their size', async () => {
  for (let i = 0; i < 5; i++)
    await tocsin.order('CreateList', { data: { name: `PAGE_${i}`, type: 'static', items: [] } });
  const whole = (await tocsin.call('ListLists')).map((row) => row['id']).sort();
  for (const limit of [1, 2, 100]) {
    const ids: unknown[] = [];
    for await (const page of tocsin.pages('ListLists', { query: { limit } })) {
      expect(page.length).toBeLessThanOrEqual(limit);
      ids.push(...page.map((row) => row['id']));
    }
    expect(ids.sort()).toEqual(whole);
  }
  const orders: string[] = [];
  for await (const order of tocsin.rows('ListOrders', { query: { limit: 2 } })) orders.push(order.request_id);
  expect(new Set(orders).size).toBe(orders.length);
  expect(orders.length).toBeGreaterThan(5);
});

test('a busy server is asked again after its pause where asking twice does no harm', async () => {
  const startedAt = performance.now();
  const pools = await scripted(
    (_, answer, count) => (count === 1 ? busy(answer, '1') : say(answer, 200, [])),
    async (client, asked) => ({ said: await client.call('PoolInfo'), asked: asked.length }),
  );
  expect(pools).toEqual({ said: [], asked: 2 });
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(990);
  const token = await scripted(
    (_, answer) => busy(answer, '1'),
    async (client, asked) => ({
      said: await refusal(client.call('IssueToken', { body: { name: 'x', role: 'admin' } })),
      asked: asked.length,
    }),
  );
  expect(token).toMatchObject({ said: { code: 'QUEUE_FULL', status: 429, retryAfterSeconds: 1 }, asked: 1 });
  const patient = await scripted(
    (_, answer) => busy(answer, '3600'),
    async (client, asked) => ({ said: await refusal(client.call('PoolInfo')), asked: asked.length }),
  );
  expect(patient).toMatchObject({ said: { retryAfterSeconds: 3600 }, asked: 1 });
});

test('an order that meets a busy server is placed again under the same key', async () => {
  const keys = await scripted(
    (request, answer, count) => {
      if (count === 1) return busy(answer, '1');
      if (request.method === 'POST')
        return say(answer, 200, { status: 'Success', message: '/monitorapi/p/l/orders/o' });
      say(answer, 200, { request: {}, response: { success: true, message: 'done' } });
    },
    async (client, asked) => {
      expect(await client.order('RefreshUsers')).toEqual({ success: true, message: 'done' });
      return asked.filter(({ method }) => method === 'POST').map(({ headers }) => headers['idempotency-key']);
    },
  );
  expect(keys).toEqual([keys[0], keys[0]]);
  expect(String(keys[0])).toMatch(/^[0-9a-f]{32}$/);
});

const waiting: Script = (request, answer) =>
  request.method === 'POST'
    ? say(answer, 200, { status: 'Success', message: '/monitorapi/p/l/orders/o' }, { 'x-order-id': 'o' })
    : say(answer, 200, { request: {}, response: {} });

test('an order that does not end is left after its time, with the path to follow it later', async () => {
  const error = await scripted(waiting, (client) => refusal(client.order('RefreshUsers', { orderTimeoutMs: 300 })));
  expect(error).toMatchObject({ code: 'ORDER_NOT_ENDED', orderPath: '/monitorapi/p/l/orders/o', requestId: 'o' });
});

test('a signal ends what waits, with its own reason', async () => {
  await scripted(waiting, async (client, asked) => {
    const stop = new AbortController();
    const order = client.order('RefreshUsers', { signal: stop.signal });
    await expect.poll(() => asked.length).toBeGreaterThan(1);
    stop.abort(new Error('enough'));
    await expect(order).rejects.toThrow('enough');
  });
});

test('no server, a silent one and one that says nonsense have codes of their own', async () => {
  const gone = new TocsinClient({ url: 'http://127.0.0.1:9' });
  expect(await refusal(gone.call('PoolInfo'))).toMatchObject({ code: 'SERVER_UNREACHABLE' });
  await scripted(
    () => undefined,
    async (client) => {
      const impatient = new TocsinClient({ url: client.url, callTimeoutMs: 100 });
      expect(await refusal(impatient.call('PoolInfo'))).toMatchObject({ code: 'CALL_TIMEOUT' });
    },
  );
  await scripted(
    (_, answer) => answer.writeHead(200, { 'content-type': 'application/json' }).end('{'),
    async (client) => expect(await refusal(client.call('PoolInfo'))).toMatchObject({ code: 'SERVER_ANSWER' }),
  );
  await scripted(
    (_, answer) => answer.writeHead(200).end('{"start":{}}\n'),
    async (client) => {
      const lines: unknown[] = [];
      const search = async (): Promise<void> => {
        for await (const line of client.search({ query: '*', time_range: [0, 1], user_id: 'u' })) lines.push(line);
      };
      expect(await refusal(search())).toMatchObject({ code: 'SERVER_UNREACHABLE', message: /broke off/ });
      expect(lines).toEqual([{ start: {} }]);
    },
  );
});

test('the change feed goes on behind the last event when its connection breaks', async () => {
  const stop = new AbortController();
  const seen: ChangeEvent[] = [];
  let opened = 0;
  const reading = (async () => {
    for await (const event of tocsin.events({ signal: stop.signal, onOpen: () => void opened++ })) seen.push(event);
  })();
  await expect.poll(() => opened, { timeout: 20_000 }).toBe(1);
  const wanted: string[] = [];
  for (let round = 1; round <= 3; round++) {
    const { id } = await tocsin.order('CreateList', { data: { name: `FED_${round}`, type: 'static', items: [] } });
    wanted.push(String(id));
    await expect.poll(() => seen.filter(({ event }) => event === 'config').length, { timeout: 20_000 }).toBe(round);
    world.app.server.closeAllConnections();
    await expect.poll(() => opened, { timeout: 20_000 }).toBe(round + 1);
  }
  stop.abort();
  await reading;
  expect(seen.filter(({ event }) => event === 'config').map(({ data }) => data.id)).toEqual(wanted);
  const ids = seen.map(({ id }) => Number(id));
  expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
});

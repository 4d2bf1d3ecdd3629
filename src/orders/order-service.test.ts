import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Actor } from '../accounts/actor.ts';
import { openInProcessControlStore } from '../adapters/sqlite/in-process-control-store.ts';
import { auditMigrations } from '../audit/migrations.ts';
import { type ControlStore, command, type Migration, query, registryOf } from '../control/control-store.ts';
import { emptyEventStore } from '../events/empty-event-store.ts';
import { AppError, refuse } from '../shared/errors.ts';
import type { JsonObject } from '../shared/json.ts';
import { ordersMigrations } from './migrations.ts';
import type { OrderContext, OrderKind, TransactionKind, WorkKind } from './order-kind.ts';
import { ORDER_KEPT_MS_MIN } from './order-retention.ts';
import { OrderService, type PlaceOrder } from './order-service.ts';
import { orderEntries } from './registry.ts';
import type { OrderBug } from './run-effect.ts';

type Note = { readonly text: string; readonly fail?: 'refused' | 'fields' | 'bug' | 'unserialisable' };
const add = (tx: Parameters<TransactionKind<Note>['run']>[0], text: string) =>
  tx.run('insert into notes (text) values (?)', [text]);

const noteKind: TransactionKind<Note> = {
  mode: 'transaction',
  action: '/Notes/add',
  async run(tx, _ctx, { text, fail }) {
    await add(tx, text);
    if (fail === 'refused') throw refuse('NOTE_REFUSED', 'Only good notes are kept');
    if (fail === 'fields') throw refuse('NOTE_INVALID', 'wrong text', { text: ['must be better'] });
    if (fail === 'bug') throw new Error('secret detail of a bug');
    if (fail === 'unserialisable') return { n: 1n as never };
    return { message: 'Note added', audit_data: [{ action: 'note added', document: text }] };
  },
};

const sealedKind: TransactionKind<JsonObject> = {
  mode: 'transaction',
  action: '/Sealed/add',
  async seal(input) {
    if (input['password'] === 'short') throw refuse('SEALED_INVALID', 'too short', { password: ['too short'] });
    return { ...input, password: `hash of ${String(input['password']).length}` };
  },
  run: async (_tx, _ctx, input) => ({ stored: input['password'] ?? null }),
};

/** A work kind whose steps the test lets go one by one. */
class Gate {
  readonly started: string[] = [];
  readonly signals = new Map<string, AbortSignal>();
  readonly #open = new Map<string, (result: string | Error) => void>();

  readonly kind = (action: string, path: 'fetch' | 'logs' | undefined): WorkKind<Note, string> => ({
    mode: 'work',
    action,
    path,
    lane: (_ctx, { text }) => (text.includes(':') ? (text.split(':')[0] ?? null) : null),
    prepare: (_services, _ctx, { text }, signal) => {
      this.started.push(text);
      this.signals.set(text, signal);
      return new Promise((resolve, reject) => {
        this.#open.set(text, (result) => (result instanceof Error ? reject(result) : resolve(result)));
      });
    },
    finish: async (tx, ctx: OrderContext, { text, fail }, prepared) => {
      await add(tx, text);
      if (fail === 'refused') throw refuse('NOTE_REFUSED', 'Only good notes are kept');
      return { rows: [prepared], by: ctx.actor.name };
    },
  });

  async letGo(text: string, result: string | Error): Promise<void> {
    await expect.poll(() => this.#open.has(text)).toBe(true);
    this.#open.get(text)?.(result);
    this.#open.delete(text);
  }
}

const notes = query('test.notes', async (tx) =>
  (await tx.all<{ text: string }>('select text from notes order by place')).map(({ text }) => text),
);
const rewind = command('test.rewind', (tx, endedAtMs: number) =>
  tx.run('update orders set ended_at_ms = ? where ended_at_ms is not null', [endedAtMs]),
);
const everything = query('test.everything', (tx) => tx.all('select * from orders'));
const limitPages = command('test.limitPages', async (tx, pages: number | null) => {
  const now = await tx.get<{ page_count: number }>('pragma page_count');
  await tx.all(`pragma max_page_count = ${pages ?? now?.page_count ?? 0}`);
});
const notesTable: Migration = {
  id: 100,
  name: 'notes',
  statements: ['create table notes (place integer primary key, text text not null)'],
};

const logpoint = { id: 'a'.repeat(32), poolId: 'b'.repeat(32), name: 'lp', ip: '127.0.0.1' };
const actor: Actor = { tokenId: 'c'.repeat(24), name: 'tester', role: 'root', pools: null };

let dir: string;
let nowMs: number;
let store: ControlStore;
let gate: Gate;
let kinds: readonly OrderKind[];
let orders: OrderService;
let bugs: OrderBug[];

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tocsin-orders-'));
  nowMs = 1_764_000_000_000;
  gate = new Gate();
  kinds = [noteKind, sealedKind, gate.kind('/Work/fetch', undefined), gate.kind('/Work/logs', 'logs')];
  bugs = [];
  await open();
});
afterEach(async () => {
  await close();
  rmSync(dir, { recursive: true, force: true });
});

async function open(limits = { runningMax: 2, workMsMax: 60_000 }): Promise<void> {
  store = await openInProcessControlStore({
    dir,
    registry: registryOf([...orderEntries(kinds), notes, rewind, everything, limitPages]),
    migrations: [...auditMigrations, ...ordersMigrations, notesTable],
    clock: () => nowMs,
  });
  orders = new OrderService({
    services: { store, events: emptyEventStore, clock: () => nowMs },
    kinds,
    limits,
    retention: { keptMs: 24 * 3_600_000, keptBytesMax: 1_000_000 },
    onBug: (bug) => bugs.push(bug),
    onPurgeFailed: (error) => {
      throw error;
    },
  });
  await orders.start();
}

async function close(): Promise<void> {
  await orders.close();
  await store.close();
}

const place = (action: string, input: unknown, more: Partial<PlaceOrder> = {}) =>
  orders.accept({ action, actor, logpoint, request: { data: { note: 'n' } }, input, ...more });

const parsed = async (orderId: string, waitMs = 0): Promise<JsonObject> =>
  JSON.parse((await orders.poll(logpoint, orderId, undefined, waitMs)) ?? 'null');

test('an order of a transaction kind is done when it is accepted, with the four keys of the contract', async () => {
  const { orderId, path } = await place('/Notes/add', { text: 'hello' });
  expect(path).toBe(`/monitorapi/${logpoint.poolId}/${logpoint.id}/orders/${orderId}`);
  const text = await orders.poll(logpoint, orderId);
  expect(text).toBe(
    `{"request":{},"logpoint_identifier":"${logpoint.id}","pool_uuid":"${logpoint.poolId}","response":` +
      '{"success":true,"message":"Note added","audit_data":[{"action":"note added","document":"hello"}]}}',
  );
  expect(await orders.poll(logpoint, orderId)).toBe(text);
  expect(await store.read(notes, undefined)).toEqual(['hello']);
});

test('a refused effect leaves nothing, and the order says why', async () => {
  const refused = await place('/Notes/add', { text: 'a', fail: 'refused' });
  expect((await parsed(refused.orderId))['response']).toEqual({
    success: false,
    message: 'Only good notes are kept',
    errors: ['Only good notes are kept'],
  });
  const fields = await place('/Notes/add', { text: 'a', fail: 'fields' });
  expect((await parsed(fields.orderId))['response']).toEqual({
    success: false,
    message: 'wrong text',
    errors: ['wrong text'],
    validationErrors: { text: ['must be better'] },
  });
  expect(await store.read(notes, undefined)).toEqual([]);
});

test.each(['bug', 'unserialisable'] as const)(
  'a %s in an effect ends the order with a request id only',
  async (fail) => {
    const { orderId } = await place('/Notes/add', { text: 'a', fail }, { requestId: 'req-7' });
    const message = 'Internal error; request id req-7';
    expect((await parsed(orderId))['response']).toEqual({ success: false, message, errors: [message] });
    expect(await store.read(notes, undefined)).toEqual([]);
    expect(bugs).toMatchObject([{ orderId, action: '/Notes/add', requestId: 'req-7', stack: expect.any(String) }]);
  },
);

test('a work order is queued, then running, then done: response stays empty until the end', async () => {
  const busy = [await place('/Work/fetch', { text: 'w1' }), await place('/Work/fetch', { text: 'w2' })];
  const { orderId } = await place('/Work/fetch', { text: 'w3' }, { request: { data: { q: 1, password: 'x' } } });
  const frame = { logpoint_identifier: logpoint.id, pool_uuid: logpoint.poolId };
  const request = { data: { q: 1, password: '[redacted]' }, action: '/Work/fetch' };
  expect(await parsed(orderId)).toEqual({ request, ...frame, response: {} });
  await gate.letGo('w1', 'r1');
  await expect.poll(async () => (await parsed(orderId))['request']).toEqual({ ...request, in_progress: true });
  expect((await parsed(orderId))['response']).toEqual({});
  await gate.letGo('w3', 'r3');
  const done = { request: {}, ...frame, response: { success: true, rows: ['r3'], by: 'tester' } };
  expect(await parsed(orderId, 30_000)).toEqual(done);
  await gate.letGo('w2', 'r2');
  expect(await parsed(busy[1]?.orderId ?? '', 30_000)).toMatchObject({ response: { success: true } });
});

test('orders of one lane run one after the other, in the order they were accepted; other lanes pass them', async () => {
  const ids: string[] = [];
  for (const text of ['a:1', 'a:2', 'b:1', 'a:3']) ids.push((await place('/Work/fetch', { text })).orderId);
  await expect.poll(() => gate.started).toEqual(['a:1', 'b:1']);
  await gate.letGo('b:1', '');
  await parsed(ids[2] ?? '', 30_000);
  expect(gate.started).toEqual(['a:1', 'b:1']);
  for (const text of ['a:1', 'a:2', 'a:3']) await gate.letGo(text, '');
  await parsed(ids[3] ?? '', 30_000);
  expect(await store.read(notes, undefined)).toEqual(['b:1', 'a:1', 'a:2', 'a:3']);
});

test('work that fails, refuses at its end, breaks or takes too long ends its order with the reason', async () => {
  await close();
  await open({ runningMax: 4, workMsMax: 300 });
  const outage = new AppError('unavailable', 'EVENT_STORE_UNAVAILABLE', 'the event store does not answer');
  const failing = await place('/Work/fetch', { text: 'failing' });
  const refusing = await place('/Work/fetch', { text: 'refusing', fail: 'refused' });
  const broken = await place('/Work/fetch', { text: 'broken' }, { requestId: 'r1' });
  const slow = await place('/Work/fetch', { text: 'slow' });
  await gate.letGo('failing', outage);
  await gate.letGo('refusing', 'x');
  await gate.letGo('broken', new TypeError('x is not a function'));
  const messages = await Promise.all(
    [failing, refusing, broken, slow].map(async ({ orderId }) => (await parsed(orderId, 30_000))['response']),
  );
  expect(messages).toMatchObject([
    { success: false, message: 'the event store does not answer' },
    { success: false, message: 'Only good notes are kept' },
    { success: false, message: 'Internal error; request id r1' },
    { success: false, message: 'the order took longer than 0.3 s and was stopped' },
  ]);
  expect(gate.signals.get('slow')?.aborted).toBe(true);
  expect(await store.read(notes, undefined)).toEqual([]);
});

test('a stop leaves work orders for the next start, which carries each out once', async () => {
  const running = await place('/Work/fetch', { text: 'a:1' });
  const waiting = await place('/Work/fetch', { text: 'a:2' });
  await expect.poll(() => gate.started).toEqual(['a:1']);
  const held = orders.poll(logpoint, running.orderId, undefined, 30_000);
  await close();
  expect(JSON.parse((await held) ?? '')).toMatchObject({ response: {} });
  await open();
  await expect.poll(() => gate.started).toEqual(['a:1', 'a:1']);
  await gate.letGo('a:1', 'again');
  await gate.letGo('a:2', 'first');
  expect(await parsed(running.orderId, 30_000)).toMatchObject({ response: { success: true, rows: ['again'] } });
  expect(await parsed(waiting.orderId, 30_000)).toMatchObject({ response: { success: true } });
  expect(gate.started).toEqual(['a:1', 'a:1', 'a:2']);
  expect(await store.read(notes, undefined)).toEqual(['a:1', 'a:2']);
});

test('an order that never survives its work is given up after five starts', async () => {
  const { orderId } = await place('/Work/fetch', { text: 'deadly' });
  for (let start = 1; start <= 5; start++) {
    await expect.poll(() => gate.started.length).toBe(start);
    await close();
    await open();
  }
  expect((await parsed(orderId))['response']).toMatchObject({
    success: false,
    message: 'the order was given up: the server ended during each of its 5 starts',
  });
  expect(gate.started).toHaveLength(5);
});

test('fetches answer under their data node and bare, and under no other', async () => {
  const plain = await place('/Notes/add', { text: 'a' });
  const fetch = await place('/Work/fetch', { text: 'w' });
  const logs = await place('/Work/logs', { text: 'l' });
  const [, node] = /\/orders\/[0-9a-f-]{36}\/([0-9a-f]{8})$/.exec(fetch.path) ?? [];
  expect(logs.path).toBe(
    `/monitorapi/${logpoint.poolId}/${logpoint.id}/orders/${logs.orderId}/${node}-Logs/fetchLogData`,
  );
  const answers = async (orderId: string, suffix?: string) => (await orders.poll(logpoint, orderId, suffix)) !== null;
  expect(await answers(fetch.orderId)).toBe(true);
  expect(await answers(fetch.orderId, node)).toBe(true);
  expect(await answers(fetch.orderId, 'deadbeef')).toBe(false);
  expect(await answers(fetch.orderId, `${node}-Logs/fetchLogData`)).toBe(false);
  expect(await answers(logs.orderId, `${node}-Logs/fetchLogData`)).toBe(true);
  expect(await answers(logs.orderId, node)).toBe(false);
  expect(await answers(plain.orderId, node)).toBe(false);
  expect(await orders.poll({ id: 'd'.repeat(32) }, plain.orderId)).toBe(null);
  expect(await orders.poll(logpoint, '00000000-0000-4000-8000-000000000000', undefined, 30_000)).toBe(null);
});

test('a held poll ends with the order, and no later than it was asked to wait', async () => {
  const { orderId } = await place('/Work/fetch', { text: 'w' });
  expect(await parsed(orderId, 20)).toMatchObject({ response: {} });
  const held = Promise.all(Array.from({ length: 50 }, () => parsed(orderId, 30_000)));
  await expect.poll(() => orders.status().waiting).toBe(50);
  await gate.letGo('w', 'r');
  for (const answer of await held) expect(answer).toMatchObject({ response: { success: true } });
  expect(orders.status().waiting).toBe(0);
});

test('a repeated Idempotency-Key answers the first order and does nothing again', async () => {
  const key = { idempotencyKey: 'k1' };
  const first = await place('/Notes/add', { text: 'once' }, key);
  expect(await place('/Notes/add', { text: 'once' }, key)).toEqual(first);
  const together = await Promise.all(
    Array.from({ length: 8 }, () => place('/Notes/add', { text: 'burst' }, { idempotencyKey: 'k2' })),
  );
  expect(new Set(together.map(({ path }) => path)).size).toBe(1);
  for (const other of [
    place('/Notes/add', { text: 'other' }, key),
    place('/Work/fetch', { text: 'once' }, key),
    place('/Notes/add', { text: 'once' }, { ...key, request: { data: { note: 'changed' } } }),
  ]) {
    await expect(other).rejects.toMatchObject({ kind: 'conflict', code: 'IDEMPOTENCY_KEY_REUSED' });
  }
  await place('/Notes/add', { text: 'other token' }, { ...key, actor: { ...actor, tokenId: 'e'.repeat(24) } });
  await place('/Notes/add', { text: 'other logpoint' }, { ...key, logpoint: { ...logpoint, id: 'f'.repeat(32) } });
  expect(await store.read(notes, undefined)).toEqual(['once', 'burst', 'other token', 'other logpoint']);
});

test('secrets are sealed before they are stored, and an input that cannot be sealed ends its order', async () => {
  const request = { data: { password: 'correct horse' } };
  const { orderId } = await place('/Sealed/add', { password: 'correct horse' }, { request, idempotencyKey: 'k' });
  expect((await parsed(orderId))['response']).toEqual({ success: true, stored: 'hash of 13' });
  const refused = await place('/Sealed/add', { password: 'short' });
  expect((await parsed(refused.orderId))['response']).toMatchObject({ validationErrors: { password: ['too short'] } });
  expect(JSON.stringify(await store.read(everything, undefined))).not.toContain('correct horse');
});

test('orders are listed newest first, by status, page by page', async () => {
  const ids: string[] = [];
  for (let i = 0; i < 5; i++) {
    ids.unshift((await place('/Notes/add', { text: `${i}`, fail: i % 2 === 0 ? undefined : 'refused' })).orderId);
  }
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await orders.list({ logpointId: logpoint.id, limit: 2, cursor });
    seen.push(...page.orders.map((order) => order.request_id));
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  expect(seen).toEqual(ids);
  const failed = await orders.list({ logpointId: logpoint.id, status: 'failed' });
  expect(failed.orders.map(({ status, request_id }) => [status, request_id])).toEqual([
    ['failed', ids[1]],
    ['failed', ids[3]],
  ]);
  const logpointId = logpoint.id;
  await expect(orders.list({ logpointId, status: 'lost' })).rejects.toMatchObject({ code: 'ORDER_STATUS_INVALID' });
  await expect(orders.list({ logpointId, cursor: "o' or 1=1" })).rejects.toMatchObject({ code: 'CURSOR_INVALID' });
  await expect(orders.list({ logpointId, limit: 0 })).rejects.toMatchObject({ code: 'LIMIT_INVALID' });
  expect((await orders.list({ logpointId: 'f'.repeat(32) })).orders).toEqual([]);
});

test('finished orders go after their time, oldest first when space is short, and never within eight hours', async () => {
  const big = 'x'.repeat(300_000);
  const first = await place('/Notes/add', { text: big });
  await store.write(rewind, nowMs - ORDER_KEPT_MS_MIN - 2);
  const second = await place('/Notes/add', { text: big });
  const third = await place('/Notes/add', { text: big });
  const open = await place('/Work/fetch', { text: 'w' });
  expect(await orders.purge()).toBe(0);
  const fourth = await place('/Notes/add', { text: big }, { idempotencyKey: 'kept' });
  // Over the cap by one, and only the first is old enough to go.
  expect(await orders.purge()).toBe(1);
  expect(await orders.poll(logpoint, first.orderId)).toBe(null);
  for (const { orderId } of [second, third, fourth]) expect(await orders.poll(logpoint, orderId)).not.toBe(null);
  nowMs += 24 * 3_600_000;
  expect(await orders.purge()).toBe(3);
  expect(await orders.poll(logpoint, open.orderId)).not.toBe(null);
  const again = await place('/Notes/add', { text: 'again' }, { idempotencyKey: 'kept' });
  expect(again.orderId).not.toBe(fourth.orderId);
});

test('a full disk refuses the order at the door, keeps nothing of it, and serves the next one', async () => {
  await store.write(limitPages, null);
  const big = 'x'.repeat(200_000);
  const full = { kind: 'unavailable', code: 'CONTROL_STORE_FULL' };
  await expect(place('/Notes/add', { text: big }, { idempotencyKey: 'k' })).rejects.toMatchObject(full);
  await expect(place('/Work/fetch', { text: big })).rejects.toMatchObject(full);
  expect(await store.read(notes, undefined)).toEqual([]);
  expect(await store.read(everything, undefined)).toEqual([]);
  await store.write(limitPages, 1_000_000);
  const { orderId } = await place('/Notes/add', { text: big }, { idempotencyKey: 'k' });
  expect(await parsed(orderId)).toMatchObject({ response: { success: true } });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { openInProcessControlStore } from './adapters/sqlite/in-process-control-store.ts';
import { appendAudit, SERVER_CHAIN } from './audit/audit-chain.ts';
import { auditMigrations } from './audit/migrations.ts';
import { queueCappedEvents } from './audit/own-events.ts';
import { auditEntries, auditHandedOver } from './audit/registry.ts';
import { type ControlStore, command, registryOf } from './control/control-store.ts';
import type { InternalEvent } from './ingest/ingest-handle.ts';
import { OwnEvents } from './own-events.ts';

const root = mkdtempSync(join(tmpdir(), 'tocsin-own-events-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const A = 'a'.repeat(32);
const B = 'b'.repeat(32);
const CAP = 5;
const logpoint = (id: string) => ({ id, poolId: 'p', name: `name of ${id}`, ip: '127.0.0.1' });
const alert = command('test.alert', (tx, subject: string) =>
  queueCappedEvents(tx, [
    {
      subject,
      perMinuteMax: CAP,
      count: 1,
      event: () => ({ logpointId: A, repo: '_LogPointAlerts', eventAtMs: tx.nowMs, fields: { alert_name: subject } }),
    },
  ]),
);
const change = command('test.change', (tx, input: { logpointId: string; fail?: boolean }) =>
  appendAudit(tx, {
    logpointId: input.logpointId,
    actor: 'ann',
    action: 'user edited',
    objectType: 'user',
    objectId: 'u',
    ...(input.fail === true ? { after: { bad: 1n } as never } : { after: { name: 'bo' } }),
  }),
);

let nowMs = 1_700_000_000_000;
let stores = 0;
let store: ControlStore;
const open = async (dir = `s${++stores}`): Promise<ControlStore> => {
  store = await openInProcessControlStore({
    dir: join(root, dir),
    registry: registryOf([...auditEntries, alert, change]),
    migrations: auditMigrations,
    clock: () => nowMs,
  });
  return store;
};
afterEach(() => store.close());

function ownEvents(control: ConstructorParameters<typeof OwnEvents>[0]['control'], isFull = () => false) {
  const written: InternalEvent[] = [];
  const errors: unknown[] = [];
  const own = new OwnEvents({
    control,
    accept: async (events) => {
      if (isFull()) throw new Error('the journal is full');
      written.push(...events);
    },
    logpoints: async () => [logpoint(A), logpoint(B)],
    onError: (error) => errors.push(error),
  });
  return { own, written, errors };
}

test('every audit event of a logpoint reaches its repo _logpoint once, in the order of the chain', async () => {
  const { own, written } = ownEvents(await open());
  for (let i = 0; i < 3; i += 1) await store.write(change, { logpointId: A });
  await store.write(change, { logpointId: B });
  await expect(store.write(change, { logpointId: A, fail: true })).rejects.toThrow();
  await own.settle();
  await own.settle();
  expect(written.map(({ logpointId, repo, fields }) => [logpointId, repo, fields['audit_seq']])).toEqual([
    [A, '_logpoint', '1'],
    [A, '_logpoint', '2'],
    [A, '_logpoint', '3'],
    [B, '_logpoint', '1'],
  ]);
  expect(written[0]?.fields).toMatchObject({ label: 'Tocsin Audit', actor: 'ann', after: '{"name":"bo"}' });
});

test('the chain of the server reaches no logpoint', async () => {
  const { own, written } = ownEvents(await open());
  await store.write(change, { logpointId: SERVER_CHAIN });
  await own.settle();
  expect(written).toEqual([]);
});

test('what a full journal refuses waits and is handed over when there is room', async () => {
  let isFull = true;
  const { own, written } = ownEvents(await open(), () => isFull);
  await store.write(change, { logpointId: A });
  await store.write(alert, 'r');
  await expect(own.settle()).rejects.toThrow('the journal is full');
  isFull = false;
  await own.settle();
  expect(written.map(({ repo }) => repo).sort()).toEqual(['_LogPointAlerts', '_logpoint']);
});

test('a process that ends between journal and cursor repeats its events under the same ids, and loses none', async () => {
  await open('crash');
  for (let i = 0; i < 4; i += 1) await store.write(change, { logpointId: A });
  await store.write(alert, 'r');
  const killed: ConstructorParameters<typeof OwnEvents>[0]['control'] = {
    read: (query, input) => store.read(query, input),
    write: async (asked, input) => {
      if (asked.name === auditHandedOver.name) throw new Error('killed');
      return store.write(asked, input);
    },
    onSignal: () => () => {},
  };
  const before = ownEvents(killed);
  await expect(before.own.settle()).rejects.toThrow('killed');
  await store.close();
  const after = ownEvents(await open('crash'));
  await after.own.settle();
  const ids = ({ written }: typeof after) =>
    written.map(({ fields }) => fields['own_event_id'] ?? `${fields['audit_seq']} ${fields['audit_hash']}`);
  expect(ids(after)).toEqual(ids(before));
  expect(new Set(ids(after)).size).toBe(5);
});

test('the life of the server is told to every logpoint', async () => {
  const { own, written } = ownEvents(await open());
  await own.serverSaid(5, 'started', 'the server takes logs');
  expect(written.map(({ logpointId, repo }) => [logpointId, repo])).toEqual([
    [A, '_logpoint'],
    [B, '_logpoint'],
  ]);
});

test('a rule that feeds itself with its own alerts is held to a number a minute, and the rest is counted', async () => {
  const { own, written } = ownEvents(await open());
  own.start();
  for (let i = 0; i < CAP + 3; i += 1) await store.write(alert, 'loud');
  await store.write(alert, 'other');
  nowMs += 60_000;
  await store.write(alert, 'loud');
  await own.stop();
  await own.settle();
  expect(written).toHaveLength(CAP + 2);
  expect(own.counts()).toMatchObject({ written: CAP + 2, suppressed: 3 });
});

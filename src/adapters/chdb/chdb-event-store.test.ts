import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { eventsTable } from '../../events/event-layout.ts';
import { eventStoreContract } from '../../events/event-store-contract.ts';
import {
  DAY,
  everything,
  fieldEquals,
  fieldPresent,
  NOON_MS,
  sampleBatch,
  sampleEvent,
} from '../../events/event-store-samples.ts';
import { applyRetention } from '../../events/retention.ts';
import { compiledUrl } from '../../shared/compiled.ts';
import { newHex32 } from '../../shared/ids.ts';
import { type ChdbEventStore, type ChdbOptions, connectEventStore, openChdbEventStore } from './chdb-event-store.ts';

const LIMITS = { timeoutMs: 10_000, rowsMax: 1_000 };

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('the condition did not come about within 20 s');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function crash(store: ChdbEventStore): Promise<void> {
  const before = store.pid();
  if (before === undefined) throw new Error('eventd is not running');
  process.kill(before, 'SIGKILL');
  await until(() => store.isReady() && store.pid() !== before);
}

eventStoreContract('chDB', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tocsin-events-'));
  const store = await openChdbEventStore({ dataDir });
  return {
    store,
    crash: () => crash(store),
    close: async () => {
      await store.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function newDataDir(): string {
  const dataDir = mkdtempSync(join(tmpdir(), 'tocsin-events-'));
  cleanups.push(() => rmSync(dataDir, { recursive: true, force: true }));
  return dataDir;
}

async function open(dataDir: string, options: Partial<ChdbOptions> = {}): Promise<ChdbEventStore> {
  const store = await openChdbEventStore({ ...options, dataDir });
  cleanups.push(() => store.close());
  return store;
}

test('events are there after the store was closed and opened again', async () => {
  const [dataDir, logpoint] = [newDataDir(), newHex32()];
  const first = await open(dataDir);
  await first.append(logpoint, sampleBatch(1, 3), 't');
  await first.close();
  expect(first.isReady()).toBe(false);
  const second = await open(dataDir);
  await second.append(logpoint, sampleBatch(1, 3), 't');
  expect((await second.search(logpoint, everything, LIMITS)).rows).toHaveLength(3);
});

test('while eventd is down an append asks to be sent again, and the restart is told', async () => {
  const restarts: string[] = [];
  const store = await open(newDataDir(), { onRestart: (reason) => restarts.push(reason) });
  const logpoint = newHex32();
  await store.append(logpoint, sampleBatch(1, 1), 'a');
  process.kill(store.pid() ?? 0, 'SIGKILL');
  await until(() => !store.isReady());
  await expect(store.append(logpoint, sampleBatch(2, 1), 'b')).rejects.toMatchObject({
    kind: 'unavailable',
    code: 'EVENT_STORE_UNAVAILABLE',
    retryAfterSeconds: 1,
  });
  await until(() => store.isReady());
  expect(restarts).toEqual([expect.stringContaining('SIGKILL')]);
  await store.append(logpoint, sampleBatch(2, 1), 'b');
  expect((await store.search(logpoint, everything, LIMITS)).rows).toHaveLength(2);
});

test('eventd ends when its parent is killed, and the folder is free for the next one', async () => {
  const dataDir = newDataDir();
  const script = join(dataDir, 'parent.mjs');
  writeFileSync(
    script,
    `import { openChdbEventStore } from ${JSON.stringify(compiledUrl('./chdb-event-store.ts', import.meta.url).href)};
    const store = await openChdbEventStore({ dataDir: ${JSON.stringify(dataDir)} });
    console.log(store.pid());`,
  );
  const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const eventd = Number(line.toString());
  expect(isAlive(eventd)).toBe(true);
  parent.kill('SIGKILL');
  const store = await open(dataDir);
  await store.append(newHex32(), sampleBatch(1, 1), 't');
  await until(() => !isAlive(eventd));
});

test('a search that needs more memory than a search may use ends with an error, and eventd lives on', async () => {
  const store = await open(newDataDir(), { memoryBytesMax: 512 * 1024 * 1024 });
  const [logpoint, eventd] = [newHex32(), store.pid()];
  await store.append(logpoint, sampleBatch(1, 4_000), 't');
  const sql = 'SELECT length(groupArray(toString(a.seq * b.seq))) AS n FROM {events} AS a CROSS JOIN {events} AS b';
  await expect(store.search(logpoint, { sql, params: {} }, LIMITS)).rejects.toMatchObject({
    kind: 'too-large',
    code: 'SEARCH_MEMORY',
  });
  expect((await store.search(logpoint, everything, { ...LIMITS, rowsMax: 5 })).isCut).toBe(true);
  expect(store.pid()).toBe(eventd);
});

test('functions of time answer in UTC', async () => {
  const store = await open(newDataDir());
  const logpoint = newHex32();
  await store.append(logpoint, [sampleEvent(0)], 't');
  const sql = 'SELECT toHour(fromUnixTimestamp64Milli(event_at_ms)) AS hour, timezone() AS zone FROM {events}';
  expect((await store.search(logpoint, { sql, params: {} }, LIMITS)).rows).toEqual([{ hour: 12, zone: 'UTC' }]);
});

test('a table that vanished under a running server is made again when the append is repeated', async () => {
  const store = await open(newDataDir());
  const logpoint = newHex32();
  await store.append(logpoint, sampleBatch(1, 1), 'a');
  const { address, secret } = store.endpoint;
  if (address.kind !== 'socket') throw new Error('expected a socket');
  const authorization = `Basic ${Buffer.from(`default:${secret}`).toString('base64')}`;
  const drop = request({ socketPath: address.path, path: '/', method: 'POST', headers: { authorization } });
  drop.end(`DROP TABLE ${eventsTable(logpoint)} SYNC`);
  const [response] = (await once(drop, 'response')) as [IncomingMessage];
  expect(response.statusCode).toBe(200);
  response.resume();
  await expect(store.append(logpoint, sampleBatch(2, 1), 'b')).rejects.toMatchObject({
    code: 'EVENT_STORE_UNAVAILABLE',
  });
  await store.append(logpoint, sampleBatch(2, 1), 'b');
  expect((await store.search(logpoint, everything, LIMITS)).rows).toHaveLength(1);
});

test('a second server cannot open the folder', async () => {
  const dataDir = newDataDir();
  const store = await open(dataDir);
  await expect(openChdbEventStore({ dataDir })).rejects.toMatchObject({
    code: 'EVENT_STORE_UNAVAILABLE',
    message: expect.stringContaining('another process has the event store open'),
  });
  await store.append(newHex32(), sampleBatch(1, 1), 't');
});

test('another thread appends through the endpoint, which is plain data and outlives a restart', async () => {
  const store = await open(newDataDir());
  const other = connectEventStore(structuredClone(store.endpoint));
  cleanups.push(() => other.close());
  const logpoint = newHex32();
  await other.append(logpoint, sampleBatch(1, 2), 'a');
  await crash(store);
  await other.append(logpoint, sampleBatch(1, 2), 'a');
  await other.append(logpoint, sampleBatch(3, 1), 'b');
  expect((await store.search(logpoint, everything, LIMITS)).rows).toHaveLength(3);
});

test('a data folder whose path is too long for a socket is served on loopback, to those who know the secret', async () => {
  const dataDir = join(newDataDir(), 'd'.repeat(100));
  mkdirSync(dataDir);
  const store = await open(dataDir);
  const { address } = store.endpoint;
  if (address.kind !== 'loopback') throw new Error('expected a loopback endpoint');
  const logpoint = newHex32();
  await store.append(logpoint, sampleBatch(1, 2), 'a');
  await crash(store);
  expect((await store.search(logpoint, everything, LIMITS)).rows).toHaveLength(2);
  const stranger = await fetch(`http://127.0.0.1:${address.port}/?query=SELECT%201`);
  expect(await stranger.text()).toContain('Authentication failed');
  expect(stranger.ok).toBe(false);
});

test('a field that searches keep asking for gains a column, and its searches answer the same before and after', async () => {
  const [dataDir, logpoint] = [newDataDir(), newHex32()];
  const promotion = { searchesMin: 3, fieldsMax: 2 };
  const names = ["it's `odd`\\ 😀", 'thread', 'third'];
  const store = await open(dataDir, { promotion });
  const batch = [0, 1, 2].map((seq) => sampleEvent(seq, { [names[0] ?? '']: `v${seq}`, thread: '', third: 'x' }));
  await store.append(logpoint, batch, 'before');
  const ask = async (from: ChdbEventStore) =>
    Promise.all(
      names
        .flatMap((name) => [fieldEquals(name, 'v1'), fieldPresent(name), fieldEquals(name, '')])
        .map(async (search) => {
          const { rows } = await from.search(logpoint, search, LIMITS);
          return rows.map((row) => row['seq']);
        }),
    );
  const before = await ask(store);
  expect(before.slice(0, 3)).toEqual([[1], [0, 1, 2], []]);
  await until(() => store.promotedFields(logpoint).length === promotion.fieldsMax);
  expect(store.promotedFields(logpoint)).toEqual(names.slice(0, 2));
  expect(await ask(store)).toEqual(before);
  await store.append(logpoint, [sampleEvent(9, { [names[0] ?? '']: 'v1' })], 'after');
  expect((await ask(store))[0]).toEqual([1, 9]);
  await store.close();
  const again = await open(dataDir, { promotion });
  expect((await ask(again))[0]).toEqual([1, 9]);
  expect([...again.promotedFields(logpoint)].sort()).toEqual(names.slice(0, 2).sort());
});

test('retention keeps what a repo asks for and goes on after a repo that fails', async () => {
  const store = await open(newDataDir());
  const logpoint = newHex32();
  const batch = ['short', 'long', 'ever'].flatMap((repo, i) =>
    [0, 5, 20].map((day) =>
      sampleEvent(i * 100 + day, {}, { repo, eventAtMs: NOON_MS - day * DAY, receivedAtMs: NOON_MS }),
    ),
  );
  await store.append(logpoint, batch, 't');
  const rules = [
    { logpointId: 'not a logpoint', repo: 'x', retentionDays: 1 },
    { logpointId: logpoint, repo: 'short', retentionDays: 1 },
    { logpointId: logpoint, repo: 'long', retentionDays: 10 },
    { logpointId: logpoint, repo: 'ever', retentionDays: 0 },
  ];
  const results = await applyRetention(store, rules, NOON_MS);
  expect(results.map(({ dropped, failure }) => [dropped, failure === null])).toEqual([
    [0, false],
    [2, true],
    [1, true],
    [0, true],
  ]);
});

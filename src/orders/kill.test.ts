import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { poolsFound, userGroupsList } from '../accounts/registry.ts';
import { openSqliteControlStore } from '../adapters/sqlite/sqlite-control-store.ts';
import type { ControlStore } from '../control/control-store.ts';
import { emptyEventStore } from '../events/empty-event-store.ts';
import { compiledUrl } from '../shared/compiled.ts';
import type { JsonObject } from '../shared/json.ts';
import type { Logpoint } from '../tenancy/logpoint.ts';
import { createOrderKinds } from './order-kinds.ts';
import { OrderService } from './order-service.ts';

// Invariant: after SIGKILL an order has either wholly happened, with its effect and its answer, or it is still waiting
// and happens once in the next process. Nothing that was acknowledged is missing.

const settings = {
  incidents: { closeUnresolved: false, resolvePolicy: 'manageable' as const },
  notifications: { secretKey: null },
};
const kindSettings = { rowsMax: 100, dataBytesMax: 1e6, searchTimeoutMs: 5000, linkHost: () => '', secretKey: null };
const limits = { runningMax: 4, workMsMax: 60_000 };
const retention = { keptMs: 8 * 3_600_000, keptBytesMax: 1e9 };
const actor = { tokenId: '0'.repeat(24), name: 'tester', role: 'root' as const, pools: null };

let dir: string;
let logpoint: Logpoint;
let adminId: string;
let child: ChildProcess | null = null;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tocsin-kill-'));
  const store = await openSqliteControlStore({ dataDir: dir, clock: Date.now, settings });
  const founded = await store.write(poolsFound, {
    poolName: 'p',
    logpointName: 'l',
    admin: { username: 'admin', email: 'a@localhost', passwordHash: '', accessKeyHash: '' },
    role: 'root',
    by: { actor: 'test' },
  });
  logpoint = founded.logpoint;
  adminId = founded.admin.id;
  await store.close();
});
afterEach(() => {
  child?.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
});

const serviceOn = (store: ControlStore): OrderService =>
  new OrderService({
    services: { store, events: emptyEventStore, clock: Date.now },
    kinds: createOrderKinds({ ...settings.incidents, listeners: [] }, kindSettings),
    limits,
    retention,
    onBug: (bug) => {
      throw new Error(bug.stack);
    },
    onPurgeFailed: (error) => {
      throw error;
    },
  });

/** Runs `body` in a process of its own, with `orders` at hand, and kills it after so many lines. Answers the lines. */
async function linesUntilKilled(body: string, linesMax: number): Promise<string[]> {
  const url = (file: string) => JSON.stringify(compiledUrl(file, import.meta.url).href);
  const script = join(dir, 'child.mjs');
  writeFileSync(
    script,
    `import { openSqliteControlStore } from ${url('../adapters/sqlite/sqlite-control-store.ts')};
     import { createOrderKinds } from ${url('./order-kinds.ts')};
     import { OrderService } from ${url('./order-service.ts')};
     const store = await openSqliteControlStore({
       dataDir: ${JSON.stringify(dir)}, clock: Date.now, settings: ${JSON.stringify(settings)},
     });
     const never = () => new Promise(() => {});
     const orders = new OrderService({
       services: { store, events: { search: never }, clock: Date.now },
       kinds: createOrderKinds({ closeUnresolved: false, resolvePolicy: 'manageable', listeners: [] },
         { ...${JSON.stringify(kindSettings)}, linkHost: () => '' }),
       limits: ${JSON.stringify(limits)}, retention: ${JSON.stringify(retention)},
       onBug: (bug) => console.error(bug), onPurgeFailed: (error) => console.error(error),
     });
     await orders.start();
     const place = (action, input) => orders.accept({
       action, input, actor: ${JSON.stringify(actor)}, logpoint: ${JSON.stringify(logpoint)}, request: { data: {} },
     });
     ${body}`,
  );
  const started = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  child = started;
  const lines: string[] = [];
  const reader = createInterface({ input: started.stdout });
  reader.on('line', (line) => {
    lines.push(line);
    if (lines.length === linesMax) started.kill('SIGKILL');
  });
  await once(reader, 'close');
  return lines;
}

test('orders that were accepted before SIGKILL are done, each once, with the same answer for ever', async () => {
  const acknowledged = await linesUntilKilled(
    `for (let lane = 0; lane < 16; lane++) void (async () => {
       for (let i = 0; i < 50; i++) {
         const name = 'group ' + lane + '-' + i;
         const { orderId } = await place('/UserGroups/create', { name });
         console.log(JSON.stringify([orderId, name, await orders.poll(${JSON.stringify(logpoint)}, orderId)]));
       }
     })();`,
    200,
  );
  expect(acknowledged.length).toBeGreaterThanOrEqual(200);
  const store = await openSqliteControlStore({ dataDir: dir, clock: Date.now, settings });
  const orders = serviceOn(store);
  await orders.start();
  const groups = new Map((await store.read(userGroupsList, logpoint.id)).map(({ id, name }) => [name, id]));
  for (const line of acknowledged) {
    const [orderId, name, answer] = JSON.parse(line) as [string, string, string];
    expect(await orders.poll(logpoint, orderId)).toBe(answer);
    expect(JSON.parse(answer)).toMatchObject({ response: { success: true, id: groups.get(name) } });
  }
  // Also what was durable but not yet acknowledged: as many effects as orders.
  const done: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await orders.list({ logpointId: logpoint.id, status: 'done', limit: 500, cursor });
    done.push(...page.orders.map(({ request_id }) => request_id));
    if (page.next_cursor === null) break;
    cursor = page.next_cursor;
  }
  const made = [...groups.keys()].filter((name) => name.startsWith('group '));
  expect(made).toHaveLength(done.length);
  await orders.close();
  await store.close();
});

test('work orders that waited or ran at SIGKILL are carried out by the next process', async () => {
  const search = JSON.stringify({ query: '', time_range: [1, 2], user_id: adminId });
  const accepted = await linesUntilKilled(
    `for (let i = 0; i < 8; i++) {
       const { orderId } = await place('/Search/logs/fetch', ${search});
       for (;;) {
         const text = await orders.poll(${JSON.stringify(logpoint)}, orderId);
         if (i >= 4 || text.includes('in_progress')) break;
         await new Promise((resolve) => setImmediate(resolve));
       }
       console.log(orderId);
     }
     setInterval(() => {}, 1000);`,
    8,
  );
  expect(accepted).toHaveLength(8);
  const store = await openSqliteControlStore({ dataDir: dir, clock: Date.now, settings });
  const orders = serviceOn(store);
  const before = await Promise.all(accepted.map((id) => orders.poll(logpoint, id)));
  expect(before.filter((text) => text?.includes('"in_progress":true'))).toHaveLength(4);
  await orders.start();
  for (const id of accepted) {
    const answer: JsonObject = JSON.parse((await orders.poll(logpoint, id, undefined, 30_000)) ?? 'null');
    expect(answer).toMatchObject({ request: {}, response: { success: true, rows: [] } });
  }
  await orders.close();
  await store.close();
});

// How many orders are accepted, carried out (with an audit event) and polled to their end in one second, without HTTP?
// npm run bench -- orders-store [SECONDS]
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Actor } from '../src/accounts/actor.ts';
import { hashPassword } from '../src/accounts/password.ts';
import { poolsFound, userGroupsList, usersCreate } from '../src/accounts/registry.ts';
import { openSqliteControlStore } from '../src/adapters/sqlite/sqlite-control-store.ts';
import { DEFAULT_REGISTRY_SETTINGS, incidentDeps } from '../src/control-registry.ts';
import { emptyEventStore } from '../src/events/empty-event-store.ts';
import { createOrderKinds } from '../src/orders/order-kinds.ts';
import { ORDER_RETENTION_DEFAULT } from '../src/orders/order-retention.ts';
import { OrderService } from '../src/orders/order-service.ts';

const SECONDS = Number(process.argv[2] ?? 5);
const CALLERS = [1, 16, 64];

const dir = mkdtempSync(join(tmpdir(), 'tocsin-bench-orders-'));

/** Durable appends of one page a second, the floor under every commit. */
function fdatasyncRate(): number {
  const fd = openSync(join(dir, 'raw'), 'w');
  const page = Buffer.alloc(4096, 1);
  const endMs = performance.now() + 1000;
  let syncs = 0;
  for (; performance.now() < endMs; syncs++) {
    writeSync(fd, page);
    fdatasyncSync(fd);
  }
  closeSync(fd);
  return syncs;
}

const by = { actor: 'bench' };
const store = await openSqliteControlStore({ dataDir: dir, clock: Date.now, settings: DEFAULT_REGISTRY_SETTINGS });
const { logpoint } = await store.write(poolsFound, {
  poolName: 'bench',
  logpointName: 'bench',
  admin: { username: 'admin', email: 'a@localhost', passwordHash: await hashPassword('bench'), accessKeyHash: '' },
  role: 'root',
  by,
});
const usergroup = (await store.read(userGroupsList, logpoint.id)).filter(({ lpadmin }) => !lpadmin).map(({ id }) => id);
const users = await Promise.all(
  Array.from({ length: Math.max(...CALLERS) }, (_, i) =>
    store.write(usersCreate, {
      logpointId: logpoint.id,
      by,
      username: `user${i}`,
      email: `u${i}@localhost`,
      firstname: 'U',
      lastname: 'U',
      passwordHash: '',
      usergroup,
    }),
  ),
);
const kinds = createOrderKinds(incidentDeps(DEFAULT_REGISTRY_SETTINGS), {
  rowsMax: 0,
  dataBytesMax: 0,
  searchTimeoutMs: 0,
  linkHost: () => '',
  secretKey: null,
});
const orders = new OrderService({
  services: { store, events: emptyEventStore, clock: Date.now },
  kinds,
  limits: { runningMax: 4, workMsMax: 60_000 },
  retention: ORDER_RETENTION_DEFAULT,
  onBug: (bug) => console.error(bug),
  onPurgeFailed: (error) => console.error(error),
});
await orders.start();
const actor: Actor = { tokenId: '0'.repeat(24), name: 'bench', role: 'root', pools: null };

async function call(id: string, isActive: boolean, latencies: number[]): Promise<void> {
  const startMs = performance.now();
  const { orderId } = await orders.accept({
    action: isActive ? '/Users/deactivate' : '/Users/activate',
    actor,
    logpoint,
    request: { data: {} },
    input: { id },
  });
  const answer = await orders.poll(logpoint, orderId);
  if (answer === null || !answer.includes('"success":true')) throw new Error(`an order failed: ${answer}`);
  latencies.push(performance.now() - startMs);
}

async function round(callers: number, seconds: number): Promise<{ perSecond: number; p50: number; p99: number }> {
  const latencies: number[] = [];
  const startMs = performance.now();
  const endMs = startMs + seconds * 1000;
  await Promise.all(
    users.slice(0, callers).map(async ({ id }) => {
      // An even number of calls, so that the next round finds the user active.
      for (let isActive = true; performance.now() < endMs || !isActive; isActive = !isActive) {
        await call(id, isActive, latencies);
      }
    }),
  );
  const elapsedMs = performance.now() - startMs;
  latencies.sort((a, b) => a - b);
  const at = (share: number): number => latencies[Math.floor((latencies.length - 1) * share)] ?? Number.NaN;
  return { perSecond: (latencies.length / elapsedMs) * 1000, p50: at(0.5), p99: at(0.99) };
}

await round(16, 1);
for (const callers of CALLERS) {
  const raw = fdatasyncRate();
  const { perSecond, p50, p99 } = await round(callers, SECONDS);
  console.log(
    `${callers} callers: ${perSecond.toFixed(0)} orders/s, ${(perSecond / raw).toFixed(2)} of ${raw} fdatasync/s,` +
      ` p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`,
  );
}
await orders.close();
await store.close();
rmSync(dir, { recursive: true, force: true });

// How long does it take to resolve 10,000 incidents by filter in one order, and what does a change beside it wait?
// npm run bench -- bulk [INCIDENTS]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { poolsFound } from '../src/accounts/registry.ts';
import { openInProcessControlStore } from '../src/adapters/sqlite/in-process-control-store.ts';
import { openSqliteControlStore } from '../src/adapters/sqlite/sqlite-control-store.ts';
import { command, registryOf } from '../src/control/control-store.ts';
import { createRegistry, DEFAULT_REGISTRY_SETTINGS, incidentDeps, migrations } from '../src/control-registry.ts';
import { emptyEventStore } from '../src/events/empty-event-store.ts';
import { raiseIncident } from '../src/incidents/raise-incident.ts';
import { createOrderKinds } from '../src/orders/order-kinds.ts';
import { OrderService } from '../src/orders/order-service.ts';
import { streamRules } from '../src/rules/registry.ts';
import { aFiring, aRule, objectId } from '../test/incidents/world.ts';

const COUNT = Number(process.argv[2] ?? 20_000);
const BULK = 10_000;
const RULES = 200;

const fill = command(
  'bench.fill',
  async (tx, input: { logpointId: string; owner: string; from: number; to: number }) => {
    const { logpointId, owner } = input;
    for (let n = input.from; n < input.to; n++) {
      const rule = aRule({
        id: objectId(n % RULES),
        logpointId,
        ownerId: owner,
        name: `Rule ${n % RULES}`,
        risk: n < BULK ? 'high' : 'low',
      });
      await raiseIncident(tx, aFiring({ key: `k${n}`, logpointId, detectedAtMs: 1_753_951_894_526 + n }), rule, []);
    }
  },
);

async function prepare(dir: string) {
  const full = createRegistry(DEFAULT_REGISTRY_SETTINGS);
  const registry = registryOf([...full.commands.values(), ...full.queries.values(), fill]);
  const store = await openInProcessControlStore({ dir, registry, migrations, clock: Date.now });
  const tenant = await store.write(poolsFound, {
    poolName: 'bench',
    logpointName: 'bench',
    ip: '10.0.0.1',
    admin: { username: 'admin', email: 'admin@example.org', passwordHash: 'x', accessKeyHash: 'x' },
    role: 'engineer' as const,
    by: { actor: 'bench' },
  });
  const place = { logpointId: tenant.logpoint.id, owner: tenant.admin.id };
  for (let from = 0; from < COUNT; from += 2_000) {
    await store.write(fill, { ...place, from, to: Math.min(from + 2_000, COUNT) });
  }
  await store.close();
  return tenant;
}

async function main(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
  const tenant = await prepare(dir);
  const store = await openSqliteControlStore({ dataDir: dir, clock: Date.now, settings: DEFAULT_REGISTRY_SETTINGS });
  const orders = new OrderService({
    services: { store, events: emptyEventStore, clock: Date.now },
    kinds: createOrderKinds(incidentDeps(DEFAULT_REGISTRY_SETTINGS), {
      rowsMax: 1000,
      dataBytesMax: 1_000_000,
      searchTimeoutMs: 5000,
      linkHost: () => 'bench',
      secretKey: null,
    }),
    limits: { runningMax: 4, workMsMax: 60_000 },
    retention: { keptMs: 3_600_000, keptBytesMax: 100_000_000 },
    onBug: (bug) => console.error(bug.stack),
    onPurgeFailed: console.error,
  });
  await orders.start();
  // A server reads its rules when it starts, by the thread that finds incidents later.
  await store.read(streamRules, null);
  const actor = { name: 'bench', tokenId: 'bench', role: 'root', pools: [] } as const;
  const place = async (action: string, input: object) => {
    const data = { incident_user_id: tenant.admin.id, ...input };
    const order = { action, actor, logpoint: tenant.logpoint, request: { data: {} }, input: data };
    const { orderId } = await orders.accept(order as Parameters<typeof orders.accept>[0]);
    return orders.poll(tenant.logpoint, orderId, undefined, 30_000);
  };
  try {
    for (const action of ['resolve', 'close', 'reopen'] as const) {
      const waits: number[] = [];
      let stalledMs = 0;
      let isDone = false;
      let ticked = performance.now();
      const tick = setInterval(() => {
        const now = performance.now();
        stalledMs = Math.max(stalledMs, now - ticked - 5);
        ticked = now;
      }, 5);
      const beside = (async () => {
        for (let n = 1; !isDone; n++) {
          const start = performance.now();
          await place('/Incidents/comment', { id: `INC-${BULK + (n % 1000) + 1}`, comment: 'beside' });
          waits.push(performance.now() - start);
        }
      })();
      const start = performance.now();
      const cpuBefore = process.cpuUsage();
      const answer = await place('/Incidents/bulk', { action, filter: { risk: ['high'] } });
      const ms = performance.now() - start;
      const cpu = process.cpuUsage(cpuBefore);
      isDone = true;
      await beside;
      clearInterval(tick);
      waits.sort((a, b) => a - b);
      const at = (share: number): string => (waits[Math.floor((waits.length - 1) * share)] ?? 0).toFixed(1);
      const done = /"done":(\d+)/.exec(answer ?? '')?.[1] ?? answer;
      console.log(
        `${action} by filter of ${COUNT}: ${done} in ${ms.toFixed(0)} ms, ${((cpu.user + cpu.system) / 1000).toFixed(0)} ms of CPU; comments beside it p50 ${at(0.5)} ms, longest ${at(1)} ms; ` +
          `main thread held ${stalledMs.toFixed(0)} ms at most`,
      );
    }
  } finally {
    await orders.close();
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

await main();

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { poolsFound } from '../../src/accounts/registry.ts';
import { openInProcessControlStore } from '../../src/adapters/sqlite/in-process-control-store.ts';
import { openSqliteControlStore } from '../../src/adapters/sqlite/sqlite-control-store.ts';
import { auditVerify } from '../../src/audit/registry.ts';
import { command, query, registryOf } from '../../src/control/control-store.ts';
import { createRegistry, DEFAULT_REGISTRY_SETTINGS, migrations } from '../../src/control-registry.ts';
import { emptyEventStore } from '../../src/events/empty-event-store.ts';
import { raiseIncident } from '../../src/incidents/raise-incident.ts';
import { incidentsFacets } from '../../src/incidents/registry.ts';
import { createOrderKinds } from '../../src/orders/order-kinds.ts';
import { OrderService } from '../../src/orders/order-service.ts';
import { compiledUrl } from '../../src/shared/compiled.ts';
import { aFiring, aRule } from './world.ts';

// Invariant: whenever the process is killed, a bulk change has happened to all of its incidents or to none, and the next
// process does it once.

const INCIDENTS = 2_000;
const settings = DEFAULT_REGISTRY_SETTINGS;
const kindSettings = { rowsMax: 100, dataBytesMax: 1e6, searchTimeoutMs: 5000, linkHost: () => '', secretKey: null };
const actor = { tokenId: '0'.repeat(24), name: 'tester', role: 'root' as const, pools: null };

const fill = command('test.fill', async (tx, input: { logpointId: string; owner: string }) => {
  const rule = aRule({ logpointId: input.logpointId, ownerId: input.owner });
  for (let n = 0; n < INCIDENTS; n++) {
    await raiseIncident(tx, aFiring({ key: `k${n}`, logpointId: input.logpointId }), rule, []);
  }
});

const resolvedCount = query('test.resolved', async (tx, _: null) => {
  const row = await tx.get<{ n: number }>("select count(*) as n from audit_events where action = 'incident resolved'");
  return row?.n;
});

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tocsin-bulk-kill-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

async function found() {
  const full = createRegistry(settings);
  const registry = registryOf([...full.commands.values(), ...full.queries.values(), fill]);
  const store = await openInProcessControlStore({ dir, registry, migrations, clock: Date.now });
  const tenant = await store.write(poolsFound, {
    poolName: 'p',
    logpointName: 'l',
    admin: { username: 'admin', email: 'a@localhost', passwordHash: '', accessKeyHash: '' },
    role: 'root',
    by: { actor: 'test' },
  });
  await store.write(fill, { logpointId: tenant.logpoint.id, owner: tenant.admin.id });
  await store.close();
  return tenant;
}

/** Places the order in a process of its own and kills it so long after the order was accepted. Answers the order's id. */
async function killDuring(tenant: Awaited<ReturnType<typeof found>>, afterMs: number): Promise<string> {
  const url = (file: string) => JSON.stringify(compiledUrl(`../../src/${file}`, import.meta.url).href);
  const input = { action: 'resolve', incident_user_id: tenant.admin.id, filter: { status: ['unresolved'] } };
  const script = join(dir, 'child.mjs');
  writeFileSync(
    script,
    `import { openSqliteControlStore } from ${url('adapters/sqlite/sqlite-control-store.ts')};
     import { createOrderKinds } from ${url('orders/order-kinds.ts')};
     import { OrderService } from ${url('orders/order-service.ts')};
     const settings = ${JSON.stringify(settings)};
     const store = await openSqliteControlStore({ dataDir: ${JSON.stringify(dir)}, clock: Date.now, settings });
     const orders = new OrderService({
       services: { store, events: {}, clock: Date.now },
       kinds: createOrderKinds({ ...settings.incidents, listeners: [] },
         { ...${JSON.stringify(kindSettings)}, linkHost: () => '' }),
       limits: { runningMax: 4, workMsMax: 60000 }, retention: { keptMs: 1e8, keptBytesMax: 1e9 },
       onBug: (bug) => console.error(bug), onPurgeFailed: (error) => console.error(error),
     });
     await orders.start();
     const { orderId } = await orders.accept({
       action: '/Incidents/bulk', input: ${JSON.stringify(input)}, actor: ${JSON.stringify(actor)},
       logpoint: ${JSON.stringify(tenant.logpoint)}, request: { data: {} },
     });
     console.log(orderId);
     setInterval(() => {}, 1000);`,
  );
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const reader = createInterface({ input: child.stdout });
  const [orderId] = (await once(reader, 'line')) as [string];
  setTimeout(() => child.kill('SIGKILL'), afterMs);
  await once(child, 'exit');
  return orderId;
}

test.each([5, 60, 140])(
  'killed %i ms after it was accepted, a bulk change is all or nothing, then done once',
  async (ms) => {
    const tenant = await found();
    const orderId = await killDuring(tenant, ms);
    const store = await openSqliteControlStore({ dataDir: dir, clock: Date.now, settings });
    const counts = async () =>
      (await store.read(incidentsFacets, { logpointId: tenant.logpoint.id, input: {} })).status['resolved'];
    expect([0, INCIDENTS]).toContain(await counts());
    const orders = new OrderService({
      services: { store, events: emptyEventStore, clock: Date.now },
      kinds: createOrderKinds({ ...settings.incidents, listeners: [] }, kindSettings),
      limits: { runningMax: 4, workMsMax: 60_000 },
      retention: { keptMs: 1e8, keptBytesMax: 1e9 },
      onBug: (bug) => {
        throw new Error(bug.stack);
      },
      onPurgeFailed: (error) => {
        throw error;
      },
    });
    await orders.start();
    const answer = await orders.poll(tenant.logpoint, orderId, undefined, 30_000);
    expect(JSON.parse(answer ?? 'null')).toMatchObject({
      response: { success: true, done: INCIDENTS, refused_count: 0 },
    });
    expect(await counts()).toBe(INCIDENTS);
    expect(await store.read(auditVerify, tenant.logpoint.id)).toMatchObject({ fault: null });
    await orders.close();
    await store.close();
    // Each incident once: a change that was made twice would be in the chain twice.
    const registry = registryOf([resolvedCount]);
    const after = await openInProcessControlStore({ dir, registry, migrations, clock: Date.now });
    expect(await after.read(resolvedCount, null)).toBe(INCIDENTS);
    await after.close();
  },
  60_000,
);

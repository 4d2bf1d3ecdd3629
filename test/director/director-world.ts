import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Role } from '../../src/accounts/actor.ts';
import type { FoundedPool } from '../../src/accounts/found-pool.ts';
import { poolsFound, tokensIssue } from '../../src/accounts/registry.ts';
import { createSmtpSender } from '../../src/adapters/smtp/smtp-sender.ts';
import { openInProcessControlStore } from '../../src/adapters/sqlite/in-process-control-store.ts';
import { openScratch } from '../../src/adapters/sqlite/scratch-store.ts';
import { builtInCatalogue } from '../../src/attack/built-in.ts';
import { ensureAttackCatalogue } from '../../src/attack/registry.ts';
import { RefusalLog } from '../../src/audit/refusal-log.ts';
import { auditList } from '../../src/audit/registry.ts';
import { type Command, type ControlStore, type Query, registryOf } from '../../src/control/control-store.ts';
import { createRegistry, incidentDeps, migrations } from '../../src/control-registry.ts';
import { emptyEventStore } from '../../src/events/empty-event-store.ts';
import type { EventStore } from '../../src/events/event-store.ts';
import { createHttpApp, type HttpAppOptions } from '../../src/http-app.ts';
import { createEgressPolicy } from '../../src/notify/egress-policy.ts';
import { createOrderKinds } from '../../src/orders/order-kinds.ts';
import { OrderService } from '../../src/orders/order-service.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/shared/json.ts';
import { checkAnswer, checkOutcome } from './document-answers.ts';

/** Pool, logpoint, administrator and root token of one tenant. */
export type Tenant = FoundedPool;
export type Answer = {
  readonly status: number;
  readonly body: Json;
  readonly headers: Readonly<Record<string, unknown>>;
};
export type CallOptions = {
  readonly token?: string;
  readonly tenant?: Tenant;
  readonly headers?: Readonly<Record<string, string>>;
};

export type DirectorWorld = Awaited<ReturnType<typeof openDirectorWorld>>;

export const registrySettings = {
  incidents: { closeUnresolved: false, resolvePolicy: 'manageable' as const },
  notifications: { secretKey: new Uint8Array(32).fill(7) },
};

const ORDER_WAITS_MAX = 6;

/** Every route over a real store, with two tenants that must not see each other. Requests do not cross a socket. */
export async function openDirectorWorld(
  entries: readonly (Command<never, unknown> | Query<never, unknown>)[] = [],
  events: EventStore = emptyEventStore,
  more: Partial<HttpAppOptions> = {},
) {
  let issued = 0;
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-director-'));
  const full = createRegistry(registrySettings);
  const store: ControlStore = await openInProcessControlStore({
    dir,
    registry: registryOf([...full.commands.values(), ...full.queries.values(), ...entries]),
    migrations,
    clock: Date.now,
  });
  await store.write(ensureAttackCatalogue, builtInCatalogue());
  const found = (name: string, ip: string): Promise<Tenant> =>
    store.write(poolsFound, {
      poolName: name,
      logpointName: `${name}-lp`,
      ip,
      admin: { username: 'admin', email: 'admin@example.org', passwordHash: 'x', accessKeyHash: name },
      role: 'engineer' as const,
      by: { actor: 'setup' },
    });
  const acme = await found('acme', '10.0.0.1');
  const other = await found('other', '10.0.0.2');
  const bugs: string[] = [];
  const orders = new OrderService({
    services: { store, events, clock: Date.now, openScratch },
    kinds: createOrderKinds(incidentDeps(registrySettings), {
      rowsMax: 1000,
      dataBytesMax: 1_000_000,
      searchTimeoutMs: 5000,
      linkHost: () => 'localhost',
      mailer: (server) => createSmtpSender({ ...server, egress: createEgressPolicy(['127.0.0.1/32']) }),
      ...registrySettings.notifications,
    }),
    // Far above what any order takes: a busy machine is not what these tests are about.
    limits: { runningMax: 4, workMsMax: 60_000 },
    retention: { keptMs: 3_600_000, keptBytesMax: 100_000_000 },
    onBug: (bug) => bugs.push(bug.stack),
    onPurgeFailed: (error) => bugs.push(String(error)),
  });
  await orders.start();
  const stopping = new AbortController();
  const refusals = new RefusalLog(store, Date.now, (error) => bugs.push(String(error)));
  const app = await createHttpApp({
    version: '0.0.0',
    control: store,
    orders,
    refusals,
    ingest: { accept: async () => ({ accepted: 0, rejected: 0, rejections: [] }) },
    ingestBodyBytesMax: 1_000_000,
    stopping: stopping.signal,
    logger: pino({ level: 'silent' }),
    limits: { bodyBytesMax: 4_000_000, jsonDepthMax: 50 },
    parts: {},
    isMetricsPublic: false,
    ...more,
  });

  async function call(
    line: `${'GET' | 'POST' | 'PUT' | 'DELETE'} ${string}`,
    data?: JsonObject,
    { token, tenant = acme, headers = {} }: CallOptions = {},
  ): Promise<Answer> {
    const [method = 'GET', path = ''] = line.split(' ');
    const url = path.startsWith('/') ? path : `/configapi/${tenant.pool.id}/${tenant.logpoint.id}/${path}`;
    const answer = await app.inject({
      method: method as 'GET',
      url,
      headers: { authorization: `Bearer ${token ?? tenant.issued.token}`, ...headers },
      ...(data === undefined ? {} : { payload: { data } }),
    });
    const body: Json = answer.body === '' ? null : JSON.parse(answer.body);
    checkAnswer(method, url, answer.statusCode, body);
    return { status: answer.statusCode, body, headers: answer.headers };
  }

  /** The final `response` of the order that the call places. */
  async function order(line: Parameters<typeof call>[0], data: JsonObject = {}, options: CallOptions = {}) {
    const accepted = await call(line, data, options);
    const message = isJsonObject(accepted.body) ? String(accepted.body['message']) : '';
    if (accepted.status !== 200) throw new Error(`${line}: ${accepted.status} ${message}`);
    // A wait ends after 10 s; a busy machine may need several.
    for (let waits = 0; waits < ORDER_WAITS_MAX; waits++) {
      const polled = await call(`GET ${message}?wait=10`, undefined, options);
      const response = isJsonObject(polled.body) ? polled.body['response'] : null;
      if (bugs.length > 0) throw new Error(bugs.join('\n'));
      if (!isJsonObject(response) || !('success' in response)) continue;
      const [method = '', path = ''] = line.split(' ');
      checkOutcome(method, path.startsWith('/') ? path : `/configapi/P/L/${path}`, response);
      return response;
    }
    throw new Error(`${line}: no response`);
  }

  return {
    dir,
    app,
    store,
    acme,
    other,
    call,
    order,
    /** Actions of the tenant's audit chain, oldest first. */
    audited: async (tenant: Tenant = acme): Promise<readonly string[]> => {
      const { events } = await store.read(auditList, { logpointId: tenant.logpoint.id, limit: 1000 });
      return events.map(({ action }) => action).reverse();
    },
    token: async (role: Role, tenant: Tenant = acme): Promise<string> =>
      (
        await store.write(tokensIssue, {
          name: `${role} ${++issued}`,
          role,
          pools: [tenant.pool.id],
          by: { actor: 'setup' },
        })
      ).token,
    /** The address of a real listener, for what does not end with its answer. */
    listen: (): Promise<string> => app.listen({ host: '127.0.0.1', port: 0 }),
    close: async (): Promise<void> => {
      stopping.abort();
      await app.close();
      await orders.close();
      await refusals.close();
      await store.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export const rowsOf = (response: JsonObject): readonly JsonObject[] =>
  Array.isArray(response['rows']) ? response['rows'].filter(isJsonObject) : [];

export const listOf = ({ body }: Answer): readonly JsonObject[] =>
  Array.isArray(body) ? body.filter(isJsonObject) : [];

import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { RepoSize } from '../../events/event-store.ts';
import { targetsQuery } from '../../notify/registry.ts';
import { ordersOpen } from '../../orders/registry.ts';
import { AppError } from '../../shared/errors.ts';
import type { LogpointId } from '../../shared/ids.ts';
import type { JsonObject } from '../../shared/json.ts';
import { reposList } from '../../tenancy/registry.ts';
import { ErrorEnvelope } from '../http/envelope.ts';
import type { Counts } from '../http/part-status.ts';
import { logpointOf } from '../http/route-guard.ts';
import type { DirectorServices } from './director-services.ts';
import { type PageAsked, pageHeaders, pageOfRows, RowsQuery } from './list-page.ts';
import { CONFIG_PATHS, TENANT_PARAMS } from './tenant-paths.ts';

const Size = Type.Object({
  id: Type.String(),
  name: Type.String(),
  retention: Type.Integer({ description: 'Days.' }),
  events: Type.Integer(),
  bytes: Type.Integer({ description: 'On disk, compressed.' }),
});
const Seconds = Type.Union([Type.Number(), Type.Null()], { description: 'Seconds; null when nothing waits.' });
const Health = Type.Object({
  parts: Type.Array(Type.Object({ name: Type.String(), ok: Type.Boolean(), message: Type.String() })),
  ingest: Type.Object({
    lag_s: Type.Number({ description: 'Age of the oldest event that is not yet stored and matched.' }),
    journal_used: Type.Number({ description: 'Share of the journal that is full, 0 to 1.' }),
  }),
  store: Type.Object({
    ready: Type.Boolean(),
    events: Type.Union([Type.Integer(), Type.Null()], {
      description: 'Of the logpoint; null while the store is away.',
    }),
    bytes: Type.Union([Type.Integer(), Type.Null()]),
  }),
  orders: Type.Object({ open: Type.Integer(), oldest_s: Seconds }),
  notifications: Type.Object({
    queued: Type.Integer(),
    dead: Type.Integer(),
    open_circuits: Type.Integer(),
    failing_s: Seconds,
  }),
});
const REFUSALS = { 401: ErrorEnvelope, 403: ErrorEnvelope, 404: ErrorEnvelope, default: ErrorEnvelope };

/** How full a logpoint is and whether anything of it waits. */
export function addHealthRoutes(app: FastifyInstance, services: DirectorServices): void {
  for (const { prefix, isDocumented } of CONFIG_PATHS) {
    const hide = isDocumented ? {} : { hide: true };
    app.get<{ Querystring: PageAsked }>(`${prefix}/Repos/sizes`, {
      config: { permission: 'read' },
      schema: {
        ...hide,
        operationId: 'ListRepoSizes',
        tags: ['Repos'],
        summary: 'Events and bytes of each repo, as the event store has them.',
        params: Type.Object(TENANT_PARAMS),
        querystring: RowsQuery,
        response: { 200: Type.Array(Size), ...REFUSALS },
      },
      handler: async (request, reply) => {
        const sizes = await repoSizeRows(services, logpointOf(request).id);
        const page = pageOfRows(sizes, ({ id }) => id, request.query);
        return reply.headers(pageHeaders(request.url, page)).send(page.rows);
      },
    });
    app.get(`${prefix}/Health`, {
      config: { permission: 'read' },
      schema: {
        ...hide,
        operationId: 'Health',
        tags: ['Diagnosis'],
        summary: 'What waits, how late events are, and how full the logpoint is.',
        params: Type.Object(TENANT_PARAMS),
        response: { 200: Health, ...REFUSALS },
      },
      handler: async (request) => healthOf(services, logpointOf(request).id),
    });
  }
}

async function repoSizeRows({ control, events }: DirectorServices, logpointId: LogpointId) {
  if (events === undefined) throw new AppError('unavailable', 'EVENT_STORE_UNAVAILABLE', 'the event store is not open');
  const sizes = new Map((await events.repoSizes(logpointId)).map((size) => [size.repo, size]));
  return (await control.read(reposList, logpointId)).map(({ id, name, retentionDays }) => ({
    id,
    name,
    retention: retentionDays,
    events: sizes.get(name)?.events ?? 0,
    bytes: sizes.get(name)?.bytesOnDisk ?? 0,
  }));
}

async function healthOf(services: DirectorServices, logpointId: LogpointId): Promise<JsonObject> {
  const { control, parts } = services;
  const states = await Promise.all(
    Object.entries(parts).map(async ([name, status]) => ({ name, ...(await status()) })),
  );
  const counts = (name: string): Counts => states.find((state) => state.name === name)?.counts ?? {};
  const [sizes, orders, targets] = await Promise.all([
    sizesOrNull(services, logpointId),
    control.read(ordersOpen, logpointId),
    control.read(targetsQuery, logpointId),
  ]);
  const nowMs = Date.now();
  const failing = targets.flatMap(({ failingSinceMs }) => (failingSinceMs === null ? [] : [failingSinceMs]));
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const journalMax = numberOf(counts('ingest')['journalBytesMax']);
  return {
    parts: states.map(({ name, isReady, reason }) => ({
      name,
      ok: isReady,
      message: isReady ? '' : (reason ?? 'not ready'),
    })),
    ingest: {
      lag_s: numberOf(counts('ingest')['lagSeconds']),
      journal_used: journalMax === 0 ? 0 : numberOf(counts('ingest')['journalBytes']) / journalMax,
    },
    store: {
      ready: sizes !== null,
      events: sizes === null ? null : sum(sizes.map(({ events }) => events)),
      bytes: sizes === null ? null : sum(sizes.map(({ bytesOnDisk }) => bytesOnDisk)),
    },
    orders: { open: orders.open, oldest_s: orders.oldestAtMs === null ? null : secondsSince(orders.oldestAtMs, nowMs) },
    notifications: {
      queued: sum(targets.map(({ queued }) => queued)),
      dead: sum(targets.map(({ dead }) => dead)),
      open_circuits: targets.filter(({ circuit }) => circuit === 'open').length,
      failing_s: failing.length === 0 ? null : secondsSince(Math.min(...failing), nowMs),
    },
  };
}

/** Null while the event store is away: the rest is worth knowing all the more. */
async function sizesOrNull({ events }: DirectorServices, logpointId: LogpointId): Promise<readonly RepoSize[] | null> {
  try {
    return (await events?.repoSizes(logpointId)) ?? null;
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

const numberOf = (value: Counts[string]): number => (typeof value === 'number' ? value : 0);

const secondsSince = (atMs: number, nowMs: number): number => Math.max(0, (nowMs - atMs) / 1000);

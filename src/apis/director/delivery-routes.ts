import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type TProperties, Type } from 'typebox';
import type { Page } from '../../control/list-page.ts';
import { incidentsGet } from '../../incidents/registry.ts';
import { CHANNELS } from '../../notify/channel-settings.ts';
import { DELIVERIES_MAX, DELIVERY_STATES, type Delivery } from '../../notify/delivery-log.ts';
import type { DeliveriesOf } from '../../notify/delivery-pages.ts';
import { deliveriesQuery, deliveryQuery, targetsQuery } from '../../notify/registry.ts';
import type { TargetState } from '../../notify/target-state.ts';
import { isObjectId, isRequestId } from '../../shared/ids.ts';
import type { JsonObject } from '../../shared/json.ts';
import { ErrorEnvelope, StringEnum } from '../http/envelope.ts';
import { logpointOf } from '../http/route-guard.ts';
import type { DirectorServices } from './director-services.ts';
import { type PageAsked, PageQuery, pageHeaders, pageOfRows, RowsQuery } from './list-page.ts';
import { param, ruleKeyOf, unknown } from './notification-routes.ts';
import { CONFIG_PATHS, TENANT_PARAMS } from './tenant-paths.ts';

const REFUSALS = {
  400: ErrorEnvelope,
  401: ErrorEnvelope,
  403: ErrorEnvelope,
  404: ErrorEnvelope,
  default: ErrorEnvelope,
};
const Id = { id: Type.String({ description: 'Object id: 24 lower-case hex digits.' }) };
/** Deliveries of a rule that a request without `limit` shows. */
const RULE_DELIVERIES = 50;

const Time = Type.Number({ description: 'Epoch seconds.' });
const MaybeTime = Type.Union([Type.Number(), Type.Null()], { description: 'Epoch seconds.' });
const Maybe = Type.Union([Type.String(), Type.Null()]);
const DeliveryRow = Type.Object(
  {
    delivery_id: Type.String(),
    incident_id: Type.String({ description: 'Of a digest the first one.' }),
    digest_items: Type.Integer({ description: 'Changes that a digest tells of; 0 = no digest.' }),
    rule_id: Type.String(),
    channel: StringEnum(CHANNELS),
    cause: Type.String({ description: 'The change that it tells.' }),
    target: Type.String(),
    state: StringEnum(DELIVERY_STATES),
    reason: Type.Union([Type.String(), Type.Null()], { description: 'Why it is dead, suppressed or waits.' }),
    enqueued_at: Time,
    finished_at: MaybeTime,
    next_attempt_at: MaybeTime,
    attempts: Type.Array(
      Type.Object({
        attempt: Type.Integer(),
        started_at: Time,
        duration_ms: Type.Union([Type.Number(), Type.Null()]),
        outcome: StringEnum(['running', 'delivered', 'retry', 'dead', 'lost'] as const),
        status: Type.Union([Type.Integer(), Type.Null()]),
        request: Maybe,
        answer: Maybe,
        error: Maybe,
      }),
      { description: 'Oldest first.' },
    ),
  },
  { title: 'Delivery' },
);
const TargetRow = Type.Object(
  {
    target: Type.String(),
    queued: Type.Integer(),
    dead: Type.Integer(),
    failures: Type.Integer({ description: 'In a row.' }),
    circuit: StringEnum(['open', 'closed'] as const),
    open_until: MaybeTime,
    failing_since: MaybeTime,
    last_delivered_at: MaybeTime,
    last_error: Maybe,
  },
  { title: 'NotificationTarget' },
);
const DeliveriesQuery = Type.Object({
  ...PageQuery.properties,
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: DELIVERIES_MAX, description: 'Rows of a page, in the order of the list.' }),
  ),
});

type List = {
  readonly path: string;
  readonly id: string;
  readonly summary: string;
  readonly params: TProperties;
  readonly limit: number;
  choice(services: DirectorServices, request: FastifyRequest): Promise<DeliveriesOf>;
};

const LISTS: readonly List[] = [
  {
    path: 'Incidents/:id/deliveries',
    id: 'ListIncidentDeliveries',
    summary: 'The notifications of an incident with every attempt, oldest first.',
    params: Id,
    limit: DELIVERIES_MAX,
    choice: incidentOf,
  },
  {
    path: 'AlertRules/:id/deliveries',
    id: 'ListRuleDeliveries',
    summary: 'The notifications of a rule with every attempt, newest first.',
    params: Id,
    limit: RULE_DELIVERIES,
    choice: async (services, request) => ({ of: 'rule', ruleId: (await ruleKeyOf(services, request)).ruleId }),
  },
  {
    path: 'Notifications/deadLetters',
    id: 'ListDeadLetters',
    summary: 'Notifications that were given up, newest first.',
    params: {},
    limit: DELIVERIES_MAX,
    choice: async () => ({ of: 'dead' }),
  },
];

/** What became of notifications, and where they go. Beyond the vendor's API. */
export function addDeliveryRoutes(app: FastifyInstance, services: DirectorServices): void {
  const { control } = services;
  for (const { prefix, isDocumented } of CONFIG_PATHS) {
    const schema = (operationId: string, summary: string, params: TProperties, response: object, query?: object) => ({
      ...(isDocumented ? {} : { hide: true }),
      operationId,
      tags: ['Notifications'],
      summary,
      params: Type.Object({ ...TENANT_PARAMS, ...params }),
      ...(query === undefined ? {} : { querystring: query }),
      response: { 200: response, ...REFUSALS },
    });
    const config = { permission: 'read' } as const;
    for (const { path, id, summary, params, limit, choice } of LISTS) {
      app.get<{ Querystring: PageAsked }>(`${prefix}/${path}`, {
        config,
        schema: schema(id, summary, params, Type.Array(DeliveryRow), DeliveriesQuery),
        handler: async (request, reply) => {
          const { updated_since: since, ...asked } = request.query;
          const page = await control.read(deliveriesQuery, {
            logpointId: logpointOf(request).id,
            choice: await choice(services, request),
            limit,
            ...asked,
            changedFromMs: since === undefined ? undefined : since * 1000,
          });
          return reply.headers(pageHeaders(request.url, page)).send(page.rows.map(deliveryRow));
        },
      });
    }
    app.get(`${prefix}/Notifications/deliveries/:delivery_id`, {
      config,
      schema: schema(
        'GetDelivery',
        'One notification with every attempt.',
        { delivery_id: Type.String({ description: 'UUID.' }) },
        DeliveryRow,
      ),
      handler: async (request) => oneDelivery(services, request),
    });
    app.get<{ Querystring: PageAsked }>(`${prefix}/Notifications/targets`, {
      config,
      schema: schema(
        'ListTargets',
        'Where notifications go, with what waits and how the circuit is.',
        {},
        Type.Array(TargetRow),
        RowsQuery,
      ),
      handler: async (request, reply) => {
        const all = await control.read(targetsQuery, logpointOf(request).id);
        const page: Page<TargetState> = pageOfRows(all, ({ target }) => target, request.query);
        return reply.headers(pageHeaders(request.url, page)).send(page.rows.map(targetRow));
      },
    });
  }
}

async function incidentOf({ control }: DirectorServices, request: FastifyRequest): Promise<DeliveriesOf> {
  const key = { logpointId: logpointOf(request).id, incidentId: param(request, 'id') };
  if (!isObjectId(key.incidentId) || (await control.read(incidentsGet, key)) === null) {
    throw unknown('incident', key.incidentId);
  }
  return { of: 'incident', incidentId: key.incidentId };
}

async function oneDelivery({ control }: DirectorServices, request: FastifyRequest): Promise<JsonObject> {
  const key = { logpointId: logpointOf(request).id, deliveryId: param(request, 'delivery_id') };
  const delivery = isRequestId(key.deliveryId) ? await control.read(deliveryQuery, key) : null;
  if (delivery === null) throw unknown('delivery', key.deliveryId);
  return deliveryRow(delivery);
}

const seconds = (ms: number | null): number | null => (ms === null ? null : ms / 1000);

const deliveryRow = (delivery: Delivery): JsonObject => ({
  delivery_id: delivery.deliveryId,
  incident_id: delivery.incidentId,
  digest_items: delivery.digestItems,
  rule_id: delivery.ruleId,
  channel: delivery.channel,
  cause: delivery.cause,
  target: delivery.target,
  state: delivery.state,
  reason: delivery.reason,
  enqueued_at: seconds(delivery.enqueuedAtMs),
  finished_at: seconds(delivery.finishedAtMs),
  next_attempt_at: seconds(delivery.nextAttemptAtMs),
  attempts: delivery.attempts.map((attempt) => ({
    attempt: attempt.attempt,
    started_at: seconds(attempt.startedAtMs),
    duration_ms: attempt.durationMs,
    outcome: attempt.outcome,
    status: attempt.status,
    request: attempt.request,
    answer: attempt.answer,
    error: attempt.error,
  })),
});

const targetRow = (state: TargetState): JsonObject => ({
  target: state.target,
  queued: state.queued,
  dead: state.dead,
  failures: state.failures,
  circuit: state.circuit,
  open_until: seconds(state.openUntilMs),
  failing_since: seconds(state.failingSinceMs),
  last_delivered_at: seconds(state.lastDeliveredAtMs),
  last_error: state.lastError,
});

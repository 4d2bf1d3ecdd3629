import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { ORDER_STATES } from '../../orders/read-orders.ts';
import { AppError } from '../../shared/errors.ts';
import { isRequestId } from '../../shared/ids.ts';
import { ErrorEnvelope, StringEnum } from '../http/envelope.ts';
import { logpointOf } from '../http/route-guard.ts';
import type { DirectorServices } from './director-services.ts';
import { EPOCH_SECONDS_MAX } from './list-page.ts';
import { MONITOR_PATHS, TENANT_PARAMS } from './tenant-paths.ts';

/** Longest time that one poll is held. Source: contract/director-api.md, section 2. */
const WAIT_SECONDS_MAX = 30;

const OrderAnswer = Type.Object({
  request: Type.Record(Type.String(), Type.Unknown(), {
    description: 'What was asked while the order waits; then empty.',
  }),
  logpoint_identifier: Type.String(),
  pool_uuid: Type.String(),
  response: Type.Record(Type.String(), Type.Unknown(), {
    description: 'Empty until the order has ended; then `success` says how.',
  }),
});
const Poll = Type.Object({
  wait: Type.Optional(
    Type.Number({ minimum: 0, description: `Seconds to wait for the end, at most ${WAIT_SECONDS_MAX}.` }),
  ),
});
const List = Type.Object({
  status: Type.Optional(StringEnum(ORDER_STATES)),
  limit: Type.Optional(Type.Integer({ minimum: 1, description: 'Most orders of the answer.' })),
  cursor: Type.Optional(Type.String({ description: '`next_cursor` of the answer before.' })),
  total: Type.Optional(Type.Boolean({ description: 'Count all pages, as `total`.' })),
  updated_since: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: EPOCH_SECONDS_MAX,
      description: 'Only orders that were accepted or ended then or later; epoch seconds.',
    }),
  ),
});
const ListAnswer = Type.Object({
  orders: Type.Array(
    Type.Object({
      request_id: Type.String(),
      action: Type.String(),
      status: StringEnum(ORDER_STATES),
      accepted_at_ms: Type.Integer(),
      ended_at_ms: Type.Union([Type.Integer(), Type.Null()]),
      path: Type.String(),
    }),
  ),
  next_cursor: Type.Union([Type.String(), Type.Null()]),
  total: Type.Optional(Type.Integer({ description: 'Orders of all pages, when asked for.' })),
});
const REFUSALS = { 401: ErrorEnvelope, 403: ErrorEnvelope, 404: ErrorEnvelope, default: ErrorEnvelope };

type OrderParams = { readonly id: string; readonly node?: string; readonly logs?: string };
type PollRequest = FastifyRequest<{ Params: OrderParams; Querystring: { wait?: number } }>;

/** `/monitorapi/P/L/orders…`: the state of orders. */
export function addOrderRoutes(app: FastifyInstance, services: DirectorServices): void {
  const Id = { id: Type.String({ description: 'Request id of the order.' }) };
  const Node = { node: Type.String({ description: 'Data node of a fetch, as its path came.' }) };
  const endings = [
    { path: '', operationId: 'PollOrder', params: Type.Object({ ...TENANT_PARAMS, ...Id }) },
    { path: '/:node', operationId: 'PollFetch', params: Type.Object({ ...TENANT_PARAMS, ...Id, ...Node }) },
    {
      path: '/:node/fetchLogData',
      operationId: 'PollFetchLogData',
      params: Type.Object({ ...TENANT_PARAMS, ...Id, ...Node }),
    },
  ];
  for (const { prefix, isDocumented } of MONITOR_PATHS) {
    const hide = isDocumented ? {} : { hide: true };
    app.get<{ Querystring: Static<typeof List> }>(`${prefix}/orders`, {
      config: { permission: 'read' },
      schema: {
        ...hide,
        operationId: 'ListOrders',
        tags: ['Orders'],
        summary: 'Orders of the logpoint, newest first.',
        params: Type.Object(TENANT_PARAMS),
        querystring: List,
        response: { 200: ListAnswer, ...REFUSALS },
      },
      handler: async (request) => {
        const { updated_since: since, ...asked } = request.query;
        const changedFromMs = since === undefined ? undefined : since * 1000;
        return services.orders.list({ logpointId: logpointOf(request).id, ...asked, changedFromMs });
      },
    });
    for (const { path, operationId, params } of endings) {
      const isLogs = path.endsWith('/fetchLogData');
      app.get<{ Params: OrderParams; Querystring: { wait?: number } }>(`${prefix}/orders/:id${path}`, {
        config: { permission: 'read' },
        schema: {
          ...hide,
          operationId,
          tags: ['Orders'],
          summary: 'State of an order; done once `response.success` is there.',
          params,
          querystring: Poll,
          response: { 200: OrderAnswer, ...REFUSALS },
        },
        handler: async (request, reply) => poll(services, request, reply, isLogs),
      });
    }
  }
}

/** How long the answer can be read again, what all orders may take, and how many rows a fetch answers. */
function limitHeaders({ orderLimits }: DirectorServices): Record<string, string> {
  if (orderLimits === undefined) return {};
  return {
    'x-order-retention-hours': String(orderLimits.retentionHours),
    'x-orders-bytes-max': String(orderLimits.bytesMax),
    'x-rows-max': String(orderLimits.rowsMax),
  };
}

async function poll(
  services: DirectorServices,
  request: PollRequest,
  reply: FastifyReply,
  isLogs: boolean,
): Promise<FastifyReply> {
  const { id, node } = request.params;
  const suffix = node === undefined ? undefined : isLogs ? `${node}/fetchLogData` : node;
  const waitMs = waitSecondsOf(request) * 1000;
  const logpoint = logpointOf(request);
  const text = isRequestId(id) ? await services.orders.poll(logpoint, id, suffix, waitMs) : null;
  if (text === null)
    throw new AppError('not-found', 'ORDER_UNKNOWN', `order ${JSON.stringify(id.slice(0, 64))} is unknown`);
  return reply.type('application/json; charset=utf-8').headers(limitHeaders(services)).send(text);
}

/** Of `?wait=` or `Prefer: wait=` (RFC 7240); the query wins. */
function waitSecondsOf(request: PollRequest): number {
  const prefer = request.headers['prefer'];
  const preferred = typeof prefer === 'string' ? /(?:^|[;,\s])wait\s*=\s*"?(\d{1,6})/i.exec(prefer)?.[1] : undefined;
  return Math.min(WAIT_SECONDS_MAX, request.query.wait ?? Number(preferred ?? 0));
}

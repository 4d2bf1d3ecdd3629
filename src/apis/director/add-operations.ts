import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type TSchema, Type } from 'typebox';
import { numberOf } from '../../incidents/incident.ts';
import type { Accepted } from '../../orders/accept-order.ts';
import { AppError } from '../../shared/errors.ts';
import { isObjectId } from '../../shared/ids.ts';
import { isJsonObject, type JsonObject } from '../../shared/json.ts';
import { AcceptedEnvelope, acceptedBody, ErrorEnvelope } from '../http/envelope.ts';
import { actorOf, logpointOf } from '../http/route-guard.ts';
import { accountOperations } from './account-operations.ts';
import type { DirectorServices } from './director-services.ts';
import { handMadeOperations } from './hand-made-operations.ts';
import { incidentOperations } from './incident-operations.ts';
import { incidentWorkOperations } from './incident-work-operations.ts';
import { listOperations } from './list-operations.ts';
import { notificationOperations } from './notification-operations.ts';
import type { Operation } from './operation.ts';
import { orderAnswer } from './order-answers.ts';
import { resourceOperations } from './resource-operations.ts';
import { ruleOperations } from './rule-operations.ts';
import { settingsOperations } from './settings-operations.ts';
import { CONFIG_PATHS, TENANT_PARAMS } from './tenant-paths.ts';

/** Every call of the Director API that places an order. */
export const operations: readonly Operation[] = [
  ...incidentOperations,
  ...incidentWorkOperations,
  ...handMadeOperations,
  ...accountOperations,
  ...notificationOperations,
  ...listOperations,
  ...resourceOperations,
  ...settingsOperations,
  ...ruleOperations,
];

const REFUSALS = {
  400: ErrorEnvelope,
  401: ErrorEnvelope,
  403: ErrorEnvelope,
  404: ErrorEnvelope,
  default: ErrorEnvelope,
};

/** Longest `Idempotency-Key`. */
const IDEMPOTENCY_KEY_CHARS_MAX = 255;

export function addOperations(app: FastifyInstance, services: DirectorServices): void {
  for (const operation of operations) {
    const schema = schemaOf(operation);
    for (const { prefix, isDocumented } of CONFIG_PATHS) {
      app.route({
        method: operation.method,
        url: `${prefix}/${operation.path}`,
        config: { permission: operation.permission, ...describedBody(operation) },
        schema: isDocumented ? schema : { ...schema, hide: true },
        handler: async (request, reply) => {
          const { path, orderId } = await placeOrder(services, operation, request);
          reply.header('x-order-id', orderId);
          return acceptedBody(path);
        },
      });
    }
  }
}

/** What a DELETE may say beside its path; described, but not demanded by the schema of the route. */
function describedBody({ method, data }: Operation): { readonly describedBody?: TSchema } {
  const isSaid = method === 'DELETE' && Object.keys(data.properties).length > 0;
  return isSaid ? { describedBody: Type.Object({ data }) } : {};
}

function schemaOf(operation: Operation) {
  const body = Type.Object({ data: operation.data });
  const hasId = operation.path.includes(':id');
  const Id = Type.String({ description: 'Object id: 24 lower-case hex digits.' });
  return {
    operationId: operation.id,
    tags: [operation.tag],
    summary: operation.summary,
    params: Type.Object({ ...TENANT_PARAMS, ...(hasId ? { id: Id } : {}) }),
    // Removing something needs no word more than its path.
    ...(operation.method === 'DELETE' ? {} : { body }),
    headers: Type.Object({
      'idempotency-key': Type.Optional(
        Type.String({ description: 'A repeated key of the same token answers the first order again.' }),
      ),
    }),
    response: { 200: AcceptedEnvelope, ...REFUSALS },
    'x-order-response': orderAnswer(operation.id),
  };
}

async function placeOrder(
  services: DirectorServices,
  operation: Operation,
  request: FastifyRequest,
): Promise<Accepted> {
  const data = dataOf(request.body);
  operation.check?.(data);
  const id = idOf(request.params);
  return services.orders.accept({
    action: operation.action,
    actor: actorOf(request),
    logpoint: logpointOf(request),
    request: { data },
    input: operation.input(data, id),
    idempotencyKey: idempotencyKeyOf(request.headers['idempotency-key']),
    requestId: request.id,
  });
}

/** The body has passed the schema; only DELETE may come without one. */
function dataOf(body: unknown): JsonObject {
  const data = isJsonObject(body) ? body['data'] : undefined;
  return isJsonObject(data) ? data : {};
}

/** An id of another form names nothing: the node answers that it is unknown, as for any other. */
function idOf(params: unknown): string {
  const id = isJsonObject(params) ? params['id'] : undefined;
  return typeof id === 'string' && (isObjectId(id) || numberOf(id) !== null) ? id : '';
}

function idempotencyKeyOf(header: string | readonly string[] | undefined): string | undefined {
  if (header === undefined || header === '') return undefined;
  if (typeof header !== 'string' || header.length > IDEMPOTENCY_KEY_CHARS_MAX) {
    const message = `header Idempotency-Key must be one text of at most ${IDEMPOTENCY_KEY_CHARS_MAX} characters`;
    throw new AppError('invalid', 'IDEMPOTENCY_KEY_INVALID', message);
  }
  return header;
}

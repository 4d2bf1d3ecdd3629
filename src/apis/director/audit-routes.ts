import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { type AuditRow, SERVER_CHAIN } from '../../audit/audit-chain.ts';
import type { Checkpoint } from '../../audit/checkpoint.ts';
import { AUDIT_PAGE_ROWS_MAX } from '../../audit/list-audit.ts';
import { auditList, auditState } from '../../audit/registry.ts';
import { AppError } from '../../shared/errors.ts';
import type { LogpointId } from '../../shared/ids.ts';
import type { JsonObject } from '../../shared/json.ts';
import { ErrorEnvelope } from '../http/envelope.ts';
import { logpointOf } from '../http/route-guard.ts';
import type { DirectorServices } from './director-services.ts';
import { EPOCH_SECONDS_MAX, PageQuery, pageHeaders } from './list-page.ts';
import { CONFIG_PATHS, TENANT_PARAMS } from './tenant-paths.ts';

const Filter = Type.Object({
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: AUDIT_PAGE_ROWS_MAX, description: 'Events of a page; 100 when left out.' }),
  ),
  cursor: Type.Optional(Type.String({ description: '`x-next-cursor` of the answer before.' })),
  total: PageQuery.properties.total,
  updated_since: Type.Optional(
    Type.Integer({ minimum: 0, maximum: EPOCH_SECONDS_MAX, description: 'As `from`; the later one counts.' }),
  ),
  action: Type.Optional(Type.String({ description: 'What was done, e.g. `incident closed`, `order refused`.' })),
  object_type: Type.Optional(Type.String({ description: 'Kind of object, e.g. `incident`, `alert rule`.' })),
  object_id: Type.Optional(Type.String({ description: 'Id of the object that was changed.' })),
  actor: Type.Optional(Type.String({ description: 'Name of the token, or the part of the server, that did it.' })),
  on_behalf_of: Type.Optional(Type.String({ description: 'Id of the user in whose name it was done.' })),
  request_id: Type.Optional(Type.String({ description: '`x-request-id` of the request.' })),
  order_id: Type.Optional(Type.String({ description: 'The order, as in its path.' })),
  from: Type.Optional(
    Type.Integer({ minimum: 0, maximum: EPOCH_SECONDS_MAX, description: 'Epoch seconds, inclusive.' }),
  ),
  to: Type.Optional(Type.Integer({ minimum: 0, maximum: EPOCH_SECONDS_MAX, description: 'Epoch seconds, exclusive.' })),
});
type AuditQuery = Static<typeof Filter>;

const Text = Type.String();
const Maybe = Type.Union([Type.String(), Type.Null()]);
const State = Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()]);
const Event = Type.Object(
  {
    seq: Type.Integer({ description: 'Its number in the chain, from 1.' }),
    at: Type.String({ description: 'When; ISO, UTC.' }),
    actor: Text,
    on_behalf_of: Maybe,
    action: Text,
    object_type: Text,
    object_id: Text,
    before: State,
    after: State,
    request_id: Maybe,
    order_id: Maybe,
    prev_hash: Text,
    hash: Text,
  },
  { title: 'AuditEvent' },
);
const CheckpointSchema = Type.Object(
  {
    logpoint_identifier: Text,
    length: Type.Integer(),
    head: Text,
    at: Text,
    public_key: Type.String({ description: 'Raw Ed25519 key, base64.' }),
    signature: Type.String({ description: 'Base64, over the canonical JSON of the other members.' }),
  },
  { title: 'Checkpoint', description: 'Give it to `tocsin verify --checkpoint`.' },
);
const StateAnswer = Type.Object(
  {
    length: Type.Integer({ description: 'Events of the chain.' }),
    head: Type.String({ description: 'Hash of the last one.' }),
    public_key: Text,
    checkpoint: Type.Union([CheckpointSchema, Type.Null()]),
  },
  { title: 'AuditState' },
);
const REFUSALS = { 400: ErrorEnvelope, 401: ErrorEnvelope, 403: ErrorEnvelope, default: ErrorEnvelope };
const DEFAULT_LIMIT = 100;

/** What was changed by whom, and what was refused: of a logpoint, and of the server itself for those who operate it. */
export function addAuditRoutes(app: FastifyInstance, services: DirectorServices): void {
  const list = { tags: ['Audit'], querystring: Filter, response: { 200: Type.Array(Event), ...REFUSALS } };
  const state = { tags: ['Audit'], response: { 200: StateAnswer, ...REFUSALS } };
  for (const { prefix, isDocumented } of CONFIG_PATHS) {
    const hide = isDocumented ? {} : { hide: true };
    const tenant = { ...hide, params: Type.Object(TENANT_PARAMS) };
    app.get<{ Querystring: AuditQuery }>(`${prefix}/Audit`, {
      config: { permission: 'read' },
      schema: { ...tenant, ...list, operationId: 'ListAudit', summary: "The logpoint's audit chain, newest first." },
      handler: (request, reply) => sendEvents(services, logpointOf(request).id, request, reply),
    });
    app.get(`${prefix}/Audit/state`, {
      config: { permission: 'read' },
      schema: { ...tenant, ...state, operationId: 'AuditState', summary: 'Where the chain ends, and its checkpoint.' },
      handler: async (request) => stateOf(services, logpointOf(request).id),
    });
  }
  app.get<{ Querystring: AuditQuery }>('/audit', {
    config: { permission: 'operate' },
    schema: {
      ...list,
      operationId: 'ListServerAudit',
      summary: 'The audit chain of the server: pools, tokens, accounts, requests refused outside of any tenant.',
    },
    handler: (request, reply) => sendEvents(services, SERVER_CHAIN, request, reply),
  });
  app.get('/audit/state', {
    config: { permission: 'operate' },
    schema: { ...state, operationId: 'ServerAuditState', summary: "Where the server's chain ends." },
    handler: async () => stateOf(services, SERVER_CHAIN),
  });
  app.get('/audit/checkpoints', {
    config: { permission: 'operate' },
    schema: {
      tags: ['Audit'],
      operationId: 'ExportCheckpoints',
      summary: 'Signs where every chain is now, and answers the checkpoints.',
      response: { 200: Type.Object({ checkpoints: Type.Array(CheckpointSchema) }), ...REFUSALS },
    },
    handler: async () => ({ checkpoints: (await services.checkpoints?.write()) ?? [] }),
  });
}

/** Where a page of a chain goes on. @throws AppError `CURSOR_INVALID` */
export function seqBefore(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined;
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw new AppError('invalid', 'CURSOR_INVALID', 'cursor is not the x-next-cursor of an answer');
}

async function sendEvents(
  { control }: DirectorServices,
  logpointId: LogpointId,
  request: FastifyRequest<{ Querystring: AuditQuery }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { limit, cursor, total, action, actor, from, to, updated_since: since } = request.query;
  const page = await control.read(auditList, {
    logpointId,
    limit: limit ?? DEFAULT_LIMIT,
    beforeSeq: seqBefore(cursor),
    action,
    actor,
    objectType: request.query.object_type,
    objectId: request.query.object_id,
    onBehalfOf: request.query.on_behalf_of,
    requestId: request.query.request_id,
    orderId: request.query.order_id,
    fromMs: from === undefined && since === undefined ? undefined : Math.max(from ?? 0, since ?? 0) * 1000,
    toMs: to === undefined ? undefined : to * 1000,
    total,
  });
  const nextCursor = page.nextBefore === null ? null : String(page.nextBefore);
  reply.headers(pageHeaders(request.url, { rows: [], nextCursor, total: page.total }));
  return reply.send(page.events.map(eventRow));
}

async function stateOf({ control, checkpoints }: DirectorServices, logpointId: LogpointId) {
  const { length, head } = await control.read(auditState, logpointId);
  const checkpoint: Checkpoint | null = checkpoints?.of(logpointId) ?? null;
  return { length, head, public_key: checkpoints?.publicKey ?? '', checkpoint };
}

const parsed = (text: string | null): JsonObject | null => (text === null ? null : JSON.parse(text));

const eventRow = (row: AuditRow) => ({
  seq: row.seq,
  at: new Date(row.at_ms).toISOString(),
  actor: row.actor,
  on_behalf_of: row.on_behalf_of,
  action: row.action,
  object_type: row.object_type,
  object_id: row.object_id,
  before: parsed(row.before_json),
  after: parsed(row.after_json),
  request_id: row.request_id,
  order_id: row.order_id,
  prev_hash: row.prev_hash,
  hash: row.hash,
});

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Static, type TSchema, Type } from 'typebox';
import type { FetchIncidentsInput } from '../../incidents/incident-filter.ts';
import type { RowContext } from '../../incidents/incident-row.ts';
import { LIST_ROWS_MAX } from '../../incidents/list-incidents.ts';
import {
  incidentsDetail,
  incidentsFacets,
  incidentsHistogram,
  incidentsList,
  incidentsListCounted,
  slaPolicyGet,
} from '../../incidents/registry.ts';
import { AppError } from '../../shared/errors.ts';
import type { Json } from '../../shared/json.ts';
import { ErrorEnvelope } from '../http/envelope.ts';
import { NotModified, sendTagged } from '../http/etag.ts';
import { logpointOf } from '../http/route-guard.ts';
import type { DirectorServices } from './director-services.ts';
import { Facets, Histogram, IncidentDetail, LightRow, SlaPolicyAnswer } from './incident-schemas.ts';
import { EPOCH_SECONDS_MAX, nextHeaders } from './list-page.ts';
import { CONFIG_PATHS, TENANT_PARAMS } from './tenant-paths.ts';

const BUCKETS_DEFAULT = 60;
const BUCKETS_MAX = 500;

/** Several values: repeated, or with commas between. */
const several = (description: string) =>
  Type.Optional(
    Type.Unsafe<string | readonly string[]>({
      anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
      description: `${description} Several: repeated or with commas.`,
    }),
  );
const date = (description: string) =>
  Type.Optional(Type.Number({ minimum: 0, maximum: EPOCH_SECONDS_MAX, description }));
const word = (description: string) => Type.Optional(Type.String({ description }));

const FILTERS = {
  q: word('Text in the name in any case; or an id, a number (INC-7), the value of an entity.'),
  name: word('Name, id or number, or a pattern (RE2) found in the name.'),
  status: several('resolved, unresolved, closed; any of.'),
  risk: several('low, medium, high, critical; any of.'),
  type: several('alert, search, UEBA; any of.'),
  assigned_to_users: several('Ids of assignees, any of.'),
  assignee: word('`me`: those of `user_id`; or ids as `assigned_to_users`.'),
  user_id: word('Who `me` is.'),
  attack_tag: several('Names of techniques, all of.'),
  attack_category: several('Names of tactics, all of.'),
  log_source: several('Names of log sources, all of.'),
  rule: several('Ids or alertrule_ids of rules, any of.'),
  entity: several('Values, or kind:value with user, host, address, hash; all of.'),
  disposition: several('true_positive, false_positive, benign, none; any of.'),
  sla: word('breached, or soon: a clock runs out within 15 minutes.'),
  merged: word('no: without those merged into another; only: only those; any.'),
  start_date: date('Epoch seconds, inclusive; with end_date.'),
  end_date: date('Epoch seconds, inclusive; with start_date.'),
  updated_since: date('Epoch seconds, inclusive.'),
};
const FilterQuery = Type.Object(FILTERS);
type FilterQuery = Static<typeof FilterQuery>;

const ListQuery = Type.Object({
  ...FILTERS,
  sort: Type.Optional(Type.Unsafe<'newest'>({ type: 'string', enum: ['newest'], description: 'The only order.' })),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: LIST_ROWS_MAX, description: 'Rows of a page; 50 if not given.' }),
  ),
  cursor: word('`x-next-cursor` of the answer before.'),
  total: Type.Optional(Type.Boolean({ description: 'Count all pages, as `x-total-count`.' })),
});
const HistogramQuery = Type.Object({
  ...FILTERS,
  buckets: Type.Optional(Type.Integer({ minimum: 1, maximum: BUCKETS_MAX, description: 'Most buckets.' })),
});

const Id = Type.String({ description: 'Object id, or number such as INC-1042.' });
const REFUSALS = { 401: ErrorEnvelope, 403: ErrorEnvelope, 404: ErrorEnvelope, default: ErrorEnvelope };

const listOf = (value: string | readonly string[] | undefined): readonly string[] | undefined => {
  const values = (typeof value === 'string' ? [value] : (value ?? []))
    .flatMap((part) => part.split(','))
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return values.length === 0 ? undefined : values;
};

/** The filters of a query string as those of FetchIncidents. @throws AppError `INCIDENT_FILTER` */
export function filterInput(query: FilterQuery): FetchIncidentsInput {
  const { assignee, user_id: userId } = query;
  const isMe = assignee === 'me';
  if (isMe && (userId === undefined || userId === '')) {
    throw new AppError('invalid', 'INCIDENT_FILTER', 'user_id must be present in request.');
  }
  const of = isMe ? [userId ?? ''] : listOf(assignee);
  return {
    ...query,
    assigned_to_users: of === undefined ? listOf(query.assigned_to_users) : of,
    status: listOf(query.status),
    risk: listOf(query.risk),
    type: listOf(query.type),
    attack_tag: listOf(query.attack_tag),
    attack_category: listOf(query.attack_category),
    log_source: listOf(query.log_source),
    rule: listOf(query.rule),
    entity: listOf(query.entity),
    disposition: listOf(query.disposition),
  };
}

type Read<Q> = {
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly querystring: typeof FilterQuery;
  readonly schema: TSchema;
  answer(request: FastifyRequest<{ Querystring: Q }>, reply: FastifyReply): Promise<Json>;
};

/** Reads of incidents that answer at once. */
export function addIncidentReads(app: FastifyInstance, services: DirectorServices): void {
  const { control } = services;
  const list: Read<Static<typeof ListQuery>> = {
    path: 'Incidents',
    operationId: 'ListIncidents',
    summary: 'Incidents as light rows, newest first.',
    querystring: ListQuery,
    schema: Type.Array(LightRow),
    answer: async (request, reply) => {
      const { limit, cursor, total } = request.query;
      const input = { ...filterInput(request.query), limit, cursor, total };
      const page = await control.read(total === true ? incidentsListCounted : incidentsList, {
        logpointId: logpointOf(request).id,
        input,
      });
      if (page.nextCursor !== null) reply.headers(nextHeaders(request.url, page.nextCursor));
      if (page.isScanCut) reply.header('x-scan-cut', 'true');
      if (page.total !== null) reply.header('x-total-count', String(page.total));
      return page.rows;
    },
  };
  const facets: Read<FilterQuery> = {
    path: 'Incidents/facets',
    operationId: 'IncidentFacets',
    summary: 'How the incidents of a filter are spread.',
    querystring: FilterQuery,
    schema: Facets,
    answer: async (request) =>
      control.read(incidentsFacets, { logpointId: logpointOf(request).id, input: filterInput(request.query) }),
  };
  const histogram: Read<Static<typeof HistogramQuery>> = {
    path: 'Incidents/histogram',
    operationId: 'IncidentHistogram',
    summary: 'Incidents of a filter over time, by risk; of the last 24 hours without dates.',
    querystring: HistogramQuery,
    schema: Histogram,
    answer: async (request) =>
      control.read(incidentsHistogram, {
        logpointId: logpointOf(request).id,
        input: filterInput(request.query),
        buckets: request.query.buckets ?? BUCKETS_DEFAULT,
      }),
  };
  const policy: Read<FilterQuery> = {
    path: 'SlaPolicy',
    operationId: 'GetSlaPolicy',
    summary: 'Minutes to acknowledge and to resolve, by risk; null = no clock.',
    querystring: Type.Object({}) as typeof FilterQuery,
    schema: SlaPolicyAnswer,
    answer: async (request) => control.read(slaPolicyGet, logpointOf(request).id),
  };
  for (const { prefix, isDocumented } of CONFIG_PATHS) {
    const hide = isDocumented ? {} : { hide: true };
    addRead(app, prefix, hide, list);
    addRead(app, prefix, hide, facets);
    addRead(app, prefix, hide, histogram);
    addRead(app, prefix, hide, policy);
    app.get<{ Params: { id: string } }>(`${prefix}/Incidents/:id`, {
      config: { permission: 'read' },
      schema: {
        ...hide,
        operationId: 'GetIncident',
        tags: ['Incidents'],
        summary: 'One incident, with entities, children, clocks and rule.',
        params: Type.Object({ ...TENANT_PARAMS, id: Id }),
        response: { 200: IncidentDetail, 304: NotModified, ...REFUSALS },
      },
      handler: async (request, reply) => {
        const { id: incidentId } = request.params;
        const key = { logpointId: logpointOf(request).id, incidentId, context: rowContext(services, request) };
        const row = await control.read(incidentsDetail, key);
        if (row === null) throw unknownIncident(incidentId);
        return sendTagged(request, reply, row);
      },
    });
  }
}

function addRead<Q>(app: FastifyInstance, prefix: string, hide: object, read: Read<Q>): void {
  app.get<{ Querystring: Q }>(`${prefix}/${read.path}`, {
    config: { permission: 'read' },
    schema: {
      ...hide,
      operationId: read.operationId,
      tags: ['Incidents'],
      summary: read.summary,
      params: Type.Object(TENANT_PARAMS),
      querystring: read.querystring,
      response: { 200: read.schema, 304: NotModified, ...REFUSALS },
    },
    handler: async (request, reply) => sendTagged(request, reply, await read.answer(request, reply)),
  });
}

export function rowContext({ linkHost }: DirectorServices, request: FastifyRequest): RowContext {
  const { name, ip } = logpointOf(request);
  return { logpointName: name, logpointIp: ip, linkHost: linkHost?.() ?? request.host };
}

export const unknownIncident = (id: string): AppError =>
  new AppError('not-found', 'OBJECT_UNKNOWN', `incident ${JSON.stringify(id.slice(0, 64))} is unknown`);

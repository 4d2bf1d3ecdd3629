import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { AUDIT_PAGE_ROWS_MAX } from '../../audit/list-audit.ts';
import { METRICS_BY } from '../../incidents/incident-metrics.ts';
import { entry, inOrder } from '../../incidents/incident-timeline.ts';
import {
  incidentsAudit,
  incidentsMetrics,
  incidentsRelated,
  incidentsTimeline,
  savedFilters,
} from '../../incidents/registry.ts';
import { RELATIONS, type Relation } from '../../incidents/related-incidents.ts';
import { savedFilterRow } from '../../incidents/saved-filters.ts';
import { incidentDeliveriesQuery } from '../../notify/registry.ts';
import type { JsonObject } from '../../shared/json.ts';
import { ErrorEnvelope, StringEnum } from '../http/envelope.ts';
import { NotModified, sendTagged } from '../http/etag.ts';
import { actorOf, logpointOf } from '../http/route-guard.ts';
import { seqBefore } from './audit-routes.ts';
import type { DirectorServices } from './director-services.ts';
import { unknownIncident } from './incident-reads.ts';
import { IncidentEvent, MetricsAnswer, RelatedRow, SavedFilterRow, TimelineEntry } from './incident-schemas.ts';
import { EPOCH_SECONDS_MAX, type PageAsked, PageQuery, pageHeaders, pageOfRows, pageRequest } from './list-page.ts';
import { CONFIG_PATHS, TENANT_PARAMS } from './tenant-paths.ts';

const Id = Type.String({ description: 'Object id, or number such as INC-1042.' });
const REFUSALS = { 401: ErrorEnvelope, 403: ErrorEnvelope, 404: ErrorEnvelope, default: ErrorEnvelope };
const date = (description: string) =>
  Type.Optional(Type.Number({ minimum: 0, maximum: EPOCH_SECONDS_MAX, description }));

const AuditPageQuery = Type.Object({
  ...PageQuery.properties,
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: AUDIT_PAGE_ROWS_MAX,
      description: 'Events of a page, which is the most, too.',
    }),
  ),
});

/** Where an entry stands among the others of its incident. */
const momentOf = ({ at, kind, ref }: JsonObject): string =>
  `${String(Math.round(Number(at) * 1000)).padStart(15, '0')} ${String(kind)} ${String(ref)}`;

type OfIncident = { Params: { id: string } };

/** What happened to an incident, what it has to do with others, and how fast all are worked. */
export function addIncidentStoryReads(app: FastifyInstance, { control }: DirectorServices): void {
  for (const { prefix, isDocumented } of CONFIG_PATHS) {
    const config = { permission: 'read' } as const;
    const schema = (operationId: string, summary: string, response: object, more: object = {}) => ({
      ...(isDocumented ? {} : { hide: true }),
      operationId,
      tags: ['Incidents'],
      summary,
      params: Type.Object({ ...TENANT_PARAMS, ...(summary.startsWith('Of one') ? { id: Id } : {}) }),
      response: { 200: response, 304: NotModified, ...REFUSALS },
      ...more,
    });
    app.get<OfIncident & { Querystring: PageAsked }>(`${prefix}/Incidents/:id/timeline`, {
      config,
      schema: schema(
        'IncidentTimeline',
        'Of one incident: events, comments, changes, deliveries, oldest first.',
        Type.Array(TimelineEntry),
        { querystring: PageQuery },
      ),
      handler: async (request, reply) => {
        const logpointId = logpointOf(request).id;
        const found = await control.read(incidentsTimeline, { logpointId, incidentId: request.params.id });
        if (found === null) throw unknownIncident(request.params.id);
        const deliveries = await control.read(incidentDeliveriesQuery, { logpointId, incidentId: found.incidentId });
        const more = deliveries.map(({ enqueuedAtMs, channel, target, state, cause, deliveryId }) =>
          entry(enqueuedAtMs, 'delivery', channel, `${cause} to ${target}: ${state}`, deliveryId),
        );
        const since = request.query.updated_since ?? 0;
        const entries = inOrder([...found.entries, ...more]).filter(({ at }) => Number(at) >= since);
        const page = pageOfRows(entries, momentOf, request.query);
        return sendTagged(request, reply.headers(pageHeaders(request.url, page)), page.rows);
      },
    });
    app.get<OfIncident & { Querystring: { by?: Relation } }>(`${prefix}/Incidents/:id/related`, {
      config,
      schema: schema(
        'RelatedIncidents',
        'Of one incident: others of its rule, entities or techniques.',
        Type.Array(RelatedRow),
        {
          querystring: Type.Object({ by: Type.Optional(StringEnum(RELATIONS, 'rule when not given.')) }),
        },
      ),
      handler: async (request, reply) => {
        const key = {
          logpointId: logpointOf(request).id,
          incidentId: request.params.id,
          by: request.query.by ?? 'rule',
        };
        const rows = await control.read(incidentsRelated, key);
        if (rows === null) throw unknownIncident(request.params.id);
        return sendTagged(request, reply, rows);
      },
    });
    app.get<OfIncident & { Querystring: PageAsked }>(`${prefix}/Incidents/:id/audit`, {
      config,
      schema: schema('IncidentAudit', 'Of one incident: its audit events, newest first.', Type.Array(IncidentEvent), {
        querystring: AuditPageQuery,
      }),
      handler: async (request, reply) => {
        const { limit, cursor, total, updated_since: since } = request.query;
        const page = await control.read(incidentsAudit, {
          logpointId: logpointOf(request).id,
          incidentId: request.params.id,
          limit,
          total,
          beforeSeq: seqBefore(cursor),
          fromMs: since === undefined ? undefined : since * 1000,
        });
        if (page === null) throw unknownIncident(request.params.id);
        return sendTagged(request, reply.headers(pageHeaders(request.url, page)), page.rows);
      },
    });
    app.get<{ Querystring: { from?: number; to?: number; by?: (typeof METRICS_BY)[number] } }>(
      `${prefix}/Incidents/metrics`,
      {
        config,
        schema: schema(
          'IncidentMetrics',
          'Times to acknowledge and resolve, counts, ratio of false positives.',
          MetricsAnswer,
          {
            querystring: Type.Object({
              from: date('Epoch seconds of the detection, inclusive; 30 days before `to` when not given.'),
              to: date('Epoch seconds, exclusive.'),
              by: Type.Optional(StringEnum(METRICS_BY, 'logpoint when not given.')),
            }),
          },
        ),
        handler: async (request, reply) => {
          const { from, to, by = 'logpoint' } = request.query;
          const times = {
            fromMs: from === undefined ? undefined : from * 1000,
            toMs: to === undefined ? undefined : to * 1000,
          };
          const answer = await control.read(incidentsMetrics, { logpointId: logpointOf(request).id, ...times, by });
          return sendTagged(request, reply, answer);
        },
      },
    );
    app.get<{ Querystring: PageAsked }>(`${prefix}/SavedFilters`, {
      config,
      schema: schema(
        'ListSavedFilters',
        'Filters of the caller and those that are shared.',
        Type.Array(SavedFilterRow),
        {
          querystring: PageQuery,
        },
      ),
      handler: async (request, reply) => {
        const key = { logpointId: logpointOf(request).id, owner: actorOf(request).name };
        const page = await control.read(savedFilters, { ...key, ...pageRequest(request.query) });
        return sendTagged(request, reply.headers(pageHeaders(request.url, page)), page.rows.map(savedFilterRow));
      },
    });
  }
}

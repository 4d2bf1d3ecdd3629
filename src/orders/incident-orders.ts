import type { Tx } from '../control/control-store.ts';
import type { IncidentDeps, VerbRequest } from '../incidents/change-incident.ts';
import { collectIncidentData, type IncidentData, notesOf } from '../incidents/collect-incident-data.ts';
import type { FetchAnswer } from '../incidents/fetch-incidents.ts';
import type { Incident } from '../incidents/incident.ts';
import { saveIncidentData } from '../incidents/incident-data.ts';
import type { FetchIncidentsInput } from '../incidents/incident-filter.ts';
import { getIncident } from '../incidents/incident-record.ts';
import {
  type FetchText,
  incidentsCount,
  incidentsFetch,
  incidentsGet,
  incidentsOwnRows,
} from '../incidents/registry.ts';
import { closeIncident, reopenIncident, resolveIncident } from '../incidents/set-status.ts';
import { commentIncident, reassignIncident, sendForInvestigation } from '../incidents/work-incident.ts';
import { queryDefinitions } from '../lists/registry.ts';
import { present } from '../shared/assert.ts';
import { refuse } from '../shared/errors.ts';
import type { ObjectId } from '../shared/ids.ts';
import type { Logpoint } from '../tenancy/logpoint.ts';
import { logpointsGet } from '../tenancy/registry.ts';
import type { OrderContext, OrderKind, OrderServices, TransactionKind, WorkKind } from './order-kind.ts';
import { ResponseText } from './response-text.ts';

/** Limits and names that `prepare` steps need, on the main thread. */
export type IncidentOrderSettings = {
  /** Setting `fetch.rowsMax`. */
  readonly rowsMax: number;
  /** Setting `incidents.dataBytesMax`. */
  readonly dataBytesMax: number;
  /** Setting `search.timeoutMs`. */
  readonly searchTimeoutMs: number;
  /** Host of `search_link`; asked late, because the port may be known only once the server listens. */
  readonly linkHost: () => string;
};

/** As the API's `data` has it, with the id of the path. */
type VerbInput = { readonly id: ObjectId; readonly incident_user_id: ObjectId };
type CommentInput = VerbInput & { readonly comment: string };
type ReassignInput = VerbInput & { readonly new_assignee?: ObjectId | undefined };
type DataInput = { readonly id: ObjectId };

const verbRequest = (ctx: OrderContext, input: VerbInput): VerbRequest => ({
  logpointId: ctx.logpointId,
  incidentId: input.id,
  userId: input.incident_user_id,
  actor: ctx.actor.name,
  orderId: ctx.orderId,
  requestId: ctx.requestId,
});

type Verb = (tx: Tx, request: VerbRequest, deps: IncidentDeps) => Promise<Incident>;

const verbKind = (deps: IncidentDeps, action: string, verb: Verb, message: string): TransactionKind<VerbInput> => ({
  mode: 'transaction',
  action,
  async run(tx, ctx, input) {
    await verb(tx, verbRequest(ctx, input), deps);
    return { message };
  },
});

const closeKind = (deps: IncidentDeps): TransactionKind<VerbInput> => ({
  mode: 'transaction',
  action: '/Incidents/close',
  async run(tx, ctx, input) {
    const closed = await closeIncident(tx, verbRequest(ctx, input), deps);
    const audit = { action: 'incident closed', document: closed.source.name };
    return { audit_data: [audit], message: 'Incident is closed' };
  },
});

const commentKind = (deps: IncidentDeps): TransactionKind<CommentInput> => ({
  mode: 'transaction',
  action: '/Incidents/comment',
  async run(tx, ctx, input) {
    await commentIncident(tx, { ...verbRequest(ctx, input), comment: input.comment }, deps);
    return { message: 'Comment added.' };
  },
});

const reassignKind = (deps: IncidentDeps): TransactionKind<ReassignInput> => ({
  mode: 'transaction',
  action: '/Incidents/reassign',
  async run(tx, ctx, input) {
    await reassignIncident(tx, { ...verbRequest(ctx, input), newAssignee: input.new_assignee }, deps);
    return { message: 'Incident is reassigned' };
  },
});

export async function logpointOf(services: OrderServices, ctx: OrderContext): Promise<Logpoint> {
  const key = { poolId: ctx.poolId, logpointId: ctx.logpointId };
  return present(await services.store.read(logpointsGet, key), 'logpoint of an accepted order');
}

const CUT_MESSAGES: Record<NonNullable<FetchAnswer['cut']>, string | null> = {
  limit: null,
  rows: 'More incidents than one answer holds; go on with next_cursor',
  bytes: 'More data than one answer holds; go on with next_cursor',
  scan: 'The search stopped at its limit of rows looked through; go on with next_cursor',
};

type CountedText = FetchText & { readonly total: number | null };

/** FetchIncidents. `next_cursor` and `message` are there when the answer was cut. */
const fetchKind = (settings: IncidentOrderSettings): WorkKind<FetchIncidentsInput, CountedText> => ({
  mode: 'work',
  action: '/Incidents/fetch',
  async prepare(services, ctx, input) {
    const logpoint = await logpointOf(services, ctx);
    const { logpointId } = ctx;
    const total = input.total === true ? await services.store.read(incidentsCount, { logpointId, input }) : null;
    const page = await services.store.read(incidentsFetch, {
      logpointId,
      input,
      rowsMax: settings.rowsMax,
      context: { logpointName: logpoint.name, logpointIp: logpoint.ip, linkHost: settings.linkHost() },
    });
    return { ...page, total };
  },
  async finish(_tx, _ctx, _input, { rowsJson, nextCursor, cut, total }) {
    const message = cut === null ? null : CUT_MESSAGES[cut];
    return new ResponseText(rowsJson, {
      ...(nextCursor === null ? {} : { next_cursor: nextCursor }),
      ...(message === null ? {} : { message }),
      ...(total === null ? {} : { total }),
    });
  },
});

const notFound = () => refuse('INCIDENT_NOT_FOUND', 'Incident not found');

const fetchDataKind = (settings: IncidentOrderSettings): WorkKind<DataInput, IncidentData> => ({
  mode: 'work',
  action: '/Incidents/fetchIncidentData',
  path: 'logs',
  lane: (ctx, input) => `incident data ${ctx.logpointId} ${input.id}`,
  async prepare(services, ctx, input, signal) {
    const incident = await services.store.read(incidentsGet, { logpointId: ctx.logpointId, incidentId: input.id });
    if (incident === null) throw notFound();
    const logpoint = await logpointOf(services, ctx);
    return collectIncidentData(services.events, incident, {
      context: { logpointName: logpoint.name, logpointIp: logpoint.ip },
      shape: 'wrapped',
      definitions: await services.store.read(queryDefinitions, {
        logpointId: ctx.logpointId,
        texts: [incident.source.query],
      }),
      ownRows: await services.store.read(incidentsOwnRows, incident.id),
      timeoutMs: settings.searchTimeoutMs,
      bytesMax: settings.dataBytesMax,
      signal,
    });
  },
  async finish(tx, ctx, input, data) {
    const incident = await getIncident(tx, ctx.logpointId, input.id);
    if (incident === null) throw notFound();
    await saveIncidentData(tx, incident.id, data.rowsJson);
    return new ResponseText(data.rowsJson, notesOf(data));
  },
});

/** The nine operations of the vendor's page but GetIncidentData, which is a read. */
export const incidentOrderKinds = (deps: IncidentDeps, settings: IncidentOrderSettings): readonly OrderKind[] => [
  closeKind(deps),
  commentKind(deps),
  fetchDataKind(settings),
  fetchKind(settings),
  reassignKind(deps),
  verbKind(deps, '/Incidents/reopen', reopenIncident, 'Incident is reopened'),
  verbKind(deps, '/Incidents/resolve', resolveIncident, 'Incident is resolved'),
  verbKind(deps, '/Incidents/sendForInvestigation', sendForInvestigation, 'Successfully sent for investigation'),
];

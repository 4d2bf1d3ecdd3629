import type { Actor } from '../../accounts/actor.ts';
import { userGroupsList, usersList } from '../../accounts/registry.ts';
import { collectIncidentData, notesOf } from '../../incidents/collect-incident-data.ts';
import { incidentsOwnRows, incidentsSettled, incidentsVisible, incidentsWindow } from '../../incidents/registry.ts';
import { queryDefinitions } from '../../lists/registry.ts';
import { present } from '../../shared/assert.ts';
import { refuse } from '../../shared/errors.ts';
import { isObjectId } from '../../shared/ids.ts';
import { isJsonObject, type JsonObject } from '../../shared/json.ts';
import { filtersOf } from './incident-filters.ts';
import { JsonText, type NodeAnswer, type NodeCall, type NodeCaller, rowContextOf } from './node-services.ts';
import { epochSeconds, objects, text, texts } from './request-fields.ts';
import { scopeOf } from './search-scope.ts';

// The calls of the incident API. Source: contract/incident-api.md, A.2.

/**
 * Whole seconds may be a rounded time: a known client rounds the moment that it goes on from, and would skip what lies
 * in the half second before. A window of one moment is what it says.
 */
const ROUNDING_MS = 500;

function windowOf(data: JsonObject): { readonly fromMs: number; readonly slackMs: number; readonly toMs: number } {
  const from = epochSeconds(data, 'ts_from');
  const to = epochSeconds(data, 'ts_to');
  const slackMs = Number.isInteger(from) && from !== to ? ROUNDING_MS : 0;
  return { fromMs: Math.round(from * 1000), slackMs, toMs: Math.round(to * 1000) };
}

async function readWindow(call: NodeCall, kind: 'incidents' | 'states') {
  const { services, caller, request, query } = call;
  const times = windowOf(request.requestData);
  const { filter, names, metadata } = filtersOf(query);
  // Closed incidents have left the page of open work; states are for following them to their end.
  const status = filter.status ?? (kind === 'incidents' ? (['unresolved', 'resolved'] as const) : undefined);
  await services.control.write(incidentsSettled, {});
  return services.control.read(incidentsWindow, {
    ...times,
    logpointId: caller.logpoint.id,
    user: caller.user,
    kind,
    filter: { ...filter, status },
    names,
    metadata,
    rowsMax: services.settings.rowsMax,
    context: rowContextOf(call),
  });
}

/** What follows the rows when they were cut; nothing else tells a client that it has not seen all. */
const cutText = (nextFromMs: number | null): string =>
  nextFromMs === null
    ? ''
    : `,"message":"More incidents than one answer holds; ask again from next_ts_from","next_ts_from":${nextFromMs / 1000}`;

export async function listIncidents(call: NodeCall): Promise<NodeAnswer> {
  const { rowsJson, nextFromMs } = await readWindow(call, 'incidents');
  return new JsonText(`{"success":true,"incidents":${rowsJson}${cutText(nextFromMs)}}`);
}

/** The list goes out under both names that clients look for (D-1). */
export async function listStates(call: NodeCall): Promise<NodeAnswer> {
  const { rowsJson, nextFromMs } = await readWindow(call, 'states');
  return new JsonText(`{"success":true,"states":${rowsJson},"incidents":${rowsJson}${cutText(nextFromMs)}}`);
}

/** `incident_id` and `date` may come along and are not looked at: clients round the date (D-8). */
export async function incidentData(call: NodeCall): Promise<NodeAnswer> {
  const { services, caller, request } = call;
  const id = text(request.requestData, 'incident_obj_id');
  const key = { logpointId: caller.logpoint.id, incidentId: id, user: caller.user };
  const incident = isObjectId(id) ? await services.control.read(incidentsVisible, key) : null;
  if (incident === null) throw refuse('INCIDENT_NOT_FOUND', 'Incident not found');
  const { searchTimeoutMs, dataBytesMax } = services.settings;
  const asked = { logpointId: caller.logpoint.id, texts: [incident.source.query] };
  const definitions = await services.control.read(queryDefinitions, asked);
  const ownRows = await services.control.read(incidentsOwnRows, incident.id);
  const scope = await scopeOf(call);
  const data = await services.searches.run((signal) =>
    collectIncidentData(services.events, incident, {
      context: rowContextOf(call),
      definitions,
      ownRows,
      shape: 'plain',
      scope,
      timeoutMs: searchTimeoutMs,
      bytesMax: dataBytesMax,
      signal,
    }),
  );
  const notes = JSON.stringify(notesOf(data)).slice(1);
  return new JsonText(`{"success":true,"rows":${data.rowsJson}${notes === '}' ? notes : `,${notes}`}`);
}

/** Users that incidents can be assigned to: the active ones. */
export async function listUsers({ services, caller }: NodeCall): Promise<NodeAnswer> {
  const [users, groups] = await Promise.all([
    services.control.read(usersList, caller.logpoint.id),
    services.control.read(userGroupsList, caller.logpoint.id),
  ]);
  const names = new Map(groups.map(({ id, name }) => [id, name]));
  const rows = users
    .filter(({ active }) => active)
    .map(({ id, username, usergroup }) => ({
      id,
      name: username,
      usergroups: usergroup.map((group) => ({ id: group, name: names.get(group) ?? '' })),
    }));
  return { success: true, users: rows };
}

/** Orders know their caller by a token: this one is the user's access key. */
export const actorOf = ({ user, logpoint }: NodeCaller): Actor => ({
  tokenId: user.id,
  name: `access key of ${user.username}`,
  role: 'engineer',
  pools: [logpoint.poolId],
});

/** Places the order and answers its result: an order of the control store has ended when it is accepted. */
export async function carryOut(call: NodeCall, action: string, input: JsonObject): Promise<NodeAnswer> {
  const { services, caller, request, requestId } = call;
  const { orderId } = await services.orders.accept({
    action,
    actor: actorOf(caller),
    logpoint: caller.logpoint,
    request: { data: request.requestData },
    input: { ...input, userId: caller.user.id },
    requestId,
  });
  const body: unknown = JSON.parse(present(await services.orders.poll(caller.logpoint, orderId), 'order just placed'));
  const response = isJsonObject(body) ? body['response'] : undefined;
  if (!isJsonObject(response) || response['success'] === undefined) {
    throw new Error(`assertion failed: order ${orderId} of ${action} has not ended`);
  }
  return response;
}

export const addComment = (call: NodeCall): Promise<NodeAnswer> =>
  carryOut(call, '/add_incident_comment', {
    states: objects(call.request.requestData, 'states').map((state) => ({
      id: typeof state['_id'] === 'string' ? state['_id'] : text(state, 'id'),
      comments: texts(state, 'comments'),
    })),
  });

export const assign = (call: NodeCall): Promise<NodeAnswer> =>
  carryOut(call, '/assign_incident', {
    incidentIds: texts(call.request.requestData, 'incident_ids'),
    newAssignee: text(call.request.requestData, 'new_assignee'),
  });

export const setStatus =
  (action: '/resolve_incident' | '/close_incident' | '/reopen_incident') =>
  (call: NodeCall): Promise<NodeAnswer> =>
    carryOut(call, action, { incidentIds: texts(call.request.requestData, 'incident_ids') });

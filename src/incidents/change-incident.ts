import type { User } from '../accounts/user.ts';
import { appendAudit } from '../audit/audit-chain.ts';
import type { Tx } from '../control/control-store.ts';
import { present } from '../shared/assert.ts';
import { refuse } from '../shared/errors.ts';
import type { LogpointId, ObjectId, RequestId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import { INCIDENT_STATUSES, type Incident, type IncidentStatus, LAST_ACTIONS, type LastAction } from './incident.ts';
import { announce, type ChangeKind, type IncidentListener } from './incident-change.ts';
import { getIncident } from './incident-record.ts';
import type { ResolvePolicy } from './rights.ts';

/** What the server's configuration and the other features add to the verbs. */
export type IncidentDeps = {
  /** `close_unresolved`: an unresolved incident may be closed. */
  readonly closeUnresolved: boolean;
  readonly resolvePolicy: ResolvePolicy;
  readonly listeners: readonly IncidentListener[];
};

/** Who asks for what. The caller's own right (write on the pool) is checked before; it is never widened here. */
export type VerbRequest = {
  readonly logpointId: LogpointId;
  readonly incidentId: ObjectId;
  /** `incident_user_id`: the user on whose behalf the caller acts. */
  readonly userId: ObjectId;
  /** Name of the console token. */
  readonly actor: string;
  readonly orderId?: RequestId | undefined;
  readonly requestId?: string | undefined;
};

/** @throws AppError `INCIDENT_NOT_FOUND`; an incident of another logpoint is unknown, too */
export async function findIncident(tx: Tx, request: VerbRequest): Promise<Incident> {
  const incident = await getIncident(tx, request.logpointId, request.incidentId);
  if (incident === null) throw refuse('INCIDENT_NOT_FOUND', 'Incident not found');
  return incident;
}

export type Change = {
  readonly kind: ChangeKind;
  /** Past participle in the audit event, e.g. `closed`. */
  readonly done: string;
  readonly lastAction: LastAction;
  readonly status?: IncidentStatus | undefined;
  readonly assignedTo?: ObjectId | undefined;
  /** Row for `comments`; null = none. */
  readonly comment: string | null;
  readonly before: JsonObject;
  readonly after: JsonObject;
};

/**
 * Writes one change whole: the incident, its comment row, `lastaction`, the audit event; then tells the listeners.
 * Answers the incident after it and how many deliveries the listeners enqueued.
 */
export async function changeIncident(
  tx: Tx,
  incident: Incident,
  request: VerbRequest,
  user: User,
  change: Change,
  listeners: readonly IncidentListener[],
): Promise<{ readonly incident: Incident; readonly deliveries: number }> {
  const comments = incident.commentsCount + (change.comment === null ? 0 : 1);
  await tx.run(
    `update incidents set status = ?, assigned_to = ?, updated_at = ?, comments_count = ?, comments_chars = comments_chars + ?,
       last_action = ?, last_action_at = ?, last_action_by = ? where id = ?`,
    [
      INCIDENT_STATUSES.indexOf(change.status ?? incident.status),
      change.assignedTo ?? incident.assignedTo,
      tx.nowMs,
      comments,
      change.comment?.length ?? 0,
      LAST_ACTIONS.indexOf(change.lastAction),
      tx.nowMs,
      user.username,
      incident.id,
    ],
  );
  if (change.comment !== null) {
    await tx.run(
      'insert into incident_comments (incident_id, seq, title, user_id, comment, at_ms) values (?, ?, ?, ?, ?, ?)',
      [incident.id, comments, user.username, user.id, change.comment, tx.nowMs],
    );
  }
  await appendAudit(tx, {
    logpointId: incident.logpointId,
    actor: request.actor,
    onBehalfOf: request.userId,
    action: `incident ${change.done}`,
    objectType: 'incident',
    objectId: incident.id,
    before: change.before,
    after: change.after,
    orderId: request.orderId,
    requestId: request.requestId,
  });
  const changed = present(await getIncident(tx, incident.logpointId, incident.id), 'incident just changed');
  const deliveries = await announce(
    tx,
    {
      kind: change.kind,
      incident: changed,
      previousStatus: incident.status,
      userId: request.userId,
      comment: change.comment,
      atMs: tx.nowMs,
    },
    listeners,
  );
  return { incident: changed, deliveries };
}

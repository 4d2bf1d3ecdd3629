import type { User } from '../accounts/user.ts';
import { type AuditEntry, appendAudits } from '../audit/audit-chain.ts';
import type { SqlValue, Tx } from '../control/control-store.ts';
import { refuse } from '../shared/errors.ts';
import type { LogpointId, ObjectId, RequestId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import {
  DISPOSITIONS,
  type Disposition,
  INCIDENT_STATUSES,
  type Incident,
  type IncidentStatus,
  LAST_ACTIONS,
  type LastAction,
  type SlaState,
} from './incident.ts';
import { announceAll, type ChangeKind, type IncidentListener } from './incident-change.ts';
import { getIncident } from './incident-record.ts';
import type { ResolvePolicy } from './rights.ts';
import { nextClockMs } from './sla-state.ts';

/** What the server's configuration and the other features add to the verbs. */
export type IncidentDeps = {
  /** `close_unresolved`: an unresolved incident may be closed. */
  readonly closeUnresolved: boolean;
  readonly resolvePolicy: ResolvePolicy;
  /** How long rules over several events wait for events that come out of order. */
  readonly latenessMs?: number | undefined;
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
  readonly disposition?: { readonly value: Disposition | null; readonly reason: string | null } | undefined;
  readonly mergedInto?: ObjectId | null | undefined;
  /** The clocks after it, when they do not follow from the change. */
  readonly sla?: SlaState | undefined;
  /** Row for `comments`; null = none. */
  readonly comment: string | null;
  /** Takes the newest comment away before the new one is added: a change that is undone. Its length in UTF-16 units. */
  readonly withdrawnChars?: number | undefined;
  readonly before: JsonObject;
  readonly after: JsonObject;
};

/** One change of one incident, and who asked for it. */
export type ChangeItem = {
  readonly incident: Incident;
  readonly request: VerbRequest;
  readonly user: User;
  readonly change: Change;
};

export type Changed = { readonly incident: Incident; readonly deliveries: number };

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
): Promise<Changed> {
  const [changed] = await changeIncidents(tx, [{ incident, request, user, change }], listeners);
  if (changed === undefined) throw new Error('assertion failed: one change gives one changed incident');
  return changed;
}

/** The same for many incidents of one logpoint: each gets what a change alone would give it, in fewer statements. */
export async function changeIncidents(
  tx: Tx,
  items: readonly ChangeItem[],
  listeners: readonly IncidentListener[],
): Promise<readonly Changed[]> {
  const [first] = items;
  if (first === undefined) return [];
  const after = items.map((item) => incidentAfter(tx, item));
  for (const [place, item] of items.entries()) await writeIncident(tx, item, after[place] ?? item.incident);
  await writeComments(tx, items, after);
  await appendAudits(tx, first.incident.logpointId, items.map(auditOf));
  const told = items.map(({ incident: before, request, change }, place) => ({
    kind: change.kind,
    incident: after[place] ?? before,
    previousStatus: before.status,
    userId: request.userId,
    comment: change.comment,
    atMs: tx.nowMs,
  }));
  const deliveries = await announceAll(tx, told, listeners);
  return told.map(({ incident }, place) => ({ incident, deliveries: deliveries[place] ?? 0 }));
}

function incidentAfter(tx: Tx, { incident, user, change }: ChangeItem): Incident {
  const status = change.status ?? incident.status;
  const comments = incident.commentsCount - (change.withdrawnChars === undefined ? 0 : 1);
  const disposition = change.disposition ?? { value: incident.disposition, reason: incident.dispositionReason };
  return {
    ...incident,
    status,
    assignedTo: change.assignedTo ?? incident.assignedTo,
    updatedAtMs: tx.nowMs,
    commentsCount: comments + (change.comment === null ? 0 : 1),
    lastAction: { action: change.lastAction, atMs: tx.nowMs, title: user.username },
    changeNo: incident.changeNo + 1,
    disposition: disposition.value,
    dispositionReason: disposition.reason,
    mergedInto: change.mergedInto === undefined ? incident.mergedInto : change.mergedInto,
    sla: change.sla ?? slaAfter(incident, status, tx.nowMs),
  };
}

/** Every change by a person acknowledges; the clock of resolving stops when the incident is no longer unresolved. */
function slaAfter({ sla, status: before }: Incident, status: IncidentStatus, nowMs: number): SlaState {
  const acknowledgedAtMs = sla.acknowledgedAtMs ?? nowMs;
  if (status === 'unresolved') return { ...sla, acknowledgedAtMs, resolvedAtMs: null };
  return { ...sla, acknowledgedAtMs, resolvedAtMs: before === 'unresolved' ? nowMs : sla.resolvedAtMs };
}

async function writeIncident(tx: Tx, { change }: ChangeItem, after: Incident): Promise<void> {
  const { sla, lastAction } = after;
  const chars = (change.comment?.length ?? 0) - (change.withdrawnChars ?? 0);
  await tx.run(
    `update incidents set status = ?, assigned_to = ?, updated_at = ?, comments_count = ?, comments_chars = comments_chars + ?,
       last_action = ?, last_action_at = ?, last_action_by = ?, change_no = ?, disposition = ?, disposition_reason = ?,
       merged_into = ?, acknowledged_at = ?, resolved_at = ?, acknowledge_due = ?, resolve_due = ?, breaches = ?, sla_at = ?
     where id = ?`,
    [
      INCIDENT_STATUSES.indexOf(after.status),
      after.assignedTo,
      after.updatedAtMs,
      after.commentsCount,
      chars,
      LAST_ACTIONS.indexOf(change.lastAction),
      after.updatedAtMs,
      lastAction?.title ?? null,
      after.changeNo,
      after.disposition === null ? null : DISPOSITIONS.indexOf(after.disposition),
      after.dispositionReason,
      after.mergedInto,
      sla.acknowledgedAtMs,
      sla.resolvedAtMs,
      sla.acknowledgeDueMs,
      sla.resolveDueMs,
      sla.breaches,
      nextClockMs(after),
      after.id,
    ],
  );
}

/** Rows of one statement. */
const COMMENTS_PER_STATEMENT = 100;

async function writeComments(tx: Tx, items: readonly ChangeItem[], after: readonly Incident[]): Promise<void> {
  for (const { incident, change } of items) {
    if (change.withdrawnChars === undefined) continue;
    await tx.run('delete from incident_comments where incident_id = ? and seq = ?', [
      incident.id,
      incident.commentsCount,
    ]);
  }
  const rows: SqlValue[][] = [];
  for (const [place, { incident, user, change }] of items.entries()) {
    if (change.comment === null) continue;
    const seq = after[place]?.commentsCount ?? incident.commentsCount + 1;
    rows.push([incident.id, seq, user.username, user.id, change.comment, tx.nowMs]);
  }
  for (let start = 0; start < rows.length; start += COMMENTS_PER_STATEMENT) {
    const part = rows.slice(start, start + COMMENTS_PER_STATEMENT);
    await tx.run(
      `insert into incident_comments (incident_id, seq, title, user_id, comment, at_ms)
       values ${part.map(() => '(?, ?, ?, ?, ?, ?)').join(', ')}`,
      part.flat(),
    );
  }
}

const auditOf = ({ incident, request, change }: ChangeItem): AuditEntry => ({
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

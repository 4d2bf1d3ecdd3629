import type { Tx } from '../control/control-store.ts';
import { refuse } from '../shared/errors.ts';
import type { ObjectId } from '../shared/ids.ts';
import { type Change, changeIncident, findIncident, type IncidentDeps, type VerbRequest } from './change-incident.ts';
import { COMMENTS_CHARS_MAX, COMMENTS_MAX, checkComment } from './comment-text.ts';
import type { Disposition, Incident } from './incident.ts';
import { findActingUser, requireRight } from './rights.ts';

/** Adds a comment, in every state. @throws AppError `COMMENT_*`, `INCIDENT_NOT_FOUND`, `INCIDENT_USER_INVALID`, `INCIDENT_RIGHT` */
export async function commentIncident(
  tx: Tx,
  request: VerbRequest & { readonly comment: string },
  deps: IncidentDeps,
): Promise<Incident> {
  const incident = await findIncident(tx, request);
  const user = await findActingUser(tx, request.logpointId, request.userId);
  await requireRight(tx, incident, user, 'comment', deps.resolvePolicy);
  const [chars = 0] = await commentChars(tx, [incident.id]);
  const change = commentChange(incident, checkComment(request.comment), chars);
  return (await changeIncident(tx, incident, request, user, change, deps.listeners)).incident;
}

/** UTF-16 units of the comments that each incident has. */
export async function commentChars(tx: Tx, ids: readonly ObjectId[]): Promise<readonly number[]> {
  const rows = await tx.all<{ id: string; comments_chars: number }>(
    `select id, comments_chars from incidents where id in (${ids.map(() => '?').join(', ')})`,
    ids,
  );
  const byId = new Map(rows.map((row) => [row.id, row.comments_chars]));
  return ids.map((id) => byId.get(id) ?? 0);
}

/** @throws AppError `COMMENTS_FULL` */
export function commentChange(incident: Incident, comment: string, chars: number): Change {
  const count = incident.commentsCount;
  if (count >= COMMENTS_MAX) {
    throw refuse('COMMENTS_FULL', `Incident has ${count} comments, at most ${COMMENTS_MAX} are allowed`);
  }
  if (chars + comment.length > COMMENTS_CHARS_MAX) {
    throw refuse('COMMENTS_FULL', `Comments of the incident would exceed ${COMMENTS_CHARS_MAX} characters together`);
  }
  return {
    kind: 'commented',
    done: 'commented',
    lastAction: 'Commented',
    comment,
    before: { commentscount: count },
    after: { commentscount: count + 1, comment },
  };
}

/**
 * Gives the incident to another user, in every state. With `newAssignee` the acting user hands it over and needs the
 * right to; without it the acting user *is* the new assignee (the vendor's page has one field only) and the caller's
 * right suffices.
 *
 * @throws AppError `INCIDENT_NOT_FOUND`, `INCIDENT_USER_INVALID` (either user), `INCIDENT_RIGHT`
 */
export async function reassignIncident(
  tx: Tx,
  request: VerbRequest & { readonly newAssignee?: ObjectId | undefined },
  deps: IncidentDeps,
): Promise<Incident> {
  const incident = await findIncident(tx, request);
  const user = await findActingUser(tx, request.logpointId, request.userId);
  let assignee = user;
  if (request.newAssignee !== undefined) {
    await requireRight(tx, incident, user, 'reassign', deps.resolvePolicy);
    assignee = await findActingUser(tx, request.logpointId, request.newAssignee);
  }
  const change = reassignChange(incident, assignee.id);
  return (await changeIncident(tx, incident, request, user, change, deps.listeners)).incident;
}

export const reassignChange = (incident: Incident, assignedTo: ObjectId): Change => ({
  kind: 'reassigned',
  done: 'reassigned',
  lastAction: 'Reassigned',
  assignedTo,
  comment: 'Reassigned',
  before: { assigned_to: incident.assignedTo },
  after: { assigned_to: assignedTo },
});

/** Reason of a disposition, UTF-16 units. */
export const REASON_CHARS_MAX = 2_000;

export type DispositionInput = {
  readonly disposition: Disposition | null;
  readonly reason?: string | null | undefined;
};

/** Says what the incident turned out to be, in every state; null takes it back. @throws AppError as `commentIncident` */
export async function disposeIncident(
  tx: Tx,
  request: VerbRequest & DispositionInput,
  deps: IncidentDeps,
): Promise<Incident> {
  const incident = await findIncident(tx, request);
  const user = await findActingUser(tx, request.logpointId, request.userId);
  await requireRight(tx, incident, user, 'comment', deps.resolvePolicy);
  const change = dispositionChange(incident, request.disposition, checkReason(request.reason));
  return (await changeIncident(tx, incident, request, user, change, deps.listeners)).incident;
}

/** @throws AppError `DISPOSITION_REASON`, `COMMENT_*` */
export function checkReason(reason: string | null | undefined): string | null {
  if (reason === null || reason === undefined || reason.trim() === '') return null;
  if (reason.length > REASON_CHARS_MAX) {
    throw refuse(
      'DISPOSITION_REASON',
      `reason has ${reason.length} characters, at most ${REASON_CHARS_MAX} are allowed`,
    );
  }
  return checkComment(reason);
}

export function dispositionChange(incident: Incident, value: Disposition | null, reason: string | null): Change {
  const shown = value === null ? 'none' : value.replace('_', ' ');
  return {
    kind: 'dispositioned',
    done: 'dispositioned',
    lastAction: 'Disposition set',
    disposition: { value, reason },
    comment: `Disposition: ${shown}${reason === null ? '' : ` (${reason})`}`,
    before: { disposition: incident.disposition, reason: incident.dispositionReason },
    after: { disposition: value, reason },
  };
}

/**
 * Triggers the rule's manual notifications; not for a closed incident.
 *
 * @throws AppError `INCIDENT_NO_MANUAL_NOTIFICATION` when the rule has none, and as the other verbs
 */
export async function sendForInvestigation(tx: Tx, request: VerbRequest, deps: IncidentDeps): Promise<Incident> {
  const incident = await findIncident(tx, request);
  const user = await findActingUser(tx, request.logpointId, request.userId);
  await requireRight(tx, incident, user, 'investigate', deps.resolvePolicy);
  if (incident.status === 'closed') {
    throw refuse('INCIDENT_STATE', 'Closed incidents cannot be sent for investigation');
  }
  const change = {
    kind: 'investigation',
    done: 'sent for investigation',
    lastAction: 'Sent for investigation',
    comment: null,
    before: {},
    after: { status: incident.status },
  } as const;
  const sent = await changeIncident(tx, incident, request, user, change, deps.listeners);
  if (sent.deliveries === 0) {
    throw refuse('INCIDENT_NO_MANUAL_NOTIFICATION', 'The alert rule of the incident has no manual notification');
  }
  return sent.incident;
}

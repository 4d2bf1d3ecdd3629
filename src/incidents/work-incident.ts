import type { Tx } from '../control/control-store.ts';
import { refuse } from '../shared/errors.ts';
import type { ObjectId } from '../shared/ids.ts';
import { changeIncident, findIncident, type IncidentDeps, type VerbRequest } from './change-incident.ts';
import { COMMENTS_CHARS_MAX, COMMENTS_MAX, checkComment } from './comment-text.ts';
import type { Incident } from './incident.ts';
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
  const comment = checkComment(request.comment);
  if (incident.commentsCount >= COMMENTS_MAX) {
    throw refuse(
      'COMMENTS_FULL',
      `Incident has ${incident.commentsCount} comments, at most ${COMMENTS_MAX} are allowed`,
    );
  }
  const kept = await tx.get<{ comments_chars: number }>('select comments_chars from incidents where id = ?', [
    incident.id,
  ]);
  if ((kept?.comments_chars ?? 0) + comment.length > COMMENTS_CHARS_MAX) {
    throw refuse('COMMENTS_FULL', `Comments of the incident would exceed ${COMMENTS_CHARS_MAX} characters together`);
  }
  const change = {
    kind: 'commented',
    done: 'commented',
    lastAction: 'Commented',
    comment,
    before: { commentscount: incident.commentsCount },
    after: { commentscount: incident.commentsCount + 1, comment },
  } as const;
  return (await changeIncident(tx, incident, request, user, change, deps.listeners)).incident;
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
  const change = {
    kind: 'reassigned',
    done: 'reassigned',
    lastAction: 'Reassigned',
    assignedTo: assignee.id,
    comment: 'Reassigned',
    before: { assigned_to: incident.assignedTo },
    after: { assigned_to: assignee.id },
  } as const;
  return (await changeIncident(tx, incident, request, user, change, deps.listeners)).incident;
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

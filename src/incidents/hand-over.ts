import type { User } from '../accounts/user.ts';
import type { ReadTx, Tx } from '../control/control-store.ts';
import { present } from '../shared/assert.ts';
import { refuse } from '../shared/errors.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import { changeIncident, type IncidentDeps, type VerbRequest } from './change-incident.ts';
import { getIncident } from './incident-record.ts';

/** Incidents that one transaction hands over: each has its comment, its audit event, its listeners. */
export const HAND_OVER_MAX = 5_000;

/** Incidents of the user, whatever their status; at most one more than can be handed over. */
export async function assignedTo(tx: ReadTx, logpointId: LogpointId, userId: ObjectId): Promise<readonly ObjectId[]> {
  const rows = await tx.all<{ id: string }>(
    'select id from incidents where logpoint_id = ? and assigned_to = ? order by id limit ?',
    [logpointId, userId, HAND_OVER_MAX + 1],
  );
  return rows.map(({ id }) => id);
}

/**
 * Gives every incident of one user to another, each as a reassignment of its own.
 *
 * @throws AppError `HAND_OVER_TOO_MANY`
 */
export async function handOverIncidents(
  tx: Tx,
  from: User,
  to: User,
  request: Omit<VerbRequest, 'incidentId' | 'userId'>,
  deps: Pick<IncidentDeps, 'listeners'>,
): Promise<number> {
  const ids = await assignedTo(tx, from.logpointId, from.id);
  if (ids.length > HAND_OVER_MAX) {
    const message = `${from.username} has more than ${HAND_OVER_MAX} incidents: reassign some of them first`;
    throw refuse('HAND_OVER_TOO_MANY', message);
  }
  for (const incidentId of ids) {
    const incident = present(await getIncident(tx, from.logpointId, incidentId), 'incident of the user');
    const change = {
      kind: 'reassigned',
      done: 'reassigned',
      lastAction: 'Reassigned',
      assignedTo: to.id,
      comment: 'Reassigned',
      before: { assigned_to: from.id },
      after: { assigned_to: to.id },
    } as const;
    await changeIncident(tx, incident, { ...request, incidentId, userId: to.id }, to, change, deps.listeners);
  }
  return ids.length;
}

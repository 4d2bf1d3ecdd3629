import { isInIncidentUserGroup } from '../accounts/incident-user-groups.ts';
import type { User } from '../accounts/user.ts';
import { getActiveUser, isAdministrator } from '../accounts/users.ts';
import type { ReadTx } from '../control/control-store.ts';
import { refuse } from '../shared/errors.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import type { Incident } from './incident.ts';

/** `manageable`: assignee, `manageable_by` members, administrators. `assignee-only`: the assignee alone. */
export type ResolvePolicy = 'manageable' | 'assignee-only';

export type IncidentAction = 'resolve' | 'close' | 'reopen' | 'reassign' | 'comment' | 'investigate';

/** @throws AppError `INCIDENT_USER_INVALID`: no active user of that logpoint has the id */
export async function findActingUser(tx: ReadTx, logpointId: LogpointId, userId: ObjectId): Promise<User> {
  const user = await getActiveUser(tx, logpointId, userId);
  if (user === null) throw refuse('INCIDENT_USER_INVALID', 'Invalid user id');
  return user;
}

async function managesOrAdministers(tx: ReadTx, incident: Incident, user: User): Promise<boolean> {
  const groups = incident.source.manageableBy;
  if (groups.length > 0 && (await isInIncidentUserGroup(tx, incident.logpointId, user.id, groups))) return true;
  return isAdministrator(tx, user);
}

/**
 * Whether the user may do this to the incident. Source: contract/director-api.md, section 4, "Who".
 *
 * @throws AppError `INCIDENT_RIGHT`
 */
export async function requireRight(
  tx: ReadTx,
  incident: Incident,
  user: User,
  action: IncidentAction,
  policy: ResolvePolicy,
): Promise<void> {
  if (incident.assignedTo === user.id) return;
  const settles = action === 'resolve' || action === 'close';
  if (settles && policy === 'assignee-only') {
    throw refuse('INCIDENT_RIGHT', `Only the assigned user can ${action} the incident`);
  }
  if (!settles && incident.source.ownerId === user.id) return;
  if (await managesOrAdministers(tx, incident, user)) return;
  throw refuse('INCIDENT_RIGHT', `User is not allowed to ${action} the incident`);
}

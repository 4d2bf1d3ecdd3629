import { isInIncidentUserGroup } from '../accounts/incident-user-groups.ts';
import type { User } from '../accounts/user.ts';
import { getActiveUser, isAdministrator } from '../accounts/users.ts';
import type { ReadTx } from '../control/control-store.ts';
import { refuse } from '../shared/errors.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import type { Incident } from './incident.ts';

/** `manageable`: assignee, `manageable_by` members, administrators. `assignee-only`: the assignee alone. */
export type ResolvePolicy = 'manageable' | 'assignee-only';

export type IncidentAction = 'resolve' | 'close' | 'reopen' | 'reassign' | 'comment' | 'investigate' | 'merge';

/** @throws AppError `INCIDENT_USER_INVALID`: no active user of that logpoint has the id */
export async function findActingUser(tx: ReadTx, logpointId: LogpointId, userId: ObjectId): Promise<User> {
  const user = await getActiveUser(tx, logpointId, userId);
  if (user === null) throw refuse('INCIDENT_USER_INVALID', 'Invalid user id');
  return user;
}

/** What a user is to incidents beyond being named by them; asked once for each answer, however many incidents. */
export class Standing {
  readonly #tx: ReadTx;
  readonly #user: User;
  readonly #manages = new Map<string, Promise<boolean>>();
  #isAdministrator: Promise<boolean> | null = null;

  constructor(tx: ReadTx, user: User) {
    this.#tx = tx;
    this.#user = user;
  }

  async managesOrAdministers(incident: Incident): Promise<boolean> {
    const groups = incident.source.manageableBy;
    if (groups.length > 0) {
      const key = groups.join(' ');
      const known =
        this.#manages.get(key) ?? isInIncidentUserGroup(this.#tx, incident.logpointId, this.#user.id, groups);
      this.#manages.set(key, known);
      if (await known) return true;
    }
    this.#isAdministrator ??= isAdministrator(this.#tx, this.#user);
    return this.#isAdministrator;
  }
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
  standing: Standing = new Standing(tx, user),
): Promise<void> {
  if (incident.assignedTo === user.id) return;
  const settles = action === 'resolve' || action === 'close';
  if (settles && policy === 'assignee-only') {
    throw refuse('INCIDENT_RIGHT', `Only the assigned user can ${action} the incident`);
  }
  if (!settles && incident.source.ownerId === user.id) return;
  if (await standing.managesOrAdministers(incident)) return;
  throw refuse('INCIDENT_RIGHT', `User is not allowed to ${action} the incident`);
}

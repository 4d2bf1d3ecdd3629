import { isInIncidentUserGroup } from '../accounts/incident-user-groups.ts';
import type { User } from '../accounts/user.ts';
import { isAdministrator } from '../accounts/users.ts';
import type { ReadTx, SqlValue } from '../control/control-store.ts';
import type { Incident } from './incident.ts';

/**
 * What a user may see: incidents assigned to them, of rules that they own or manage, or all. Source:
 * contract/director-api.md, section 4, "Who": view, comment, reassign and reopen have one rule.
 */
export type ViewRight = {
  readonly userId: string;
  /** Sources whose incidents the user sees, whoever works on them; null = all. */
  readonly sources: ReadonlySet<string> | null;
};

export async function viewRightOf(tx: ReadTx, user: User): Promise<ViewRight> {
  if (await isAdministrator(tx, user)) return { userId: user.id, sources: null };
  const groups = await tx.all<{ id: string }>(
    `select i.id from user_group_members m join incident_user_groups i on i.user_group_id = m.user_group_id
      where m.user_id = ? and i.logpoint_id = ?`,
    [user.id, user.logpointId],
  );
  // `manageable_by` is a JSON list of ids, which hold hex digits only.
  const conditions = ['owner_id = ?', ...groups.map(() => 'manageable_by like ?')];
  const params: SqlValue[] = [user.logpointId, user.id, ...groups.map(({ id }) => `%"${id}"%`)];
  const sources = await tx.all<{ id: string }>(
    `select id from incident_sources where logpoint_id = ? and (${conditions.join(' or ')})`,
    params,
  );
  return { userId: user.id, sources: new Set(sources.map(({ id }) => id)) };
}

/** The same for one incident. */
export async function mayView(tx: ReadTx, incident: Incident, user: User): Promise<boolean> {
  if (incident.assignedTo === user.id || incident.source.ownerId === user.id) return true;
  const { manageableBy } = incident.source;
  if (await isInIncidentUserGroup(tx, incident.logpointId, user.id, manageableBy)) return true;
  return isAdministrator(tx, user);
}

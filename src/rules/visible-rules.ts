import { isInIncidentUserGroup } from '../accounts/incident-user-groups.ts';
import type { User } from '../accounts/user.ts';
import { isAdministrator } from '../accounts/users.ts';
import type { ReadTx } from '../control/control-store.ts';
import type { AlertRule } from './alert-rule.ts';
import { isSharedWith } from './rule-shares.ts';
import { listRules } from './rule-store.ts';

/** Rules that the user owns, gets incidents of, manages or that are shared with them; all for administrators. By name. */
export async function visibleRules(tx: ReadTx, user: User): Promise<AlertRule[]> {
  const rules = await listRules(tx, { logpointId: user.logpointId });
  if (await isAdministrator(tx, user)) return rules;
  const seen: AlertRule[] = [];
  for (const rule of rules) {
    if ((await isOfUser(tx, user, rule)) || (await isSharedWith(tx, rule.id, user.id))) seen.push(rule);
  }
  return seen;
}

/** Owner, assignee or member of a managing group. */
export async function isOfUser(tx: ReadTx, user: User, rule: AlertRule): Promise<boolean> {
  if (rule.ownerId === user.id || rule.assignedTo === user.id) return true;
  return isInIncidentUserGroup(tx, user.logpointId, user.id, rule.manageableBy);
}

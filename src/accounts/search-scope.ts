import type { ReadTx } from '../control/control-store.ts';
import type { SearchScope } from '../query/restrict-plan.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import { listPermissionGroups } from './permission-groups.ts';
import { listUserGroups } from './user-groups.ts';

/**
 * What a user may search: all that the permission groups of the user's groups grant, together. Whoever is in a group
 * with `lpadmin` searches everything; so does a user of no group, who has the rights of the built-in `operator`.
 */
export async function findSearchScope(
  tx: ReadTx,
  { logpointId, userId }: { readonly logpointId: LogpointId; readonly userId: ObjectId },
): Promise<SearchScope> {
  const groups = (await listUserGroups(tx, logpointId)).filter(({ users }) => users.includes(userId));
  if (groups.length === 0 || groups.some(({ lpadmin }) => lpadmin)) return null;
  const roles = new Set(groups.map((group) => group.roles));
  const grants = (await listPermissionGroups(tx, logpointId)).filter(({ id }) => roles.has(id));
  if (grants.some(({ repos, devices }) => repos === null && devices === null)) return null;
  return grants.map(({ repos, devices }) => ({ repos, devices }));
}

import { appendAudit } from '../audit/audit-chain.ts';
import type { ReadTx, Tx } from '../control/control-store.ts';
import {
  countRows,
  type ListShape,
  type Slice,
  type StoredList,
  selectOfIds,
  selectSlice,
} from '../control/list-page.ts';
import { refuse } from '../shared/errors.ts';
import { type LogpointId, newObjectId, type ObjectId } from '../shared/ids.ts';
import type { Author } from '../tenancy/author.ts';
import { getUserGroup } from './user-groups.ts';

/** A user group that incidents can be made manageable by. Its members are those of the user group. */
export type IncidentUserGroup = {
  readonly id: ObjectId;
  readonly logpointId: LogpointId;
  /** Id and name of the user group. */
  readonly usergroup: ObjectId;
  readonly name: string;
  readonly users: readonly { readonly id: ObjectId; readonly name: string }[];
};

/**
 * One incident user group for each user group, in the order given.
 *
 * @throws AppError kind `refused`: `INCIDENT_USER_GROUP_INVALID`, `INCIDENT_USER_GROUP_EXISTS`
 */
export async function createIncidentUserGroups(
  tx: Tx,
  logpointId: LogpointId,
  userGroupIds: readonly ObjectId[],
  by: Author,
): Promise<ObjectId[]> {
  const field = 'selected_usergroups';
  if (userGroupIds.length === 0) {
    const message = 'at least one user group was expected';
    throw refuse('INCIDENT_USER_GROUP_INVALID', `${field}: ${message}`, { [field]: [message] });
  }
  const made: ObjectId[] = [];
  for (const userGroupId of new Set(userGroupIds)) {
    const group = await getUserGroup(tx, logpointId, userGroupId);
    if (group === null) {
      const message = `there is no user group ${userGroupId.slice(0, 40)}`;
      throw refuse('INCIDENT_USER_GROUP_INVALID', 'Invalid user group', { [field]: [message] });
    }
    const id = newObjectId(tx.nowMs);
    const { changes } = await tx.run(
      `insert into incident_user_groups (id, logpoint_id, user_group_id, created_at_ms) values (?, ?, ?, ?)
       on conflict (user_group_id) do nothing`,
      [id, logpointId, userGroupId, tx.nowMs],
    );
    if (changes === 0) {
      const message = `Incident user group ${group.name} already exists`;
      throw refuse('INCIDENT_USER_GROUP_EXISTS', message, { [field]: [message] });
    }
    await audit(tx, logpointId, id, 'incident user group created', by, {
      after: { name: group.name, usergroup: userGroupId },
    });
    made.push(id);
  }
  return made;
}

/** @throws AppError kind `refused`, `INCIDENT_USER_GROUP_UNKNOWN` */
export async function trashIncidentUserGroup(
  tx: Tx,
  logpointId: LogpointId,
  id: ObjectId,
  by: Author,
): Promise<IncidentUserGroup> {
  const group = await getIncidentUserGroup(tx, logpointId, id);
  if (group === null) throw refuse('INCIDENT_USER_GROUP_UNKNOWN', 'Incident user group not found');
  await tx.run('delete from incident_user_groups where id = ?', [id]);
  await audit(tx, logpointId, id, 'incident user group trashed', by, {
    before: { name: group.name, usergroup: group.usergroup },
  });
  return group;
}

export async function getIncidentUserGroup(
  tx: ReadTx,
  logpointId: LogpointId,
  id: ObjectId,
): Promise<IncidentUserGroup | null> {
  const [group] = await selectGroups(tx, { ...LIST, scope: 'i.logpoint_id = ? and i.id = ?' }, [logpointId, id]);
  return group ?? null;
}

const LIST: ListShape = {
  columns: 'i.id, i.logpoint_id as "logpointId", i.user_group_id as usergroup, g.name',
  from: 'incident_user_groups i join user_groups g on g.id = i.user_group_id',
  scope: 'i.logpoint_id = ?',
  id: 'i.id',
  order: 'g.name_key',
  changed: ['i.created_at_ms', 'g.updated_at_ms'],
};

/** By name. */
export const listIncidentUserGroups = (
  tx: ReadTx,
  logpointId: LogpointId,
  slice: Slice = {},
): Promise<IncidentUserGroup[]> => selectGroups(tx, LIST, [logpointId], slice);

export const storedIncidentUserGroups: StoredList<LogpointId, IncidentUserGroup> = {
  rows: listIncidentUserGroups,
  count: (tx, logpointId, changedFromMs) => countRows(tx, LIST, [logpointId], changedFromMs),
};

/** Whether the user is a member of at least one of the groups. Ids that do not exist count as nothing. */
export async function isInIncidentUserGroup(
  tx: ReadTx,
  logpointId: LogpointId,
  userId: ObjectId,
  incidentUserGroupIds: readonly ObjectId[],
): Promise<boolean> {
  if (incidentUserGroupIds.length === 0) return false;
  const memberships = await tx.all<{ id: string }>(
    `select i.id from user_group_members m join incident_user_groups i on i.user_group_id = m.user_group_id
      where m.user_id = ? and i.logpoint_id = ?`,
    [userId, logpointId],
  );
  const asked = new Set(incidentUserGroupIds);
  return memberships.some(({ id }) => asked.has(id));
}

async function selectGroups(
  tx: ReadTx,
  shape: ListShape,
  scope: readonly string[],
  slice: Slice = {},
): Promise<IncidentUserGroup[]> {
  const groups = await selectSlice<{ id: string; logpointId: string; usergroup: string; name: string }>(
    tx,
    shape,
    scope,
    slice,
  );
  const members = await selectOfIds<{ grp: string; id: string; name: string }>(
    tx,
    groups.map(({ id }) => id),
    (marks) => `select i.id as grp, u.id, u.username as name from incident_user_groups i
       join user_group_members m on m.user_group_id = i.user_group_id join users u on u.id = m.user_id
      where i.id in (${marks}) order by u.username_key`,
  );
  const users = new Map<string, { id: string; name: string }[]>(groups.map(({ id }) => [id, []]));
  for (const { grp, id, name } of members) users.get(grp)?.push({ id, name });
  return groups.map((group) => ({ ...group, users: users.get(group.id) ?? [] }));
}

async function audit(
  tx: Tx,
  logpointId: LogpointId,
  objectId: ObjectId,
  action: string,
  by: Author,
  state: Pick<Parameters<typeof appendAudit>[1], 'before' | 'after'>,
): Promise<void> {
  await appendAudit(tx, { ...by, ...state, logpointId, action, objectType: 'incident user group', objectId });
}

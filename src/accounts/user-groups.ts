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
import { type AppError, refuse } from '../shared/errors.ts';
import { type LogpointId, newObjectId, type ObjectId } from '../shared/ids.ts';
import type { Author } from '../tenancy/author.ts';
import { hasUnprintable, NAME_CHARS_MAX, nameKey } from '../tenancy/names.ts';
import { adminGroup, getPermissionGroup, operatorGroup } from './permission-groups.ts';
import { keepAdministrator } from './user-edits.ts';
import { countActiveAdministrators } from './users.ts';

/** Groups of one logpoint. */
export const USER_GROUPS_MAX = 1000;
export const GROUP_DESCRIPTION_CHARS_MAX = 1000;

export type UserGroup = {
  readonly id: ObjectId;
  readonly logpointId: LogpointId;
  readonly name: string;
  readonly description: string;
  /** Members administrate the logpoint; members may manage users. */
  readonly lpadmin: boolean;
  readonly useradmin: boolean;
  /** Ids of the members. */
  readonly users: readonly ObjectId[];
  /** Id of a permission group: the one that was named, else `admin` or `operator` after the flags. */
  readonly roles: ObjectId;
};

export type NewUserGroup = {
  readonly name: string;
  readonly description?: string | undefined;
  readonly lpadmin?: boolean | undefined;
  readonly useradmin?: boolean | undefined;
  readonly users?: readonly ObjectId[] | undefined;
  readonly roles?: ObjectId | undefined;
};

/** What it does not name stays as it is. */
export type UserGroupEdit = { readonly [K in keyof NewUserGroup]?: NewUserGroup[K] | undefined };

type GroupRow = {
  id: string;
  logpointId: string;
  name: string;
  description: string;
  lpadmin: number;
  useradmin: number;
  roles: string | null;
};

const COLUMNS = 'id, logpoint_id as "logpointId", name, description, lpadmin, useradmin, permission_group_id as roles';

/** @throws AppError kind `refused`: `USER_GROUP_INVALID`, `USER_GROUP_EXISTS`, `USER_GROUPS_FULL` */
export async function createUserGroup(
  tx: Tx,
  logpointId: LogpointId,
  input: NewUserGroup,
  by: Author,
): Promise<UserGroup> {
  const name = input.name.trim();
  const description = input.description ?? '';
  checkGroup(name, description);
  const users = await knownUsers(tx, logpointId, input.users ?? []);
  await checkRoles(tx, logpointId, input.roles);
  const count = await tx.get<{ n: number }>('select count(*) as n from user_groups where logpoint_id = ?', [
    logpointId,
  ]);
  if ((count?.n ?? 0) >= USER_GROUPS_MAX) {
    throw refuse('USER_GROUPS_FULL', `the logpoint already has ${USER_GROUPS_MAX} user groups`);
  }
  const id = newObjectId(tx.nowMs);
  const flags = { lpadmin: input.lpadmin ?? false, useradmin: input.useradmin ?? false };
  const { changes } = await tx.run(
    `insert into user_groups
       (id, logpoint_id, name, name_key, description, lpadmin, useradmin, permission_group_id, created_at_ms,
        updated_at_ms)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (logpoint_id, name_key) do nothing`,
    [
      id,
      logpointId,
      name,
      nameKey(name),
      description,
      flags.lpadmin ? 1 : 0,
      flags.useradmin ? 1 : 0,
      input.roles ?? null,
      tx.nowMs,
      tx.nowMs,
    ],
  );
  if (changes === 0) throw taken(name);
  for (const user of users) {
    await tx.run('insert into user_group_members (user_id, user_group_id) values (?, ?)', [user, id]);
  }
  await audit(tx, logpointId, id, 'user group created', by, { after: { name, description, ...flags, users } });
  const row = { id, logpointId, name, description, lpadmin: flags.lpadmin ? 1 : 0, useradmin: flags.useradmin ? 1 : 0 };
  return groupOf({ ...row, roles: input.roles ?? null }, users);
}

/**
 * Changes what is named. A user has at least one group, so members can only be left out who are in another one.
 *
 * @throws AppError kind `refused`: `USER_GROUP_UNKNOWN`, `USER_GROUP_INVALID`, `USER_GROUP_EXISTS`, `LAST_ADMINISTRATOR`
 */
export async function editUserGroup(
  tx: Tx,
  logpointId: LogpointId,
  groupId: ObjectId,
  edit: UserGroupEdit,
  by: Author,
): Promise<UserGroup> {
  const before = await getUserGroup(tx, logpointId, groupId);
  if (before === null) throw refuse('USER_GROUP_UNKNOWN', 'User group not found');
  const name = edit.name?.trim() ?? before.name;
  const description = edit.description ?? before.description;
  const flags = { lpadmin: edit.lpadmin ?? before.lpadmin, useradmin: edit.useradmin ?? before.useradmin };
  checkGroup(name, description);
  const users = await knownUsers(tx, logpointId, edit.users ?? before.users);
  await checkRoles(tx, logpointId, edit.roles);
  const other = await tx.get('select id from user_groups where logpoint_id = ? and name_key = ? and id <> ?', [
    logpointId,
    nameKey(name),
    groupId,
  ]);
  if (other !== undefined) throw taken(name);
  const administrators = await countActiveAdministrators(tx, logpointId);
  await tx.run(
    `update user_groups set name = ?, name_key = ?, description = ?, lpadmin = ?, useradmin = ?,
       permission_group_id = coalesce(?, permission_group_id), updated_at_ms = ? where id = ?`,
    [
      name,
      nameKey(name),
      description,
      flags.lpadmin ? 1 : 0,
      flags.useradmin ? 1 : 0,
      edit.roles ?? null,
      tx.nowMs,
      groupId,
    ],
  );
  await setMembers(tx, before, users);
  await keepAdministrator(tx, logpointId, administrators, `the members of ${before.name} are`);
  const stateOf = (group: Omit<UserGroup, 'id' | 'logpointId' | 'roles'>) => ({
    name: group.name,
    description: group.description,
    lpadmin: group.lpadmin,
    useradmin: group.useradmin,
    users: group.users,
  });
  await audit(tx, logpointId, groupId, 'user group edited', by, {
    before: { ...stateOf(before), roles: before.roles },
    after: {
      ...stateOf({ name, description, ...flags, users }),
      ...(edit.roles === undefined ? {} : { roles: edit.roles }),
    },
  });
  const after = await getUserGroup(tx, logpointId, groupId);
  return after ?? before;
}

async function setMembers(tx: Tx, group: UserGroup, users: readonly ObjectId[]): Promise<void> {
  for (const user of group.users) {
    if (users.includes(user)) continue;
    const other = await tx.get(
      'select user_group_id from user_group_members where user_id = ? and user_group_id <> ?',
      [user, group.id],
    );
    if (other === undefined) {
      const message = `the user ${user} would be in no user group`;
      throw refuse('USER_GROUP_INVALID', `users: ${message}`, { users: [message] });
    }
    await tx.run('delete from user_group_members where user_id = ? and user_group_id = ?', [user, group.id]);
    await touchUser(tx, user);
  }
  for (const user of users) {
    if (!group.users.includes(user)) await touchUser(tx, user);
    await tx.run(
      'insert into user_group_members (user_id, user_group_id) values (?, ?) on conflict (user_id, user_group_id) do nothing',
      [user, group.id],
    );
  }
}

/** A user shows its groups. */
async function touchUser(tx: Tx, userId: ObjectId): Promise<void> {
  await tx.run('update users set updated_at_ms = ? where id = ?', [tx.nowMs, userId]);
}

async function knownUsers(tx: ReadTx, logpointId: LogpointId, ids: readonly ObjectId[]): Promise<readonly ObjectId[]> {
  const users = [...new Set(ids)];
  for (const user of users) {
    const known = await tx.get('select id from users where id = ? and logpoint_id = ?', [user, logpointId]);
    if (known === undefined) {
      throw refuse('USER_GROUP_INVALID', 'Invalid user id', { users: [`there is no user ${user.slice(0, 40)}`] });
    }
  }
  return users;
}

async function checkRoles(tx: ReadTx, logpointId: LogpointId, roles: ObjectId | undefined): Promise<void> {
  if (roles === undefined || (await getPermissionGroup(tx, logpointId, roles)) !== null) return;
  throw refuse('USER_GROUP_INVALID', 'Invalid permission group', {
    roles: [`there is no permission group ${roles.slice(0, 40)}`],
  });
}

function taken(name: string): AppError {
  const message = `User group ${name} already exists`;
  return refuse('USER_GROUP_EXISTS', message, { name: [message] });
}

/** @throws AppError kind `refused`: `USER_GROUP_UNKNOWN`, `USER_GROUP_IN_USE` */
export async function trashUserGroup(
  tx: Tx,
  logpointId: LogpointId,
  groupId: ObjectId,
  by: Author,
): Promise<UserGroup> {
  const group = await getUserGroup(tx, logpointId, groupId);
  if (group === null) throw refuse('USER_GROUP_UNKNOWN', 'User group not found');
  if (group.users.length > 0) {
    throw refuse('USER_GROUP_IN_USE', `User group ${group.name} still has ${group.users.length} users`);
  }
  const used = await tx.get('select id from incident_user_groups where user_group_id = ?', [groupId]);
  if (used !== undefined) {
    throw refuse('USER_GROUP_IN_USE', `User group ${group.name} is used by an incident user group`);
  }
  await tx.run('delete from user_groups where id = ?', [groupId]);
  await audit(tx, logpointId, groupId, 'user group trashed', by, { before: { name: group.name } });
  return group;
}

export async function getUserGroup(tx: ReadTx, logpointId: LogpointId, groupId: ObjectId): Promise<UserGroup | null> {
  const row = await tx.get<GroupRow>(`select ${COLUMNS} from user_groups where id = ? and logpoint_id = ?`, [
    groupId,
    logpointId,
  ]);
  if (row === undefined) return null;
  const members = await tx.all<{ id: string }>(
    'select user_id as id from user_group_members where user_group_id = ? order by user_id',
    [groupId],
  );
  return groupOf(
    row,
    members.map(({ id }) => id),
  );
}

const LIST: ListShape = {
  columns: COLUMNS,
  from: 'user_groups',
  scope: 'logpoint_id = ?',
  id: 'id',
  order: 'name_key',
  changed: ['updated_at_ms'],
};

/** By name. */
export async function listUserGroups(tx: ReadTx, logpointId: LogpointId, slice: Slice = {}): Promise<UserGroup[]> {
  const rows = await selectSlice<GroupRow>(tx, LIST, [logpointId], slice);
  const users = new Map<string, string[]>(rows.map(({ id }) => [id, []]));
  const members = await selectOfIds<{ grp: string; id: string }>(
    tx,
    [...users.keys()],
    (marks) => `select user_group_id as grp, user_id as id from user_group_members
      where user_group_id in (${marks}) order by user_id`,
  );
  for (const { grp, id } of members) users.get(grp)?.push(id);
  return rows.map((row) => groupOf(row, users.get(row.id) ?? []));
}

export const storedUserGroups: StoredList<LogpointId, UserGroup> = {
  rows: listUserGroups,
  count: (tx, logpointId, changedFromMs) => countRows(tx, LIST, [logpointId], changedFromMs),
};

function groupOf(row: GroupRow, users: readonly ObjectId[]): UserGroup {
  const lpadmin = row.lpadmin === 1;
  const useradmin = row.useradmin === 1;
  const standard = lpadmin || useradmin ? adminGroup(row.logpointId) : operatorGroup(row.logpointId);
  return { ...row, lpadmin, useradmin, users, roles: row.roles ?? standard.id };
}

function checkGroup(name: string, description: string): void {
  const fields: Record<string, string[]> = {};
  if (name.length === 0 || name.length > NAME_CHARS_MAX || hasUnprintable(name)) {
    fields['name'] = [`1 to ${NAME_CHARS_MAX} printable characters were expected, got ${name.length} characters`];
  }
  if (description.length > GROUP_DESCRIPTION_CHARS_MAX) {
    fields['description'] = [
      `at most ${GROUP_DESCRIPTION_CHARS_MAX} characters were expected, got ${description.length}`,
    ];
  }
  const [first] = Object.entries(fields);
  if (first !== undefined) throw refuse('USER_GROUP_INVALID', `${first[0]}: ${first[1][0]}`, fields);
}

async function audit(
  tx: Tx,
  logpointId: LogpointId,
  objectId: ObjectId,
  action: string,
  by: Author,
  state: Pick<Parameters<typeof appendAudit>[1], 'before' | 'after'>,
): Promise<void> {
  await appendAudit(tx, { ...by, ...state, logpointId, action, objectType: 'user group', objectId });
}

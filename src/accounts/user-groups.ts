import { appendAudit } from '../audit/audit-chain.ts';
import type { ReadTx, Tx } from '../control/control-store.ts';
import { refuse } from '../shared/errors.ts';
import { type LogpointId, newObjectId, type ObjectId } from '../shared/ids.ts';
import type { Author } from '../tenancy/author.ts';
import { hasUnprintable, NAME_CHARS_MAX, nameKey } from '../tenancy/names.ts';

/** Groups of one logpoint; lists are answered whole. */
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
};

export type NewUserGroup = {
  readonly name: string;
  readonly description?: string | undefined;
  readonly lpadmin?: boolean | undefined;
  readonly useradmin?: boolean | undefined;
  readonly users?: readonly ObjectId[] | undefined;
};

type GroupRow = {
  id: string;
  logpointId: string;
  name: string;
  description: string;
  lpadmin: number;
  useradmin: number;
};

const COLUMNS = 'id, logpoint_id as "logpointId", name, description, lpadmin, useradmin';

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
  const users = [...new Set(input.users ?? [])];
  for (const user of users) {
    const known = await tx.get('select id from users where id = ? and logpoint_id = ?', [user, logpointId]);
    if (known === undefined) {
      throw refuse('USER_GROUP_INVALID', 'Invalid user id', { users: [`there is no user ${user.slice(0, 40)}`] });
    }
  }
  const count = await tx.get<{ n: number }>('select count(*) as n from user_groups where logpoint_id = ?', [
    logpointId,
  ]);
  if ((count?.n ?? 0) >= USER_GROUPS_MAX) {
    throw refuse('USER_GROUPS_FULL', `the logpoint already has ${USER_GROUPS_MAX} user groups`);
  }
  const id = newObjectId(tx.nowMs);
  const flags = { lpadmin: input.lpadmin ?? false, useradmin: input.useradmin ?? false };
  const { changes } = await tx.run(
    `insert into user_groups (id, logpoint_id, name, name_key, description, lpadmin, useradmin, created_at_ms)
     values (?, ?, ?, ?, ?, ?, ?, ?) on conflict (logpoint_id, name_key) do nothing`,
    [id, logpointId, name, nameKey(name), description, flags.lpadmin ? 1 : 0, flags.useradmin ? 1 : 0, tx.nowMs],
  );
  if (changes === 0) {
    const message = `User group ${name} already exists`;
    throw refuse('USER_GROUP_EXISTS', message, { name: [message] });
  }
  for (const user of users) {
    await tx.run('insert into user_group_members (user_id, user_group_id) values (?, ?)', [user, id]);
  }
  await audit(tx, logpointId, id, 'user group created', by, { after: { name, description, ...flags, users } });
  return { id, logpointId, name, description, ...flags, users };
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

/** By name. */
export async function listUserGroups(tx: ReadTx, logpointId: LogpointId): Promise<UserGroup[]> {
  const rows = await tx.all<GroupRow>(`select ${COLUMNS} from user_groups where logpoint_id = ? order by name_key`, [
    logpointId,
  ]);
  const members = await tx.all<{ grp: string; id: string }>(
    `select m.user_group_id as grp, m.user_id as id from user_group_members m
       join user_groups g on g.id = m.user_group_id where g.logpoint_id = ? order by m.user_id`,
    [logpointId],
  );
  const users = new Map<string, string[]>(rows.map(({ id }) => [id, []]));
  for (const { grp, id } of members) users.get(grp)?.push(id);
  return rows.map((row) => groupOf(row, users.get(row.id) ?? []));
}

function groupOf(row: GroupRow, users: readonly ObjectId[]): UserGroup {
  return { ...row, lpadmin: row.lpadmin === 1, useradmin: row.useradmin === 1, users };
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

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
import { nameKey } from '../tenancy/names.ts';
import { getSettings } from '../tenancy/settings.ts';
import { checkNewUser } from './check-user.ts';
import type { User } from './user.ts';

/** Users of one logpoint. */
export const USERS_MAX = 100_000;

export type NewUser = {
  readonly username: string;
  readonly email: string;
  readonly firstname: string;
  readonly lastname: string;
  /** Of `hashPassword`: the password itself never comes near the store. */
  readonly passwordHash: string;
  /** Of `secretDigest`; only users that may call the node API have one. */
  readonly accessKeyHash?: string | undefined;
  /** The same key under the data folder's key. */
  readonly accessKeySealed?: string | undefined;
  readonly usergroup: readonly ObjectId[];
  readonly timezone?: string | undefined;
};

type UserRow = {
  id: string;
  logpointId: string;
  username: string;
  email: string;
  firstname: string;
  lastname: string;
  timezone: string;
  active: number;
  locked: number;
  failedLoginCount: number;
  lastLoginAtMs: number | null;
};

const COLUMNS = `id, logpoint_id as "logpointId", username, email, firstname, lastname, timezone, active, locked,
  failed_login_count as "failedLoginCount", last_login_at_ms as "lastLoginAtMs"`;

const userOf = (row: UserRow, usergroup: readonly ObjectId[]): User => ({
  ...row,
  active: row.active === 1,
  locked: row.locked === 1,
  usergroup,
});

/** @throws AppError kind `refused`: `USER_INVALID` with a message per field, `USERS_FULL` */
export async function createUser(tx: Tx, logpointId: LogpointId, input: NewUser, by: Author): Promise<User> {
  checkNewUser(input);
  const usergroup = await knownGroups(tx, logpointId, input.usergroup);
  const count = await tx.get<{ n: number }>('select count(*) as n from users where logpoint_id = ?', [logpointId]);
  if ((count?.n ?? 0) >= USERS_MAX) throw refuse('USERS_FULL', `the logpoint already has ${USERS_MAX} users`);
  const id = newObjectId(tx.nowMs);
  const { username, email, firstname, lastname, passwordHash } = input;
  const { changes } = await tx.run(
    `insert into users (id, logpoint_id, username, username_key, email, firstname, lastname, timezone, password_hash,
       access_key_hash, access_key_sealed, active, locked, failed_login_count, created_at_ms, updated_at_ms)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, 0, 0, ?, ?) on conflict (logpoint_id, username_key) do nothing`,
    [
      id,
      logpointId,
      username,
      nameKey(username),
      email,
      firstname,
      lastname,
      input.timezone ?? (await defaultTimezone(tx, logpointId)),
      passwordHash,
      input.accessKeyHash ?? null,
      input.accessKeySealed ?? null,
      tx.nowMs,
      tx.nowMs,
    ],
  );
  if (changes === 0) {
    const message = `Username ${username} already exists`;
    throw refuse('USER_EXISTS', message, { username: [message] });
  }
  for (const group of usergroup) {
    await tx.run('insert into user_group_members (user_id, user_group_id) values (?, ?)', [id, group]);
  }
  await touchGroupsOf(tx, id);
  await appendAudit(tx, {
    ...by,
    logpointId,
    action: 'user created',
    objectType: 'user',
    objectId: id,
    after: { username, email, firstname, lastname, usergroup },
  });
  return loadUser(tx, logpointId, id);
}

/** Of `SystemSettingsGeneral`. */
async function defaultTimezone(tx: ReadTx, logpointId: LogpointId): Promise<string> {
  const timezone = (await getSettings(tx, logpointId, 'general'))?.settings['timezone'];
  return typeof timezone === 'string' ? timezone : 'UTC';
}

/** Each group once. @throws AppError kind `refused`, `USER_INVALID` for one that the logpoint does not have */
export async function knownGroups(
  tx: ReadTx,
  logpointId: LogpointId,
  ids: readonly ObjectId[],
): Promise<readonly ObjectId[]> {
  const groups = [...new Set(ids)];
  for (const id of groups) {
    const known = await tx.get('select id from user_groups where id = ? and logpoint_id = ?', [id, logpointId]);
    if (known === undefined) {
      throw refuse('USER_INVALID', 'Invalid user group', { usergroup: [`there is no user group ${id.slice(0, 40)}`] });
    }
  }
  return groups;
}

/** Nothing changes, and nothing is audited, when the user already is what was asked. */
export async function activateUser(tx: Tx, logpointId: LogpointId, userId: ObjectId, by: Author): Promise<User> {
  const user = await loadUser(tx, logpointId, userId);
  return user.active ? user : setActive(tx, user, true, by);
}

/** @throws AppError kind `refused`: `USER_UNKNOWN`, `LAST_ADMINISTRATOR` */
export async function deactivateUser(tx: Tx, logpointId: LogpointId, userId: ObjectId, by: Author): Promise<User> {
  const user = await loadUser(tx, logpointId, userId);
  if (!user.active) return user;
  if ((await isAdministrator(tx, user)) && (await countActiveAdministrators(tx, logpointId)) === 1) {
    throw refuse('LAST_ADMINISTRATOR', `${user.username} is the last active administrator and cannot be deactivated`);
  }
  return setActive(tx, user, false, by);
}

/** The user of that logpoint; one of another logpoint is unknown. */
export async function getUser(tx: ReadTx, logpointId: LogpointId, userId: ObjectId): Promise<User | null> {
  const row = await tx.get<UserRow>(`select ${COLUMNS} from users where id = ? and logpoint_id = ?`, [
    userId,
    logpointId,
  ]);
  if (row === undefined) return null;
  const groups = await tx.all<{ id: string }>(
    'select user_group_id as id from user_group_members where user_id = ? order by user_group_id',
    [userId],
  );
  return userOf(
    row,
    groups.map(({ id }) => id),
  );
}

export async function getActiveUser(tx: ReadTx, logpointId: LogpointId, userId: ObjectId): Promise<User | null> {
  const user = await getUser(tx, logpointId, userId);
  return user?.active === true ? user : null;
}

const LIST: ListShape = {
  columns: COLUMNS,
  from: 'users',
  scope: 'logpoint_id = ?',
  id: 'id',
  order: 'created_at_ms, username_key',
  changed: ['updated_at_ms'],
};

/** Oldest first. */
export async function listUsers(tx: ReadTx, logpointId: LogpointId, slice: Slice = {}): Promise<User[]> {
  const rows = await selectSlice<UserRow>(tx, LIST, [logpointId], slice);
  const ids = rows.map(({ id }) => id);
  const members = await selectOfIds<{ user: string; grp: string }>(
    tx,
    ids,
    (marks) => `select user_id as "user", user_group_id as grp from user_group_members
      where user_id in (${marks}) order by user_group_id`,
  );
  const groups = groupByUser(members);
  return rows.map((row) => userOf(row, groups.get(row.id) ?? []));
}

export const storedUsers: StoredList<LogpointId, User> = {
  rows: listUsers,
  count: (tx, logpointId, changedFromMs) => countRows(tx, LIST, [logpointId], changedFromMs),
};

/** A group shows its members: what changes one of them changes the group. */
export async function touchGroupsOf(tx: Tx, userId: ObjectId): Promise<void> {
  await tx.run(
    `update user_groups set updated_at_ms = ? where id in
       (select user_group_id from user_group_members where user_id = ?)`,
    [tx.nowMs, userId],
  );
}

function groupByUser(members: readonly { user: string; grp: string }[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { user, grp } of members) {
    const known = groups.get(user);
    if (known === undefined) groups.set(user, [grp]);
    else known.push(grp);
  }
  return groups;
}

/** Whether the user is in a group with the `lpadmin` flag. */
export async function isAdministrator(tx: ReadTx, user: Pick<User, 'id' | 'logpointId'>): Promise<boolean> {
  const row = await tx.get(
    `select 1 as found from user_group_members m join user_groups g on g.id = m.user_group_id
      where m.user_id = ? and g.logpoint_id = ? and g.lpadmin = 1 limit 1`,
    [user.id, user.logpointId],
  );
  return row !== undefined;
}

export async function countActiveAdministrators(tx: ReadTx, logpointId: LogpointId): Promise<number> {
  const row = await tx.get<{ n: number }>(
    `select count(distinct u.id) as n from users u
       join user_group_members m on m.user_id = u.id join user_groups g on g.id = m.user_group_id
      where u.logpoint_id = ? and u.active = 1 and g.lpadmin = 1`,
    [logpointId],
  );
  return row?.n ?? 0;
}

/** @throws AppError kind `refused`, `USER_UNKNOWN` */
export async function loadUser(tx: ReadTx, logpointId: LogpointId, userId: ObjectId): Promise<User> {
  const user = await getUser(tx, logpointId, userId);
  if (user === null) throw refuse('USER_UNKNOWN', 'User not found');
  return user;
}

async function setActive(tx: Tx, user: User, active: boolean, by: Author): Promise<User> {
  await tx.run('update users set active = ?, updated_at_ms = ? where id = ?', [active ? 1 : 0, tx.nowMs, user.id]);
  await appendAudit(tx, {
    ...by,
    logpointId: user.logpointId,
    action: active ? 'user activated' : 'user deactivated',
    objectType: 'user',
    objectId: user.id,
    before: { active: user.active },
    after: { active },
  });
  return { ...user, active };
}

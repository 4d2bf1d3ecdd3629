import { appendAudit } from '../audit/audit-chain.ts';
import type { Tx } from '../control/control-store.ts';
import { refuse } from '../shared/errors.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import type { Author } from '../tenancy/author.ts';
import { nameKey } from '../tenancy/names.ts';
import { checkNewUser } from './check-user.ts';
import type { User } from './user.ts';
import { countActiveAdministrators, knownGroups, loadUser, touchGroupsOf } from './users.ts';

/** What an edit may name; what it does not name stays as it is. */
export type UserEdit = {
  readonly username?: string | undefined;
  readonly email?: string | undefined;
  readonly firstname?: string | undefined;
  readonly lastname?: string | undefined;
  readonly timezone?: string | undefined;
  readonly usergroup?: readonly ObjectId[] | undefined;
};

/** @throws AppError kind `refused`: `USER_UNKNOWN`, `USER_INVALID`, `USER_EXISTS`, `LAST_ADMINISTRATOR` */
export async function editUser(
  tx: Tx,
  logpointId: LogpointId,
  userId: ObjectId,
  edit: UserEdit,
  by: Author,
): Promise<User> {
  const before = await loadUser(tx, logpointId, userId);
  const after = {
    username: edit.username ?? before.username,
    email: edit.email ?? before.email,
    firstname: edit.firstname ?? before.firstname,
    lastname: edit.lastname ?? before.lastname,
    timezone: edit.timezone ?? before.timezone,
    usergroup: edit.usergroup ?? before.usergroup,
  };
  checkNewUser(after);
  const usergroup = await knownGroups(tx, logpointId, after.usergroup);
  const taken = await tx.get('select id from users where logpoint_id = ? and username_key = ? and id <> ?', [
    logpointId,
    nameKey(after.username),
    userId,
  ]);
  if (taken !== undefined) {
    const message = `Username ${after.username} already exists`;
    throw refuse('USER_EXISTS', message, { username: [message] });
  }
  const administrators = await countActiveAdministrators(tx, logpointId);
  await tx.run(
    `update users set username = ?, username_key = ?, email = ?, firstname = ?, lastname = ?, timezone = ?,
       updated_at_ms = ? where id = ?`,
    [
      after.username,
      nameKey(after.username),
      after.email,
      after.firstname,
      after.lastname,
      after.timezone,
      tx.nowMs,
      userId,
    ],
  );
  await touchGroupsOf(tx, userId);
  await tx.run('delete from user_group_members where user_id = ?', [userId]);
  for (const group of usergroup) {
    await tx.run('insert into user_group_members (user_id, user_group_id) values (?, ?)', [userId, group]);
  }
  await touchGroupsOf(tx, userId);
  await keepAdministrator(tx, logpointId, administrators, `${before.username} is`);
  const { username, email, firstname, lastname, timezone } = before;
  await audit(tx, before, 'user edited', by, {
    before: { username, email, firstname, lastname, timezone, usergroup: before.usergroup },
    after: { ...after, usergroup },
  });
  return loadUser(tx, logpointId, userId);
}

/**
 * Refuses a change that took the logpoint its last active administrator; a logpoint that had none is left alone.
 *
 * @throws AppError `LAST_ADMINISTRATOR`
 */
export async function keepAdministrator(
  tx: Tx,
  logpointId: LogpointId,
  administratorsBefore: number,
  who: string,
): Promise<void> {
  if (administratorsBefore === 0 || (await countActiveAdministrators(tx, logpointId)) > 0) return;
  throw refuse('LAST_ADMINISTRATOR', `${who} the last active administrator and cannot lose the administrators' group`);
}

/** Ends a lockout and forgets the failed logins behind it. */
export async function unlockUser(tx: Tx, logpointId: LogpointId, userId: ObjectId, by: Author): Promise<User> {
  const user = await loadUser(tx, logpointId, userId);
  if (!user.locked && user.failedLoginCount === 0) return user;
  await tx.run('update users set locked = 0, failed_login_count = 0, updated_at_ms = ? where id = ?', [
    tx.nowMs,
    userId,
  ]);
  await audit(tx, user, 'user unlocked', by, {
    before: { locked: user.locked, failed_login_count: user.failedLoginCount },
    after: { locked: false, failed_login_count: 0 },
  });
  return loadUser(tx, logpointId, userId);
}

/** `passwordHash` of `hashPassword`. The audit event says that it changed, never what. */
export async function changePassword(
  tx: Tx,
  logpointId: LogpointId,
  userId: ObjectId,
  passwordHash: string,
  by: Author,
): Promise<User> {
  const user = await loadUser(tx, logpointId, userId);
  await tx.run('update users set password_hash = ?, updated_at_ms = ? where id = ?', [passwordHash, tx.nowMs, userId]);
  await audit(tx, user, 'user password changed', by, {});
  return user;
}

/** Removes the account and its memberships. What the user did stays: comments and audit events carry the name. */
export async function deleteUser(tx: Tx, user: User, by: Author): Promise<void> {
  await touchGroupsOf(tx, user.id);
  await tx.run('delete from user_group_members where user_id = ?', [user.id]);
  await tx.run('delete from users where id = ? and logpoint_id = ?', [user.id, user.logpointId]);
  const { username, email, firstname, lastname, usergroup } = user;
  await audit(tx, user, 'user trashed', by, { before: { username, email, firstname, lastname, usergroup } });
}

async function audit(
  tx: Tx,
  user: User,
  action: string,
  by: Author,
  state: { readonly before?: JsonObject; readonly after?: JsonObject },
): Promise<void> {
  await appendAudit(tx, {
    ...by,
    ...state,
    logpointId: user.logpointId,
    action,
    objectType: 'user',
    objectId: user.id,
  });
}

import { appendAudit, SERVER_CHAIN } from '../audit/audit-chain.ts';
import type { ReadTx, Tx } from '../control/control-store.ts';
import { countRows, type ListShape, type StoredList, selectSlice } from '../control/list-page.ts';
import { AppError } from '../shared/errors.ts';
import { newObjectId, type ObjectId, type PoolId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import type { Author } from '../tenancy/author.ts';
import { nameKey, readName } from '../tenancy/names.ts';
import type { Role } from './actor.ts';
import { USERNAME_CHARS_MAX, USERNAME_CHARS_MIN } from './check-user.ts';
import { type ConsoleAccount, loginKey } from './console-account.ts';
import { endSessions } from './console-sessions.ts';
import { knownReach, poolsOf } from './reach.ts';

/** Accounts of one server; the list is answered whole. */
export const ACCOUNTS_MAX = 5000;

/** Who asks for a change of accounts. The command line on the data folder may do what root may. */
export type Operator = { readonly role: Role; readonly accountId?: ObjectId | undefined };

export type NewAccount = {
  readonly username: string;
  readonly name?: string | undefined;
  readonly role: Role;
  readonly pools: readonly PoolId[];
  /** Of `hashPassword`; null for an account that only an identity provider lets in. */
  readonly passwordHash: string | null;
  readonly oidc?: { readonly provider: string; readonly subject: string } | undefined;
};

/** What an edit may name; what it does not name stays as it is. */
export type AccountEdit = {
  readonly name?: string | undefined;
  readonly role?: Role | undefined;
  readonly pools?: readonly PoolId[] | undefined;
  readonly active?: boolean | undefined;
  readonly passwordHash?: string | undefined;
};

type AccountColumns = {
  id: string;
  username: string;
  name: string;
  role: Role;
  pools: string | null;
  totp: number;
  active: number;
  lockedUntilMs: number | null;
  lastLoginAtMs: number | null;
  oidc: string | null;
};

const LIST: ListShape = {
  columns: `a.id, a.username, a.name, a.role, a.pools_json as pools, a.totp_active as totp, a.active,
    l.locked_until_ms as "lockedUntilMs", a.last_login_at_ms as "lastLoginAtMs", a.oidc_provider as oidc`,
  from: 'console_accounts a left join login_attempts l on l.login_key = a.login_key',
  scope: '1 = 1',
  id: 'a.id',
  order: 'a.username_key',
  changed: ['a.updated_at_ms', 'a.last_login_at_ms'],
};
const SELECT = `select ${LIST.columns} from ${LIST.from}`;

const accountOf = (row: AccountColumns, nowMs: number): ConsoleAccount => ({
  ...row,
  pools: poolsOf(row.pools),
  totp: row.totp === 1,
  active: row.active === 1,
  lockedUntilMs: row.lockedUntilMs !== null && row.lockedUntilMs > nowMs ? row.lockedUntilMs : null,
});

/** @throws AppError `ACCOUNT_INVALID`, `ACCOUNT_EXISTS`, `ACCOUNTS_FULL`, `NAME_INVALID`, `POOL_UNKNOWN`, `ACCESS_FORBIDDEN` */
export async function createAccount(
  tx: Tx,
  input: NewAccount & { readonly by: Author; readonly operator: Operator },
): Promise<ConsoleAccount> {
  const { role, passwordHash, oidc, by } = input;
  refuseRoot(input.operator, role);
  const username = readName(input.username, 'username of an account');
  if (username.length < USERNAME_CHARS_MIN || username.length > USERNAME_CHARS_MAX) {
    const limits = `${USERNAME_CHARS_MIN} to ${USERNAME_CHARS_MAX} characters`;
    throw invalid(`username: ${limits} were expected, got ${username.length}`);
  }
  const name = readName(input.name ?? username, 'name of an account');
  const pools = await knownReach(tx, input, 'account');
  const count = await tx.get<{ n: number }>('select count(*) as n from console_accounts');
  if ((count?.n ?? 0) >= ACCOUNTS_MAX) {
    throw new AppError('conflict', 'ACCOUNTS_FULL', `the server already has ${ACCOUNTS_MAX} accounts`);
  }
  const id = newObjectId(tx.nowMs);
  const { changes } = await tx.run(
    `insert into console_accounts (id, username, username_key, login_key, name, role, pools_json, password_hash, active,
       totp_active, totp_step, oidc_provider, oidc_subject, created_at_ms, updated_at_ms)
     values (?, ?, ?, ?, ?, ?, ?, ?, 1, 0, 0, ?, ?, ?, ?) on conflict (username_key) do nothing`,
    [
      id,
      username,
      nameKey(username),
      loginKey(username),
      name,
      role,
      pools === null ? null : JSON.stringify(pools),
      passwordHash,
      oidc?.provider ?? null,
      oidc?.subject ?? null,
      tx.nowMs,
      tx.nowMs,
    ],
  );
  if (changes === 0) throw new AppError('conflict', 'ACCOUNT_EXISTS', `there is already an account ${username}`);
  await audit(tx, id, 'account created', by, { after: { username, name, role, pools, oidc: oidc?.provider ?? null } });
  return loadAccount(tx, id);
}

/**
 * Changes what is named. Sessions of the account end when it is deactivated, or gets another role, other pools or another
 * password.
 *
 * @throws AppError `ACCOUNT_UNKNOWN`, `ACCOUNT_INVALID`, `NAME_INVALID`, `POOL_UNKNOWN`, `LAST_ROOT`, `ACCESS_FORBIDDEN`
 */
export async function editAccount(
  tx: Tx,
  input: { readonly id: ObjectId; readonly edit: AccountEdit; readonly by: Author; readonly operator: Operator },
): Promise<ConsoleAccount> {
  const { id, edit, by, operator } = input;
  const before = await loadAccount(tx, id);
  const role = edit.role ?? before.role;
  refuseRoot(operator, before.role);
  refuseRoot(operator, role);
  const name = edit.name === undefined ? before.name : readName(edit.name, 'name of an account');
  const pools = await knownReach(tx, { role, pools: edit.pools ?? before.pools ?? [] }, 'account');
  const active = edit.active ?? before.active;
  await tx.run(
    'update console_accounts set name = ?, role = ?, pools_json = ?, active = ?, updated_at_ms = ? where id = ?',
    [name, role, pools === null ? null : JSON.stringify(pools), active ? 1 : 0, tx.nowMs, id],
  );
  await keepRoot(tx, before);
  const { passwordHash } = edit;
  if (passwordHash !== undefined) await writePassword(tx, id, passwordHash);
  const isReachChanged = role !== before.role || JSON.stringify(pools) !== JSON.stringify(before.pools);
  if (!active || isReachChanged || passwordHash !== undefined) await endSessions(tx, id);
  await audit(tx, id, 'account edited', by, {
    before: { name: before.name, role: before.role, pools: before.pools, active: before.active },
    after: { name, role, pools, active, password_changed: passwordHash !== undefined },
  });
  return loadAccount(tx, id);
}

/** @throws AppError `ACCOUNT_UNKNOWN`, `LAST_ROOT`, `ACCESS_FORBIDDEN` */
export async function deleteAccount(
  tx: Tx,
  { id, by, operator }: { readonly id: ObjectId; readonly by: Author; readonly operator: Operator },
): Promise<ConsoleAccount> {
  const account = await loadAccount(tx, id);
  refuseRoot(operator, account.role);
  await endSessions(tx, id);
  await tx.run('delete from recovery_codes where account_id = ?', [id]);
  await tx.run('delete from console_accounts where id = ?', [id]);
  await keepRoot(tx, account);
  const { username, name, role, pools } = account;
  await audit(tx, id, 'account deleted', by, { before: { username, name, role, pools } });
  return account;
}

/** Ends a lockout and forgets the failed logins behind it. @throws AppError `ACCOUNT_UNKNOWN`, `ACCESS_FORBIDDEN` */
export async function unlockAccount(
  tx: Tx,
  { id, by, operator }: { readonly id: ObjectId; readonly by: Author; readonly operator: Operator },
): Promise<ConsoleAccount> {
  const before = await loadAccount(tx, id);
  refuseRoot(operator, before.role);
  await tx.run('delete from login_attempts where login_key = ?', [loginKey(before.username)]);
  await audit(tx, id, 'account unlocked', by, { before: { locked: before.lockedUntilMs !== null } });
  return loadAccount(tx, id);
}

/** The account's own change: every session ends. The audit event says that the password changed, never what. */
export async function setOwnPassword(
  tx: Tx,
  { id, passwordHash, by }: { readonly id: ObjectId; readonly passwordHash: string; readonly by: Author },
): Promise<ConsoleAccount> {
  await writePassword(tx, id, passwordHash);
  await endSessions(tx, id);
  await audit(tx, id, 'account password changed', by, {});
  return loadAccount(tx, id);
}

/** By username. */
export const storedAccounts: StoredList<null, ConsoleAccount> = {
  rows: async (tx, _, slice) =>
    (await selectSlice<AccountColumns>(tx, LIST, [], slice)).map((row) => accountOf(row, tx.nowMs)),
  count: (tx, _, changedFromMs) => countRows(tx, LIST, [], changedFromMs),
};

export async function getAccount(tx: ReadTx, id: ObjectId): Promise<ConsoleAccount | null> {
  const row = await tx.get<AccountColumns>(`${SELECT} where a.id = ?`, [id]);
  return row === undefined ? null : accountOf(row, tx.nowMs);
}

/** By name, as the command line names accounts. */
export async function findAccount(tx: ReadTx, username: string): Promise<ConsoleAccount | null> {
  const row = await tx.get<AccountColumns>(`${SELECT} where a.username_key = ?`, [nameKey(username.trim())]);
  return row === undefined ? null : accountOf(row, tx.nowMs);
}

/** @throws AppError `ACCOUNT_UNKNOWN` */
export async function loadAccount(tx: ReadTx, id: ObjectId): Promise<ConsoleAccount> {
  const account = await getAccount(tx, id);
  if (account === null) throw new AppError('not-found', 'ACCOUNT_UNKNOWN', `there is no account ${id.slice(0, 64)}`);
  return account;
}

async function writePassword(tx: Tx, id: ObjectId, passwordHash: string): Promise<void> {
  await tx.run('update console_accounts set password_hash = ?, updated_at_ms = ? where id = ?', [
    passwordHash,
    tx.nowMs,
    id,
  ]);
}

/** Only root makes, changes or ends what root is. */
function refuseRoot(operator: Operator, role: Role): void {
  if (role !== 'root' || operator.role === 'root') return;
  throw new AppError('forbidden', 'ACCESS_FORBIDDEN', `the role ${operator.role} may not change accounts of root`);
}

/** Refuses a change that took the server its last active root account. @throws AppError `LAST_ROOT` */
async function keepRoot(tx: ReadTx, before: ConsoleAccount): Promise<void> {
  if (before.role !== 'root' || !before.active) return;
  const left = await tx.get("select id from console_accounts where role = 'root' and active = 1 limit 1");
  if (left === undefined) {
    throw new AppError('conflict', 'LAST_ROOT', `${before.username} is the last active account with the role root`);
  }
}

async function audit(
  tx: Tx,
  objectId: ObjectId,
  action: string,
  by: Author,
  state: { readonly before?: JsonObject; readonly after?: JsonObject },
): Promise<void> {
  await appendAudit(tx, { ...by, ...state, logpointId: SERVER_CHAIN, action, objectType: 'account', objectId });
}

const invalid = (message: string): AppError => new AppError('invalid', 'ACCOUNT_INVALID', message);

import { appendAudit, SERVER_CHAIN } from '../audit/audit-chain.ts';
import type { ReadTx, Tx } from '../control/control-store.ts';
import type { ObjectId } from '../shared/ids.ts';
import { loginKey } from './console-account.ts';

/** After so many failed logins of one name, none is tried for `lockMs`. */
export type Lockout = { readonly failuresMax: number; readonly lockMs: number };

/** What a login is checked against. Stays on the main thread and in the store: it holds what is secret. */
export type Credentials = {
  readonly id: ObjectId;
  readonly username: string;
  readonly active: boolean;
  readonly passwordHash: string | null;
  readonly totpSealed: string | null;
  readonly totpActive: boolean;
};

export type LoginStart =
  | { readonly outcome: 'locked'; readonly untilMs: number }
  | { readonly outcome: 'open'; readonly credentials: Credentials | null };

/**
 * Counts the attempt before the password is looked at, in one transaction: of any number of attempts at the same time,
 * `failuresMax` are tried and the others find the name locked. Names without an account are counted alike.
 */
export async function beginLogin(
  tx: Tx,
  { username, failuresMax, lockMs }: Lockout & { readonly username: string },
): Promise<LoginStart> {
  const key = loginKey(username);
  await tx.run('delete from login_attempts where last_at_ms <= ? and locked_until_ms <= ?', [
    tx.nowMs - lockMs,
    tx.nowMs,
  ]);
  const row = await tx.get<{ failures: number; until: number }>(
    'select failures, locked_until_ms as until from login_attempts where login_key = ?',
    [key],
  );
  if (row !== undefined && row.until > tx.nowMs) return { outcome: 'locked', untilMs: row.until };
  // A lock that has passed took its failures with it.
  const failures = (row === undefined || row.until > 0 ? 0 : row.failures) + 1;
  await tx.run(
    `insert into login_attempts (login_key, failures, last_at_ms, locked_until_ms) values (?, ?, ?, ?)
     on conflict (login_key) do update set failures = excluded.failures, last_at_ms = excluded.last_at_ms,
       locked_until_ms = excluded.locked_until_ms`,
    [key, failures, tx.nowMs, failures >= failuresMax ? tx.nowMs + lockMs : 0],
  );
  return { outcome: 'open', credentials: await credentialsOf(tx, key) };
}

async function credentialsOf(tx: ReadTx, key: string): Promise<Credentials | null> {
  const row = await tx.get<Omit<Credentials, 'active' | 'totpActive'> & { active: number; totpActive: number }>(
    `select id, username, active, password_hash as "passwordHash", totp_sealed as "totpSealed",
       totp_active as "totpActive" from console_accounts where login_key = ?`,
    [key],
  );
  return row === undefined ? null : { ...row, active: row.active === 1, totpActive: row.totpActive === 1 };
}

/** By id, for a person who is signed in and proves a password or code once more. */
export async function getCredentials(tx: ReadTx, id: ObjectId): Promise<Credentials | null> {
  const row = await tx.get<{ key: string }>('select login_key as key from console_accounts where id = ?', [id]);
  return row === undefined ? null : credentialsOf(tx, row.key);
}

/** Takes back the attempt that was counted last: the password was right and the code is still to come. */
export async function takeBackAttempt(tx: Tx, username: string): Promise<void> {
  await tx.run('update login_attempts set failures = failures - 1, locked_until_ms = 0 where login_key = ?', [
    loginKey(username),
  ]);
}

export async function forgetAttempts(tx: Tx, username: string): Promise<void> {
  await tx.run('delete from login_attempts where login_key = ?', [loginKey(username)]);
}

/** Tells the audit of a refused login of an account that there is; the lockout bounds how many there can be. */
export async function auditRefusedLogin(
  tx: Tx,
  { account, ip, requestId }: { readonly account: Credentials; readonly ip: string; readonly requestId: string },
): Promise<void> {
  const lock = await tx.get<{ until: number }>(
    'select locked_until_ms as until from login_attempts where login_key = ?',
    [loginKey(account.username)],
  );
  const isLocked = (lock?.until ?? 0) > tx.nowMs;
  await appendAudit(tx, {
    actor: account.username,
    logpointId: SERVER_CHAIN,
    action: isLocked ? 'login refused, account locked' : 'login refused',
    objectType: 'account',
    objectId: account.id,
    after: { ip },
    requestId,
  });
}

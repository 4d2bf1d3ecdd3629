import { appendAudit, SERVER_CHAIN } from '../audit/audit-chain.ts';
import type { Tx } from '../control/control-store.ts';
import { AppError } from '../shared/errors.ts';
import type { ObjectId } from '../shared/ids.ts';
import type { ConsoleAccount } from './console-account.ts';
import { loadAccount } from './console-accounts.ts';
import { addSession, type SessionLife } from './console-sessions.ts';
import { forgetAttempts } from './login-attempts.ts';
import { type CodeProof, useCode } from './totp-store.ts';

/** One text for every reason, so that an answer does not tell which names exist. */
export const loginFailed = (): AppError =>
  new AppError('unauthenticated', 'LOGIN_FAILED', 'username, password or code is wrong');

export type ProvenLogin = {
  readonly accountId: ObjectId;
  /** The hash that was proven; null for a login through an identity provider. */
  readonly passwordHash: string | null;
  readonly method: 'password' | 'oidc';
  /** The code that was proven, where the account asks for one. */
  readonly code?: CodeProof | undefined;
  readonly session: SessionLife & { readonly hash: string };
  /** Digest of the session that the browser had, which ends. */
  readonly replacesHash?: string | undefined;
  readonly ip: string;
  readonly requestId: string;
};

export type SignedIn = { readonly account: ConsoleAccount; readonly expiresAtMs: number };

/**
 * Starts the session of a person who has proven who they are.
 *
 * @throws AppError `LOGIN_FAILED` when the account was deactivated or got another password since it was looked at, or
 * the code was used in the meantime
 */
export async function completeLogin(tx: Tx, login: ProvenLogin): Promise<SignedIn> {
  const { accountId, session, ip, requestId, method } = login;
  const row = await tx.get<{ active: number; hash: string | null }>(
    'select active, password_hash as hash from console_accounts where id = ?',
    [accountId],
  );
  if (row === undefined || row.active !== 1) throw loginFailed();
  if (login.passwordHash !== null && row.hash !== login.passwordHash) throw loginFailed();
  if (login.code !== undefined && !(await useCode(tx, accountId, login.code))) throw loginFailed();
  await tx.run('update console_accounts set last_login_at_ms = ? where id = ?', [tx.nowMs, accountId]);
  if (login.replacesHash !== undefined) {
    await tx.run('delete from console_sessions where session_hash = ?', [login.replacesHash]);
  }
  const expiresAtMs = await addSession(tx, { ...session, accountId });
  const account = await loadAccount(tx, accountId);
  if (method === 'password') await forgetAttempts(tx, account.username);
  await appendAudit(tx, {
    actor: account.username,
    logpointId: SERVER_CHAIN,
    action: 'login accepted',
    objectType: 'account',
    objectId: accountId,
    after: { method, ip },
    requestId,
  });
  return { account: { ...account, lockedUntilMs: null }, expiresAtMs };
}

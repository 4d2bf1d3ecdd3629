import type { ReadTx, Tx } from '../control/control-store.ts';
import { AppError } from '../shared/errors.ts';
import type { ObjectId } from '../shared/ids.ts';
import type { Actor, Role } from './actor.ts';
import { poolsOf } from './reach.ts';
import { secretDigest } from './secret-text.ts';

/** Sessions of one account at one time; the oldest end first. */
export const SESSIONS_MAX = 20;

/** How long a session lives, ms: from its start, and without a request. */
export type SessionLife = { readonly lifeMs: number; readonly idleMs: number };

/** Adds a session, kept as the digest of its text. @returns when it ends at the latest, Unix ms */
export async function addSession(
  tx: Tx,
  { accountId, hash, lifeMs, idleMs }: SessionLife & { readonly accountId: ObjectId; readonly hash: string },
): Promise<number> {
  await tx.run('delete from console_sessions where expires_at_ms <= ?', [tx.nowMs]);
  await tx.run(
    `delete from console_sessions where session_hash in (
       select session_hash from console_sessions where account_id = ?
        order by created_at_ms desc, session_hash limit ? offset ?)`,
    [accountId, SESSIONS_MAX, SESSIONS_MAX - 1],
  );
  const expiresAtMs = tx.nowMs + lifeMs;
  await tx.run(
    `insert into console_sessions (session_hash, account_id, created_at_ms, seen_at_ms, idle_ms, expires_at_ms)
     values (?, ?, ?, ?, ?, ?)`,
    [hash, accountId, tx.nowMs, tx.nowMs, idleMs, expiresAtMs],
  );
  return expiresAtMs;
}

/**
 * The caller behind a session cookie. Role and pools are the account's of this moment.
 *
 * @throws AppError kind `unauthenticated`: `SESSION_UNKNOWN`, `SESSION_EXPIRED`
 */
export async function authenticateSession(tx: ReadTx, text: string): Promise<Actor> {
  const hash = secretDigest(text);
  const row = await tx.get<{
    id: string;
    username: string;
    role: Role;
    pools: string | null;
    active: number;
    expiresAtMs: number;
    idleAtMs: number;
  }>(
    `select a.id, a.username, a.role, a.pools_json as pools, a.active, s.expires_at_ms as "expiresAtMs",
       s.seen_at_ms + s.idle_ms as "idleAtMs"
       from console_sessions s join console_accounts a on a.id = s.account_id where s.session_hash = ?`,
    [hash],
  );
  if (row === undefined || row.active !== 1) {
    throw new AppError('unauthenticated', 'SESSION_UNKNOWN', 'the session has ended: sign in again');
  }
  if (Math.min(row.expiresAtMs, row.idleAtMs) <= tx.nowMs) {
    throw new AppError('unauthenticated', 'SESSION_EXPIRED', 'the session has expired: sign in again');
  }
  return {
    tokenId: row.id,
    session: { accountId: row.id, hash },
    name: row.username,
    role: row.role,
    pools: poolsOf(row.pools),
  };
}

/** When the session ends at the latest, Unix ms; null when it has ended. */
export async function sessionEnd(tx: ReadTx, hash: string): Promise<number | null> {
  const row = await tx.get<{ at: number }>(
    'select expires_at_ms as at from console_sessions where session_hash = ? and expires_at_ms > ?',
    [hash, tx.nowMs],
  );
  return row?.at ?? null;
}

export async function endSession(tx: Tx, hash: string): Promise<boolean> {
  const { changes } = await tx.run('delete from console_sessions where session_hash = ?', [hash]);
  return changes > 0;
}

/** Every session of the account. */
export async function endSessions(tx: Tx, accountId: ObjectId): Promise<void> {
  await tx.run('delete from console_sessions where account_id = ?', [accountId]);
}

/** Remembers when sessions were last used. */
export async function recordSessionUse(
  tx: Tx,
  uses: readonly { readonly hash: string; readonly atMs: number }[],
): Promise<void> {
  for (const { hash, atMs } of uses) {
    await tx.run('update console_sessions set seen_at_ms = ? where session_hash = ? and seen_at_ms < ?', [
      atMs,
      hash,
      atMs,
    ]);
  }
}

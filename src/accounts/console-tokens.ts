import { appendAudit, SERVER_CHAIN } from '../audit/audit-chain.ts';
import type { ReadTx, Tx } from '../control/control-store.ts';
import { countRows, type ListShape, type StoredList, selectSlice } from '../control/list-page.ts';
import { AppError } from '../shared/errors.ts';
import { newObjectId, type ObjectId, type PoolId } from '../shared/ids.ts';
import type { Author } from '../tenancy/author.ts';
import { nameKey, readName } from '../tenancy/names.ts';
import type { Actor, Role } from './actor.ts';
import { knownReach, poolsOf } from './reach.ts';
import { newSecretText, secretDigest } from './secret-text.ts';

/** Life of a token. Source: contract/director-api.md, section 1. */
export const TOKEN_LIFE_MS = 8 * 3_600_000;
/** How long after its token was issued a secret key can be used. Source: the same. */
export const SECRET_LIFE_MS = 72 * 3_600_000;
/** A use is written at most this often for one token. */
export const TOKEN_USE_MS_MIN = 60_000;

/** The only moment at which the texts exist outside the caller's hands; the store keeps digests. */
export type IssuedToken = {
  readonly tokenId: ObjectId;
  readonly token: string;
  readonly secretKey: string;
  /** null when the token is always active. */
  readonly expiresAtMs: number | null;
  readonly secretExpiresAtMs: number;
};

export type NewToken = {
  readonly name: string;
  readonly role: Role;
  /** For engineer and readonly: at least one. Root and admin reach every pool, with or without a list. */
  readonly pools: readonly PoolId[];
  /** The newest text of the token does not expire. */
  readonly alwaysActive?: boolean | undefined;
  readonly by: Author;
};

export type ConsoleToken = {
  readonly id: ObjectId;
  readonly name: string;
  readonly role: Role;
  readonly pools: readonly PoolId[] | null;
  readonly createdAtMs: number;
  /** null when the token is always active. */
  readonly expiresAtMs: number | null;
  readonly secretExpiresAtMs: number;
  readonly lastUsedAtMs: number | null;
  readonly revokedAtMs: number | null;
  readonly revokedReason: string | null;
};

/** @throws AppError `TOKEN_INVALID`, `NAME_INVALID`, `TOKEN_NAME_TAKEN`, `POOL_UNKNOWN` */
export async function issueToken(tx: Tx, input: NewToken): Promise<IssuedToken> {
  const name = readName(input.name, 'name of a token');
  await refuseTaken(tx, name);
  const pools = await knownReach(tx, input, 'token');
  const tokenId = newObjectId(tx.nowMs);
  await tx.run(
    'insert into console_tokens (id, name, role, pools_json, created_at_ms, always_active) values (?, ?, ?, ?, ?, ?)',
    [
      tokenId,
      name,
      input.role,
      pools === null ? null : JSON.stringify(pools),
      tx.nowMs,
      input.alwaysActive === true ? 1 : 0,
    ],
  );
  await audit(tx, tokenId, 'token issued', input.by, {
    name,
    role: input.role,
    pools,
    always_active: input.alwaysActive === true,
  });
  return addIssue(tx, tokenId, input.alwaysActive === true);
}

/** The audit names callers: two living tokens, or a token and an account, of one name could not be told apart in it. */
async function refuseTaken(tx: Tx, name: string): Promise<void> {
  const token = await tx.get(
    `select 1 as found from console_tokens t where t.name = ? and t.revoked_at_ms is null and (t.always_active = 1
       or exists (select 1 from console_token_issues i where i.token_id = t.id and i.secret_expires_at_ms > ?))`,
    [name, tx.nowMs],
  );
  const account = await tx.get('select 1 as found from console_accounts where username_key = ?', [nameKey(name)]);
  if (token === undefined && account === undefined) return;
  const owner = token === undefined ? 'an account' : 'a token that lives';
  throw new AppError('conflict', 'TOKEN_NAME_TAKEN', `there is ${owner} named ${JSON.stringify(name)}: name another`);
}

/**
 * The caller behind a token.
 *
 * @throws AppError kind `unauthenticated`: `TOKEN_MISSING`, `TOKEN_UNKNOWN`, `TOKEN_REVOKED`, `TOKEN_EXPIRED`
 */
export async function authenticate(tx: ReadTx, text: string | undefined): Promise<Actor> {
  if (text === undefined || text === '') throw denied('TOKEN_MISSING', 'no token was sent');
  const row = await tx.get<{
    id: string;
    name: string;
    role: Role;
    pools: string | null;
    expiresAtMs: number;
    revokedAtMs: number | null;
    isEndless: number;
  }>(
    // A refreshed text of a token that is always active ends like any other: only the newest lives on.
    `select t.id, t.name, t.role, t.pools_json as pools,
       case when t.always_active = 1 and i.secret_used_at_ms is null then 1 else 0 end as "isEndless", i.expires_at_ms as "expiresAtMs",
       t.revoked_at_ms as "revokedAtMs"
       from console_token_issues i join console_tokens t on t.id = i.token_id where i.token_hash = ?`,
    [secretDigest(text)],
  );
  if (row === undefined) throw denied('TOKEN_UNKNOWN', 'the token is not known here');
  if (row.revokedAtMs !== null) throw denied('TOKEN_REVOKED', 'the token was revoked');
  if (row.isEndless === 0 && row.expiresAtMs <= tx.nowMs) {
    throw denied('TOKEN_EXPIRED', `the token expired at ${new Date(row.expiresAtMs).toISOString()}`);
  }
  return { tokenId: row.id, name: row.name, role: row.role, pools: poolsOf(row.pools) };
}

/** Not an exception for `reused`, because the revocation that comes with it has to be kept. */
export type RefreshOutcome =
  | { readonly outcome: 'refreshed'; readonly issued: IssuedToken }
  | { readonly outcome: 'reused' };

/**
 * A new token and secret key for a secret key, which is used up. A secret key that comes a second time is in two hands:
 * the token is then revoked with all its issues. The token that was issued with the key lives on until it expires.
 *
 * @throws AppError kind `unauthenticated`: `SECRET_KEY_UNKNOWN`, `SECRET_KEY_EXPIRED`, `TOKEN_REVOKED`
 */
export async function refreshToken(tx: Tx, secretKey: string): Promise<RefreshOutcome> {
  const row = await tx.get<{
    id: string;
    name: string;
    tokenHash: string;
    expiresAtMs: number;
    alwaysActive: number;
    usedAtMs: number | null;
    revokedAtMs: number | null;
  }>(
    `select t.id, t.name, i.token_hash as "tokenHash", i.secret_expires_at_ms as "expiresAtMs",
       i.secret_used_at_ms as "usedAtMs", t.always_active as "alwaysActive", t.revoked_at_ms as "revokedAtMs"
       from console_token_issues i join console_tokens t on t.id = i.token_id where i.secret_hash = ?`,
    [secretDigest(secretKey)],
  );
  if (row === undefined) throw denied('SECRET_KEY_UNKNOWN', 'the secret key is not known here');
  if (row.revokedAtMs !== null) throw denied('TOKEN_REVOKED', 'the token of this secret key was revoked');
  const by: Author = { actor: row.name };
  if (row.usedAtMs !== null) {
    await revoke(tx, row.id, 'a used secret key was sent again', by);
    return { outcome: 'reused' };
  }
  if (row.expiresAtMs <= tx.nowMs) {
    throw denied('SECRET_KEY_EXPIRED', `the secret key expired at ${new Date(row.expiresAtMs).toISOString()}`);
  }
  await tx.run('update console_token_issues set secret_used_at_ms = ? where token_hash = ?', [tx.nowMs, row.tokenHash]);
  await audit(tx, row.id, 'token refreshed', by, null);
  return { outcome: 'refreshed', issued: await addIssue(tx, row.id, row.alwaysActive === 1) };
}

/** The error of a `reused` outcome, for the caller that answers. */
export const secretKeyReused = (): AppError =>
  denied('SECRET_KEY_REUSED', 'the secret key was used before; its token is now revoked');

/**
 * True when it was revoked now, false when it was before. A token of root is ended by root alone, as its accounts are;
 * without an operator it is whoever may write the data folder.
 *
 * @throws AppError `TOKEN_NOT_FOUND`, `ACCESS_FORBIDDEN`
 */
export async function revokeToken(
  tx: Tx,
  input: {
    readonly tokenId: ObjectId;
    readonly reason?: string | undefined;
    readonly by: Author;
    readonly operator?: { readonly role: Role } | undefined;
  },
): Promise<boolean> {
  const row = await tx.get<{ revoked: number | null; role: string }>(
    'select revoked_at_ms as revoked, role from console_tokens where id = ?',
    [input.tokenId],
  );
  if (row === undefined) throw new AppError('not-found', 'TOKEN_NOT_FOUND', `there is no token ${input.tokenId}`);
  if (row.role === 'root' && (input.operator?.role ?? 'root') !== 'root') {
    throw new AppError('forbidden', 'ACCESS_FORBIDDEN', 'only the role root revokes tokens with the role root');
  }
  if (row.revoked !== null) return false;
  await revoke(tx, input.tokenId, input.reason ?? 'revoked by hand', input.by);
  return true;
}

const LIST: ListShape = {
  columns: '*',
  from: `(select t.id, t.name, t.role, t.pools_json as pools, t.created_at_ms as "createdAtMs",
       case when t.always_active = 1 then null else max(i.expires_at_ms) end as "expiresAtMs", max(i.secret_expires_at_ms) as "secretExpiresAtMs",
       t.last_used_at_ms as "lastUsedAtMs", t.revoked_at_ms as "revokedAtMs", t.revoked_reason as "revokedReason"
       from console_tokens t join console_token_issues i on i.token_id = t.id
      group by t.id, t.name, t.role, t.pools_json, t.created_at_ms, t.last_used_at_ms, t.revoked_at_ms, t.revoked_reason,
        t.always_active) as listed`,
  scope: '1 = 1',
  id: 'id',
  order: '"createdAtMs" desc, id desc',
  changed: ['"createdAtMs"', '"lastUsedAtMs"', '"revokedAtMs"'],
};

/** Newest first, with the expiry of the latest issue. */
export const storedTokens: StoredList<null, ConsoleToken> = {
  rows: async (tx, _, slice) => {
    const rows = await selectSlice<Omit<ConsoleToken, 'pools'> & { pools: string | null }>(tx, LIST, [], slice);
    return rows.map((row) => ({ ...row, pools: poolsOf(row.pools) }));
  },
  count: (tx, _, changedFromMs) => countRows(tx, LIST, [], changedFromMs),
};

export const listTokens = async (tx: ReadTx): Promise<readonly ConsoleToken[]> => storedTokens.rows(tx, null, {});

/** Remembers when tokens were last used. */
export async function recordTokenUse(tx: Tx, uses: readonly { tokenId: ObjectId; atMs: number }[]): Promise<void> {
  for (const { tokenId, atMs } of uses) {
    await tx.run('update console_tokens set last_used_at_ms = ? where id = ? and coalesce(last_used_at_ms, 0) < ?', [
      atMs,
      tokenId,
      atMs,
    ]);
  }
}

async function addIssue(tx: Tx, tokenId: ObjectId, isEndless: boolean): Promise<IssuedToken> {
  const token = newSecretText('tct');
  const secretKey = newSecretText('tcs');
  const expiresAtMs = tx.nowMs + TOKEN_LIFE_MS;
  const secretExpiresAtMs = tx.nowMs + SECRET_LIFE_MS;
  await tx.run(
    `insert into console_token_issues (token_hash, secret_hash, token_id, issued_at_ms, expires_at_ms, secret_expires_at_ms)
     values (?, ?, ?, ?, ?, ?)`,
    [secretDigest(token), secretDigest(secretKey), tokenId, tx.nowMs, expiresAtMs, secretExpiresAtMs],
  );
  return { tokenId, token, secretKey, expiresAtMs: isEndless ? null : expiresAtMs, secretExpiresAtMs };
}

async function revoke(tx: Tx, tokenId: ObjectId, reason: string, by: Author): Promise<void> {
  await tx.run('update console_tokens set revoked_at_ms = ?, revoked_reason = ? where id = ?', [
    tx.nowMs,
    reason,
    tokenId,
  ]);
  await audit(tx, tokenId, 'token revoked', by, { reason });
}

async function audit(
  tx: Tx,
  objectId: ObjectId,
  action: string,
  by: Author,
  after: Parameters<typeof appendAudit>[1]['after'],
): Promise<void> {
  await appendAudit(tx, { ...by, logpointId: SERVER_CHAIN, action, objectType: 'token', objectId, after });
}

const denied = (code: string, message: string): AppError => new AppError('unauthenticated', code, message);

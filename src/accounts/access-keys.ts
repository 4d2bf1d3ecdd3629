import { timingSafeEqual } from 'node:crypto';
import { appendAudit } from '../audit/audit-chain.ts';
import type { ReadTx, Tx } from '../control/control-store.ts';
import { refuse } from '../shared/errors.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import type { Author } from '../tenancy/author.ts';
import { nameKey } from '../tenancy/names.ts';
import { newSecretText, secretDigest } from './secret-text.ts';
import type { User } from './user.ts';
import { getUser } from './users.ts';

/** What authenticates a user at the node's own APIs. The text itself is shown once, when it is made. */
export type NewAccessKey = {
  /** Of `secretDigest`: what a key that is sent along is compared with. */
  readonly hash: string;
  /** The key under the data folder's key: what a signature made with it is checked with; see docs/adr/0005. */
  readonly sealed: string;
};

/** Ties a sealed access key to its digest, which is of that key alone. */
export const accessKeyContext = (hash: string): string => `access key:${hash}`;

/** A new key and its two stored forms. `seal` is that of the secret box. */
export function makeAccessKey(seal: (plain: string, context: string) => string): NewAccessKey & { text: string } {
  const text = newSecretText('tak');
  const hash = secretDigest(text);
  return { text, hash, sealed: seal(text, accessKeyContext(hash)) };
}

type AccessKeyTarget = { readonly logpointId: LogpointId; readonly userId: ObjectId; readonly by: Author };

async function findUser(tx: ReadTx, { logpointId, userId }: AccessKeyTarget): Promise<User> {
  const user = await getUser(tx, logpointId, userId);
  if (user === null) throw refuse('USER_UNKNOWN', 'User not found');
  return user;
}

async function write(tx: Tx, userId: ObjectId, key: NewAccessKey | null): Promise<boolean> {
  const had = await tx.get<{ hash: string | null }>('select access_key_hash as hash from users where id = ?', [userId]);
  await tx.run('update users set access_key_hash = ?, access_key_sealed = ?, updated_at_ms = ? where id = ?', [
    key?.hash ?? null,
    key?.sealed ?? null,
    tx.nowMs,
    userId,
  ]);
  return had?.hash !== undefined && had.hash !== null;
}

/** Gives the user this key in place of the one before, which ends at once. @throws AppError `USER_UNKNOWN` */
export async function setAccessKey(tx: Tx, input: AccessKeyTarget & NewAccessKey): Promise<User> {
  const user = await findUser(tx, input);
  const hadOne = await write(tx, user.id, input);
  await audit(tx, user, hadOne ? 'access key rotated' : 'access key created', input.by);
  return user;
}

/** @throws AppError `USER_UNKNOWN`, `ACCESS_KEY_MISSING` */
export async function revokeAccessKey(tx: Tx, input: AccessKeyTarget): Promise<User> {
  const user = await findUser(tx, input);
  if (!(await write(tx, user.id, null))) throw refuse('ACCESS_KEY_MISSING', 'User has no access key');
  await audit(tx, user, 'access key revoked', input.by);
  return user;
}

/** A user by name with what the key that was sent is compared with. */
export type KeyHolder = { readonly user: User; readonly hash: string | null; readonly sealed: string | null };

export async function findKeyHolder(
  tx: ReadTx,
  { logpointId, username }: { readonly logpointId: LogpointId; readonly username: string },
): Promise<KeyHolder | null> {
  const row = await tx.get<{ id: string; hash: string | null; sealed: string | null }>(
    `select id, access_key_hash as hash, access_key_sealed as sealed from users
      where logpoint_id = ? and username_key = ?`,
    [logpointId, nameKey(username)],
  );
  if (row === undefined) return null;
  const user = await getUser(tx, logpointId, row.id);
  return user === null ? null : { user, hash: row.hash, sealed: row.sealed };
}

/** Digest that no key has: what is compared when there is no user, so that both take the same time. */
const NO_DIGEST = '0'.repeat(64);

/** Whether this is the holder's key. Takes the same time for every answer. */
export function isAccessKey(holder: KeyHolder | null, text: string): boolean {
  const given = Buffer.from(secretDigest(text), 'hex');
  const kept = holder?.hash?.length === NO_DIGEST.length ? holder.hash : NO_DIGEST;
  return timingSafeEqual(given, Buffer.from(kept, 'hex')) && kept !== NO_DIGEST;
}

/** Adds what was counted since the last time. */
export async function recordKeyFailures(
  tx: Tx,
  failures: readonly { readonly userId: ObjectId; readonly count: number }[],
): Promise<void> {
  for (const { userId, count } of failures) {
    await tx.run('update users set failed_login_count = failed_login_count + ? where id = ?', [count, userId]);
  }
}

async function audit(tx: Tx, user: User, action: string, by: Author): Promise<void> {
  const { logpointId, id: objectId, username } = user;
  await appendAudit(tx, { ...by, logpointId, action, objectType: 'user', objectId, after: { username } });
}

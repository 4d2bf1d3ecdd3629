import type { ObjectId, PoolId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import { nameKey } from '../tenancy/names.ts';
import type { Role } from './actor.ts';
import { secretDigest } from './secret-text.ts';

/** A person who signs in to the console; belongs to no logpoint. Never holds a secret: those stay in the store. */
export type ConsoleAccount = {
  readonly id: ObjectId;
  readonly username: string;
  readonly name: string;
  readonly role: Role;
  /** `null` = every pool. */
  readonly pools: readonly PoolId[] | null;
  /** Whether a one-time code is asked for beside the password. */
  readonly totp: boolean;
  readonly active: boolean;
  /** End of the lockout, Unix ms; null when logins are not locked. */
  readonly lockedUntilMs: number | null;
  readonly lastLoginAtMs: number | null;
  /** Name of the identity provider that the account signs in through. */
  readonly oidc: string | null;
};

/** What failed logins of a name are counted under, whether there is such an account or not. */
export const loginKey = (username: string): string => secretDigest(nameKey(username.trim()));

export const accountRow = (account: ConsoleAccount): JsonObject => ({
  id: account.id,
  username: account.username,
  name: account.name,
  role: account.role,
  pools: account.pools,
  totp: account.totp,
  active: account.active,
  locked: account.lockedUntilMs !== null,
  locked_until: isoText(account.lockedUntilMs),
  last_login_at: isoText(account.lastLoginAtMs),
  oidc: account.oidc,
});

const isoText = (atMs: number | null): string | null => (atMs === null ? null : new Date(atMs).toISOString());

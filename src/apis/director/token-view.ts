import type { ConsoleToken, IssuedToken } from '../../accounts/console-tokens.ts';
import type { JsonObject } from '../../shared/json.ts';

/** A token as lists show it: never its text, which is not kept. */
export type TokenRow = JsonObject;

export const tokenRow = (token: ConsoleToken): TokenRow => ({
  id: token.id,
  name: token.name,
  identifier: token.name,
  always_active: token.expiresAtMs === null,
  role: token.role,
  pools: token.pools,
  created_at: isoText(token.createdAtMs),
  expires_at: isoText(token.expiresAtMs),
  last_used_at: isoText(token.lastUsedAtMs),
  revoked_at: isoText(token.revokedAtMs),
  revoked_reason: token.revokedReason,
});

/** A new token, the only time that its texts are shown. Source: contract/cli.md, `token create`. */
export const issuedRow = (issued: IssuedToken): TokenRow => ({
  token: issued.token,
  secret_key: issued.secretKey,
  expires_at: isoText(issued.expiresAtMs),
  id: issued.tokenId,
});

const isoText = (atMs: number | null): string | null => (atMs === null ? null : new Date(atMs).toISOString());

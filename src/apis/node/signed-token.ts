import { createHmac, timingSafeEqual } from 'node:crypto';
import { isJsonObject, type JsonObject } from '../../shared/json.ts';
import { parseJsonBody } from '../http/json-body.ts';

// JWT (RFC 7519) signed by its bearer with the access key, HS256 and nothing else. Source: contract, C.4.

export const SCOPES = ['alertrules:read', 'alertrules:write', 'search:read', 'search:write', 'logsource:read'] as const;
export type Scope = (typeof SCOPES)[number];

const TOKEN_CHARS_MAX = 8_192;
const DEPTH_MAX = 8;
/** How far the clocks of both sides may be apart. */
const CLOCK_SKEW_SECONDS = 60;
/** A token that lives longer is no session but a second key, which nobody could revoke alone. */
const LIFE_SECONDS_MAX = 86_400;

export type SignedToken = {
  /** `sub`: the name of the user. */
  readonly username: string;
  readonly scopes: readonly string[];
  /** Epoch seconds. */
  readonly issuedAt: number | null;
  readonly expiresAt: number | null;
  readonly notBefore: number | null;
  /** What was signed, and the signature. */
  readonly signed: string;
  readonly signature: Buffer;
};

/** The token as it says it is, nothing of it believed yet; null when it is none. */
export function readSignedToken(authorization: string | undefined): SignedToken | null {
  const token = /^Bearer +([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+) *$/i.exec(authorization ?? '')?.[1];
  if (token === undefined || token.length > TOKEN_CHARS_MAX) return null;
  const [head = '', body = '', signature = ''] = token.split('.');
  const header = partOf(head);
  const claims = partOf(body);
  if (header === null || claims === null || header['alg'] !== 'HS256' || header['crit'] !== undefined) return null;
  if (typeof claims['sub'] !== 'string') return null;
  if (claims['iss'] !== undefined && claims['iss'] !== 'self-signed') return null;
  return {
    username: claims['sub'],
    scopes: scopesOf(claims['scope']),
    issuedAt: secondsOf(claims['iat']),
    expiresAt: secondsOf(claims['exp']),
    notBefore: secondsOf(claims['nbf']),
    signed: `${head}.${body}`,
    signature: Buffer.from(signature, 'base64url'),
  };
}

export function isSignedWith(token: SignedToken, key: string): boolean {
  const expected = createHmac('sha256', key).update(token.signed).digest();
  return token.signature.length === expected.length && timingSafeEqual(token.signature, expected);
}

/** What is wrong with its times, in words; null when nothing is. */
export function timeProblem(token: SignedToken, nowMs: number): string | null {
  const now = nowMs / 1000;
  const { issuedAt, expiresAt, notBefore } = token;
  if (expiresAt === null) return 'token has no exp';
  if (expiresAt + CLOCK_SKEW_SECONDS < now) return 'token has expired';
  if (expiresAt - (issuedAt ?? now) > LIFE_SECONDS_MAX + CLOCK_SKEW_SECONDS) {
    return `token lives longer than ${LIFE_SECONDS_MAX} seconds`;
  }
  const start = Math.max(issuedAt ?? 0, notBefore ?? 0);
  return start - CLOCK_SKEW_SECONDS > now ? 'token is not valid yet' : null;
}

function partOf(text: string): JsonObject | null {
  try {
    const value = parseJsonBody(Buffer.from(text, 'base64url'), DEPTH_MAX);
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}

function scopesOf(value: unknown): readonly string[] {
  const list = typeof value === 'string' ? value.split(/[\s,]+/) : Array.isArray(value) ? value.map(String) : [];
  return list.filter((scope) => scope !== '');
}

const secondsOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;

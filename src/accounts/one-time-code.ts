import { randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import { secretDigest } from './secret-text.ts';

const ISSUER = 'Tocsin';
const PERIOD_SECONDS = 30;
/** Steps before and after the present one whose codes are taken: clocks differ. */
const WINDOW_STEPS = 1;
const SECRET_BYTES = 20;
const RECOVERY_CODES = 10;
const RECOVERY_BYTES = 10;

const totpOf = (secret: string, label: string): TOTP =>
  new TOTP({ issuer: ISSUER, label, secret: Secret.fromBase32(secret), period: PERIOD_SECONDS, digits: 6 });

/** A new secret in base 32, and the URI that an authenticator app reads from a QR code. */
export function newTotp(username: string): { readonly secret: string; readonly uri: string } {
  const secret = new Secret({ size: SECRET_BYTES }).base32;
  return { secret, uri: totpOf(secret, username).toString() };
}

/** The step that the code is of, null when it is of none that is taken now. Source: RFC 6238. */
export function stepOfCode(secret: string, code: string, nowMs: number): number | null {
  const digits = code.replaceAll(' ', '');
  if (!/^\d{6}$/.test(digits)) return null;
  const delta = totpOf(secret, '').validate({ token: digits, timestamp: nowMs, window: WINDOW_STEPS });
  return delta === null ? null : Math.floor(nowMs / 1000 / PERIOD_SECONDS) + delta;
}

/** Codes for the day when the authenticator is lost: 80 random bits each, so a digest without salt is enough. */
export const newRecoveryCodes = (): readonly string[] =>
  Array.from({ length: RECOVERY_CODES }, () => {
    const text = randomBytes(RECOVERY_BYTES).toString('hex');
    return text.replace(/(.{5})(?=.)/g, '$1-');
  });

export const recoveryDigest = (code: string): string => secretDigest(code.toLowerCase().replace(/[^0-9a-f]/g, ''));

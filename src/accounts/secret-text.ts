import { hash, randomBytes } from 'node:crypto';

/** Random text with 256 bits, after a prefix that tells a person (and a scanner of leaks) what it is. */
export const newSecretText = (prefix: 'tct' | 'tcs' | 'tak' | 'tpw' | 'tss'): string =>
  `${prefix}_${randomBytes(32).toString('base64url')}`;

/** What is stored in place of a random secret. 256 random bits need no salt and no slow hash. */
export const secretDigest = (text: string): string => hash('sha256', text);

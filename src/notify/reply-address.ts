import { createHmac, timingSafeEqual } from 'node:crypto';
import type { LogpointId, ObjectId } from '../shared/ids.ts';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const ID_BYTES = 12;
const MAC_BYTES = 12;
/** Base32 of id and signature: without regard to case, because mail servers may change it. */
const TOKEN = /\+([a-z2-7]{39})@/i;
/** RFC 5321, 4.5.3.1.1: a local part has 64 octets at most; `+` and the token take 40. */
export const REPLY_LOCAL_CHARS_MAX = 24;

export type ReplyToken = { readonly incidentId: ObjectId; readonly mac: Buffer };

/** `local+<token>@domain`: whoever answers to it answers to this incident. Only mail about the incident names it. */
export function replyAddress(address: string, key: Uint8Array, logpointId: LogpointId, incidentId: ObjectId): string {
  const at = address.lastIndexOf('@');
  const token = base32(Buffer.concat([Buffer.from(incidentId, 'hex'), macOf(key, logpointId, incidentId)]));
  return `${address.slice(0, at)}+${token}${address.slice(at)}`;
}

/** The token of an address, nothing of it believed yet; null when it is not one of ours. */
export function readReplyToken(address: string): ReplyToken | null {
  const token = TOKEN.exec(address)?.[1];
  if (token === undefined) return null;
  const bytes = unbase32(token.toLowerCase());
  return { incidentId: bytes.subarray(0, ID_BYTES).toString('hex'), mac: bytes.subarray(ID_BYTES) };
}

export function isReplyToken(token: ReplyToken, key: Uint8Array, logpointId: LogpointId): boolean {
  const expected = macOf(key, logpointId, token.incidentId);
  return token.mac.length === expected.length && timingSafeEqual(token.mac, expected);
}

const macOf = (key: Uint8Array, logpointId: LogpointId, incidentId: ObjectId): Buffer =>
  createHmac('sha256', key).update(`reply address\0${logpointId}\0${incidentId}`).digest().subarray(0, MAC_BYTES);

function base32(bytes: Buffer): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += ALPHABET[(held >> (bits - 5)) & 31];
    held &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + ALPHABET[(held << (5 - bits)) & 31];
}

function unbase32(text: string): Buffer {
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const char of text) {
    held = (held << 5) | ALPHABET.indexOf(char);
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((held >> bits) & 255);
    held &= (1 << bits) - 1;
  }
  return Buffer.from(bytes);
}

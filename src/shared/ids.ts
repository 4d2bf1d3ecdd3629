import { createHash, randomBytes, randomUUID } from 'node:crypto';

/** 24 lower-case hex: every object that an API names (`id`). */
export type ObjectId = string;
/** 32 lower-case hex: pools, logpoints, `alertrule_id`, `incident_id`. */
export type Hex32 = string;
export type PoolId = Hex32;
export type LogpointId = Hex32;
/** UUID: orders. */
export type RequestId = string;

const OBJECT_ID = /^[0-9a-f]{24}$/;
const HEX32 = /^[0-9a-f]{32}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const isObjectId = (text: string): text is ObjectId => OBJECT_ID.test(text);
export const isHex32 = (text: string): text is Hex32 => HEX32.test(text);
export const isRequestId = (text: string): text is RequestId => UUID.test(text);

/** A new object id: 4 bytes of time in seconds, so that ids sort roughly by age, then 8 random bytes. */
export function newObjectId(nowMs: number): ObjectId {
  const seconds = Math.floor(nowMs / 1000) >>> 0;
  return seconds.toString(16).padStart(8, '0') + randomBytes(8).toString('hex');
}

export const newHex32 = (): Hex32 => randomBytes(16).toString('hex');
export const newRequestId = (): RequestId => randomUUID();

/** The first `hexLength` hex digits of the SHA-256 over the parts, which are length-prefixed so that no two lists collide. */
export function digestHex(parts: readonly string[], hexLength: number): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest('hex').slice(0, hexLength);
}

import { createPublicKey, sign, verify } from 'node:crypto';
import { canonicalJson } from '../shared/canonical-json.ts';
import { AppError } from '../shared/errors.ts';
import { isHex32, type LogpointId } from '../shared/ids.ts';
import { isJsonObject, type Json, type JsonObject } from '../shared/json.ts';
import type { AuditKey } from './audit-key.ts';
import type { ChainState } from './chain-state.ts';

/**
 * A signed word about one chain: at that time its event `length` had the hash `head`. One for each chain, so that a
 * tenant can be given its own without learning of others.
 */
export type Checkpoint = {
  readonly logpoint_identifier: LogpointId;
  readonly length: number;
  readonly head: string;
  /** ISO, UTC. */
  readonly at: string;
  /** Raw Ed25519 key, base64. */
  readonly public_key: string;
  /** Base64, over the canonical JSON of the other members. */
  readonly signature: string;
};

const HASH = /^[0-9a-f]{64}$/;

/** Off the main thread: a thousand chains would stall it. */
export function signCheckpoint(
  key: AuditKey,
  { logpointId, length, head }: ChainState,
  atMs: number,
): Promise<Checkpoint> {
  const said = {
    logpoint_identifier: logpointId,
    length,
    head,
    at: new Date(atMs).toISOString(),
    public_key: key.publicKey,
  };
  return new Promise((resolve, reject) => {
    sign(null, Buffer.from(canonicalJson(said)), key.privateKey, (error, signature) => {
      if (error === null) resolve({ ...said, signature: signature.toString('base64') });
      else reject(error);
    });
  });
}

/** Whether the key that the checkpoint names has signed it; whose key that is, the caller knows. */
export function isSigned({ signature, ...said }: Checkpoint): boolean {
  const x = Buffer.from(said.public_key, 'base64');
  if (x.length !== 32) return false;
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: x.toString('base64url') }, format: 'jwk' });
  return verify(null, Buffer.from(canonicalJson(said)), key, Buffer.from(signature, 'base64'));
}

/**
 * The checkpoints of a file: one, a list, or `{checkpoints:[…]}`.
 *
 * @throws AppError `CHECKPOINT_INVALID`
 */
export function readCheckpoints(text: string): Checkpoint[] {
  let value: Json;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new AppError('invalid', 'CHECKPOINT_INVALID', 'the checkpoint is not JSON', { cause });
  }
  const listed = isJsonObject(value) && Array.isArray(value['checkpoints']) ? value['checkpoints'] : [value].flat();
  if (listed.length === 0) throw new AppError('invalid', 'CHECKPOINT_INVALID', 'the file holds no checkpoint');
  return listed.map((row) => {
    if (isJsonObject(row)) {
      const checkpoint = checkpointOf(row);
      if (checkpoint !== null) return checkpoint;
    }
    throw new AppError('invalid', 'CHECKPOINT_INVALID', 'the file holds something that is no checkpoint');
  });
}

function checkpointOf(row: JsonObject): Checkpoint | null {
  const { logpoint_identifier, length, head, at, public_key, signature } = row;
  if (typeof logpoint_identifier !== 'string' || !isHex32(logpoint_identifier)) return null;
  if (typeof length !== 'number' || !Number.isSafeInteger(length) || length < 0) return null;
  if (typeof head !== 'string' || !HASH.test(head) || typeof at !== 'string') return null;
  if (typeof public_key !== 'string' || typeof signature !== 'string') return null;
  return { logpoint_identifier, length, head, at, public_key, signature };
}

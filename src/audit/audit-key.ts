import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { chmodSync, closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export const AUDIT_KEY_FILE = 'audit.key';

export type AuditKey = {
  readonly privateKey: KeyObject;
  /** Raw Ed25519 key, base64: what an auditor keeps to check checkpoints by. */
  readonly publicKey: string;
};

/**
 * The data folder's key for checkpoints, made when it is missing; readable by the owner alone. Written and synced under
 * another name and then linked, so a crash leaves no half of a key.
 *
 * @throws Error when the file is there but is no Ed25519 key
 */
export function loadAuditKey(dataDir: string): AuditKey {
  const path = join(dataDir, AUDIT_KEY_FILE);
  const found = readKey(path);
  if (found !== null) return found;
  const { privateKey } = generateKeyPairSync('ed25519');
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const fd = openSync(draft, 'wx', 0o600);
  try {
    writeSync(fd, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  try {
    linkSync(draft, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  const made = readKey(path);
  if (made === null) throw new Error(`${AUDIT_KEY_FILE} vanished while it was made`);
  return made;
}

/** The key when the folder has one; null when no server has signed there yet. */
export const findAuditKey = (dataDir: string): AuditKey | null => readKey(join(dataDir, AUDIT_KEY_FILE));

function readKey(path: string): AuditKey | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  chmodSync(path, 0o600);
  const privateKey = createPrivateKey(text);
  if (privateKey.asymmetricKeyType !== 'ed25519') throw new Error(`${AUDIT_KEY_FILE} is no Ed25519 key`);
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  return { privateKey, publicKey: Buffer.from(x, 'base64url').toString('base64') };
}

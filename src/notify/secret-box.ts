import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { chmodSync, closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AppError } from '../shared/errors.ts';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const VERSION = 'v1';
export const SECRET_KEY_FILE = 'secret.key';

/**
 * Seals secrets of notifications at rest with AES-256-GCM. The context (whose secret it is) is authenticated with the
 * text, so a sealed secret moved to another rule does not open.
 */
export interface SecretBox {
  seal(plain: string, context: string): string;
  /** @throws AppError `SECRET_UNREADABLE` when the key, the context or the text is another one */
  open(sealed: string, context: string): string;
}

/** @throws Error when the key has not 32 bytes */
export function createSecretBox(key: Uint8Array): SecretBox {
  if (key.byteLength !== KEY_BYTES) throw new Error(`secret key has ${key.byteLength} bytes, expected ${KEY_BYTES}`);
  return {
    seal: (plain, context) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(Buffer.from(context));
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return `${VERSION}.${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64')}`;
    },
    open: (sealed, context) => {
      try {
        if (!sealed.startsWith(`${VERSION}.`)) throw new Error('unknown version');
        const bytes = Buffer.from(sealed.slice(VERSION.length + 1), 'base64');
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), {
          authTagLength: TAG_BYTES,
        });
        decipher.setAAD(Buffer.from(context));
        decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
        const body = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
        return Buffer.concat([body, decipher.final()]).toString('utf8');
      } catch (cause) {
        const message = `sealed secret cannot be opened: expected the ${SECRET_KEY_FILE} that it was sealed with`;
        throw new AppError('unavailable', 'SECRET_UNREADABLE', message, { cause });
      }
    },
  };
}

/**
 * The data folder's key, made when it is missing; readable by the owner alone. Durable before anything is sealed with
 * it: the file is written and fsynced under another name and then linked, so a crash leaves no half of a key, and of two
 * processes that make one at the same time both read the same.
 *
 * @throws Error when the file is there but is no key
 */
export function loadSecretKey(dataDir: string): Buffer {
  const path = join(dataDir, SECRET_KEY_FILE);
  const found = readKey(path);
  if (found !== null) return found;
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const fd = openSync(draft, 'wx', 0o600);
  try {
    writeSync(fd, `${randomBytes(KEY_BYTES).toString('base64')}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  try {
    linkSync(draft, path);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  syncDir(dirname(path));
  const made = readKey(path);
  if (made === null) throw new Error(`${SECRET_KEY_FILE} vanished while it was made`);
  return made;
}

function readKey(path: string): Buffer | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    throw error;
  }
  chmodSync(path, 0o600);
  const key = Buffer.from(text.trim(), 'base64');
  if (key.byteLength !== KEY_BYTES)
    throw new Error(`${SECRET_KEY_FILE} is no key: expected ${KEY_BYTES} bytes in base64`);
  return key;
}

function syncDir(dir: string): void {
  const fd = openSync(dir, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { Server as TlsServer } from 'node:https';
import { createSecureContext } from 'node:tls';
import { AppError } from '../../shared/errors.ts';
import type { TlsFiles } from './create-server.ts';

/** How often the files are looked at: their directory may be a mounted secret, which tells no watcher. */
const LOOK_EVERY_MS = 1000;

/** @throws AppError `CONFIG_INVALID` when a file cannot be read or the pair does not fit */
export function readTlsFiles(certPath: string, keyPath: string): TlsFiles {
  const files = { cert: readPem('tls.cert', certPath), key: readPem('tls.key', keyPath) };
  try {
    createSecureContext(files);
  } catch (cause) {
    throw invalid(
      `option tls.cert (${certPath}) and option tls.key (${keyPath}) do not fit: ${messageOf(cause)}`,
      cause,
    );
  }
  return files;
}

function readPem(option: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw invalid(`option ${option} is ${JSON.stringify(path)}: expected a readable PEM file`, cause);
  }
}

export type TlsReloadListener = { reloaded(): void; refused(error: Error): void };

/**
 * Uses new files for new connections; those that are open go on. A pair that does not fit is refused and the old one
 * stays, so that a copy half done never closes the door. Returns the way to stop.
 */
export function reloadTlsFiles(
  server: unknown,
  certPath: string,
  keyPath: string,
  listener: TlsReloadListener,
): () => void {
  if (!(server instanceof TlsServer))
    throw new Error('assertion failed: reloading certificates of a server without TLS');
  const reload = (): void => {
    try {
      const files = readTlsFiles(certPath, keyPath);
      server.setSecureContext({ ...files, minVersion: 'TLSv1.2' });
      listener.reloaded();
    } catch (error) {
      listener.refused(error instanceof Error ? error : new Error(String(error)));
    }
  };
  const paths = [certPath, keyPath];
  for (const path of paths) watchFile(path, { interval: LOOK_EVERY_MS, persistent: false }, reload);
  return () => {
    for (const path of paths) unwatchFile(path, reload);
  };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const invalid = (message: string, cause: unknown): AppError =>
  new AppError('invalid', 'CONFIG_INVALID', message, { cause });

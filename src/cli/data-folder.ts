import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openInProcessControlStore } from '../adapters/sqlite/in-process-control-store.ts';
import { controlFile } from '../adapters/sqlite/open-database.ts';
import type { ControlStore } from '../control/control-store.ts';
import { createRegistry, DEFAULT_REGISTRY_SETTINGS, migrations } from '../control-registry.ts';
import { SECRET_KEY_FILE } from '../notify/secret-box.ts';
import { systemClock } from '../shared/clock.ts';
import { AppError } from '../shared/errors.ts';

export const isDataDir = (dir: string): boolean => existsSync(controlFile(dir));

/** @throws AppError `DATA_MISSING` */
export function requireDataDir(dir: string): void {
  if (!isDataDir(dir)) {
    throw new AppError(
      'not-found',
      'DATA_MISSING',
      `${dir} is no data folder: make one with tocsin init --data ${dir}`,
    );
  }
}

/**
 * Makes the folder and fills it; a folder that is left half made by a failure is emptied again.
 *
 * @throws AppError `DATA_EXISTS` when it is a data folder already, or holds other files
 */
export async function makeDataDir<T>(dir: string, fill: (store: ControlStore) => Promise<T>): Promise<T> {
  if (existsSync(dir)) {
    if (!statSync(dir).isDirectory())
      throw new AppError('conflict', 'DATA_EXISTS', `${dir} is a file: expected a folder`);
    if (isDataDir(dir)) throw new AppError('conflict', 'DATA_EXISTS', `${dir} is a data folder already`);
    // A settings file may be there before the first start.
    const other = readdirSync(dir).find((name) => name !== 'tocsin.yaml');
    if (other !== undefined) throw new AppError('conflict', 'DATA_EXISTS', `${dir} is not empty: it holds ${other}`);
  }
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  try {
    return await withStore(dir, fill);
  } catch (error) {
    const made = readdirSync(dir).filter((name) => name.startsWith('control.db') || name.startsWith(SECRET_KEY_FILE));
    for (const name of made) rmSync(join(dir, name), { force: true });
    throw error;
  }
}

/** The control store of an existing folder, beside a server that may have it open. */
export async function withControlStore<T>(dir: string, work: (store: ControlStore) => Promise<T>): Promise<T> {
  requireDataDir(dir);
  return withStore(dir, work);
}

async function withStore<T>(dir: string, work: (store: ControlStore) => Promise<T>): Promise<T> {
  const registry = createRegistry(DEFAULT_REGISTRY_SETTINGS);
  const store = await openInProcessControlStore({ dir, registry, migrations, clock: systemClock });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

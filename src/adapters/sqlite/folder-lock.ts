import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { AppError } from '../../shared/errors.ts';
import { isJsonObject } from '../../shared/json.ts';

const LOCK_FILE = 'server.lock';
const NOTE_FILE = 'server.json';

/** What the holder of a data folder says about itself, for commands that want to talk to it. */
export type FolderNote = { readonly pid: number; readonly url: string };

export type FolderLock = {
  /** Leaves a note for others; it goes with the lock. */
  announce(note: FolderNote): void;
  release(): void;
};

/**
 * Takes the data folder for this process. The lock is an open transaction on a file of its own: the operating system
 * gives it back however the process ends, so that no stale lock is ever left after a crash.
 *
 * @throws AppError `DATA_IN_USE` when another server has it
 */
export function lockFolder(dir: string): FolderLock {
  const db = new Database(join(dir, LOCK_FILE), { timeout: 0 });
  try {
    db.exec('pragma journal_mode = delete; begin exclusive');
  } catch (cause) {
    db.close();
    const note = readNote(dir);
    const holder = note === null ? '' : ` (process ${note.pid})`;
    throw new AppError('conflict', 'DATA_IN_USE', `data folder ${dir} is in use by another server${holder}`, { cause });
  }
  const note = join(dir, NOTE_FILE);
  rmSync(note, { force: true });
  return {
    announce: (text) => writeFileSync(note, JSON.stringify(text), { mode: 0o600 }),
    release: () => {
      rmSync(note, { force: true });
      db.exec('rollback');
      db.close();
    },
  };
}

/** The note of the server that has the folder now; null when none has it, or it is still starting. */
export function findHolder(dir: string): FolderNote | null {
  try {
    lockFolder(dir).release();
    return null;
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'DATA_IN_USE') throw error;
    const note = readNote(dir);
    if (note === null) throw error;
    return note;
  }
}

function readNote(dir: string): FolderNote | null {
  try {
    const note: unknown = JSON.parse(readFileSync(join(dir, NOTE_FILE), 'utf8'));
    if (!isJsonObject(note) || typeof note['pid'] !== 'number' || typeof note['url'] !== 'string') return null;
    return { pid: note['pid'], url: note['url'] };
  } catch {
    return null;
  }
}

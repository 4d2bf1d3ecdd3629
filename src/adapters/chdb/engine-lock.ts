import Database from 'libsql';

/** How long a new process waits for the one before it, which ends as soon as it notices that its parent is gone. */
const LOCK_WAIT_MS = 3_000;

/**
 * Makes sure that one process alone opens a chDB folder: two would destroy it.
 *
 * The lock is that of an SQLite file, which the kernel frees when its process ends in whatever way; a file with a
 * process id in it would outlive a `kill -9`.
 *
 * @throws Error when another process holds the folder
 */
export function lockFolder(file: string, waitMs: number = LOCK_WAIT_MS): { release(): void } {
  const database = new Database(file);
  try {
    database.exec(`PRAGMA busy_timeout = ${waitMs}`);
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    throw new Error('another process has the event store open', { cause: error });
  }
  return { release: () => database.close() };
}

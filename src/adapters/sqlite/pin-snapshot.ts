import { existsSync, statSync } from 'node:fs';
import { controlFile } from './open-database.ts';
import { SqliteConnection } from './sqlite-connection.ts';

/** The files that hold the control store as it was when it was pinned, and how much of each counts. */
export type PinnedSnapshot = {
  readonly files: readonly { readonly name: string; readonly bytesMax: number }[];
  release(): void;
};

/**
 * Keeps the control store as it is now readable from its files, while others go on writing: a reader that stays open
 * keeps the write-ahead log from beginning anew and from being folded into the file beyond what the reader sees. What is
 * appended to the log meanwhile is behind `bytesMax`.
 *
 * Not for the process that serves: to read the files and close them gives up its own locks on them.
 */
export function pinSnapshot(dataDir: string): PinnedSnapshot {
  const connection = new SqliteConnection(controlFile(dataDir), { isReader: true });
  try {
    connection.exec('begin');
    connection.get('select count(*) as n from sqlite_master', []);
    const log = `${controlFile(dataDir)}-wal`;
    const bytesMax = existsSync(log) ? statSync(log).size : 0;
    return {
      files: [
        { name: 'control.db', bytesMax: Number.POSITIVE_INFINITY },
        { name: 'control.db-wal', bytesMax },
      ],
      release: () => connection.close(),
    };
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Folds the log of a copy into its file, so that one file is the whole store. */
export function foldLog(dir: string): void {
  new SqliteConnection(controlFile(dir), { isReader: false }).close();
}

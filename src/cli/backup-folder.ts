import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join, sep } from 'node:path';
import { findHolder, lockFolder } from '../adapters/sqlite/folder-lock.ts';
import { STAGING_FOLDER } from '../online-backup.ts';
import {
  type BackupReport,
  check,
  copy,
  type FileEntry,
  filesOf,
  fillBackup,
  MANIFEST_FILE,
  readManifest,
  refuseFilled,
  reportOf,
} from './backup-files.ts';
import { backUpServed } from './backup-served.ts';
import { requireDataDir } from './data-folder.ts';

/** What belongs to a running process and not to the data. */
const LEFT_OUT = new Set(['server.lock', 'server.json', 'eventd.sock', 'eventd.lock', MANIFEST_FILE]);

export const isData = (path: string): boolean =>
  !LEFT_OUT.has(basename(path)) && path.split(sep)[0] !== STAGING_FOLDER && !path.endsWith('.part');

/**
 * Copies a data folder whole, each file with its digest: of one that is served with the help of the server, which goes
 * on; of another one as it is, held meanwhile so that no server changes it.
 *
 * @throws AppError `DATA_IN_USE`, `DATA_MISSING`, `DATA_EXISTS`, `BACKUP_*`
 */
export async function backUp(dataDir: string, out: string): Promise<BackupReport> {
  requireDataDir(dataDir);
  if (findHolder(dataDir) !== null) return backUpServed(dataDir, out, isData);
  refuseFilled(out);
  const lock = lockFolder(dataDir);
  try {
    return await fillBackup(out, async (draft) => {
      const files: FileEntry[] = [];
      for (const path of filesOf(dataDir, isData)) files.push(await copy(dataDir, draft, path));
      return files;
    });
  } finally {
    lock.release();
  }
}

/**
 * Brings a backup into an empty folder. Its files are held against their digests first: a damaged backup changes nothing.
 *
 * @throws AppError `BACKUP_INVALID`, `DATA_EXISTS`
 */
export async function restore(from: string, dataDir: string): Promise<BackupReport> {
  const files = readManifest(from);
  refuseFilled(dataDir);
  for (const file of files) await check(from, file);
  // A restore that is cut short leaves a folder of another name.
  const draft = `${join(dataDir, '.')}.restoring`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  for (const { path } of files) await copy(from, draft, path);
  rmSync(dataDir, { recursive: true, force: true });
  renameSync(draft, dataDir);
  return reportOf(files);
}

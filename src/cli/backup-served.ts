import { rmSync } from 'node:fs';
import { join, sep } from 'node:path';
import { foldLog, pinSnapshot } from '../adapters/sqlite/pin-snapshot.ts';
import type { TocsinClient } from '../client/client.ts';
import { type BackupReport, copy, entryOf, type FileEntry, filesOf, fillBackup, refuseFilled } from './backup-files.ts';
import { withLocalServer } from './local-server.ts';

/**
 * Copies a data folder while its server goes on. Nothing that was acknowledged before is missing in the copy, and its
 * parts agree: the server holds deliveries until the view of the control store is fixed here.
 *
 * @throws AppError `DATA_EXISTS`, `BACKUP_RUNNING`, `BACKUP_NOT_QUIET`, `BACKUP_LATE`
 */
export function backUpServed(dataDir: string, out: string, isData: (path: string) => boolean): Promise<BackupReport> {
  refuseFilled(out);
  return withLocalServer(dataDir, (client) =>
    fillBackup(out, async (draft) => {
      // Before the rest: a checkpoint must not speak of more than the chains of the copy hold.
      const files: FileEntry[] = [];
      for (const path of filesOf(dataDir, (one) => isData(one) && isLoose(one))) {
        files.push(await copy(dataDir, draft, path));
      }
      return [...files, ...(await takeFrozen(client, dataDir, draft))];
    }),
  );
}

/** Keys, settings, checkpoints: files that are written whole or never. */
const isLoose = (path: string): boolean => {
  const [top = ''] = path.split(sep);
  return top !== 'events' && top !== 'journal' && !top.startsWith('control.db');
};

async function takeFrozen(client: TocsinClient, dataDir: string, draft: string): Promise<FileEntry[]> {
  const { id, folder } = await client.call('BeginBackup', { body: { pid: process.pid } });
  try {
    const files = [await takeControl(dataDir, draft, () => client.call('SealBackup', { path: { id } }))];
    const frozen = join(dataDir, folder);
    for (const path of filesOf(frozen)) files.push(await copy(frozen, draft, path));
    return files;
  } finally {
    // What failed before is told; a server that is gone clears the folder when it starts.
    await client.call('EndBackup', { path: { id } }).catch(() => undefined);
  }
}

async function takeControl(dataDir: string, draft: string, seal: () => Promise<unknown>): Promise<FileEntry> {
  const snapshot = pinSnapshot(dataDir);
  try {
    await seal();
    for (const { name, bytesMax } of snapshot.files) await copy(dataDir, draft, name, bytesMax);
  } finally {
    snapshot.release();
  }
  foldLog(draft);
  for (const end of ['-wal', '-shm']) rmSync(join(draft, `control.db${end}`), { force: true });
  return entryOf(draft, 'control.db');
}

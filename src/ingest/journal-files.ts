import { type FileHandle, open, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The few file operations of the journal, so that a test can make the disk fail at any of them.
 * The usual implementation is `realJournalFiles`.
 */
export interface JournalFiles {
  /** Opens for reading and writing, makes it when missing. */
  open(path: string): Promise<JournalFile>;
  /** Names in the folder. */
  list(dir: string): Promise<readonly string[]>;
  remove(path: string): Promise<void>;
  /** Makes new and removed names durable. */
  syncFolder(dir: string): Promise<void>;
}

export interface JournalFile {
  /** Writes all bytes or rejects; what was written before a failure stays behind. */
  write(buffers: readonly Buffer[], position: number): Promise<void>;
  read(buffer: Buffer, position: number): Promise<number>;
  datasync(): Promise<void>;
  truncate(bytes: number): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}

export const realJournalFiles: JournalFiles = {
  open: async (path) => fileOf(await openOrMake(path)),
  list: (dir) => readdir(dir),
  remove: (path) => unlink(path),
  syncFolder: async (dir) => {
    const handle = await open(dir, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};

async function openOrMake(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return open(path, 'wx+', 0o600);
    throw error;
  }
}

function fileOf(handle: FileHandle): JournalFile {
  return {
    async write(buffers, position) {
      const total = buffers.reduce((sum, buffer) => sum + buffer.length, 0);
      let { bytesWritten } = await handle.writev([...buffers], position);
      if (bytesWritten === total) return;
      // A short write is rare (signals, quotas): the rest goes out piece by piece until the disk says why.
      const all = Buffer.concat(buffers);
      while (bytesWritten < total) {
        const rest = await handle.write(all, bytesWritten, total - bytesWritten, position + bytesWritten);
        bytesWritten += rest.bytesWritten;
      }
    },
    read: async (buffer, position) => (await handle.read(buffer, 0, buffer.length, position)).bytesRead,
    datasync: () => handle.datasync(),
    truncate: (bytes) => handle.truncate(bytes),
    size: async () => (await handle.stat()).size,
    close: () => handle.close(),
  };
}

const SEGMENT = /^(\d{16})\.seg$/;

export const segmentPath = (dir: string, firstSeq: number): string =>
  join(dir, `${String(firstSeq).padStart(16, '0')}.seg`);

/** First seq of each segment in the folder, oldest first. */
export async function listSegments(files: JournalFiles, dir: string): Promise<number[]> {
  const names = await files.list(dir);
  return names
    .map((name) => SEGMENT.exec(name)?.[1])
    .filter((text) => text !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
}

import { createHash } from 'node:crypto';
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AppError } from '../shared/errors.ts';
import { isJsonObject, type Json } from '../shared/json.ts';
import { isDataDir } from './data-folder.ts';

export const MANIFEST_FILE = 'backup.json';

export type FileEntry = { readonly path: string; readonly bytes: number; readonly sha256: string };
export type BackupReport = { readonly files: number; readonly bytes: number };

export const reportOf = (files: readonly FileEntry[]): BackupReport => ({
  files: files.length,
  bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
});

/** @throws AppError `DATA_EXISTS` */
export function refuseFilled(dir: string): void {
  if (!existsSync(dir)) return;
  if (isDataDir(dir)) throw new AppError('conflict', 'DATA_EXISTS', `${dir} is a data folder already`);
  const [other] = readdirSync(dir);
  if (other !== undefined) throw new AppError('conflict', 'DATA_EXISTS', `${dir} is not empty: it holds ${other}`);
}

/**
 * Fills a folder beside `out` and gives it its name when everything is on disk, the list of files last: what a kill
 * leaves has another name and is no backup. The next one takes its place.
 */
export async function fillBackup(
  out: string,
  fill: (draft: string) => Promise<readonly FileEntry[]>,
): Promise<BackupReport> {
  refuseFilled(out);
  const draft = `${join(out, '.')}.partial`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  try {
    const files = await fill(draft);
    await syncFile(join(draft, MANIFEST_FILE), `${JSON.stringify({ version: 1, files }, null, 1)}\n`);
    rmSync(out, { recursive: true, force: true });
    await rename(draft, out);
    return reportOf(files);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw error;
  }
}

/** Paths of the files in a folder, in order; links are no files. */
export function filesOf(dir: string, isWanted: (path: string) => boolean = () => true): string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)))
    .filter(isWanted)
    .sort();
}

/** Copies at most `bytesMax` of a file, as one that is its owner's alone and on disk. */
export async function copy(
  from: string,
  to: string,
  path: string,
  bytesMax = Number.POSITIVE_INFINITY,
): Promise<FileEntry> {
  const target = join(to, path);
  mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
  const wanted = Number.isFinite(bytesMax) ? { end: bytesMax - 1 } : {};
  if (bytesMax > 0)
    await pipeline(createReadStream(join(from, path), wanted), createWriteStream(target, { mode: 0o600 }));
  else writeFileSync(target, '', { mode: 0o600 });
  return entryOf(to, path);
}

/** A file of the backup as it is now, on disk. */
export async function entryOf(dir: string, path: string): Promise<FileEntry> {
  const handle = await open(join(dir, path), 'r+');
  try {
    await handle.chmod(0o600);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { path: path.split(sep).join('/'), ...(await digestOf(join(dir, path))) };
}

async function digestOf(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  await pipeline(createReadStream(path), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      hash.update(chunk);
      bytes += chunk.length;
    }
  });
  return { bytes, sha256: hash.digest('hex') };
}

async function syncFile(path: string, text: string): Promise<void> {
  writeFileSync(path, text, { mode: 0o600 });
  const handle = await open(path, 'r+');
  await handle.sync();
  await handle.close();
}

/** @throws AppError `BACKUP_INVALID` */
export async function check(from: string, { path, bytes, sha256 }: FileEntry): Promise<void> {
  const found = existsSync(join(from, path)) ? await digestOf(join(from, path)) : null;
  if (found?.bytes === bytes && found.sha256 === sha256) return;
  throw invalid(found === null ? `it lacks ${path}` : `${path} is not the file that was backed up`);
}

/** @throws AppError `BACKUP_INVALID` */
export function readManifest(from: string): FileEntry[] {
  let value: Json;
  try {
    value = JSON.parse(readFileSync(join(from, MANIFEST_FILE), 'utf8'));
  } catch (cause) {
    throw invalid(`it has no ${MANIFEST_FILE} that can be read`, cause);
  }
  const files = isJsonObject(value) && value['version'] === 1 ? value['files'] : undefined;
  if (!Array.isArray(files)) throw invalid(`its ${MANIFEST_FILE} is of another version`);
  return files.map((row) => {
    const { path, bytes, sha256 } = isJsonObject(row) ? row : {};
    if (typeof path !== 'string' || typeof bytes !== 'number' || typeof sha256 !== 'string' || !isInside(path)) {
      throw invalid(`its ${MANIFEST_FILE} names something that is no file of it`);
    }
    return { path, bytes, sha256 };
  });
}

/** A path of a manifest must not lead out of the folder. */
const isInside = (path: string): boolean =>
  path !== '' && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && !part.includes('\\'));

const invalid = (message: string, cause?: unknown): AppError =>
  new AppError(
    'invalid',
    'BACKUP_INVALID',
    `this is no whole backup: ${message}`,
    cause === undefined ? {} : { cause },
  );

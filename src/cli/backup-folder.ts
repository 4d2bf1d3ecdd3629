import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { copyFile, open } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { lockFolder } from '../adapters/sqlite/folder-lock.ts';
import { AppError } from '../shared/errors.ts';
import { isJsonObject, type Json } from '../shared/json.ts';
import { isDataDir, requireDataDir } from './data-folder.ts';

export const MANIFEST_FILE = 'backup.json';
/** What belongs to a running process and not to the data. */
const LEFT_OUT = new Set(['server.lock', 'server.json', 'eventd.sock', 'eventd.lock', MANIFEST_FILE]);

type FileEntry = { readonly path: string; readonly bytes: number; readonly sha256: string };
export type BackupReport = { readonly files: number; readonly bytes: number };

/**
 * Copies a data folder whole, each file with its digest. The folder is held meanwhile, so that no server changes it.
 *
 * @throws AppError `DATA_IN_USE`, `DATA_MISSING`, `DATA_EXISTS`
 */
export async function backUp(dataDir: string, out: string): Promise<BackupReport> {
  requireDataDir(dataDir);
  refuseFilled(out);
  const lock = lockFolder(dataDir);
  try {
    mkdirSync(out, { recursive: true, mode: 0o700 });
    const files: FileEntry[] = [];
    for (const path of filesOf(dataDir)) files.push(await copy(dataDir, out, path));
    await syncFile(join(out, MANIFEST_FILE), `${JSON.stringify({ version: 1, files }, null, 1)}\n`);
    return reportOf(files);
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
  mkdirSync(dirname(join(dataDir, '.')), { recursive: true });
  // A restore that is cut short leaves no folder that looks like one: `control.db` is what makes it one, and comes last.
  const draft = `${join(dataDir, '.')}.restoring`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  for (const { path } of files) await copy(from, draft, path);
  rmSync(dataDir, { recursive: true, force: true });
  renameSync(draft, dataDir);
  return reportOf(files);
}

const reportOf = (files: readonly FileEntry[]): BackupReport => ({
  files: files.length,
  bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
});

function refuseFilled(dir: string): void {
  if (!existsSync(dir)) return;
  if (isDataDir(dir)) throw new AppError('conflict', 'DATA_EXISTS', `${dir} is a data folder already`);
  const [other] = readdirSync(dir);
  if (other !== undefined) throw new AppError('conflict', 'DATA_EXISTS', `${dir} is not empty: it holds ${other}`);
}

function filesOf(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !LEFT_OUT.has(entry.name))
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)))
    .sort();
}

async function copy(from: string, to: string, path: string): Promise<FileEntry> {
  const target = join(to, path);
  mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
  await copyFile(join(from, path), target);
  const handle = await open(target, 'r+');
  try {
    await handle.chmod(0o600);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { path: path.split(sep).join('/'), ...(await digestOf(target)) };
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

async function check(from: string, { path, bytes, sha256 }: FileEntry): Promise<void> {
  const found = existsSync(join(from, path)) ? await digestOf(join(from, path)) : null;
  if (found?.bytes === bytes && found.sha256 === sha256) return;
  throw invalid(found === null ? `it lacks ${path}` : `${path} is not the file that was backed up`);
}

function readManifest(from: string): FileEntry[] {
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

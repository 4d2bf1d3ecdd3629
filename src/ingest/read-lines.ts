import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { PassThrough, type Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress, createGunzip } from 'node:zlib';
import { AppError } from '../shared/errors.ts';
import { BODY_UNPACKED_BYTES_MAX, LINE_BYTES_MAX } from './limits.ts';
import { isJsonArray, splitJsonArray, toFrames } from './split-records.ts';

/** Some whole lines of a file, or some elements of the JSON array that it is, as a body that ingest takes. */
export type FileChunk = {
  readonly bytes: Buffer;
  /** 1-based line (element) of the file with which the chunk starts. */
  readonly firstLine: number;
  /** Bytes of the file as it lies on the disk that are read so far. */
  readonly bytesRead: number;
};

export type LineFile = {
  /** Bytes on the disk; null for standard input and pipes. */
  readonly bytesTotal: number | null;
  readonly chunks: AsyncIterable<FileChunk>;
};

const CHUNK_BYTES = 1024 * 1024;
/** Read at once; less than a line may have, so that most portions need no look at each line. */
const READ_BYTES = 512 * 1024;
const LF = 10;

/**
 * Reads a file (plain, gzip or Brotli), a pipe or `-` for standard input as chunks of about a megabyte that end at line ends.
 * Memory stays bounded whatever the file holds: a line over the limit keeps one byte more than it, which makes it a
 * dead letter.
 *
 * @throws AppError `INGEST_FILE` when the file cannot be opened or its compression is damaged
 */
export async function openLines(path: string): Promise<LineFile> {
  if (path === '-') return { bytesTotal: null, chunks: readChunks(process.stdin, new PassThrough(), path) };
  try {
    const found = await stat(path);
    // A pipe has no beginning to go back to: only its name says how it is packed.
    const isPipe = !found.isFile() && !found.isDirectory();
    const unpack = isPipe ? unpackerByName(path) : await unpackerOf(path);
    return {
      bytesTotal: isPipe ? null : found.size,
      chunks: readChunks(createReadStream(path, { highWaterMark: READ_BYTES }), unpack, path),
    };
  } catch (cause) {
    throw fileError(path, cause);
  }
}

function fileError(path: string, cause: unknown): AppError {
  const text = `cannot read ${path}: ${cause instanceof Error ? cause.message : String(cause)}`;
  return new AppError('invalid', 'INGEST_FILE', text, { cause });
}

/** By the first bytes for gzip, by the name for Brotli, which has no mark of its own. */
async function unpackerOf(path: string): Promise<Transform> {
  const handle = await open(path, 'r');
  try {
    const head = Buffer.alloc(2);
    await handle.read(head, 0, 2, 0);
    if (head[0] === 0x1f && head[1] === 0x8b) return createGunzip();
    return extname(path) === '.gz' ? new PassThrough() : unpackerByName(path);
  } finally {
    await handle.close();
  }
}

function unpackerByName(path: string): Transform {
  if (extname(path) === '.gz') return createGunzip();
  return extname(path) === '.br' ? createBrotliDecompress() : new PassThrough();
}

async function* readChunks(source: Readable, unpack: Transform, path: string): AsyncGenerator<FileChunk> {
  let bytesRead = 0;
  source.on('data', (chunk: Buffer) => {
    bytesRead += chunk.length;
  });
  const piped = pipeline(source, unpack);
  // Its error also ends the loop below, which tells it.
  piped.catch(() => undefined);
  const cutter = new LineCutter();
  let isFirst = true;
  try {
    for await (const data of unpack) {
      if (isFirst && isJsonArray(data as Buffer)) {
        yield* readArray(data as Buffer, unpack, () => bytesRead);
        return;
      }
      isFirst = false;
      for (const { bytes, firstLine } of cutter.push(data as Buffer)) yield { bytes, firstLine, bytesRead };
    }
    await piped;
  } catch (cause) {
    throw cause instanceof AppError ? cause : fileError(path, cause);
  } finally {
    source.destroy();
  }
  const rest = cutter.end();
  if (rest !== null) yield { ...rest, bytesRead };
}

type Lines = { readonly bytes: Buffer; readonly firstLine: number };

/** Cuts a stream into portions of whole lines. */
export class LineCutter {
  #parts: Buffer[] = [];
  #bytes = 0;
  /** Bytes since the last line end. */
  #lineBytes = 0;
  #isSkipping = false;
  #line = 1;

  *push(data: Buffer): Generator<Lines> {
    const kept = this.#withoutTooLong(data);
    if (kept.length === 0) return;
    this.#parts.push(kept);
    this.#bytes += kept.length;
    if (this.#bytes < CHUNK_BYTES) return;
    const all = Buffer.concat(this.#parts);
    const end = all.lastIndexOf(LF) + 1;
    if (end === 0) {
      this.#parts = [all];
      return;
    }
    const rest = all.subarray(end);
    this.#parts = rest.length === 0 ? [] : [rest];
    this.#bytes = rest.length;
    yield this.#lines(all.subarray(0, end));
  }

  end(): Lines | null {
    const all = Buffer.concat(this.#parts);
    this.#parts = [];
    return all.length === 0 ? null : this.#lines(all);
  }

  #lines(bytes: Buffer): Lines {
    const firstLine = this.#line;
    for (let at = bytes.indexOf(LF); at !== -1; at = bytes.indexOf(LF, at + 1)) this.#line += 1;
    return { bytes, firstLine };
  }

  /** Leaves out what goes over the limit of a line. */
  #withoutTooLong(data: Buffer): Buffer {
    if (!this.#isSkipping && this.#lineBytes + data.length <= LINE_BYTES_MAX) {
      const last = data.lastIndexOf(LF);
      this.#lineBytes = last === -1 ? this.#lineBytes + data.length : data.length - last - 1;
      return data;
    }
    const kept: Buffer[] = [];
    let at = 0;
    while (at < data.length) {
      const found = data.indexOf(LF, at);
      const end = found === -1 ? data.length : found;
      const room = Math.max(0, LINE_BYTES_MAX + 1 - this.#lineBytes);
      const taken = Math.min(end - at, room);
      if (!this.#isSkipping) kept.push(data.subarray(at, at + taken));
      this.#lineBytes += end - at;
      this.#isSkipping = this.#lineBytes > LINE_BYTES_MAX;
      if (found === -1) break;
      kept.push(data.subarray(found, found + 1));
      this.#lineBytes = 0;
      this.#isSkipping = false;
      at = found + 1;
    }
    return kept.length === 1 && kept[0]?.length === data.length ? data : Buffer.concat(kept);
  }
}

/** A file that is one JSON array: read whole, as its elements may be written over many lines. */
async function* readArray(head: Buffer, rest: Readable, bytesRead: () => number): AsyncGenerator<FileChunk> {
  const parts = [head];
  let total = head.length;
  for await (const data of rest) {
    parts.push(data as Buffer);
    total += (data as Buffer).length;
    if (total > BODY_UNPACKED_BYTES_MAX) {
      const text = `the file is one JSON array of more than ${BODY_UNPACKED_BYTES_MAX} bytes; give one object a line`;
      throw new AppError('too-large', 'INGEST_FILE', text);
    }
  }
  const all = Buffer.concat(parts);
  let firstLine = 1;
  for (const { bytes, spans } of toFrames(all, splitJsonArray(all))) {
    const elements: string[] = [];
    for (let i = 0; i < spans.length; i += 2) elements.push(bytes.toString('utf8', spans[i], spans[i + 1]));
    yield { bytes: Buffer.from(`[${elements.join(',')}]`), firstLine, bytesRead: bytesRead() };
    firstLine += elements.length;
  }
}

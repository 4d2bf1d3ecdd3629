import { createReadStream } from 'node:fs';
import { stdin } from 'node:process';
import { PassThrough, pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip } from 'node:zlib';
import { AppError } from '../shared/errors.ts';

/** Whole lines of a file, as they are sent in one request. */
export type LineChunk = {
  readonly bytes: Buffer;
  /** 1-based number of the first line. */
  readonly firstLine: number;
  readonly lines: number;
};

const NEWLINE = 0x0a;

export type OpenedFile = {
  readonly chunks: AsyncGenerator<LineChunk>;
  /** Bytes read from the file so far, before decompression. */
  bytesRead(): number;
};

/**
 * The lines of a file (plain, .gz, .br; `-` is standard input) in chunks of about `chunkBytes`. A file that begins with
 * `[` is one JSON array and comes as a single chunk.
 */
export function openLines(path: string, chunkBytes: number, arrayBytesMax: number): OpenedFile {
  let read = 0;
  const source: Readable = path === '-' ? stdin : createReadStream(path);
  source.on('data', (chunk: Buffer | string) => {
    read += chunk.length;
  });
  const decoder = path.endsWith('.gz')
    ? createGunzip()
    : path.endsWith('.br')
      ? createBrotliDecompress()
      : new PassThrough();
  // Errors of both ends surface in the reading of `decoder`.
  pipeline(source, decoder, () => {});
  return { chunks: toChunks(path, decoder, chunkBytes, arrayBytesMax), bytesRead: () => read };
}

async function* toChunks(
  path: string,
  input: AsyncIterable<unknown>,
  chunkBytes: number,
  arrayBytesMax: number,
): AsyncGenerator<LineChunk> {
  let waiting: Buffer[] = [];
  let size = 0;
  let firstLine = 1;
  let isArray: boolean | undefined;
  const take = (bytes: Buffer): LineChunk => {
    const lines = countLines(bytes);
    const chunk = { bytes, firstLine, lines };
    firstLine += lines;
    return chunk;
  };
  for await (const part of input) {
    if (!Buffer.isBuffer(part)) continue;
    isArray ??= startsArray(part);
    waiting.push(part);
    size += part.length;
    if (isArray === true) {
      if (size > arrayBytesMax) {
        throw new AppError(
          'too-large',
          'ARRAY_TOO_LARGE',
          `${path} is one JSON array of more than ${arrayBytesMax} bytes: expected one object a line`,
        );
      }
      continue;
    }
    if (size < chunkBytes) continue;
    const all = Buffer.concat(waiting);
    const end = all.lastIndexOf(NEWLINE) + 1;
    if (end === 0) continue;
    yield take(all.subarray(0, end));
    waiting = [all.subarray(end)];
    size = all.length - end;
  }
  if (size > 0) yield take(Buffer.concat(waiting));
}

/** Undefined while only blanks have been seen. */
function startsArray(part: Buffer): boolean | undefined {
  const first = part.find((byte) => byte !== 0x20 && byte !== 0x09 && byte !== NEWLINE && byte !== 0x0d);
  return first === undefined ? undefined : first === 0x5b;
}

function countLines(bytes: Buffer): number {
  let lines = bytes.at(-1) === NEWLINE ? 0 : 1;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) lines += 1;
  return lines;
}

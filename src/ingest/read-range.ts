import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { extname } from 'node:path';
import { AppError } from '../shared/errors.ts';
import { LINE_BYTES_MAX } from './limits.ts';

/** Bytes of a file, `to` not included. The lines that start in it are its own. */
export type LineRange = { readonly from: number; readonly to: number };

const RANGE_BYTES = 1024 * 1024;
/** Looked at to tell what a file is. */
const HEAD_BYTES = 4096;
/** Read at once behind a range, until its last line ends. */
const TAIL_BYTES = 16 * 1024;
const LF = 10;

/**
 * Ranges of about a megabyte, which many threads may read. Null for what has to be read from its beginning: packed
 * files, pipes, and a file that is, or may be, one JSON array.
 *
 * @throws AppError `INGEST_FILE` when the file cannot be opened
 */
export function rangesOf(path: string): Iterable<LineRange> | null {
  if (path === '-' || ['.gz', '.br'].includes(extname(path))) return null;
  const size = fileSize(path);
  if (size === null) return null;
  const reader = new RangeReader();
  try {
    return reader.isPlain(path) ? ranges(size) : null;
  } finally {
    reader.close();
  }
}

/** Null for what is no file. Not by opening it: a pipe that was opened and closed again has lost its writer. */
function fileSize(path: string): number | null {
  try {
    const found = statSync(path);
    return found.isFile() ? found.size : null;
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): AppError {
  const text = `cannot read ${path}: ${cause instanceof Error ? cause.message : String(cause)}`;
  return new AppError('invalid', 'INGEST_FILE', text, { cause });
}

function* ranges(size: number): Generator<LineRange> {
  for (let from = 0; from < size; from += RANGE_BYTES) yield { from, to: Math.min(size, from + RANGE_BYTES) };
}

/** Reads ranges into one piece of memory, which the next one takes over. */
export class RangeReader {
  #path = '';
  #fd: number | null = null;
  #buffer = Buffer.alloc(0);

  /**
   * The whole lines that start in a range. A line over the limit may end where it is known to be: it is a dead letter.
   *
   * @throws AppError `INGEST_FILE` when the file cannot be read
   */
  read(path: string, { from, to }: LineRange): Buffer {
    return this.#guarded(path, (fd) => {
      // The unit before tells whether a line starts with the first one.
      const start = Math.max(0, from - 1);
      let length = this.#fill(fd, start, 0, to - start);
      const first = from === 0 ? 0 : this.#buffer.subarray(0, length).indexOf(LF) + 1;
      if (first === length || (from > 0 && first === 0)) return Buffer.alloc(0);
      const most = length + LINE_BYTES_MAX + 1;
      while (this.#buffer[length - 1] !== LF && length < most) {
        const more = this.#fill(fd, start + length, length, Math.min(TAIL_BYTES, most - length));
        const end = this.#buffer.subarray(length, length + more).indexOf(LF);
        length += end === -1 ? more : end + 1;
        if (more === 0) break;
      }
      return this.#buffer.subarray(first, length);
    });
  }

  /** True for a file of lines as they are. */
  isPlain(path: string): boolean {
    return this.#guarded(path, (fd) => {
      const length = this.#fill(fd, 0, 0, HEAD_BYTES);
      const head = this.#buffer.subarray(0, length);
      if (head[0] === 0x1f && head[1] === 0x8b) return false;
      const text = head.toString('latin1').trimStart();
      return text !== '' && !text.startsWith('[');
    });
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }

  #guarded<T>(path: string, run: (fd: number) => T): T {
    try {
      if (this.#fd === null || this.#path !== path) {
        this.close();
        this.#fd = openSync(path, 'r');
        this.#path = path;
      }
      return run(this.#fd);
    } catch (cause) {
      throw unreadable(path, cause);
    }
  }

  /** Answers how many of the wanted bytes there are. */
  #fill(fd: number, position: number, at: number, bytes: number): number {
    if (this.#buffer.length < at + bytes) {
      const larger = Buffer.alloc(Math.max(at + bytes, this.#buffer.length * 2));
      this.#buffer.copy(larger, 0, 0, at);
      this.#buffer = larger;
    }
    let done = 0;
    while (done < bytes) {
      const read = readSync(fd, this.#buffer, at + done, bytes - done, position + done);
      if (read === 0) break;
      done += read;
    }
    return done;
  }
}

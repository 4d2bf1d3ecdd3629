import { AppError } from '../shared/errors.ts';
import { FRAME_BYTES_MAX, FRAME_RECORDS_MAX, LINE_BYTES_MAX } from './limits.ts';
import type { Records } from './record.ts';

const LF = 10;
const CR = 13;
const TAB = 9;
const BLANK = 32;

/** Grows as spans are found; `take` gives them without the spare room. */
class Spans {
  #array = new Uint32Array(1024);
  #length = 0;

  add(start: number, end: number): void {
    if (this.#length + 2 > this.#array.length) {
      const larger = new Uint32Array(this.#array.length * 2);
      larger.set(this.#array);
      this.#array = larger;
    }
    this.#array[this.#length] = start;
    this.#array[this.#length + 1] = end;
    this.#length += 2;
  }

  take(): Uint32Array {
    return this.#array.slice(0, this.#length);
  }
}

/** Lines without their ends (`\n` or `\r\n`); blank lines are no records. */
export function splitLines(bytes: Buffer): Uint32Array {
  const spans = new Spans();
  let start = 0;
  while (start < bytes.length) {
    const found = bytes.indexOf(LF, start);
    const lineEnd = found === -1 ? bytes.length : found;
    addLine(spans, bytes, start, lineEnd);
    start = lineEnd + 1;
  }
  return spans.take();
}

function addLine(spans: Spans, bytes: Buffer, from: number, to: number): void {
  let end = to;
  while (end > from && isBlank(bytes[end - 1])) end -= 1;
  // A line of blanks is empty; blanks inside a line with text are its own, but for the carriage return.
  if (end === from) return;
  spans.add(from, bytes[to - 1] === CR ? to - 1 : to);
}

const isBlank = (byte: number | undefined): boolean => byte === BLANK || byte === CR || byte === TAB || byte === LF;

/** True when the first byte that is no blank opens a JSON array. */
export function isJsonArray(bytes: Buffer): boolean {
  let at = 0;
  while (isBlank(bytes[at])) at += 1;
  return bytes[at] === 0x5b;
}

/**
 * The elements of a JSON array, each as it is written. Only strings and brackets are looked at: whether an element is
 * JSON is for its own decoding to say.
 *
 * @throws AppError `INGEST_BODY_INVALID` when the array does not close or something follows it
 */
export function splitJsonArray(bytes: Buffer): Uint32Array {
  const spans = new Spans();
  let at = bytes.indexOf(0x5b) + 1;
  let start = -1;
  let depth = 0;
  for (; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === 0x22) {
      if (start === -1) start = at;
      at = stringEnd(bytes, at);
    } else if (byte === 0x7b || byte === 0x5b) {
      if (start === -1) start = at;
      depth += 1;
    } else if (byte === 0x7d || byte === 0x5d) {
      if (depth === 0) {
        addElement(spans, bytes, start, at);
        return endArray(spans, bytes, at);
      }
      depth -= 1;
    } else if (byte === 0x2c && depth === 0) {
      addElement(spans, bytes, start, at);
      start = -1;
    } else if (start === -1 && !isBlank(byte)) start = at;
  }
  throw new AppError('invalid', 'INGEST_BODY_INVALID', 'the body starts as a JSON array that does not end');
}

function addElement(spans: Spans, bytes: Buffer, start: number, to: number): void {
  if (start === -1) return;
  let end = to;
  while (end > start && isBlank(bytes[end - 1])) end -= 1;
  spans.add(start, end);
}

function endArray(spans: Spans, bytes: Buffer, at: number): Uint32Array {
  for (let i = at + 1; i < bytes.length; i += 1) {
    if (isBlank(bytes[i])) continue;
    throw new AppError('invalid', 'INGEST_BODY_INVALID', `something follows the JSON array at byte ${i}`);
  }
  return spans.take();
}

/** Offset of the quote that closes the string opened at `at`; the end of the bytes when none does. */
function stringEnd(bytes: Buffer, at: number): number {
  let end = bytes.indexOf(0x22, at + 1);
  while (end !== -1) {
    let backslashes = 0;
    while (bytes[end - 1 - backslashes] === 0x5c) backslashes += 1;
    if (backslashes % 2 === 0) return end;
    end = bytes.indexOf(0x22, end + 1);
  }
  return bytes.length;
}

/** Records in portions that fit a journal frame. Of a record over the limit of a line, one byte more than it is kept. */
export function* toFrames(bytes: Buffer, spans: Uint32Array): Generator<Records> {
  let first = 0;
  while (first < spans.length) {
    const from = spans[first] ?? 0;
    let next = first;
    let to = from;
    while (next < spans.length && (next - first) >> 1 < FRAME_RECORDS_MAX) {
      const start = spans[next] ?? 0;
      const end = Math.min(spans[next + 1] ?? 0, start + LINE_BYTES_MAX + 1);
      if (next > first && end - from > FRAME_BYTES_MAX) break;
      to = end;
      next += 2;
      if ((spans[next - 1] ?? 0) > end) break;
    }
    const relative = new Uint32Array(next - first);
    for (let i = first; i < next; i += 1) relative[i - first] = Math.min(spans[i] ?? 0, to) - from;
    yield { bytes: bytes.subarray(from, to), spans: relative };
    first = next;
  }
}

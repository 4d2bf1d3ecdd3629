import { LINE_BYTES_MAX } from './limits.ts';
import type { Records } from './record.ts';

const LF = 10;
const BLANK = 32;
const LESS = 60;
const COUNT_DIGITS_MAX = 8;

/**
 * Cuts a TCP stream into syslog messages, octet-counted (`123 <34>…`) or ended by a line feed, each message as it comes.
 * Source: RFC 6587, section 3.4. A message over the limit of a line keeps one byte more than that, so that it becomes a
 * dead letter, and the rest of it is passed over.
 */
export class SyslogFramer {
  #rest: Buffer = Buffer.alloc(0);
  /** Bytes of a message over the limit that are still to come: a count, or up to the next line feed. */
  #skip: number | 'line' = 0;

  /** The messages that end in this chunk; null when none does. */
  push(chunk: Buffer): Records | null {
    const data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const spans: number[] = [];
    let at = this.#passOver(data);
    while (at < data.length) {
      const next = this.#message(data, at, spans);
      if (next === at) break;
      at = next;
    }
    // A copy: the chunk belongs to the socket's next read.
    this.#rest = Buffer.from(data.subarray(Math.min(at, data.length)));
    return spans.length === 0 ? null : { bytes: data, spans: Uint32Array.from(spans) };
  }

  /** What a sender left behind without an end. */
  end(): Records | null {
    const bytes = this.#rest;
    this.#rest = Buffer.alloc(0);
    const spans: number[] = [];
    addTrimmed(spans, bytes, 0, bytes.length);
    return spans.length === 0 ? null : { bytes, spans: Uint32Array.from(spans) };
  }

  #passOver(data: Buffer): number {
    if (this.#skip === 'line') {
      const end = data.indexOf(LF);
      if (end === -1) return data.length;
      this.#skip = 0;
      return end + 1;
    }
    const skipped = Math.min(this.#skip, data.length);
    this.#skip -= skipped;
    return skipped;
  }

  /** Adds the message at `at` and answers the offset after it; `at` itself when its end has not come yet. */
  #message(data: Buffer, at: number, spans: number[]): number {
    const count = readCount(data, at);
    if (count === 'short') return at;
    if (count === null) return this.#line(data, at, spans);
    const start = at + count.headBytes;
    const end = start + count.bytes;
    if (count.bytes <= LINE_BYTES_MAX) {
      if (end > data.length) return at;
      addTrimmed(spans, data, start, end);
      return end;
    }
    if (data.length < start + LINE_BYTES_MAX + 1) return at;
    spans.push(start, start + LINE_BYTES_MAX + 1);
    this.#skip = Math.max(0, end - data.length);
    return Math.min(end, data.length);
  }

  #line(data: Buffer, at: number, spans: number[]): number {
    const end = data.indexOf(LF, at);
    if (end !== -1) {
      if (end - at > LINE_BYTES_MAX) spans.push(at, at + LINE_BYTES_MAX + 1);
      else addTrimmed(spans, data, at, end);
      return end + 1;
    }
    if (data.length - at <= LINE_BYTES_MAX) return at;
    spans.push(at, at + LINE_BYTES_MAX + 1);
    this.#skip = 'line';
    return data.length;
  }
}

/** `digits blank <`: an octet count. Null when the bytes are none, `short` when more of them must tell. */
function readCount(data: Buffer, at: number): { readonly headBytes: number; readonly bytes: number } | 'short' | null {
  let bytes = 0;
  let digits = 0;
  for (; at + digits < data.length && digits <= COUNT_DIGITS_MAX; digits += 1) {
    const digit = (data[at + digits] ?? 0) - 48;
    if (digit < 0 || digit > 9 || (digits === 0 && digit === 0)) break;
    bytes = bytes * 10 + digit;
  }
  if (digits === 0 || digits > COUNT_DIGITS_MAX) return null;
  if (at + digits + 1 >= data.length) {
    const isCount = at + digits === data.length || data[at + digits] === BLANK;
    return isCount ? 'short' : null;
  }
  return data[at + digits] === BLANK && data[at + digits + 1] === LESS ? { headBytes: digits + 1, bytes } : null;
}

/** Without what senders put at the end: line ends and NUL. */
function addTrimmed(spans: number[], data: Buffer, start: number, to: number): void {
  let end = to;
  while (end > start && (data[end - 1] === LF || data[end - 1] === 13 || data[end - 1] === 0)) end -= 1;
  if (end > start) spans.push(start, end);
}

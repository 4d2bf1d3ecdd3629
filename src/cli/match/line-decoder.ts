import { isAscii, isUtf8 } from 'node:buffer';
import type { LogEvent } from '../../events/event.ts';
import { decodeEntry } from '../../ingest/decode-entry.ts';
import { LINE_BYTES_MAX } from '../../ingest/limits.ts';
import { PlannedLines } from '../../ingest/planned-lines.ts';
import type { RecordContext } from '../../ingest/record.ts';

/** After a slice of which less than half was planned for, so many are decoded without looking for plans. */
const SLICES_UNPLANNED = 7;

/** Events of the lines of one file, the same as ingest makes of them. */
export class LineDecoder {
  readonly file: string;
  readonly context: RecordContext;
  readonly planned: PlannedLines;
  #bytes: Buffer = Buffer.alloc(0);
  #encoding: 'latin1' | 'utf8' | null = null;
  #unplanned = 0;

  constructor(file: string, receivedAtMs: number) {
    this.file = file;
    this.context = contextOf(file, receivedAtMs);
    this.planned = new PlannedLines(this.context);
  }

  /** The bytes in which the lines lie that are decoded from now on. */
  start(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#encoding = isAscii(bytes) ? 'latin1' : isUtf8(bytes) ? 'utf8' : null;
  }

  /** Of the bytes; null when they are no text. */
  get encoding(): 'latin1' | 'utf8' | null {
    return this.#encoding;
  }

  /** An event for each span; null for a line that is none. */
  decode(spans: Uint32Array): readonly (LogEvent | null)[] {
    if (this.#encoding === null || this.#unplanned > 0) {
      this.#unplanned -= 1;
      return this.#decodeSome(spans);
    }
    const events: (LogEvent | null)[] = [];
    let planned = 0;
    for (let i = 0; i + 1 < spans.length; i += 2) {
      const event = this.#plan(spans[i] ?? 0, spans[i + 1] ?? 0, this.#encoding);
      if (event !== null) planned += 1;
      events.push(event ?? this.#decodeSome(spans.subarray(i, i + 2))[0] ?? null);
    }
    if (planned * 2 < events.length) this.#unplanned = SLICES_UNPLANNED;
    return events;
  }

  #plan(start: number, end: number, encoding: 'latin1' | 'utf8'): LogEvent | null {
    if (end - start > LINE_BYTES_MAX) return null;
    return this.planned.decode(this.#bytes.toString(encoding, start, end), 1);
  }

  #decodeSome(spans: Uint32Array): readonly (LogEvent | null)[] {
    const start = spans[0] ?? 0;
    const bytes = this.#bytes.subarray(start, spans.at(-1));
    const { events, rejected } = decodeEntry(this.context, { bytes, spans: spans.map((offset) => offset - start) }, 1);
    if (rejected.length === 0) return events;
    const isRejected = new Set(rejected.map(({ index }) => index));
    return events.map((event, index) => (isRejected.has(index) ? null : event));
  }
}

/** Files belong to no tenant: these names never leave the process. */
const contextOf = (file: string, receivedAtMs: number): RecordContext => ({
  poolId: '0'.repeat(32),
  logpointId: '0'.repeat(32),
  logpointName: 'files',
  repo: 'files',
  format: 'auto',
  colType: 'filesystem',
  remoteIp: '127.0.0.1',
  sourceName: file,
  timeZone: 'UTC',
  receivedAtMs,
});

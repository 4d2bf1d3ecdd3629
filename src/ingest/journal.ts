import { writeFile } from 'node:fs/promises';
import { assert } from '../shared/assert.ts';
import { AppError } from '../shared/errors.ts';
import { type JournalFile, type JournalFiles, listSegments, realJournalFiles, segmentPath } from './journal-files.ts';
import { decodeFrame, encodeFrame, type Frame, findFrame } from './journal-frame.ts';
import {
  DISK_FULL_RETRY_AFTER_SECONDS,
  JOURNAL_BYTES_MAX_DEFAULT,
  JOURNAL_PENDING_BYTES_MAX,
  JOURNAL_RETRY_AFTER_SECONDS,
  JOURNAL_SEGMENT_BYTES_DEFAULT,
} from './limits.ts';
import { type RecordContext, type Records, recordCount } from './record.ts';

/** Byte position right after a frame. */
export type JournalPosition = { readonly segmentSeq: number; readonly offset: number };

export type JournalEntry = Frame & {
  readonly lastSeq: number;
  /** `lastSeq` of the durable entry before this one; numbers of refused appends are never reused. */
  readonly previousSeq: number;
  readonly end: JournalPosition;
};

export type JournalOptions = {
  readonly dir: string;
  readonly files?: JournalFiles;
  readonly segmentBytes?: number;
  readonly bytesMax?: number;
  /** Numbers up to here were given before, although the folder may not show it. */
  readonly seqAtLeast?: number;
};

type Segment = { readonly firstSeq: number; readonly file: JournalFile; durableBytes: number };
type Pending = {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly context: RecordContext;
  readonly records: Records;
  readonly buffers: readonly Buffer[];
  readonly bytes: number;
  readonly resolve: (entry: JournalEntry) => void;
  readonly reject: (error: Error) => void;
};

/**
 * The durable queue between listeners and the event store: append-only segments of checksummed frames.
 *
 * An append resolves once its frame is on disk. Appends that arrive while the disk is busy share the next
 * `fdatasync`. Nothing that was resolved is ever cut: a failed write is taken back to the last durable byte.
 */
export class Journal {
  readonly #dir: string;
  readonly #files: JournalFiles;
  readonly #segmentBytes: number;
  readonly #bytesMax: number;
  readonly #segments: Segment[] = [];
  readonly #pending: Pending[] = [];
  #pendingBytes = 0;
  #bytes = 0;
  #nextSeq = 1;
  #durableSeq = 0;
  #flushing: Promise<void> | null = null;
  #isClosed = false;
  /** Bytes cut off the torn end at the last opening. */
  cutBytes = 0;
  syncs = 0;
  diskErrors = 0;

  private constructor(options: JournalOptions) {
    this.#dir = options.dir;
    this.#files = options.files ?? realJournalFiles;
    this.#segmentBytes = options.segmentBytes ?? JOURNAL_SEGMENT_BYTES_DEFAULT;
    this.#bytesMax = options.bytesMax ?? JOURNAL_BYTES_MAX_DEFAULT;
  }

  static async open(options: JournalOptions): Promise<Journal> {
    const journal = new Journal(options);
    const seqs = await listSegments(journal.#files, journal.#dir);
    for (const firstSeq of seqs) {
      const file = await journal.#files.open(segmentPath(journal.#dir, firstSeq));
      const segment = { firstSeq, file, durableBytes: await file.size() };
      journal.#segments.push(segment);
    }
    const last = journal.#segments.at(-1);
    const lastSeq = last === undefined ? 0 : await journal.#cutTornEnd(last);
    journal.#bytes = journal.#segments.reduce((sum, segment) => sum + segment.durableBytes, 0);
    journal.#durableSeq = Math.max(lastSeq, options.seqAtLeast ?? 0);
    journal.#nextSeq = journal.#durableSeq + 1;
    if (last === undefined) await journal.#addSegment();
    return journal;
  }

  get bytes(): number {
    return this.#bytes + this.#pendingBytes;
  }
  get bytesMax(): number {
    return this.#bytesMax;
  }
  get durableSeq(): number {
    return this.#durableSeq;
  }
  get segmentCount(): number {
    return this.#segments.length;
  }
  /** Position before the oldest frame that is still kept. */
  get start(): JournalPosition {
    return { segmentSeq: this.#segments[0]?.firstSeq ?? 1, offset: 0 };
  }

  /**
   * Gives the records their numbers at once and resolves when they are durable.
   *
   * @throws AppError `JOURNAL_FULL`, `JOURNAL_BUSY` (overloaded) before numbers are given
   * @returns rejects with AppError `JOURNAL_DISK_FULL`, `JOURNAL_DISK_ERROR` (unavailable): nothing was kept
   */
  append(
    context: RecordContext,
    records: Records,
  ): { readonly firstSeq: number; readonly durable: Promise<JournalEntry> } {
    assert(!this.#isClosed, 'append to an open journal');
    const count = recordCount(records);
    assert(count > 0, 'append of at least one record');
    this.checkCap(records.bytes.length);
    this.#checkPending(records.bytes.length);
    const firstSeq = this.#nextSeq;
    this.#nextSeq += count;
    const buffers = encodeFrame(firstSeq, context, records);
    const bytes = buffers.reduce((sum, buffer) => sum + buffer.length, 0);
    this.#pendingBytes += bytes;
    const durable = new Promise<JournalEntry>((resolve, reject) => {
      const lastSeq = firstSeq + count - 1;
      this.#pending.push({ firstSeq, lastSeq, context, records, buffers, bytes, resolve, reject });
    });
    this.#flushing ??= this.#flush();
    return { firstSeq, durable };
  }

  /** @throws AppError `JOURNAL_FULL` when that many bytes more are over the cap */
  checkCap(bytes: number): void {
    if (this.bytes + bytes <= this.#bytesMax) return;
    const text = `the journal holds ${this.bytes} of at most ${this.#bytesMax} bytes that wait for the event store`;
    throw new AppError('overloaded', 'JOURNAL_FULL', text, { retryAfterSeconds: JOURNAL_RETRY_AFTER_SECONDS });
  }

  #checkPending(bytes: number): void {
    if (this.#pendingBytes === 0 || this.#pendingBytes + bytes <= JOURNAL_PENDING_BYTES_MAX) return;
    const text = `${this.#pendingBytes} of at most ${JOURNAL_PENDING_BYTES_MAX} bytes wait for the disk`;
    throw new AppError('overloaded', 'JOURNAL_BUSY', text, { retryAfterSeconds: JOURNAL_RETRY_AFTER_SECONDS });
  }

  /** Bytes of a segment from `offset` on, never past what is durable. */
  async readSegment(segmentSeq: number, offset: number, bytesMax: number): Promise<Buffer> {
    const segment = this.#segments.find((candidate) => candidate.firstSeq === segmentSeq);
    if (segment === undefined) return Buffer.alloc(0);
    const length = Math.max(0, Math.min(bytesMax, segment.durableBytes - offset));
    const buffer = Buffer.allocUnsafe(length);
    try {
      const read = length === 0 ? 0 : await segment.file.read(buffer, offset);
      return buffer.subarray(0, read);
    } catch (error) {
      // Released while it was read: all readers are done with everything in it.
      if (!this.#segments.includes(segment)) return Buffer.alloc(0);
      throw error;
    }
  }

  /** The segment after the given one; null for the newest. */
  segmentAfter(segmentSeq: number): number | null {
    return this.#segments.find((segment) => segment.firstSeq > segmentSeq)?.firstSeq ?? null;
  }

  /** Deletes the segments whose every record is at or before `seq`; the newest always stays. */
  async release(seq: number): Promise<void> {
    for (;;) {
      const [oldest, next] = this.#segments;
      if (oldest === undefined || next === undefined || next.firstSeq > seq + 1) return;
      this.#segments.shift();
      this.#bytes -= oldest.durableBytes;
      await oldest.file.close();
      await this.#files.remove(segmentPath(this.#dir, oldest.firstSeq));
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    while (this.#flushing !== null) await this.#flushing;
    for (const segment of this.#segments.splice(0)) await segment.file.close();
  }

  async #flush(): Promise<void> {
    // One turn of the event loop later, so that appends of the same turn share the first sync.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#pending.length > 0) {
      const group = this.#pending.splice(0);
      await this.#writeGroup(group);
    }
    this.#flushing = null;
  }

  async #writeGroup(group: readonly Pending[]): Promise<void> {
    const bytes = group.reduce((sum, item) => sum + item.bytes, 0);
    let segment: Segment | undefined;
    try {
      segment = await this.#segmentWithRoom(group[0]?.firstSeq ?? this.#nextSeq);
      await segment.file.write(
        group.flatMap((item) => item.buffers),
        segment.durableBytes,
      );
      await segment.file.datasync();
      this.syncs += 1;
    } catch (error) {
      this.diskErrors += 1;
      this.#pendingBytes -= bytes;
      const failure = diskFailure(error);
      if (segment !== undefined) await this.#abandon(segment, group.at(-1)?.lastSeq ?? 0);
      for (const item of group) item.reject(failure);
      return;
    }
    this.#pendingBytes -= bytes;
    this.#bytes += bytes;
    for (const item of group) {
      segment.durableBytes += item.bytes;
      const { firstSeq, lastSeq, context, records } = item;
      const end = { segmentSeq: segment.firstSeq, offset: segment.durableBytes };
      const previousSeq = this.#durableSeq;
      this.#durableSeq = lastSeq;
      item.resolve({ firstSeq, lastSeq, previousSeq, context, records, end });
    }
  }

  /**
   * Takes back a failed write. After a failed sync the kernel may have dropped dirty pages while it calls them clean,
   * so the segment gets no further frames: the next group opens a new one.
   */
  async #abandon(segment: Segment, lastSeq: number): Promise<void> {
    try {
      await segment.file.truncate(segment.durableBytes);
      await segment.file.datasync();
    } catch {
      // The frames after `durableBytes` were refused. Should they survive a crash, they are only sent once more.
    }
    if (segment.durableBytes === 0) return;
    try {
      await this.#addSegment(lastSeq + 1);
    } catch {
      this.diskErrors += 1;
    }
  }

  async #segmentWithRoom(nextFirstSeq: number): Promise<Segment> {
    const last = this.#segments.at(-1);
    if (last !== undefined && last.durableBytes < this.#segmentBytes) return last;
    return this.#addSegment(nextFirstSeq);
  }

  async #addSegment(firstSeq: number = this.#nextSeq): Promise<Segment> {
    const file = await this.#files.open(segmentPath(this.#dir, firstSeq));
    // A frame in a file whose name is lost is a lost frame.
    await this.#files.syncFolder(this.#dir);
    const segment = { firstSeq, file, durableBytes: 0 };
    this.#segments.push(segment);
    return segment;
  }

  /** Answers the last whole frame's last number. */
  async #cutTornEnd(segment: Segment): Promise<number> {
    const buffer = Buffer.allocUnsafe(segment.durableBytes);
    const size = await segment.file.read(buffer, 0);
    const content = buffer.subarray(0, size);
    let offset = 0;
    let lastSeq = segment.firstSeq - 1;
    for (;;) {
      const read = decodeFrame(content, offset);
      if (read.kind !== 'frame') break;
      lastSeq = read.frame.firstSeq + recordCount(read.frame.records) - 1;
      offset = read.end;
    }
    this.cutBytes = size - offset;
    if (this.cutBytes > 0) {
      // A torn write leaves no whole frame behind it unless the pages of one group were written out of order; what is
      // cut there was never acknowledged, yet it is kept beside the journal in case the disk itself went bad.
      if (findFrame(content, offset) !== -1) {
        await writeFile(`${segmentPath(this.#dir, segment.firstSeq)}.cut-${offset}`, content.subarray(offset));
      }
      await segment.file.truncate(offset);
      await segment.file.datasync();
      segment.durableBytes = offset;
    }
    return lastSeq;
  }
}

function diskFailure(cause: unknown): AppError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'UNKNOWN';
  const retryAfterSeconds = DISK_FULL_RETRY_AFTER_SECONDS;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const text = 'the disk of the journal is full; nothing of this request was kept';
    return new AppError('unavailable', 'JOURNAL_DISK_FULL', text, { cause, retryAfterSeconds });
  }
  const text = `the journal could not be written (${code}); nothing of this request was kept`;
  return new AppError('unavailable', 'JOURNAL_DISK_ERROR', text, { cause, retryAfterSeconds });
}

import type { Journal, JournalEntry, JournalPosition } from './journal.ts';
import { decodeFrame, FRAME_HEADER_BYTES, findFrame } from './journal-frame.ts';
import { recordCount } from './record.ts';

const READ_BYTES = 4 * 1024 * 1024;

/** Reads durable entries back in order, from a position or a number on. Used after a start and when memory was full. */
export class JournalReader {
  readonly #journal: Journal;
  #position: JournalPosition;
  #previousSeq: number;
  #waiting: JournalEntry[] = [];
  /** Bytes inside sealed segments that are no frames: damage of the disk, skipped loudly. */
  damagedBytes = 0;

  /** Entries after `afterSeq`; `position` is where the entry after it starts, when the caller knows. */
  constructor(journal: Journal, afterSeq: number, position?: JournalPosition) {
    this.#journal = journal;
    this.#previousSeq = afterSeq;
    this.#position = position ?? journal.start;
  }

  /** The next entry; null at the durable end. Ask again when more was appended. */
  async next(): Promise<JournalEntry | null> {
    while (this.#waiting.length === 0) {
      if (!(await this.#fill())) return null;
    }
    return this.#waiting.shift() ?? null;
  }

  async #fill(): Promise<boolean> {
    const { segmentSeq, offset } = this.#position;
    let chunk = await this.#journal.readSegment(segmentSeq, offset, READ_BYTES);
    if (chunk.length === 0) return this.#toNextSegment();
    let read = decodeFrame(chunk, 0);
    if (read.kind === 'short') {
      const wanted = Math.max(read.bytes, FRAME_HEADER_BYTES);
      chunk = await this.#journal.readSegment(segmentSeq, offset, wanted);
      read = decodeFrame(chunk, 0);
      // The header alone tells the whole length: ask once more with it.
      if (read.kind === 'short' && read.bytes > wanted) {
        chunk = await this.#journal.readSegment(segmentSeq, offset, read.bytes);
        read = decodeFrame(chunk, 0);
      }
    }
    if (read.kind !== 'frame') return this.#skipDamage(segmentSeq, offset);
    let at = 0;
    while (read.kind === 'frame') {
      at = read.end;
      const { frame } = read;
      const lastSeq = frame.firstSeq + recordCount(frame.records) - 1;
      if (lastSeq > this.#previousSeq) {
        const end = { segmentSeq, offset: offset + at };
        this.#waiting.push({ ...frame, lastSeq, previousSeq: this.#previousSeq, end });
        this.#previousSeq = lastSeq;
      }
      read = decodeFrame(chunk, at);
    }
    this.#position = { segmentSeq, offset: offset + at };
    return true;
  }

  #toNextSegment(): boolean {
    const next = this.#journal.segmentAfter(this.#position.segmentSeq);
    if (next === null) return false;
    this.#position = { segmentSeq: next, offset: 0 };
    return true;
  }

  async #skipDamage(segmentSeq: number, offset: number): Promise<boolean> {
    const rest = await this.#journal.readSegment(segmentSeq, offset, Number.MAX_SAFE_INTEGER);
    const found = findFrame(rest, 1);
    const skipped = found === -1 ? rest.length : found;
    this.damagedBytes += skipped;
    this.#position = { segmentSeq, offset: offset + skipped };
    return true;
  }
}

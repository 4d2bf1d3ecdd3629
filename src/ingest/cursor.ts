import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { AppError } from '../shared/errors.ts';
import { type JournalFile, type JournalFiles, listSegments, realJournalFiles } from './journal-files.ts';

/** What is done and what is on its way, as a crash would find it. */
export type CursorState = {
  /** Names the journal: part of every deduplication token, so that a new journal cannot be taken for an old one. */
  readonly stream: string;
  /** Every record up to here is delivered. */
  readonly doneSeq: number;
  /** Last numbers of the batches that may have been sent, in order: after a crash they are sent again just so. */
  readonly batchEnds: readonly number[];
};

const SLOT_BYTES = 4096;

/**
 * The durable position of one reader of the journal: two slots of one file, written in turn, so that a torn write leaves the state
 * before it. One `fdatasync` a change.
 */
export class Cursor {
  readonly #file: JournalFile;
  #state: CursorState;
  #version: number;

  private constructor(file: JournalFile, state: CursorState, version: number) {
    this.#file = file;
    this.#state = state;
    this.#version = version;
  }

  /** @throws AppError `JOURNAL_CURSOR_DAMAGED` when there are segments and neither slot is whole */
  static async open(dir: string, name: string, files: JournalFiles = realJournalFiles): Promise<Cursor> {
    const file = await files.open(join(dir, name));
    const buffer = Buffer.alloc(SLOT_BYTES * 2);
    const read = await file.read(buffer, 0);
    const slots = [decodeSlot(buffer.subarray(0, SLOT_BYTES)), decodeSlot(buffer.subarray(SLOT_BYTES))];
    const newest = slots.filter((slot) => slot !== null).sort((a, b) => b.version - a.version)[0];
    // The cursor is made before the first segment: without one, damage is a first start that was cut short.
    if (read === 0 || (newest === undefined && (await listSegments(files, dir)).length === 0)) {
      const cursor = new Cursor(file, { stream: randomUUID(), doneSeq: 0, batchEnds: [] }, 0);
      await cursor.save(cursor.#state);
      await cursor.save(cursor.#state);
      await files.syncFolder(dir);
      return cursor;
    }
    if (newest === undefined) {
      await file.close();
      const text = `the journal's file ${name} in ${dir} is damaged: neither of its two slots is whole`;
      throw new AppError('unavailable', 'JOURNAL_CURSOR_DAMAGED', text);
    }
    return new Cursor(file, newest.state, newest.version);
  }

  get state(): CursorState {
    return this.#state;
  }

  /** Resolves once the state is durable. Callers wait for one another: one save at a time. */
  async save(state: CursorState): Promise<void> {
    const version = this.#version + 1;
    await this.#file.write([encodeSlot(version, state)], (version % 2) * SLOT_BYTES);
    await this.#file.datasync();
    this.#version = version;
    this.#state = state;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

type Slot = { readonly version: number; readonly state: CursorState };

function encodeSlot(version: number, state: CursorState): Buffer {
  const slot = Buffer.alloc(SLOT_BYTES);
  const text = Buffer.from(JSON.stringify({ version, state }), 'utf8');
  if (text.length + 8 > SLOT_BYTES) throw new Error(`assertion failed: cursor of ${text.length} bytes fits its slot`);
  slot.writeUInt32LE(text.length, 0);
  slot.writeUInt32LE(crc32(text), 4);
  text.copy(slot, 8);
  return slot;
}

function decodeSlot(slot: Buffer): Slot | null {
  const length = slot.readUInt32LE(0);
  if (length === 0 || length + 8 > slot.length) return null;
  const text = slot.subarray(8, 8 + length);
  if (crc32(text) !== slot.readUInt32LE(4)) return null;
  return JSON.parse(text.toString('utf8')) as Slot;
}

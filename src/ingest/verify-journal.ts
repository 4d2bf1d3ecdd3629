import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../shared/errors.ts';
import { Cursor } from './cursor.ts';
import { listSegments, realJournalFiles, segmentPath } from './journal-files.ts';
import { decodeFrame, findFrame } from './journal-frame.ts';
import { recordCount } from './record.ts';

export type JournalReport = {
  readonly segments: number;
  readonly records: number;
  /** Bytes of a write at the very end that was never acknowledged; cut at the next start. */
  readonly tornBytes: number;
  readonly faults: readonly string[];
};

/** Reads every frame of the journal in the data folder. The journal may be in use: its end may be torn then. */
export async function verifyJournal(dataDir: string): Promise<JournalReport> {
  const dir = join(dataDir, 'journal');
  if (!existsSync(dir)) return { segments: 0, records: 0, tornBytes: 0, faults: [] };
  const faults: string[] = [];
  for (const name of ['store.cursor', 'rules.cursor']) {
    if (!existsSync(join(dir, name))) continue;
    const fault = await cursorFault(dir, name);
    if (fault !== null) faults.push(fault);
  }
  const seqs = await listSegments(realJournalFiles, dir);
  let records = 0;
  let tornBytes = 0;
  for (const [i, firstSeq] of seqs.entries()) {
    const content = await readFile(segmentPath(dir, firstSeq));
    const read = readSegment(content, firstSeq);
    records += read.records;
    faults.push(...read.faults);
    if (read.tornBytes === 0) continue;
    if (i === seqs.length - 1) tornBytes = read.tornBytes;
    else faults.push(`segment ${firstSeq}: ${read.tornBytes} bytes at its end are no frame`);
  }
  return { segments: seqs.length, records, tornBytes, faults };
}

function readSegment(content: Buffer, firstSeq: number) {
  const faults: string[] = [];
  let records = 0;
  let at = 0;
  let seq = firstSeq - 1;
  while (at < content.length) {
    const read = decodeFrame(content, at);
    if (read.kind === 'frame') {
      const count = recordCount(read.frame.records);
      if (read.frame.firstSeq <= seq) faults.push(`segment ${firstSeq}: record ${read.frame.firstSeq} after ${seq}`);
      seq = read.frame.firstSeq + count - 1;
      records += count;
      at = read.end;
      continue;
    }
    const next = findFrame(content, at + 1);
    if (next === -1) return { records, tornBytes: content.length - at, faults };
    faults.push(`segment ${firstSeq}: ${next - at} damaged bytes at ${at}`);
    at = next;
  }
  return { records, tornBytes: 0, faults };
}

async function cursorFault(dir: string, name: string): Promise<string | null> {
  try {
    await (await Cursor.open(dir, name)).close();
    return null;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return error.message;
  }
}

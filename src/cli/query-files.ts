import { basename } from 'node:path';
import type { LogEvent } from '../events/event.ts';
import { decodeEntry } from '../ingest/decode-entry.ts';
import { openLines } from '../ingest/read-lines.ts';
import type { RecordContext, RecordFormat } from '../ingest/record.ts';
import { isJsonArray, splitJsonArray, splitLines, toFrames } from '../ingest/split-records.ts';
import { compileFilter } from '../query/compile-filter.ts';
import { EventView } from '../query/event-view.ts';
import type { Plan } from '../query/plan.ts';

/** Events of files that a query's search expression finds, which are held until all are read. */
export const foundEventsMax = 1_000_000;

/** What has been read so far. */
export type FileProgress = {
  readonly file: string;
  /** Of the file as it lies on the disk; null when that is not known. */
  readonly share: number | null;
  readonly events: number;
  readonly found: number;
};

export type FoundInFiles = {
  readonly events: readonly LogEvent[];
  readonly read: number;
  /** Lines that no decoder took. */
  readonly rejected: number;
  /** There were more than `foundEventsMax`. */
  readonly isCut: boolean;
};

export type FileQuery = {
  readonly files: readonly string[];
  readonly format: RecordFormat;
  readonly plan: Plan;
  /** `[fromMs, toMs)` on the event's own time. */
  readonly fromMs: number;
  readonly toMs: number;
  /** The time of reading: of events that have none of their own. */
  readonly nowMs: number;
  readonly onProgress: (progress: FileProgress) => void;
};

/** Decodes files as ingestion does and keeps the events that the search expression of the plan finds. */
export async function findInFiles(query: FileQuery): Promise<FoundInFiles> {
  const holds = compileFilter(query.plan);
  const view = new EventView(query.plan.constants);
  const found: LogEvent[] = [];
  let [read, rejected, isCut] = [0, 0, false];
  for (const file of query.files) {
    const context = contextOf(file, query);
    const { bytesTotal, chunks } = await openLines(file);
    for await (const { bytes, bytesRead } of chunks) {
      const spans = isJsonArray(bytes) && query.format !== 'text' ? splitJsonArray(bytes) : splitLines(bytes);
      for (const records of toFrames(bytes, spans)) {
        const entry = decodeEntry(context, records, read + 1);
        const refused = new Set(entry.rejected.map(({ index }) => index));
        read += entry.events.length;
        rejected += refused.size;
        for (const [index, event] of entry.events.entries()) {
          if (refused.has(index) || event.eventAtMs < query.fromMs || event.eventAtMs >= query.toMs) continue;
          if (!holds(event, view)) continue;
          if (found.length < foundEventsMax) found.push(event);
          else isCut = true;
        }
      }
      const share = bytesTotal === null || bytesTotal === 0 ? null : Math.min(1, bytesRead / bytesTotal);
      query.onProgress({ file: basename(file), share, events: read, found: found.length });
    }
  }
  return { events: found, read, rejected, isCut };
}

/** Files have no tenant; the names stand in rows, as those of a logpoint do. */
const contextOf = (file: string, { format, nowMs }: FileQuery): RecordContext => ({
  poolId: '0'.repeat(32),
  logpointId: '0'.repeat(32),
  logpointName: 'files',
  repo: 'default',
  format,
  colType: 'filesystem',
  remoteIp: '127.0.0.1',
  sourceName: file === '-' ? 'stdin' : basename(file),
  timeZone: 'UTC',
  receivedAtMs: nowMs,
});

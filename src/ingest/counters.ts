import type { DecodedEntry } from './decode-entry.ts';

/** What the worker counts since its start. Plain numbers; `IngestStatus` shows them. */
export class Counters {
  accepted = 0;
  readonly rejected = new Map<string, number>();
  readonly refusedRequests = new Map<string, number>();
  receivedBytes = 0;
  udpDrops = 0;
  truncatedValues = 0;
  droppedFields = 0;
  clampedTimes = 0;
  reencodedLines = 0;
  storedEvents = 0;
  storeRetries = 0;
  matchRetries = 0;
  storeError: string | null = null;
  matchError: string | null = null;
  matches = 0;
  readonly matchesByRule = new Map<string, number>();

  addEntry(decoded: DecodedEntry): void {
    this.accepted += decoded.events.length - decoded.rejected.length;
    for (const { code } of decoded.rejected) add(this.rejected, code);
    this.truncatedValues += decoded.truncatedValues;
    this.droppedFields += decoded.droppedFields;
    this.clampedTimes += decoded.clampedTimes;
    this.reencodedLines += decoded.reencodedLines;
  }
}

export function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

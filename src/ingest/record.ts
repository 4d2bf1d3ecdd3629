import type { LogpointId, PoolId } from '../shared/ids.ts';

/** How the records of a frame are to be read. `auto` looks at each record. */
export const RECORD_FORMATS = ['auto', 'jsonl', 'syslog', 'web', 'text', 'internal'] as const;
export type RecordFormat = (typeof RECORD_FORMATS)[number];

/** Where events go: the wall between tenants is set here and never by the text of a line. */
export type IngestTarget = {
  readonly poolId: PoolId;
  readonly logpointId: LogpointId;
  readonly logpointName: string;
  /** Name of the repo inside the logpoint. */
  readonly repo: string;
};

/** What the records of a frame have in common; with the bytes it decides every field of every event, also on replay. */
export type RecordContext = IngestTarget & {
  readonly format: RecordFormat;
  /** How they came: `http`, `syslog`, `filesystem`, `internal`. Shown as `col_type`. */
  readonly colType: string;
  readonly remoteIp: string;
  readonly sourceName: string;
  /** Zone of times that name none: `UTC`, `+hh:mm` or an IANA name. */
  readonly timeZone: string;
  readonly receivedAtMs: number;
};

/** Records as they came: bytes with the start and end of each, so that nothing is copied or split twice. */
export type Records = {
  readonly bytes: Buffer;
  /** `[start0, end0, start1, end1, …]`, end exclusive. */
  readonly spans: Uint32Array;
};

export const recordCount = (records: Records): number => records.spans.length >> 1;

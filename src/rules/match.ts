import type { LogpointId, ObjectId } from '../shared/ids.ts';

/** One event satisfied one rule's search expression on the stream. Crosses threads as plain data. */
export type Match = {
  readonly logpointId: LogpointId;
  readonly ruleId: ObjectId;
  readonly ruleVersion: number;
  /** Journal sequence number of the event: with the rule it makes the match unique, also on replay. */
  readonly seq: number;
  readonly eventAtMs: number;
  readonly repo: string;
  /** Value of the rule's throttling field in this event; null without throttling or without the field. */
  readonly throttleValue: string | null;
};

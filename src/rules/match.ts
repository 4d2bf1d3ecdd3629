import type { Entity } from '../events/entity.ts';
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
  /** What the event names; absent when nothing. */
  readonly entities?: readonly Entity[] | undefined;
  /** Ids of exceptions for the rule that the event satisfies; none when left out. */
  readonly exceptions?: readonly ObjectId[] | undefined;
  /** For a stateful rule: the event's group, which parts it satisfies (one bit each), and what is counted of it. */
  readonly correlated?:
    | { readonly groupKey: string; readonly parts: number; readonly value: string | null }
    | undefined;
};

/**
 * All matches of a stretch of one journal. Both ends are inclusive, so a batch without a match still moves the cursor.
 *
 * `stream` names the journal (one a node). Batches of a stream come in the order of their numbers; one that was not
 * confirmed is sent again, alone or as part of a longer one, and adds nothing twice.
 */
export type MatchBatch = {
  readonly stream: string;
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly matches: readonly Match[];
  /** Time of the newest event of each logpoint, matching or not; that of the newest match when left out. */
  readonly newest?: Readonly<Record<LogpointId, number>> | undefined;
};

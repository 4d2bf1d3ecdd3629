import type { ReadFields } from '../correlation/match-fields.ts';
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
  readonly correlated?: Correlated | undefined;
};

export type Correlated = ReadFields & {
  readonly parts: number;
  /** The correlation of a chain whose parts they are; that of the rule itself when left out. */
  readonly node?: number | undefined;
  /** Group and value in the correlations that the node feeds, the nearest first; none when left out. */
  readonly up?: readonly ReadFields[] | undefined;
};

/** Parts that one event satisfies for the same group of the same correlation are one match. */
export const isSameGroup = (one: Correlated | undefined, other: Correlated): one is Correlated =>
  one !== undefined && one.node === other.node && one.groupKey === other.groupKey;

export const joined = (one: Correlated, other: Correlated): Correlated => ({
  ...one,
  parts: one.parts | other.parts,
  value: one.value ?? other.value,
});

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

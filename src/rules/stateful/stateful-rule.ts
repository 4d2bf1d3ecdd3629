import type { Correlation, InnerCorrelation } from '../../correlation/correlation.ts';
import { type MatchFields, readMatch } from '../../correlation/match-fields.ts';
import type { LogEvent } from '../../events/event.ts';
import type { Correlated } from '../match.ts';

/** One of the searches whose matches a stateful rule is about. */
export type StatefulPart = {
  /** A plain search expression. */
  readonly query: string;
  readonly fields: MatchFields;
  /** In a chain: whose part it is, and which of its parts; the rule's own and its place in the list when left out. */
  readonly at?: { readonly node: number; readonly part: number };
  /** In a chain: what the correlations above read of the event, the nearest first. */
  readonly up?: readonly MatchFields[];
};

/** What makes a rule of the stream stateful. Plain data, kept with the rule. */
export type StatefulRule = {
  readonly correlation: Correlation;
  /** Correlations whose hits it counts, and theirs. */
  readonly inner?: readonly InnerCorrelation[] | undefined;
  readonly parts: readonly StatefulPart[];
};

/** What is read of an event that satisfies a part. */
export type PlacedPart = Omit<StatefulPart, 'query' | 'at'> & { readonly node: number; readonly part: number };

export const placedParts = ({ parts }: StatefulRule): readonly PlacedPart[] =>
  parts.map(({ fields, up = [], at }, place) => ({ fields, up, node: at?.node ?? 0, part: at?.part ?? place }));

/** The event as a match of the part; null for one that belongs to no group. */
export function correlatedBy(event: LogEvent, { node, part, ...reading }: PlacedPart): Correlated | null {
  const read = readMatch(event, reading);
  if (read === null) return null;
  const { up, ...own } = read;
  const parts = 1 << part;
  return node === 0 ? { ...own, parts } : { ...own, parts, node, up };
}

/** How long decisions wait for events that come out of order, unless configured otherwise. */
export const LATENESS_MS_DEFAULT = 30_000;

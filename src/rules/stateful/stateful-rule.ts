import type { Correlation } from '../../correlation/correlation.ts';
import type { MatchFields } from '../../correlation/match-fields.ts';

/** One of the searches whose matches a stateful rule is about. */
export type StatefulPart = {
  /** A plain search expression. */
  readonly query: string;
  readonly fields: MatchFields;
};

/** What makes a rule of the stream stateful. Plain data, kept with the rule. */
export type StatefulRule = { readonly correlation: Correlation; readonly parts: readonly StatefulPart[] };

/** How long decisions wait for events that come out of order, unless configured otherwise. */
export const LATENESS_MS_DEFAULT = 30_000;

/**
 * What a stateful rule asks of the matches of one group. Plain data; says nothing of where the matches come from.
 *
 * `pairs`: an event of part 1 follows one of part 0 that none followed yet. `unfollowed`: none of part 1 follows within
 * the span. The others are those of Sigma's correlation rules.
 */
export const CORRELATION_KINDS = [
  'event_count',
  'value_count',
  'value_sum',
  'value_avg',
  'value_percentile',
  'value_median',
  'temporal',
  'temporal_ordered',
  'pairs',
  'unfollowed',
] as const;
export type CorrelationKind = (typeof CORRELATION_KINDS)[number];

export const OPERATORS = ['gt', 'gte', 'lt', 'lte', 'eq', 'neq'] as const;
export type Operator = (typeof OPERATORS)[number];
export type Threshold = { readonly op: Operator; readonly value: number };

/** Which of the parts were seen. */
export type PartsExpression =
  | { readonly kind: 'and' | 'or'; readonly operands: readonly PartsExpression[] }
  | { readonly kind: 'not'; readonly operand: PartsExpression }
  | { readonly kind: 'part'; readonly part: number };

export type Correlation = {
  readonly kind: CorrelationKind;
  /** How many searches it has; a match says which of them the event satisfies. */
  readonly parts: number;
  readonly spanMs: number;
  /** `seconds`: `(t − span, t]` in whole seconds. `exact`: `[t − span, t]` in milliseconds. */
  readonly window: 'seconds' | 'exact';
  /** All must hold. Empty for the kinds that need none. */
  readonly thresholds: readonly Threshold[];
  readonly percentile: number | null;
  readonly expression: PartsExpression | null;
};

/** Bits of `CorrelatedMatch.parts`. */
export const PARTS_MAX = 30;

/** A correlation whose hits are the matches of one part of another. Plain data. */
export type InnerCorrelation = {
  readonly correlation: Correlation;
  /** The correlation that it feeds: 0 is the outermost, `n` the inner one at place `n - 1`, which comes before it. */
  readonly feeds: number;
  readonly part: number;
};

/** Correlations from the outermost to the innermost, and searches of a whole chain. */
export const CHAIN_DEPTH_MAX = 5;
export const CHAIN_SEARCHES_MAX = 200;

/** One event that satisfied at least one part. Ordered by (`eventAtMs`, `seq`, `stream`). */
export type CorrelatedMatch = {
  readonly eventAtMs: number;
  readonly stream: string;
  readonly seq: number;
  /** One bit for each part. */
  readonly parts: number;
  /** What is counted or summed; null without the field. */
  readonly value: string | null;
};

/**
 * When a group is judged. `match`: at each match, over the span that ends with it; more matches can only help, or the
 * condition is about the values that are there. `window`: when an aligned window of the span has ended, because the next
 * match may undo it. `follower`: when the span after a match of part 0 is over.
 */
export type Timing = 'match' | 'window' | 'follower';

export function timingOf({ kind, thresholds, expression }: Correlation): Timing {
  if (kind === 'unfollowed') return 'follower';
  if (kind === 'value_avg' || kind === 'value_percentile' || kind === 'value_median') return 'match';
  const canBeUndone = thresholds.some(({ op }) => op !== 'gt' && op !== 'gte');
  return canBeUndone || (expression !== null && hasNot(expression)) ? 'window' : 'match';
}

const hasNot = (expression: PartsExpression): boolean => {
  if (expression.kind === 'part') return false;
  return expression.kind === 'not' || expression.operands.some(hasNot);
};

export function partsHold(expression: PartsExpression, seen: (part: number) => boolean): boolean {
  switch (expression.kind) {
    case 'part':
      return seen(expression.part);
    case 'not':
      return !partsHold(expression.operand, seen);
    case 'and':
      return expression.operands.every((operand) => partsHold(operand, seen));
    case 'or':
      return expression.operands.some((operand) => partsHold(operand, seen));
  }
}

export function thresholdHolds({ op, value }: Threshold, measured: number): boolean {
  switch (op) {
    case 'gt':
      return measured > value;
    case 'gte':
      return measured >= value;
    case 'lt':
      return measured < value;
    case 'lte':
      return measured <= value;
    case 'eq':
      return measured === value;
    case 'neq':
      return measured !== value;
  }
}

export const thresholdsHold = (thresholds: readonly Threshold[], measured: number): boolean =>
  thresholds.every((threshold) => thresholdHolds(threshold, measured));

/** For thresholds that more can only help: the least number at which all of them hold. */
export const leastOf = (thresholds: readonly Threshold[]): number =>
  thresholds.reduce(
    (least, { op, value }) => Math.max(least, op === 'gt' ? Math.floor(value) + 1 : Math.ceil(value)),
    1,
  );

const SECOND_MS = 1_000;

/** The first instant that a window which ends with `atMs` reaches back to. */
export const sinceOf = ({ window, spanMs }: Correlation, atMs: number): number =>
  window === 'exact' ? atMs - spanMs : (Math.floor(atMs / SECOND_MS) + 1) * SECOND_MS - spanMs;

export const inOrder = (a: CorrelatedMatch, b: CorrelatedMatch): number =>
  a.eventAtMs - b.eventAtMs || a.seq - b.seq || (a.stream < b.stream ? -1 : a.stream > b.stream ? 1 : 0);

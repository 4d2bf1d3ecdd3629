import type { Condition } from '../../query/plan.ts';

export type MatcherRule<K> = { readonly key: K; readonly condition: Condition };

/**
 * Why a rule costs more than others, the dearest first:
 * `no-clue`: it is tried for every event of its kinds; `any-value`: for every event that has a field;
 * `free-text`: it has whole messages searched; `short-text`: what it is looked up by is met in many values.
 */
export const EXPENSES = ['no-clue', 'any-value', 'free-text', 'short-text'] as const;
export type Expense = (typeof EXPENSES)[number];

export type MatcherReport<K> = {
  readonly rules: number;
  readonly expensive: readonly { readonly key: K; readonly expense: Expense }[];
  /** Fields whose values are looked up, and bytes of the automata that do it. */
  readonly fields: number;
  readonly automatonBytes: number;
  readonly buildMs: number;
};

/** What a rule has cost since the matcher was built. */
export type RuleCost<K> = {
  readonly key: K;
  /** Looks at an event, or at a value that is new, and events that matched. */
  readonly tried: number;
  readonly matched: number;
  /** Estimate from a sample of the looks; 0 for a rule that was in none. */
  readonly estimatedUs: number;
};

import type { EventView } from '../../query/event-view.ts';
import type { Condition } from '../../query/plan.ts';
import type { PlacedField } from './field-reader.ts';
import type { MatcherReport, MatcherRule } from './matcher-rule.ts';
import type { Test } from './rule-test.ts';
import type { StrideScanner } from './stride-scanner.ts';
import type { ValueIndex } from './value-index.ts';
import type { ValueSubject } from './value-test.ts';

/** The rules with one route, by how they are found where the route holds. */
export type RouteGroup = {
  readonly route: Condition;
  /** They match by their route alone. */
  readonly sure: readonly number[];
  /** They have no clue. */
  readonly always: readonly number[];
  /** They are found by these indexes (places in `indexes`). */
  readonly indexed: readonly number[];
  readonly indexes: ReadonlySet<number>;
  /** Finds those with text without a field: one for each route, as every value of an event is looked up in it. */
  readonly anywhere: AnywhereIndex | null;
};

/** Long literals are all found in strides; a set with a short one by an index. */
export type AnywhereIndex =
  | { readonly kind: 'strides'; readonly scanner: StrideScanner }
  | { readonly kind: 'index'; readonly field: FieldIndex };

/** The rules that the values of one field find. */
export type FieldIndex = {
  readonly field: PlacedField;
  readonly values: ValueIndex;
  /** What rules say of this field alone: where it does not hold of a value, the rule does not hold of the event. */
  readonly tests: ReadonlyMap<number, Test<ValueSubject>>;
};

export type MatcherParts<K> = {
  readonly rules: readonly MatcherRule<K>[];
  /** What is left to test of each rule where its route holds and a value has found it; null when that is all. */
  readonly rests: readonly (Test<EventView> | null)[];
  readonly groups: readonly RouteGroup[];
  readonly indexes: readonly FieldIndex[];
  readonly constantNames: ReadonlySet<string>;
  readonly report: MatcherReport<K>;
};

import type { Condition, FieldRef } from '../../query/plan.ts';
import { fieldReader, plainName, refKey } from './field-reader.ts';
import type { Literal } from './literal.ts';
import { type FieldIndex, Matcher, type RouteGroup } from './matcher.ts';
import type { Expense, MatcherRule } from './matcher-rule.ts';
import { routeCondition } from './routing.ts';
import { compileTest, type EventTest } from './rule-test.ts';
import { runAtOnce, runInSlices } from './run-in-slices.ts';
import { ValueIndexBuilder } from './value-index.ts';
import { type Clue, type Witness, witnessOf } from './witness.ts';

export type MatcherOptions = {
  /** Fields that the views of the events may give to an event that lacks them. */
  readonly constantNames?: ReadonlySet<string>;
};

/** Builds at once; for thousands of rules this takes a good part of a second. */
export const buildMatcher = <K>(rules: readonly MatcherRule<K>[], options: MatcherOptions = {}): Matcher<K> =>
  runAtOnce(buildSteps(rules, options));

/** Builds in slices of a few milliseconds, with turns of the event loop between them. */
export const buildMatcherInSlices = <K>(
  rules: readonly MatcherRule<K>[],
  options: MatcherOptions = {},
): Promise<Matcher<K>> => runInSlices(buildSteps(rules, options));

const RULES_PER_STEP = 32;

/** The work of building, with a yield every few hundred microseconds. */
export function* buildSteps<K>(rules: readonly MatcherRule<K>[], options: MatcherOptions): Generator<void, Matcher<K>> {
  const fromMs = performance.now();
  const draft = new MatcherDraft<K>(options.constantNames ?? new Set());
  for (const [number, rule] of rules.entries()) {
    yield* draft.add(number, rule);
    if (number % RULES_PER_STEP === 0) yield;
  }
  const indexes: FieldIndex[] = [];
  for (const { values, ...field } of draft.indexes) indexes.push({ ...field, values: yield* values.build() });
  const groups: RouteGroup[] = [];
  for (const group of draft.groups.values()) {
    groups.push({ ...group, anywhere: group.anywhere === null ? null : yield* group.anywhere.build() });
  }
  return new Matcher({
    rules,
    rests: draft.rests,
    groups,
    indexes,
    constantNames: draft.constantNames,
    report: {
      rules: rules.length,
      expensive: draft.expensive,
      fields: indexes.length,
      automatonBytes: indexes.reduce((sum, index) => sum + index.values.scannerBytes, 0),
      buildMs: performance.now() - fromMs,
    },
  });
}

type GroupDraft = Omit<RouteGroup, 'anywhere'> & {
  readonly sure: number[];
  readonly always: number[];
  readonly indexed: number[];
  readonly indexes: Set<number>;
  anywhere: ValueIndexBuilder | null;
};

const newGroup = (route: Condition): GroupDraft => ({
  route,
  sure: [],
  always: [],
  indexed: [],
  indexes: new Set(),
  anywhere: null,
});

/** What is known of the rules so far. */
class MatcherDraft<K> {
  readonly constantNames: ReadonlySet<string>;
  readonly rests: EventTest[] = [];
  readonly groups = new Map<string, GroupDraft>();
  readonly indexes: (Omit<FieldIndex, 'values'> & { readonly values: ValueIndexBuilder })[] = [];
  readonly expensive: { readonly key: K; readonly expense: Expense }[] = [];
  readonly #indexPlaces = new Map<string, number>();

  constructor(constantNames: ReadonlySet<string>) {
    this.constantNames = constantNames;
  }

  *add(number: number, { key, condition }: MatcherRule<K>): Generator<void, void> {
    const { route, rest } = routeCondition(condition);
    this.rests.push(yield* compileTest(rest));
    const routeKey = JSON.stringify(route);
    const group = this.groups.get(routeKey) ?? newGroup(route);
    this.groups.set(routeKey, group);
    if (rest.kind === 'always') {
      group.sure.push(number);
      return;
    }
    const witness = witnessOf(rest);
    const expense = expenseOf(witness);
    if (expense !== null) this.expensive.push({ key, expense });
    if (witness === null) group.always.push(number);
    else this.#index(number, witness, group);
  }

  #index(number: number, witness: Witness, group: GroupDraft): void {
    // Without a clue that could hold, the rule never does.
    if (witness.clues.length > 0) group.indexed.push(number);
    for (const clue of witness.clues) {
      if (clue.kind === 'anywhere') {
        group.anywhere ??= new ValueIndexBuilder();
        group.anywhere.add(clue, number);
        continue;
      }
      const place = this.#placeOf(clue.ref);
      group.indexes.add(place);
      this.indexes[place]?.values.add(clue, number);
    }
  }

  #placeOf(ref: FieldRef): number {
    const key = refKey(ref);
    const known = this.#indexPlaces.get(key);
    if (known !== undefined) return known;
    const fresh = this.indexes.length;
    this.indexes.push({
      name: plainName(ref, this.constantNames),
      read: fieldReader(ref, this.constantNames),
      values: new ValueIndexBuilder(),
    });
    this.#indexPlaces.set(key, fresh);
    return fresh;
  }
}

/** Texts that are shorter are met in many values. */
const TELLING_UNITS_MIN = 3;

function expenseOf(witness: Witness | null): Expense | null {
  if (witness === null) return 'no-clue';
  if (witness.clues.some(({ kind }) => kind === 'present')) return 'any-value';
  if (witness.clues.some(isFreeText)) return 'free-text';
  return witness.clues.some((clue) => clue.kind === 'literals' && clue.literals.some(isShort)) ? 'short-text' : null;
}

const isFreeText = (clue: Clue): boolean =>
  clue.kind === 'anywhere' ||
  (clue.kind === 'literals' && clue.ref.names[0] === 'msg' && clue.literals.some(({ place }) => place === 'anywhere'));

const isShort = ({ place, text }: Literal): boolean => place !== 'whole' && text.length < TELLING_UNITS_MIN;

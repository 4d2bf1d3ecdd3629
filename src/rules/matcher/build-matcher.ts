import { eventAccess } from '../../query/access.ts';
import type { EventView } from '../../query/event-view.ts';
import { allOf } from '../../query/join-conditions.ts';
import type { Condition, FieldRef } from '../../query/plan.ts';
import { type PlacedField, placedField, READ, refKey } from './field-reader.ts';
import type { Literal } from './literal.ts';
import type { RuledLiteral } from './literal-grams.ts';
import { Matcher } from './matcher.ts';
import type { AnywhereIndex, FieldIndex, RouteGroup } from './matcher-parts.ts';
import type { Expense, MatcherRule } from './matcher-rule.ts';
import { routeCondition } from './routing.ts';
import { compileTest, type Test } from './rule-test.ts';
import { runAtOnce, runInSlices } from './run-in-slices.ts';
import { STRIDE_LITERAL_UNITS_MIN, StrideScanner } from './stride-scanner.ts';
import { ValueIndexBuilder } from './value-index.ts';
import { type Conjuncts, conjunctsByField, type ValueSubject, valueAccess } from './value-test.ts';
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
    groups.push({ ...group, anywhere: group.anywhere.length === 0 ? null : yield* buildAnywhere(group.anywhere) });
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
  readonly anywhere: RuleClue[];
};

type RuleClue = { readonly clue: Extract<Clue, { kind: 'anywhere' }>; readonly rule: number };

const newGroup = (route: Condition): GroupDraft => ({
  route,
  sure: [],
  always: [],
  indexed: [],
  indexes: new Set(),
  anywhere: [],
});

type IndexDraft = {
  readonly field: PlacedField;
  readonly values: ValueIndexBuilder;
  readonly tests: Map<number, Test<ValueSubject>>;
};

/** Every value of an event is looked up in it. */
function* buildAnywhere(clues: readonly RuleClue[]): Generator<void, AnywhereIndex> {
  const literals: RuledLiteral[] = clues.flatMap(({ clue, rule }) =>
    clue.literals.map((literal) => ({ literal, rules: new Set([rule]) })),
  );
  if (
    literals.every(({ literal }) => literal.place === 'anywhere' && literal.text.length >= STRIDE_LITERAL_UNITS_MIN)
  ) {
    return { kind: 'strides', scanner: new StrideScanner(literals) };
  }
  const values = new ValueIndexBuilder();
  for (const { clue, rule } of clues) values.add(clue, rule);
  return { kind: 'index', field: { field: NO_FIELD, values: yield* values.build(), tests: new Map() } };
}

const NO_FIELD: PlacedField = { read: () => undefined, placeIn: () => READ };

/** What is known of the rules so far. */
class MatcherDraft<K> {
  readonly constantNames: ReadonlySet<string>;
  readonly rests: (Test<EventView> | null)[] = [];
  readonly groups = new Map<string, GroupDraft>();
  readonly indexes: IndexDraft[] = [];
  readonly expensive: { readonly key: K; readonly expense: Expense }[] = [];
  readonly #indexPlaces = new Map<string, number>();

  constructor(constantNames: ReadonlySet<string>) {
    this.constantNames = constantNames;
  }

  *add(number: number, { key, condition }: MatcherRule<K>): Generator<void, void> {
    const { route, rest } = routeCondition(condition);
    const routeKey = JSON.stringify(route);
    const group = this.groups.get(routeKey) ?? newGroup(route);
    this.groups.set(routeKey, group);
    if (rest.kind === 'always') {
      this.rests.push(null);
      group.sure.push(number);
      return;
    }
    const witness = witnessOf(rest);
    const expense = expenseOf(witness);
    if (expense !== null) this.expensive.push({ key, expense });
    const conjuncts = conjunctsByField(rest);
    this.rests.push(yield* this.#restTest(conjuncts, witness));
    if (witness === null) group.always.push(number);
    else yield* this.#index(number, conjuncts, witness, group);
  }

  /** Without what one value has shown already, where only the values of one field find the rule. */
  *#restTest(conjuncts: Conjuncts, witness: Witness | null): Generator<void, Test<EventView> | null> {
    const keys = new Set(witness?.clues.map((clue) => (clue.kind === 'anywhere' ? null : refKey(clue.ref))) ?? []);
    const [only = null] = keys;
    const isShown = (key: string | null): boolean => keys.size === 1 && key !== null && key === only;
    const left = [...conjuncts].flatMap(([key, some]) => (isShown(key) ? [] : some));
    return left.length === 0 ? null : yield* compileTest(allOf(left), eventAccess);
  }

  *#index(number: number, conjuncts: Conjuncts, witness: Witness, group: GroupDraft): Generator<void, void> {
    // Without a clue that could hold, the rule never does.
    if (witness.clues.length > 0) group.indexed.push(number);
    const places = new Map<number, string>();
    for (const clue of witness.clues) {
      if (clue.kind === 'anywhere') {
        group.anywhere.push({ clue, rule: number });
        continue;
      }
      const key = refKey(clue.ref);
      const place = this.#placeOf(clue.ref, key);
      group.indexes.add(place);
      this.indexes[place]?.values.add(clue, number);
      places.set(place, key);
    }
    for (const [place, key] of places) {
      const own = conjuncts.get(key);
      if (own !== undefined) this.indexes[place]?.tests.set(number, yield* compileTest(allOf(own), valueAccess));
    }
  }

  #placeOf(ref: FieldRef, key: string): number {
    const known = this.#indexPlaces.get(key);
    if (known !== undefined) return known;
    const fresh = this.indexes.length;
    this.indexes.push({
      field: placedField(ref, this.constantNames),
      values: new ValueIndexBuilder(),
      tests: new Map(),
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

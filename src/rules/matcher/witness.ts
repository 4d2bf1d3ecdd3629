import { fold } from '../../query/fold.ts';
import type { Condition, FieldRef, ValueSet } from '../../query/plan.ts';
import type { TextSet, TextTest } from '../../query/text-test.ts';
import { impliedBy } from './computed-witness.ts';
import { freeTextLiteral, type Literal, patternLiteral } from './literal.ts';
import { regexLiteral } from './regex-literal.ts';
import { ROUTING_FIELDS } from './routing.ts';

/** One way in which an event can show that a rule may hold. */
export type Clue =
  /** The value has one of these, or its numeric twin is one of the numbers. */
  | {
      readonly kind: 'literals';
      readonly ref: FieldRef;
      readonly literals: readonly Literal[];
      readonly numbers: readonly number[];
    }
  /** The event has the field. */
  | { readonly kind: 'present'; readonly ref: FieldRef }
  /** One of the values in which text without a field is looked for has one of these. */
  | { readonly kind: 'anywhere'; readonly literals: readonly Literal[] };

/**
 * What an event must show for a condition to hold: at least one of the clues. None at all: it never holds.
 * `weight` guesses the share of values that show a clue; only its order means something.
 */
export type Witness = { readonly clues: readonly Clue[]; readonly weight: number };

/** The witness that the fewest events are likely to show; null when the condition may hold without any. */
export function witnessOf(condition: Condition, isNegated = false): Witness | null {
  switch (condition.kind) {
    case 'always':
      return isNegated ? NO_EVENT : null;
    case 'never':
      return isNegated ? null : NO_EVENT;
    case 'not':
      return witnessOf(condition.operand, !isNegated);
    case 'and':
    case 'or': {
      const parts = condition.operands.map((operand) => witnessOf(operand, isNegated));
      return (condition.kind === 'and') === isNegated ? anyWitness(parts) : bestWitness(parts);
    }
    default:
      if (isNegated) return null;
      return condition.kind === 'anywhere' ? anywhereWitness(condition.test) : leafWitness(condition);
  }
}

const NO_EVENT: Witness = { clues: [], weight: 0 };

function bestWitness(parts: readonly (Witness | null)[]): Witness | null {
  let best: Witness | null = null;
  for (const part of parts) if (part !== null && (best === null || part.weight < best.weight)) best = part;
  return best;
}

function anyWitness(parts: readonly (Witness | null)[]): Witness | null {
  const clues: Clue[] = [];
  let weight = 0;
  for (const part of parts) {
    if (part === null) return null;
    clues.push(...part.clues);
    weight += part.weight;
  }
  return { clues, weight };
}

type Leaf = Extract<Condition, { ref: unknown }>;

function leafWitness(leaf: Leaf): Witness | null {
  const { ref } = leaf;
  if (ref.kind === 'computed') {
    const implied = impliedBy(leaf, ref);
    return implied === null ? null : witnessOf(implied);
  }
  // Members of a set are not what the event has.
  if (ref.kind !== 'field' || ref.isSet) return null;
  switch (leaf.kind) {
    case 'matches':
      return ref.names.some((name) => ROUTING_FIELDS.has(name))
        ? { ...valuesWitness(ref, leaf.values), weight: ROUTING_WEIGHT }
        : valuesWitness(ref, leaf.values);
    case 'matches-cased':
      return valuesWitness(ref, casedValues(leaf.texts));
    case 'mentions':
      return literalWitness(ref, freeTextLiteral(leaf.text));
    case 'finds': {
      const text = regexLiteral(leaf.regex);
      return literalWitness(ref, text === '' ? null : { place: 'anywhere', text });
    }
    default:
      // No leaf holds of a field that is not there.
      return presence(ref);
  }
}

/** As a set of values, which folds: more match it, and none that matches is missed. */
const casedValues = ({ exact, patterns }: TextSet): ValueSet => ({
  exact: exact.map(fold),
  numbers: [],
  patterns: patterns.map((pattern) =>
    pattern.kind === 'glob' ? { ...pattern, glob: fold(pattern.glob) } : { ...pattern, text: fold(pattern.text) },
  ),
});

function anywhereWitness(test: TextTest): Witness | null {
  const literals = test.kind === 'regex' ? regexLiterals(test.regex) : setLiterals(casedValues(test.texts));
  if (literals === null) return null;
  const weight = literals.reduce((sum, literal) => sum + weightOf(literal), 0);
  return { clues: [{ kind: 'anywhere', literals }], weight: weight * ANYWHERE_FACTOR };
}

function regexLiterals(regex: string): Literal[] | null {
  const text = regexLiteral(regex);
  return text === '' || !isSearchable(text) ? null : [{ place: 'anywhere', text }];
}

/** A literal for each value of the set; null when one has none. */
function setLiterals(values: ValueSet): Literal[] | null {
  const literals: Literal[] = values.exact.map((text) => ({ place: 'whole', text }));
  for (const pattern of values.patterns) {
    const literal = patternLiteral(pattern);
    if (literal === null || !isSearchable(literal.text)) return null;
    literals.push(literal);
  }
  return literals;
}

const presence = (ref: FieldRef): Witness => ({ clues: [{ kind: 'present', ref }], weight: PRESENT_WEIGHT });

function literalWitness(ref: FieldRef, literal: Literal | null): Witness {
  if (literal === null || !isSearchable(literal.text)) return presence(ref);
  const clue: Clue = { kind: 'literals', ref, literals: [literal], numbers: [] };
  return { clues: [clue], weight: weightOf(literal) };
}

function valuesWitness(ref: FieldRef, values: ValueSet): Witness {
  const literals = setLiterals(values);
  if (literals === null) return presence(ref);
  const weight = literals.reduce((sum, literal) => sum + weightOf(literal), 0);
  return {
    clues: [{ kind: 'literals', ref, literals, numbers: values.numbers }],
    weight: Math.min(weight, PRESENT_WEIGHT),
  };
}

/** Half a character is not searched for; see folded-units.ts. */
const isSearchable = (text: string): boolean => !/[\ud800-\udfff]/.test(text);

const PRESENT_WEIGHT = 1e6;
/** Where a rule's route holds, what it says of the kind of event mostly does. */
const ROUTING_WEIGHT = 1e5;
/** All values of an event are looked at instead of one. */
const ANYWHERE_FACTOR = 100_000;
/** A literal of one more character is met this much less often. */
const RARER_PER_UNIT = 0.6;
const UNITS_COUNTED_MAX = 24;
const PLACE_WEIGHT: Readonly<Record<Literal['place'], number>> = { whole: 1, start: 1.5, end: 2, anywhere: 3 };
/** Of a whole value that is longer than words such as `true`: nothing stands beside it. */
const TELLING_WHOLE_UNITS = 6;
const TELLING_WHOLE_WEIGHT = 0.05;
/** What many values of a Windows estate have in them says little. */
const COMMON =
  /\\windows|\\system32|\\syswow64|\.exe|\.dll|powershell|\\cmd|microsoft|program files|https?:|system|\\users\\|software\\|currentversion|currentcontrolset|svchost|explorer|services|rundll32|ntdll|kernelbase|kernel32|\\wbem|wmiprvse|dword \(0x0000000[01]\)|^valid$|^security$|^process$|^0x1(?:000|400|410|fffff)$/g;

function weightOf({ place, text }: Literal): number {
  const units = text.replace(COMMON, '--').length;
  const isTelling = place === 'whole' && units >= TELLING_WHOLE_UNITS;
  const weight = isTelling ? TELLING_WHOLE_WEIGHT : PLACE_WEIGHT[place];
  return weight * RARER_PER_UNIT ** Math.min(units, UNITS_COUNTED_MAX);
}

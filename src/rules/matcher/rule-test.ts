import type { Access, Accessor } from '../../query/access.ts';
import { closureOf } from '../../query/evaluate-condition.ts';
import type { TextPart } from '../../query/free-text.ts';
import { matcherOf } from '../../query/pattern.ts';
import type { Condition, ValueSet } from '../../query/plan.ts';
import { patternLiteral } from './literal.ts';
import { buildScanner, type LiteralScanner } from './literal-scanner.ts';

/** A compiled condition on subjects of one kind. */
export type Test<S> = (subject: S) => boolean;

/** From so many wildcards on, one pass for all of them is cheaper than one for each. */
const PATTERNS_SCANNED_MIN = 48;

/**
 * The same as `closureOf(condition, access)`, in less time where the condition has lists of hundreds of wildcards:
 * with 5,000 of them and a value of a million characters in 12 ms instead of 6 s.
 */
export function* compileTest<S>(condition: Condition, access: Accessor<S>): Generator<void, Test<S>> {
  switch (condition.kind) {
    case 'and':
    case 'or': {
      const tests: Test<S>[] = [];
      for (const operand of condition.operands) tests.push(yield* compileTest(operand, access));
      return condition.kind === 'and' ? everyOf(tests) : someOf(tests);
    }
    case 'not': {
      const holds = yield* compileTest(condition.operand, access);
      return (subject) => !holds(subject);
    }
    case 'matches': {
      const { ref, values } = condition;
      const isLong = values.patterns.length >= PATTERNS_SCANNED_MIN;
      if (!isLong || ref.kind !== 'field' || ref.isSet) return closureOf(condition, access);
      return yield* scanning(access, access(ref), condition, values);
    }
    case 'mentions': {
      const { ref, text } = condition;
      return text.kind === 'words'
        ? mentioning(access, access(ref), condition, text.parts)
        : closureOf(condition, access);
    }
    default:
      return closureOf(condition, access);
  }
}

/** The expression for words in a row is run only over texts that have each of the words somewhere. */
function mentioning<S>(
  accessor: Accessor<S>,
  access: Access<S>,
  condition: Condition,
  parts: readonly TextPart[],
): Test<S> {
  const mentions = closureOf(condition, accessor);
  const words = new Set(parts.flatMap((part) => part.words.flatMap((word) => word.split('?'))));
  const longestFirst = [...words].sort((a, b) => b.length - a.length);
  return (subject) => {
    const text = access.folded(subject);
    if (text === undefined) return false;
    for (const word of longestFirst) if (!text.includes(word)) return false;
    return mentions(subject);
  };
}

function everyOf<S>(tests: readonly Test<S>[]): Test<S> {
  const [first, second] = tests;
  if (first !== undefined && second !== undefined && tests.length === 2)
    return (subject) => first(subject) && second(subject);
  return (subject) => {
    for (const test of tests) if (!test(subject)) return false;
    return true;
  };
}

function someOf<S>(tests: readonly Test<S>[]): Test<S> {
  const [first, second] = tests;
  if (first !== undefined && second !== undefined && tests.length === 2)
    return (subject) => first(subject) || second(subject);
  return (subject) => {
    for (const test of tests) if (test(subject)) return true;
    return false;
  };
}

/** Exact values and numbers as ever; of the wildcards only those are tried of which the text has a literal. */
function* scanning<S>(
  accessor: Accessor<S>,
  access: Access<S>,
  condition: Extract<Condition, { kind: 'matches' }>,
  values: ValueSet,
): Generator<void, Test<S>> {
  const { exact, numbers } = values;
  const others: Condition =
    exact.length === 0 ? { kind: 'never' } : { ...condition, values: { exact, numbers, patterns: [] } };
  const isOther = closureOf(others, accessor);
  const matchers = values.patterns.map(matcherOf);
  const found = values.patterns.map(patternLiteral);
  const scanned = found.flatMap((literal, rule) => (literal === null ? [] : [{ literal, rule }]));
  const unscanned = matchers.filter((_, i) => found[i] === null);
  const scanner: LiteralScanner | null = scanned.length === 0 ? null : yield* buildScanner(scanned);
  return (subject) => {
    if (isOther(subject)) return true;
    const text = access.folded(subject);
    if (text === undefined) return false;
    if (unscanned.some((matches) => matches(text))) return true;
    let holds = false;
    scanner?.scan(text, (rules) => {
      for (const rule of rules) holds ||= matchers[rule]?.(text) === true;
    });
    return holds;
  };
}

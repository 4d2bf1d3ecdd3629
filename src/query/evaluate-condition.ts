import { unreachable } from '../shared/assert.ts';
import type { Access, Accessor } from './access.ts';
import { textMatcherOf } from './free-text.ts';
import { networkTest } from './network.ts';
import type { Condition, ValueSet } from './plan.ts';
import { compileRegex } from './regex.ts';
import { relationTest, textSetTest, textTestOf } from './text-test.ts';

/** A condition as nested functions over subjects of one kind. Nothing is looked up or parsed when it runs. */
export function closureOf<S>(condition: Condition, access: Accessor<S>): (subject: S) => boolean {
  switch (condition.kind) {
    case 'always':
      return () => true;
    case 'never':
      return () => false;
    case 'and':
      return every(condition.operands.map((operand) => closureOf(operand, access)));
    case 'or':
      return some(condition.operands.map((operand) => closureOf(operand, access)));
    case 'not': {
      const holds = closureOf(condition.operand, access);
      return (subject) => !holds(subject);
    }
    case 'exists': {
      const { text } = access(condition.ref);
      return (subject) => text(subject) !== undefined;
    }
    case 'matches':
      return matching(access(condition.ref), condition.values);
    case 'compares':
      return comparing(access(condition.ref), condition.op, condition.number);
    case 'mentions': {
      const { folded } = access(condition.ref);
      const mentions = textMatcherOf(condition.text);
      return (subject) => {
        const text = folded(subject);
        return text !== undefined && mentions(text);
      };
    }
    case 'finds': {
      const { text } = access(condition.ref);
      const regex = compileRegex(condition.regex);
      return (subject) => {
        const value = text(subject);
        return value !== undefined && regex.finds(value);
      };
    }
    case 'matches-cased': {
      const { text } = access(condition.ref);
      const passes = textSetTest(condition.texts);
      return (subject) => {
        const value = text(subject);
        return value !== undefined && passes(value);
      };
    }
    case 'anywhere': {
      const passes = textTestOf(condition.test);
      const isFolded = condition.test.kind === 'folded';
      return (subject) => access.searched(subject, isFolded).some(passes);
    }
    case 'in-network': {
      const { text } = access(condition.ref);
      const isInside = networkTest(condition.networks);
      return (subject) => {
        const value = text(subject);
        return value !== undefined && isInside(value);
      };
    }
    case 'relates': {
      const { text } = access(condition.ref);
      const other = access(condition.other);
      const relates = relationTest(condition.relation, condition.isCased);
      return (subject) => relates(text(subject), other.text(subject));
    }
    default:
      return unreachable(condition);
  }
}

type Test<S> = (subject: S) => boolean;

function every<S>(tests: readonly Test<S>[]): Test<S> {
  const [first, second, third] = tests;
  if (first !== undefined && second !== undefined && tests.length === 2) return (s) => first(s) && second(s);
  if (first !== undefined && second !== undefined && third !== undefined && tests.length === 3) {
    return (s) => first(s) && second(s) && third(s);
  }
  return (subject) => {
    for (const test of tests) if (!test(subject)) return false;
    return true;
  };
}

function some<S>(tests: readonly Test<S>[]): Test<S> {
  const [first, second] = tests;
  if (first !== undefined && second !== undefined && tests.length === 2) return (s) => first(s) || second(s);
  return (subject) => {
    for (const test of tests) if (test(subject)) return true;
    return false;
  };
}

function matching<S>(access: Access<S>, values: ValueSet): Test<S> {
  const matches = textSetTest(values);
  const { members, folded } = access;
  if (members !== null) {
    const matchesEmpty = values.exact.includes('');
    return (subject) => {
      for (const member of members(subject)) if (matches(member)) return true;
      return matchesEmpty && folded(subject) === '';
    };
  }
  if (values.numbers.length === 0) {
    return (subject) => {
      const text = folded(subject);
      return text !== undefined && matches(text);
    };
  }
  const { number } = access;
  const isOneOf = numberTest(values.numbers);
  return (subject) => {
    const text = folded(subject);
    if (text === undefined) return false;
    if (matches(text)) return true;
    const value = number(subject);
    return value !== undefined && isOneOf(value);
  };
}

function numberTest(numbers: readonly number[]): (value: number) => boolean {
  const [only] = numbers;
  if (numbers.length === 1) return (value) => value === only;
  // 0 and -0 are one key of a Set, as they are equal in the store.
  const known = new Set(numbers);
  return (value) => known.has(value);
}

function comparing<S>(access: Access<S>, op: '<' | '<=' | '>' | '>=', limit: number): Test<S> {
  const { number } = access;
  const holds = COMPARE[op];
  return (subject) => {
    const value = number(subject);
    return value !== undefined && holds(value, limit);
  };
}

const COMPARE: Readonly<Record<'<' | '<=' | '>' | '>=', (value: number, limit: number) => boolean>> = {
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
};

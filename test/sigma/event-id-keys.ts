import { numericValue } from '../../src/events/event.ts';
import { fold } from '../../src/query/fold.ts';
import type { Condition } from '../../src/query/plan.ts';

/**
 * What an event's value and a rule's constant have in common: two values that `=` calls equal have one key, because a
 * number in either spelling is that number.
 */
export function bucketKey(value: string): string {
  const number = numericValue(value);
  return number === undefined ? fold(value) : `#${number}`;
}

/**
 * Keys one of which an event must have in `field` for the condition to hold; null when it may hold without any.
 * Never too few: a rule that is left out of a bucket would be a rule that is silent.
 */
export function requiredKeys(condition: Condition, field: string): ReadonlySet<string> | null {
  switch (condition.kind) {
    case 'never':
      return new Set();
    case 'matches': {
      const { ref, values } = condition;
      if (ref.kind !== 'field' || ref.names.length > 1 || ref.names[0] !== field || values.patterns.length > 0)
        return null;
      return new Set([...values.exact.map(bucketKey), ...values.numbers.map((number) => `#${number}`)]);
    }
    case 'and': {
      const keys = condition.operands.map((operand) => requiredKeys(operand, field)).filter((set) => set !== null);
      return keys.sort((a, b) => a.size - b.size)[0] ?? null;
    }
    case 'or': {
      const all = new Set<string>();
      for (const operand of condition.operands) {
        const keys = requiredKeys(operand, field);
        if (keys === null) return null;
        for (const key of keys) all.add(key);
      }
      return all;
    }
    default:
      return null;
  }
}

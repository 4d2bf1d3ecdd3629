import { numericValue } from '../events/event.ts';
import { fold } from '../query/fold.ts';
import type { Condition } from '../query/plan.ts';

/** Fields whose constant values choose the rules to try, the most telling first. */
export const BUCKET_FIELDS = ['event_id', 'label', 'norm_id'] as const;
export type BucketField = (typeof BUCKET_FIELDS)[number];

/**
 * What an event's value and a rule's constant have in common: two values that `=` calls equal have one key, because a
 * number in either spelling is that number.
 */
export function bucketKey(value: string): string {
  const number = numericValue(value);
  return number === undefined ? fold(value) : `#${number}`;
}

/** The words of an event's label, as `label=` compares them, each once. */
export const labelKeys = (label: string): ReadonlySet<string> =>
  new Set(
    fold(label)
      .split(' ')
      .filter((word) => word !== ''),
  );

/**
 * Keys one of which an event must have in `field` for the condition to hold; null when it may hold without any.
 * Never too few: a rule that is left out of a bucket would be a rule that is silent.
 */
export function requiredKeys(condition: Condition, field: Exclude<BucketField, 'label'>): ReadonlySet<string> | null {
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

/** Words every one of which an event's label must have for the condition to hold. */
export function requiredLabels(condition: Condition): readonly string[] {
  if (condition.kind === 'and') return condition.operands.flatMap(requiredLabels);
  if (condition.kind !== 'matches') return [];
  const { ref, values } = condition;
  const [word] = values.exact;
  const isOneWord = values.exact.length === 1 && values.patterns.length === 0 && word !== undefined && word !== '';
  if (ref.kind !== 'field' || !ref.isSet || ref.names.length > 1 || ref.names[0] !== 'label') return [];
  // A number among the words matches in other spellings too: such a label is left to the condition itself.
  return isOneWord && values.numbers.length === 0 && !word.includes(' ') ? [word] : [];
}

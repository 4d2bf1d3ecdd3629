import type { Condition, NumberPlan, Ref, TextPlan } from './plan.ts';

/**
 * Computed fields may build on each other, and the store is told each of them in full wherever it stands: so many parts
 * one of them may have when written out. The largest of the converted detection rules has about 60.
 */
export const computedPartsMax = 5_000;

/** Parts of a computed field when everything that it builds on is written out; each field is counted through once. */
export function computedParts(value: TextPlan, known: Map<TextPlan, number> = new Map()): number {
  const before = known.get(value);
  if (before !== undefined) return before;
  const parts = countText(value, known);
  known.set(value, parts);
  return parts;
}

function countText(value: TextPlan, known: Map<TextPlan, number>): number {
  switch (value.kind) {
    case 'text':
      return 1;
    case 'value':
    case 'length':
    case 'captured':
    case 'cased':
    case 'step':
    case 'clock':
      return 1 + countRef(value.ref, known);
    case 'number':
      // The number, whether there is one, and its text: each is written.
      return countNumber(value.number, known) * 3;
    case 'joined':
      return value.parts.reduce((sum, part) => sum + computedParts(part, known), 1) * 2;
    case 'processed':
      return value.refs.reduce((sum, ref) => sum + countRef(ref, known), 1);
    case 'choice': {
      let sum = value.otherwise === null ? 1 : 1 + computedParts(value.otherwise, known);
      for (const arm of value.arms) sum += countCondition(arm.condition, known) + computedParts(arm.value, known);
      // A text and whether there is one: both are written.
      return sum * 2;
    }
  }
}

const countRef = (ref: Ref, known: Map<TextPlan, number>): number =>
  ref.kind === 'computed' ? computedParts(ref.value, known) : 1;

function countNumber(number: NumberPlan, known: Map<TextPlan, number>): number {
  switch (number.kind) {
    case 'constant':
      return 1;
    case 'numeric':
      return 1 + countRef(number.ref, known);
    case 'negate':
      return 1 + countNumber(number.operand, known);
    case 'arithmetic':
      return 1 + countNumber(number.left, known) + countNumber(number.right, known);
  }
}

function countCondition(condition: Condition, known: Map<TextPlan, number>): number {
  switch (condition.kind) {
    case 'always':
    case 'never':
      return 1;
    case 'and':
    case 'or':
      return condition.operands.reduce((sum, operand) => sum + countCondition(operand, known), 1);
    case 'not':
      return 1 + countCondition(condition.operand, known);
    case 'anywhere':
      return 1;
    case 'relates':
      return 1 + countRef(condition.ref, known) + countRef(condition.other, known);
    default:
      return 1 + countRef(condition.ref, known);
  }
}

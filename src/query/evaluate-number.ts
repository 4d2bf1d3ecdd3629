import { unreachable } from '../shared/assert.ts';
import type { Accessor } from './access.ts';
import type { NumberPlan } from './plan.ts';

/** Arithmetic as nested functions; undefined when a part is no number or the whole is not finite. */
export function numberClosureOf<S>(number: NumberPlan, access: Accessor<S>): (subject: S) => number | undefined {
  const compute = partOf(number, access);
  return (subject) => {
    const value = compute(subject);
    return value !== undefined && Number.isFinite(value) ? value : undefined;
  };
}

function partOf<S>(number: NumberPlan, access: Accessor<S>): (subject: S) => number | undefined {
  switch (number.kind) {
    case 'constant':
      return () => number.value;
    case 'numeric':
      return access(number.ref).number;
    case 'negate': {
      const operand = partOf(number.operand, access);
      return (subject) => {
        const value = operand(subject);
        return value === undefined ? undefined : -value;
      };
    }
    case 'arithmetic': {
      const left = partOf(number.left, access);
      const right = partOf(number.right, access);
      const { op } = number;
      return (subject) => {
        const a = left(subject);
        const b = right(subject);
        if (a === undefined || b === undefined) return undefined;
        return op === '+' ? a + b : op === '-' ? a - b : op === '*' ? a * b : a / b;
      };
    }
    default:
      return unreachable(number);
  }
}

import type { Condition } from './plan.ts';

export const ALWAYS: Condition = { kind: 'always' };
export const NEVER: Condition = { kind: 'never' };

/** AND without nesting and without what is always true. */
export function allOf(conditions: readonly Condition[]): Condition {
  const operands = conditions.flatMap((part) =>
    part.kind === 'and' ? part.operands : part.kind === 'always' ? [] : [part],
  );
  if (operands.some((part) => part.kind === 'never')) return NEVER;
  const [only] = operands;
  if (only === undefined) return ALWAYS;
  return operands.length === 1 ? only : { kind: 'and', operands };
}

/** OR without nesting and without what never holds. */
export function anyOf(conditions: readonly Condition[]): Condition {
  const operands = conditions.flatMap((part) =>
    part.kind === 'or' ? part.operands : part.kind === 'never' ? [] : [part],
  );
  if (operands.some((part) => part.kind === 'always')) return ALWAYS;
  const [only] = operands;
  if (only === undefined) return NEVER;
  return operands.length === 1 ? only : { kind: 'or', operands };
}

export function negate(condition: Condition): Condition {
  if (condition.kind === 'always') return NEVER;
  if (condition.kind === 'never') return ALWAYS;
  return condition.kind === 'not' ? condition.operand : { kind: 'not', operand: condition };
}

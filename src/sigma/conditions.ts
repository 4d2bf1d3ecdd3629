import { fold } from '../query/fold.ts';
import type { Condition, FieldRef } from '../query/plan.ts';

/** Small conditions from which log sources and rules are built. */

export const ALWAYS: Condition = { kind: 'always' };
export const NEVER: Condition = { kind: 'never' };

export const fieldRef = (...names: readonly [string, ...string[]]): FieldRef => ({
  kind: 'field',
  names,
  isSet: names[0] === 'label',
});

/** The field has one of the texts as its whole value, in any case. */
export const isOneOf = (field: string, values: readonly string[]): Condition =>
  values.length === 0
    ? NEVER
    : {
        kind: 'matches',
        ref: fieldRef(field),
        values: { exact: [...new Set(values.map(fold))], numbers: [], patterns: [] },
      };

export const endsWith = (field: string, suffix: string): Condition => ({
  kind: 'matches',
  ref: fieldRef(field),
  values: { exact: [], numbers: [], patterns: [{ kind: 'suffix', text: fold(suffix) }] },
});

export const startsWith = (field: string, prefix: string): Condition => ({
  kind: 'matches',
  ref: fieldRef(field),
  values: { exact: [], numbers: [], patterns: [{ kind: 'prefix', text: fold(prefix) }] },
});

export const hasField = (field: string): Condition => ({ kind: 'exists', ref: fieldRef(field) });

/** AND without nesting and without what is always true. */
export function allOf(parts: readonly Condition[]): Condition {
  const operands = parts.flatMap((part) =>
    part.kind === 'and' ? part.operands : part.kind === 'always' ? [] : [part],
  );
  if (operands.some((part) => part.kind === 'never')) return NEVER;
  const [only] = operands;
  if (only === undefined) return ALWAYS;
  return operands.length === 1 ? only : { kind: 'and', operands };
}

/** OR without nesting and without what never holds. */
export function anyOf(parts: readonly Condition[]): Condition {
  const operands = parts.flatMap((part) => (part.kind === 'or' ? part.operands : part.kind === 'never' ? [] : [part]));
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

import { fold } from '../query/fold.ts';
import { NEVER } from '../query/join-conditions.ts';
import type { Condition, FieldRef } from '../query/plan.ts';

/** Small conditions from which log sources and rules are built. */

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

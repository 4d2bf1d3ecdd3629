import { unreachable } from '../shared/assert.ts';
import type { Accessor, Cell } from './access.ts';
import { compareText } from './compare-cells.ts';
import { closureOf } from './evaluate-condition.ts';
import { numberClosureOf } from './evaluate-number.ts';
import { distinctListMax, type Measure } from './plan.ts';

/** One aggregate over the members of one group. */
export type Tally<S> = { add(subject: S): void; result(): Cell };

/** Makes a fresh tally for each group. */
export function tallyOf<S>(measure: Measure, access: Accessor<S>): () => Tally<S> {
  switch (measure.kind) {
    case 'count': {
      const holds = measure.condition === null ? () => true : closureOf(measure.condition, access);
      return () => {
        let count = 0;
        return {
          add: (subject) => {
            if (holds(subject)) count++;
          },
          result: () => count,
        };
      };
    }
    case 'distinct-count':
    case 'distinct-list': {
      const { text } = access(measure.ref);
      const isCount = measure.kind === 'distinct-count';
      return () => {
        const seen = new Set<string>();
        return {
          add: (subject) => {
            const value = text(subject);
            if (value !== undefined) seen.add(value);
          },
          result: () => (isCount ? seen.size : [...seen].sort(compareText).slice(0, distinctListMax)),
        };
      };
    }
    default: {
      const number = numberClosureOf(measure.number, access);
      const { kind } = measure;
      return () => {
        const values: number[] = [];
        return {
          add: (subject) => {
            const value = number(subject);
            if (value !== undefined) values.push(value);
          },
          result: () => summary(kind, values),
        };
      };
    }
  }
}

type NumberMeasure = Extract<Measure, { readonly number: unknown }>;

/** The middle one, or the middle between the two middle ones; null of nothing. */
export function medianOf(values: readonly number[]): number | null {
  const sorted = Float64Array.from(values).sort();
  const low = sorted[Math.floor((sorted.length - 1) / 2)];
  const high = sorted[Math.ceil((sorted.length - 1) / 2)];
  return low === undefined || high === undefined ? null : low + (high - low) * (sorted.length % 2 === 0 ? 0.5 : 0);
}

/** The sum of nothing is 0; every other figure of nothing is nothing. `var` is the variance over the whole group. */
function summary(kind: NumberMeasure['kind'], values: readonly number[]): number | null {
  let sum = 0;
  for (const value of values) sum += value;
  if (kind === 'sum') return sum;
  if (values.length === 0) return null;
  const mean = sum / values.length;
  switch (kind) {
    case 'avg':
      return mean;
    case 'min':
      return values.reduce((a, b) => Math.min(a, b));
    case 'max':
      return values.reduce((a, b) => Math.max(a, b));
    case 'var': {
      let squares = 0;
      for (const value of values) squares += (value - mean) ** 2;
      return squares / values.length;
    }
    case 'median':
      return medianOf(values);
    default:
      return unreachable(kind);
  }
}

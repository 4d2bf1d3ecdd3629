import fc from 'fast-check';
import {
  CORRELATION_KINDS,
  type CorrelatedMatch,
  type Correlation,
  OPERATORS,
} from '../../src/correlation/correlation.ts';

const SPAN_SECONDS = [1, 5, 60];

const thresholds = (ops: readonly (typeof OPERATORS)[number][]) =>
  fc.array(fc.record({ op: fc.constantFrom(...ops), value: fc.constantFrom(0, 1, 2, 3, 2.5, -1) }), {
    minLength: 1,
    maxLength: 2,
  });

/** Every kind with conditions that it can have. */
export const correlations: fc.Arbitrary<Correlation> = fc
  .record({
    kind: fc.constantFrom(...CORRELATION_KINDS),
    thresholds: fc.oneof(thresholds(['gt', 'gte']), thresholds(OPERATORS)),
    percentile: fc.constantFrom(0, 25, 50, 90, 100),
    parts: fc.integer({ min: 2, max: 3 }),
    span: fc.constantFrom(...SPAN_SECONDS),
    window: fc.constantFrom('seconds' as const, 'exact' as const),
    shape: fc.nat(4),
  })
  .map(({ kind, thresholds: conditions, percentile, parts, span, window, shape }): Correlation => {
    const isOfParts = kind === 'temporal_ordered' || kind === 'pairs' || kind === 'unfollowed';
    const [a, b] = [{ kind: 'part', part: 0 } as const, { kind: 'part', part: 1 } as const];
    const expressions = [
      null,
      null,
      { kind: 'and', operands: [a, { kind: 'not', operand: b }] } as const,
      { kind: 'or', operands: [a, b] } as const,
      { kind: 'not', operand: a } as const,
    ];
    return {
      kind,
      parts: kind === 'pairs' || kind === 'unfollowed' ? 2 : parts,
      spanMs: span * 1000,
      window: kind === 'pairs' || kind === 'unfollowed' ? 'exact' : window,
      thresholds: isOfParts || (kind === 'temporal' && shape % 2 === 0) ? [] : conditions,
      percentile: kind === 'value_percentile' ? percentile : null,
      expression: kind === 'temporal' ? (expressions[shape] ?? null) : null,
    };
  });

const steps = fc.array(
  fc.record({
    afterMs: fc.oneof(
      fc.integer({ min: 0, max: 900 }),
      fc.integer({ min: 0, max: 9_000 }),
      fc.constantFrom(1000, 60_000, 59_999),
    ),
    parts: fc.integer({ min: 1, max: 7 }),
    value: fc.constantFrom(null, 'a', '1', '2.5', '-3', '4', '1000000'),
  }),
  { maxLength: 30 },
);

/** Matches of one group, in order. */
export const matchLists = (correlation: Correlation): fc.Arbitrary<CorrelatedMatch[]> =>
  steps.map((list) => {
    let atMs = 1_700_000_000_000;
    return list.flatMap(({ afterMs, parts, value }, i) => {
      atMs += afterMs;
      const own = parts & (2 ** correlation.parts - 1);
      return own === 0 ? [] : [{ eventAtMs: atMs, stream: 'n', seq: i + 1, parts: own, value }];
    });
  });

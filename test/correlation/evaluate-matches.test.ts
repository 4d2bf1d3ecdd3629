import fc from 'fast-check';
import { expect, test } from 'vitest';
import { timingOf } from '../../src/correlation/correlation.ts';
import { evaluateMatches } from '../../src/correlation/evaluate-matches.ts';
import { ExactSum } from '../../src/correlation/exact-sum.ts';
import { correlations, matchLists } from './arbitrary-correlation.ts';
import { naiveHits } from './naive-correlation.ts';

test('every kind of correlation hits where loops over the whole set of matches say, in any order of the matches', () => {
  const cases = correlations.chain((correlation) => fc.tuple(fc.constant(correlation), matchLists(correlation)));
  fc.assert(
    fc.property(cases, fc.infiniteStream(fc.nat()), ([correlation, matches], dice) => {
      const shuffled = matches.map((match) => ({ match, key: dice.next().value })).sort((a, b) => a.key - b.key);
      const hits = evaluateMatches(
        correlation,
        shuffled.map(({ match }) => match),
      );
      const texts = hits.map(({ atMs, match }) => `${atMs}:${match.seq}`);
      expect(texts).toEqual(naiveHits(correlation, timingOf(correlation), matches));
    }),
    { numRuns: 4_000 },
  );
});

// Beyond 200 binary places a number counts as nothing.
const numbers = (max: number) =>
  fc.double({ noNaN: true, min: -max, max }).filter((number) => number === 0 || Math.abs(number) > 1e-40);

test('an exact sum gives back what was added, whatever lies between', () => {
  fc.assert(
    fc.property(fc.array(numbers(1e200)), numbers(1e9), (others, number) => {
      const sum = new ExactSum();
      for (const other of others) sum.add(other);
      sum.add(number);
      for (const other of others) sum.take(other);
      expect(sum.value).toBe(number === 0 ? 0 : number);
    }),
  );
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ChainMatch, evaluateChain, type Groups } from '../../src/correlation/evaluate-chain.ts';
import { chains, entriesOf } from './arbitrary-chain.ts';
import { naiveChain } from './naive-chain.ts';

test('a chain of correlations hits where recursion over the whole set of matches says', () => {
  const cases = chains.chain((chain) => fc.tuple(fc.constant(chain), entriesOf(chain)));
  let hitsSeen = 0;
  fc.assert(
    fc.property(cases, ([chain, entries]) => {
      const nodes = [chain, ...chain.inner].map((): Groups<ChainMatch> => new Map());
      for (const { node, groupKey, match } of entries) {
        const group = nodes[node]?.get(groupKey) ?? [];
        nodes[node]?.set(groupKey, [...group, match]);
      }
      const found = evaluateChain(chain.correlation, chain.inner, nodes);
      const texts = (hits: ReadonlyMap<string, readonly { atMs: number; match: ChainMatch }[]>) =>
        [...hits].flatMap(([key, list]) => list.map(({ atMs, match }) => `${key} ${atMs}:${match.seq}`)).sort();
      const expected = texts(naiveChain(chain, entries));
      hitsSeen += expected.length;
      expect(texts(found)).toEqual(expected);
    }),
    { numRuns: 2_000 },
  );
  expect(hitsSeen).toBeGreaterThan(500);
});

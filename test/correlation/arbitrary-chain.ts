import fc from 'fast-check';
import type { Correlation, InnerCorrelation } from '../../src/correlation/correlation.ts';
import { correlations } from './arbitrary-correlation.ts';
import type { Chain, ChainEntry } from './naive-chain.ts';

const ofSigma = correlations
  .filter(({ kind }) => kind !== 'pairs' && kind !== 'unfollowed')
  .map((one): Correlation => ({ ...one, window: 'seconds' }));

/** One to three inner correlations, each feeding one that comes before it: chains and forks. */
export const chains: fc.Arbitrary<Chain> = fc
  .record({
    correlation: ofSigma,
    links: fc.array(fc.record({ correlation: ofSigma, feeds: fc.nat(), part: fc.nat() }), {
      minLength: 1,
      maxLength: 3,
    }),
  })
  .map(({ correlation, links }) => {
    const inner: InnerCorrelation[] = [];
    for (const [place, link] of links.entries()) {
      const feeds = link.feeds % (place + 1);
      const { parts } = feeds === 0 ? correlation : (inner[feeds - 1]?.correlation ?? correlation);
      inner.push({ correlation: link.correlation, feeds, part: link.part % parts });
    }
    return { correlation, inner };
  });

const steps = fc.array(
  fc.record({
    afterMs: fc.oneof(fc.integer({ min: 0, max: 900 }), fc.integer({ min: 0, max: 9_000 }), fc.constant(60_000)),
    node: fc.nat(3),
    parts: fc.integer({ min: 1, max: 7 }),
    value: fc.constantFrom(null, 'a', '1', '2.5', '-3', '4'),
    /** Names of the group, one for each correlation up to the outermost. */
    names: fc.array(fc.constantFrom('x', 'x', 'x', 'y'), { minLength: 4, maxLength: 4 }),
  }),
  { maxLength: 30 },
);

/** Matches of the chain in order. The group of a correlation is that of the one above and one name more. */
export const entriesOf = ({ correlation, inner }: Chain): fc.Arbitrary<ChainEntry[]> =>
  steps.map((list) => {
    let eventAtMs = 1_700_000_000_000;
    return list.flatMap(({ afterMs, node: any, parts, value, names }, i) => {
      eventAtMs += afterMs;
      const node = any % (inner.length + 1);
      const own = parts & (2 ** (node === 0 ? correlation : (inner[node - 1]?.correlation ?? correlation)).parts - 1);
      if (own === 0) return [];
      const above: number[] = [];
      for (let up = node; up > 0; up = inner[up - 1]?.feeds ?? 0) above.push(up);
      const keyOf = (length: number): string => names.slice(0, length + 1).join('.');
      const up = above.map((_, step) => {
        const length = above.length - 1 - step;
        return { groupKey: keyOf(length), value: names[length + 1] === 'x' ? '1' : '2' };
      });
      const match = { eventAtMs, stream: 'n', seq: i + 1, parts: own, value, up };
      return [{ node, groupKey: keyOf(above.length), match }];
    });
  });

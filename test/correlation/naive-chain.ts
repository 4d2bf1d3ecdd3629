import { type Correlation, type InnerCorrelation, timingOf } from '../../src/correlation/correlation.ts';
import type { ChainMatch } from '../../src/correlation/evaluate-chain.ts';
import { type NaiveHit, naiveHitList } from './naive-correlation.ts';

/** A match of one correlation of a chain, before anything is counted. */
export type ChainEntry = { readonly node: number; readonly groupKey: string; readonly match: ChainMatch };
export type Chain = { readonly correlation: Correlation; readonly inner: readonly InnerCorrelation[] };

/**
 * The oracle of chains, by recursion from the outermost: the matches of a correlation are its own and the hits of each
 * that feeds it. Answers the hits of `node` by group.
 */
export function naiveChain(
  chain: Chain,
  entries: readonly ChainEntry[],
  node = 0,
): ReadonlyMap<string, readonly NaiveHit<ChainMatch>[]> {
  const groups = new Map<string, ChainMatch[]>();
  const add = (groupKey: string, match: ChainMatch): void => {
    groups.set(groupKey, [...(groups.get(groupKey) ?? []), match]);
  };
  for (const entry of entries) if (entry.node === node) add(entry.groupKey, entry.match);
  for (const [place, { correlation, feeds, part }] of chain.inner.entries()) {
    if (feeds !== node) continue;
    const isWindow = timingOf(correlation) === 'window';
    for (const hits of naiveChain(chain, entries, place + 1).values()) {
      for (const { atMs, match } of hits) {
        const [first, ...up] = match.up;
        if (first === undefined) throw new Error('an inner match says what is above it');
        const stream = `${match.stream}${isWindow ? `@${atMs - 1}` : ''}>${place + 1}`;
        const eventAtMs = isWindow ? atMs - 1 : atMs;
        add(first.groupKey, { ...match, stream, eventAtMs, parts: 2 ** part, value: first.value, up });
      }
    }
  }
  const own = node === 0 ? chain.correlation : chain.inner[node - 1]?.correlation;
  if (own === undefined) throw new Error(`the chain has no correlation ${node}`);
  return new Map([...groups].map(([key, matches]) => [key, naiveHitList(own, timingOf(own), matches)]));
}

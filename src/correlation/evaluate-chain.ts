import { type CorrelatedMatch, type Correlation, type InnerCorrelation, timingOf } from './correlation.ts';
import { type CorrelatedHit, evaluateMatches } from './evaluate-matches.ts';
import type { ReadFields } from './match-fields.ts';

/** A match with the group and the value that its hits have in the correlations above, the nearest first. */
export type ChainMatch = CorrelatedMatch & { readonly up: readonly ReadFields[] };

/** Matches of one correlation of a chain, by group. */
export type Groups<M extends ChainMatch> = Map<string, M[]>;

/** Where a hit of an inner correlation counts, and as what. */
export type FedMatch<M extends ChainMatch> = { readonly groupKey: string; readonly match: M };

/**
 * A hit of an inner correlation as a match of the one that it feeds: it happened with the match that completed it, or at
 * the end of its window. Null for a match that says nothing of what is above.
 */
export function fedMatch<M extends ChainMatch>(
  { match, atMs }: Pick<CorrelatedHit<M>, 'match' | 'atMs'>,
  { correlation, part }: InnerCorrelation,
  node: number,
): FedMatch<M> | null {
  const [next, ...up] = match.up;
  if (next === undefined) return null;
  const isAtMatch = timingOf(correlation) === 'match';
  const [eventAtMs, place] = isAtMatch ? [match.eventAtMs, ''] : [atMs - 1, `@${atMs - 1}`];
  // A name of its own: the same event may be a match of the correlation above by itself.
  const stream = `${match.stream}${place}>${node}`;
  return { groupKey: next.groupKey, match: { ...match, stream, eventAtMs, parts: 1 << part, value: next.value, up } };
}

/** All hits of the outermost correlation, by group. `nodes` holds the matches of each, 0 the outermost. */
export function evaluateChain<M extends ChainMatch>(
  outermost: Correlation,
  inner: readonly InnerCorrelation[],
  nodes: readonly Groups<M>[],
): Map<string, CorrelatedHit<M>[]> {
  const all = nodes.map((groups) => new Map([...groups].map(([key, matches]) => [key, [...matches]])));
  for (const [place, one] of [...inner.entries()].reverse()) {
    for (const matches of all[place + 1]?.values() ?? []) {
      for (const hit of evaluateMatches(one.correlation, matches)) {
        const fed = fedMatch(hit, one, place + 1);
        const above = all[one.feeds];
        if (fed === null || above === undefined) continue;
        const { groupKey, match } = fed;
        const group = above.get(groupKey);
        if (group === undefined) above.set(groupKey, [match]);
        else group.push(match);
      }
    }
  }
  return new Map([...(all[0] ?? [])].map(([key, matches]) => [key, evaluateMatches(outermost, matches)]));
}

import type { Correlation, InnerCorrelation } from '../../correlation/correlation.ts';
import type { StatefulRule } from './stateful-rule.ts';

/** Keys of groups have no control characters, so that what begins with one is the group of an inner correlation. */
const MARK = '\u0001';

/** Tells the groups of a rule's correlations apart: 0 is its own, whose keys stay as they are. */
export const placedKey = (node: number, groupKey: string): string =>
  node === 0 ? groupKey : `${MARK}${node}${MARK}${groupKey}`;

export const nodeOf = (groupKey: string): number =>
  groupKey.startsWith(MARK) ? Number(groupKey.slice(1, groupKey.indexOf(MARK, 1))) : 0;

/** One of the correlations of a rule. */
export type ChainNode = {
  readonly node: number;
  readonly correlation: Correlation;
  /** What its hits feed; null for the rule's own, whose hits raise incidents. */
  readonly feeds: InnerCorrelation | null;
  /** Correlations above it. */
  readonly depth: number;
};

/** Null for a number that the rule, as it is now, has not. */
export function chainNode({ correlation, inner = [] }: StatefulRule, node: number): ChainNode | null {
  if (node === 0) return { node, correlation, feeds: null, depth: 0 };
  const feeds = inner[node - 1];
  if (feeds === undefined) return null;
  let depth = 0;
  // Each feeds one with a lesser number, so this ends.
  for (let above = node; above > 0; above = inner[above - 1]?.feeds ?? 0) depth += 1;
  return { node, correlation: feeds.correlation, feeds, depth };
}

/** How far before a hit's own window lies what its inner correlations counted, at most. */
export function innerReachMs({ inner = [] }: StatefulRule): number {
  const reach = new Map<number, number>([[0, 0]]);
  for (const [place, { correlation, feeds }] of inner.entries()) {
    reach.set(place + 1, (reach.get(feeds) ?? 0) + correlation.spanMs);
  }
  return Math.max(...reach.values());
}

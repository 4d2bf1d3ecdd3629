import { type CorrelatedMatch, type Correlation, inOrder, sinceOf, timingOf } from './correlation.ts';
import { openState } from './trailing-state.ts';
import { holdsEmpty, WindowTally, windowEndOf } from './window-tally.ts';

/** The condition holds: at a match, or when a window has ended. */
export type CorrelatedHit<M extends CorrelatedMatch = CorrelatedMatch> = {
  readonly atMs: number;
  /** What completed it, or the last match before the window's end. */
  readonly match: M;
  /** The matches that it is about lie in `[fromMs, toMs]`. */
  readonly fromMs: number;
  readonly toMs: number;
};

/** All hits of a group whose matches are all known, in order. */
export function evaluateMatches<M extends CorrelatedMatch>(
  correlation: Correlation,
  matches: readonly M[],
): CorrelatedHit<M>[] {
  const ordered = [...matches].sort(inOrder);
  switch (timingOf(correlation)) {
    case 'match': {
      const state = openState(correlation);
      return ordered.flatMap((match) => {
        if (!state.accept(match)) return [];
        return [{ atMs: match.eventAtMs, match, fromMs: sinceOf(correlation, match.eventAtMs), toMs: match.eventAtMs }];
      });
    }
    case 'window':
      return windowHits(correlation, ordered);
    case 'follower':
      return unfollowedHits(correlation, ordered);
  }
}

function windowHits<M extends CorrelatedMatch>(correlation: Correlation, ordered: readonly M[]): CorrelatedHit<M>[] {
  const tallies = new Map<number, { readonly tally: WindowTally; match: M }>();
  for (const match of ordered) {
    const endMs = windowEndOf(correlation, match.eventAtMs);
    const held = tallies.get(endMs) ?? { tally: new WindowTally(correlation), match };
    held.tally.add(match);
    held.match = match;
    tallies.set(endMs, held);
  }
  const hits: CorrelatedHit<M>[] = [];
  const { spanMs } = correlation;
  const hit = (endMs: number, match: M) => ({
    atMs: endMs,
    match,
    fromMs: endMs - spanMs,
    toMs: endMs - 1,
  });
  for (const [endMs, { tally, match }] of tallies) {
    if (tally.holds()) hits.push(hit(endMs, match));
    if (!tallies.has(endMs + spanMs) && holdsEmpty(correlation)) hits.push(hit(endMs + spanMs, match));
  }
  return hits.sort((a, b) => a.atMs - b.atMs);
}

function unfollowedHits<M extends CorrelatedMatch>(
  correlation: Correlation,
  ordered: readonly M[],
): CorrelatedHit<M>[] {
  const hits: CorrelatedHit<M>[] = [];
  let followedAtMs = Number.POSITIVE_INFINITY;
  // From the end, so that the next follower is known.
  for (const match of ordered.toReversed()) {
    const untilMs = match.eventAtMs + correlation.spanMs;
    const { eventAtMs: fromMs } = match;
    if ((match.parts & 1) !== 0 && followedAtMs > untilMs)
      hits.push({ atMs: untilMs + 1, match, fromMs, toMs: fromMs });
    if ((match.parts & 2) !== 0) followedAtMs = fromMs;
  }
  return hits.reverse();
}

import type { CorrelatedMatch, Correlation, Operator } from '../../src/correlation/correlation.ts';

// The oracle: every question is asked of the whole set of matches, by loops. It shares nothing with the engine but types.

const compares: Record<Operator, (a: number, b: number) => boolean> = {
  gt: (a, b) => a > b,
  gte: (a, b) => a >= b,
  lt: (a, b) => a < b,
  lte: (a, b) => a <= b,
  eq: (a, b) => a === b,
  neq: (a, b) => a !== b,
};

const has = (match: CorrelatedMatch, part: number): boolean => Math.floor(match.parts / 2 ** part) % 2 === 1;
const isAfter = (a: CorrelatedMatch, b: CorrelatedMatch): boolean =>
  a.eventAtMs > b.eventAtMs ||
  (a.eventAtMs === b.eventAtMs && (a.seq > b.seq || (a.seq === b.seq && a.stream > b.stream)));

function measure(correlation: Correlation, all: readonly CorrelatedMatch[]): number | null {
  const numbers = all.flatMap(({ value }) =>
    value === null || value === '' || Number.isNaN(Number(value)) ? [] : [Number(value)],
  );
  const sorted = [...numbers].sort((a, b) => a - b);
  switch (correlation.kind) {
    case 'event_count':
      return all.length;
    case 'value_count':
      return new Set(all.flatMap(({ value }) => (value === null ? [] : [value]))).size;
    case 'value_sum':
      return numbers.reduce((sum, number) => sum + number, 0);
    case 'value_avg':
      return numbers.length === 0 ? null : numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
    case 'value_median': {
      if (sorted.length === 0) return null;
      const middle = Math.floor(sorted.length / 2);
      const high = sorted[middle] ?? 0;
      return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? 0) + high) / 2;
    }
    case 'value_percentile': {
      const share = (correlation.percentile ?? 0) / 100;
      return sorted.find((_, i) => (i + 1) / sorted.length >= share - 1e-12) ?? null;
    }
    default:
      return null;
  }
}

function seenHolds(correlation: Correlation, all: readonly CorrelatedMatch[]): boolean {
  const seen = Array.from({ length: correlation.parts }, (_, part) => all.some((match) => has(match, part)));
  const count = seen.filter(Boolean).length;
  const walk = (e: NonNullable<Correlation['expression']>): boolean => {
    if (e.kind === 'part') return seen[e.part] === true;
    if (e.kind === 'not') return !walk(e.operand);
    return e.kind === 'and' ? e.operands.every(walk) : e.operands.some(walk);
  };
  if (correlation.expression !== null) return walk(correlation.expression);
  if (correlation.thresholds.length === 0) return count === correlation.parts;
  return correlation.thresholds.every(({ op, value }) => compares[op](count, value));
}

/** Whether parts from..last happen in order within the matches, each after the one before. */
function isChain(matches: readonly CorrelatedMatch[], part: number, last: CorrelatedMatch, parts: number): boolean {
  if (part === parts - 1) return has(last, part);
  return matches.some(
    (first) =>
      has(first, part) &&
      isChain(
        matches.filter((m) => isAfter(m, first)),
        part + 1,
        last,
        parts,
      ) &&
      isAfter(last, first),
  );
}

function holdsAt(correlation: Correlation, all: readonly CorrelatedMatch[], match: CorrelatedMatch): boolean {
  const upTo = all.filter((other) => other === match || isAfter(match, other));
  const { spanMs, kind } = correlation;
  const isNear = (other: CorrelatedMatch): boolean =>
    correlation.window === 'exact'
      ? match.eventAtMs - other.eventAtMs <= spanMs
      : Math.floor(match.eventAtMs / 1000) - Math.floor(other.eventAtMs / 1000) < spanMs / 1000;
  const near = upTo.filter(isNear);
  if (kind === 'temporal') return seenHolds(correlation, near);
  if (kind === 'temporal_ordered') return isChain(near, 0, match, correlation.parts);
  if (kind === 'pairs') {
    if (!has(match, 1)) return false;
    return near.some((a) => a !== match && has(a, 0) && !upTo.some((b) => b !== match && has(b, 1) && isAfter(b, a)));
  }
  if (kind !== 'event_count') {
    const { value } = match;
    if (value === null) return false;
    if (kind !== 'value_count' && (value === '' || Number.isNaN(Number(value)))) return false;
  }
  const measured = measure(correlation, near);
  return measured !== null && correlation.thresholds.every(({ op, value }) => compares[op](measured, value));
}

export type NaiveHit<M extends CorrelatedMatch> = { readonly atMs: number; readonly match: M };

/** Every hit, in order, with the match that completed it or the last one before the end of its window. */
export function naiveHitList<M extends CorrelatedMatch>(
  correlation: Correlation,
  timing: string,
  all: readonly M[],
): NaiveHit<M>[] {
  const hits: NaiveHit<M>[] = [];
  if (timing === 'match') {
    for (const match of all) if (holdsAt(correlation, all, match)) hits.push({ atMs: match.eventAtMs, match });
  } else if (timing === 'follower') {
    for (const match of all) {
      const isFollowed = all.some(
        (other) => has(other, 1) && isAfter(other, match) && other.eventAtMs <= match.eventAtMs + correlation.spanMs,
      );
      if (has(match, 0) && !isFollowed) hits.push({ atMs: match.eventAtMs + correlation.spanMs + 1, match });
    }
  } else {
    const { spanMs } = correlation;
    const numbers = all.map(({ eventAtMs }) => Math.floor(eventAtMs / spanMs));
    for (const number of new Set(numbers.flatMap((n) => [n, n + 1]))) {
      const inside = all.filter(({ eventAtMs }) => Math.floor(eventAtMs / spanMs) === number);
      const before = all.filter(({ eventAtMs }) => Math.floor(eventAtMs / spanMs) === number - 1);
      const holds =
        correlation.kind === 'temporal'
          ? seenHolds(correlation, inside)
          : correlation.thresholds.every(({ op, value }) => compares[op](measure(correlation, inside) ?? 0, value));
      const last = [...(inside.length > 0 ? inside : before)].sort((a, b) => (isAfter(a, b) ? -1 : 1))[0];
      if (holds && last !== undefined) hits.push({ atMs: (number + 1) * spanMs, match: last });
    }
  }
  return hits.sort((a, b) => a.atMs - b.atMs || (isAfter(a.match, b.match) ? 1 : -1));
}

/** `atMs:seq` of every hit, in order. */
export const naiveHits = (correlation: Correlation, timing: string, all: readonly CorrelatedMatch[]): string[] =>
  naiveHitList(correlation, timing, all).map(({ atMs, match }) => `${atMs}:${match.seq}`);

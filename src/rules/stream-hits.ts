import type { Tx } from '../control/control-store.ts';
import { distinctEntities, type Entity } from '../events/entity.ts';
import { present } from '../shared/assert.ts';
import type { AlertRule } from './alert-rule.ts';
import { streamThreshold } from './condition.ts';
import type { Match } from './match.ts';
import { loadMatches, markHit, type StoredMatch, storeMatches, sweepMatches } from './match-store.ts';

/** A match at which the rule's condition holds. */
export type Hit = {
  readonly match: StoredMatch;
  /** First instant of the window that ends with the match; see `windowOf`. */
  readonly sinceMs: number;
  /** Matches that a flushed firing used up; null where the store counts them. */
  readonly used: readonly StoredMatch[] | null;
  /** Of a stateful rule: its group, the matches of the window, and how many of them no firing has told of yet. */
  readonly group?: { readonly key: string; rows(): Promise<number>; fresh(): Promise<number> } | undefined;
  /** What the events of the window name, as far as they came in this batch. */
  readonly entities?: readonly Entity[] | undefined;
};

const SECOND_MS = 1_000;

/**
 * The window `(t − W, t]` in whole seconds, the resolution of `log_ts`: `[fromMs, toMs)`, exactly as long as the range,
 * its last second being that of the hit. A search over it finds what the condition counted.
 */
export function windowOf(eventAtMs: number, rangeMs: number): { readonly fromMs: number; readonly toMs: number } {
  const toMs = (Math.floor(eventAtMs / SECOND_MS) + 1) * SECOND_MS;
  return { fromMs: toMs - rangeMs, toMs };
}

export const rangeMsOf = (rule: { readonly rangeMinutes: number }): number => rule.rangeMinutes * 60_000;

const inOrder = (a: StoredMatch, b: StoredMatch): number => a.eventAtMs - b.eventAtMs || a.seq - b.seq;

/** How many matches a window of the stream rule needs. */
export const neededBy = (rule: AlertRule): number =>
  present(streamThreshold(rule.conditionOption, rule.conditionValue), 'threshold of a stream rule');

/**
 * The hits that a batch brings, in order of event time, then journal number.
 *
 * A match may also turn an earlier applied, later match into a hit; the answer is the difference that the batch makes to
 * the set, so the same matches in other batches give the same hits in the end. Rules that need one match keep nothing.
 */
export async function hitsOf(tx: Tx, rule: AlertRule, stream: string, matches: readonly Match[]): Promise<Hit[]> {
  const needed = neededBy(rule);
  const rangeMs = rangeMsOf(rule);
  if (needed === 1) {
    return matches
      .map(({ seq, eventAtMs, throttleValue, entities }) => {
        const match = { stream, seq, eventAtMs, throttleValue, isHit: false, isCounted: false };
        return { match, sinceMs: windowOf(eventAtMs, rangeMs).fromMs, used: [match], entities };
      })
      .sort((a, b) => inOrder(a.match, b.match));
  }
  await storeMatches(tx, rule.id, stream, matches);
  const times = matches.map((match) => match.eventAtMs);
  const first = times.reduce((a, b) => Math.min(a, b));
  const last = times.reduce((a, b) => Math.max(a, b));
  const stored = await loadMatches(tx, rule.id, {
    sinceMs: windowOf(first, rangeMs).fromMs,
    fromMs: first,
    toMs: windowOf(last, rangeMs).toMs + rangeMs,
    before: needed - 1,
    uncountedOnly: rule.flushOnTrigger,
  });
  const hits = rule.flushOnTrigger ? flushedHits(stored, needed, rangeMs) : thresholdHits(stored, needed, rangeMs);
  for (const hit of hits) await markHit(tx, rule.id, hit.match);
  await sweepMatches(tx, rule.id, rangeMs);
  return hits.map((hit) => ({ ...hit, entities: entitiesWithin(matches, hit) }));
}

const entitiesWithin = (matches: readonly Match[], { sinceMs, match }: Hit): readonly Entity[] | undefined =>
  distinctEntities(
    matches
      .filter(({ eventAtMs }) => eventAtMs >= sinceMs && eventAtMs <= match.eventAtMs)
      .map(({ entities }) => entities),
  );

/** Matches, not hits before, that end a window with at least `needed` matches. */
function thresholdHits(stored: readonly StoredMatch[], needed: number, rangeMs: number): Hit[] {
  return stored.flatMap((match, i) => {
    const oldest = stored[i - needed + 1];
    const sinceMs = windowOf(match.eventAtMs, rangeMs).fromMs;
    return match.isHit || oldest === undefined || oldest.eventAtMs < sinceMs ? [] : [{ match, sinceMs, used: null }];
  });
}

/** As soon as `needed` unused matches are in one window they fire, and none of them counts again. */
function flushedHits(unused: readonly StoredMatch[], needed: number, rangeMs: number): Hit[] {
  const hits: Hit[] = [];
  let waiting: StoredMatch[] = [];
  for (const match of unused) {
    const sinceMs = windowOf(match.eventAtMs, rangeMs).fromMs;
    waiting = [...waiting.filter((candidate) => candidate.eventAtMs >= sinceMs), match];
    if (waiting.length < needed) continue;
    hits.push({ match, sinceMs, used: waiting });
    waiting = [];
  }
  return hits;
}

import { type CorrelatedMatch, timingOf } from '../../src/correlation/correlation.ts';
import type { NaiveHit } from '../correlation/naive-correlation.ts';
import type { RaisedIncident } from './fixture.ts';
import { RANGE_MS } from './stateful-stream.ts';

export type Groups = ReadonlyMap<string, readonly NaiveHit<CorrelatedMatch>[]>;

/** A hit at the end of a window is one of its last millisecond. */
export const atMsOf = (
  correlation: Parameters<typeof timingOf>[0],
  { atMs }: Pick<NaiveHit<CorrelatedMatch>, 'atMs'>,
): number => (timingOf(correlation) === 'match' ? atMs : atMs - 1);

const toMsOf = (atMs: number): number => (Math.floor(atMs / 1000) + 1) * 1000;

/** First hits of episodes, told from the hits of each group: `group end-of-window`. */
export function expectedEpisodes(
  correlation: Parameters<typeof timingOf>[0],
  groups: Groups,
): { readonly first: readonly string[]; readonly hits: number } {
  const first: string[] = [];
  let hits = 0;
  for (const [group, list] of groups) {
    let lastMs = Number.NEGATIVE_INFINITY;
    for (const hit of list) {
      const atMs = atMsOf(correlation, hit);
      if (atMs - lastMs >= RANGE_MS) first.push(`${group} ${toMsOf(atMs)}`);
      lastMs = atMs;
      hits += 1;
    }
  }
  return { first: first.sort(), hits };
}

export const episodeText = (key: string, atMs: number): string => `${key} ${toMsOf(atMs)}`;

export const raisedTexts = (incidents: readonly RaisedIncident[]): string[] =>
  incidents.map(({ firing }) => `${firing.groupKey} ${firing.windowToMs}`).sort();

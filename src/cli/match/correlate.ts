import type { CorrelatedMatch, Correlation } from '../../correlation/correlation.ts';
import { type CorrelatedHit, evaluateMatches } from '../../correlation/evaluate-matches.ts';
import type { PartMatch } from './line-matcher.ts';

/** Hits less than the span apart: what the server raises one incident for. */
export type FileEpisode = {
  /** Place of the correlation. */
  readonly correlation: number;
  readonly group: string;
  /** Of the match that completed the first hit. */
  readonly file: string;
  readonly line: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly hits: number;
};

type Line = CorrelatedMatch & { readonly file: string; readonly line: number };

/** Collects the matches that correlations are made of; they are judged once all files are read. */
export class FileCorrelations {
  readonly #correlations: readonly Correlation[];
  readonly #groups = new Map<string, Map<string, Line>[]>();
  #events = 0;
  #lastLine = '';

  constructor(correlations: readonly Correlation[]) {
    this.#correlations = correlations;
  }

  /** Called in the order of the lines. */
  add(file: string, { correlation, part, groupKey, value, eventAtMs, line }: PartMatch): void {
    const place = `${file}\n${line}`;
    if (place !== this.#lastLine) this.#events += 1;
    this.#lastLine = place;
    const groups = this.#groups.get(groupKey) ?? this.#correlations.map(() => new Map<string, Line>());
    this.#groups.set(groupKey, groups);
    const own = groups[correlation];
    const parts = (own?.get(place)?.parts ?? 0) | (1 << part);
    own?.set(place, { eventAtMs, stream: '', seq: this.#events, parts, value, file, line });
  }

  /** By the time at which they began. */
  episodes(): FileEpisode[] {
    const found: (FileEpisode & { readonly atMs: number })[] = [];
    for (const [group, byCorrelation] of this.#groups) {
      for (const [number, lines] of byCorrelation.entries()) {
        const correlation = this.#correlations[number];
        if (correlation === undefined || lines.size === 0) continue;
        for (const hits of episodesOf(evaluateMatches(correlation, [...lines.values()]), correlation.spanMs)) {
          const [first] = hits;
          const last = hits.at(-1);
          const at = [...lines.values()].find(({ seq }) => seq === first?.match.seq);
          if (first === undefined || last === undefined || at === undefined) continue;
          const { file, line } = at;
          const span = { fromMs: first.fromMs, toMs: last.toMs, hits: hits.length, atMs: first.atMs };
          found.push({ correlation: number, group, file, line, ...span });
        }
      }
    }
    return found.sort((a, b) => a.atMs - b.atMs || a.correlation - b.correlation || (a.group < b.group ? -1 : 1));
  }
}

function episodesOf(hits: readonly CorrelatedHit[], spanMs: number): CorrelatedHit[][] {
  const episodes: CorrelatedHit[][] = [];
  let lastMs = Number.NEGATIVE_INFINITY;
  for (const hit of hits) {
    if (hit.atMs - lastMs < spanMs) episodes.at(-1)?.push(hit);
    else episodes.push([hit]);
    lastMs = hit.atMs;
  }
  return episodes;
}

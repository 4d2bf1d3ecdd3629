import type { CorrelatedMatch } from '../../correlation/correlation.ts';
import { type ChainMatch, evaluateChain, type Groups } from '../../correlation/evaluate-chain.ts';
import type { CorrelatedHit } from '../../correlation/evaluate-matches.ts';
import type { LoadedCorrelation } from '../../sigma/import-rules.ts';
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

type Line = ChainMatch & { readonly file: string; readonly line: number };
type Chain = Pick<LoadedCorrelation, 'correlation' | 'inner'>;

/** Collects the matches that correlations are made of; they are judged once all files are read. */
export class FileCorrelations {
  readonly #chains: readonly Chain[];
  /** For each correlation and each that it is made of. */
  readonly #nodes: readonly (readonly Groups<Line>[])[];
  #events = 0;
  #lastLine = '';

  constructor(chains: readonly Chain[]) {
    this.#chains = chains;
    this.#nodes = chains.map(({ inner }) => [new Map(), ...inner.map(() => new Map())]);
  }

  /** Called in the order of the lines. */
  add(file: string, { correlation, node, part, groupKey, value, up, eventAtMs, line }: PartMatch): void {
    const place = `${file}\n${line}`;
    if (place !== this.#lastLine) this.#events += 1;
    this.#lastLine = place;
    const groups = this.#nodes[correlation]?.[node];
    if (groups === undefined) return;
    const group = groups.get(groupKey) ?? [];
    groups.set(groupKey, group);
    const last = group.at(-1);
    const match = { eventAtMs, stream: '', seq: this.#events, parts: 1 << part, value, up, file, line };
    if (last?.seq === this.#events)
      group[group.length - 1] = { ...last, parts: last.parts | match.parts, value: last.value ?? value };
    else group.push(match);
  }

  /** By the time at which they began. */
  episodes(): FileEpisode[] {
    const found: (FileEpisode & { readonly atMs: number })[] = [];
    for (const [number, { correlation, inner }] of this.#chains.entries()) {
      for (const [group, all] of evaluateChain(correlation, inner, this.#nodes[number] ?? [])) {
        for (const hits of episodesOf(all, correlation.spanMs)) {
          const [first] = hits;
          const last = hits.at(-1);
          if (first === undefined || last === undefined) continue;
          const { file, line } = first.match;
          const span = { fromMs: first.fromMs, toMs: last.toMs, hits: hits.length, atMs: first.atMs };
          found.push({ correlation: number, group, file, line, ...span });
        }
      }
    }
    return found.sort((a, b) => a.atMs - b.atMs || a.correlation - b.correlation || (a.group < b.group ? -1 : 1));
  }
}

function episodesOf<M extends CorrelatedMatch>(
  hits: readonly CorrelatedHit<M>[],
  spanMs: number,
): CorrelatedHit<M>[][] {
  const episodes: CorrelatedHit<M>[][] = [];
  let lastMs = Number.NEGATIVE_INFINITY;
  for (const hit of hits) {
    if (hit.atMs - lastMs < spanMs) episodes.at(-1)?.push(hit);
    else episodes.push([hit]);
    lastMs = hit.atMs;
  }
  return episodes;
}

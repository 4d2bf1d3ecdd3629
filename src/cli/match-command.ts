import { once } from 'node:events';
import { Command } from 'commander';
import { openLines } from '../ingest/read-lines.ts';
import { rangesOf } from '../ingest/read-range.ts';
import { systemClock } from '../shared/clock.ts';
import type { JsonObject } from '../shared/json.ts';
import { FileCorrelations, type FileEpisode } from './match/correlate.ts';
import type { LineJob, LineResult, TriedCondition } from './match/line-matcher.ts';
import { type MatchPool, openMatchPool } from './match/match-pool.ts';
import { type FileCorrelation, type FileRule, lpqlRules, type RuleSources, sigmaRules } from './match/rule-sources.ts';
import { printable, type Streams, usageError } from './output.ts';

type MatchFlags = {
  readonly sigma?: string;
  readonly lpql?: string;
  readonly placeholders?: string;
  readonly json?: boolean;
  readonly threads: string;
  readonly stats?: boolean;
};

const THREADS_MAX = 64;
/** Chunks of about a megabyte that wait for a thread, for each thread. */
const JOBS_AHEAD = 3;

export function matchCommand(streams: Streams): Command {
  return new Command('match')
    .description('Run Sigma rules and queries over files, without a server.')
    .argument('<file...>', 'plain, .gz or .br, one event a line; - is standard input')
    .option('--sigma <path>', 'folder, .tar.gz or file of Sigma rules')
    .option('--lpql <file>', 'one JSON object a line with id and query')
    .option('--placeholders <file>', 'JSON object: values for the placeholders of Sigma rules, by name')
    .option('--json', 'print one JSON object a match: file, line, rule')
    .option('--threads <n>', 'threads that match', '1')
    .option('--stats', 'say what was read and refused and what it cost; on standard error with --json')
    .action(async (files: string[], flags: MatchFlags) => {
      const threads = /^\d{1,3}$/.test(flags.threads) ? Number(flags.threads) : 0;
      if (threads < 1 || threads > THREADS_MAX) {
        throw usageError(`--threads ${flags.threads}: expected a number from 1 to ${THREADS_MAX}`);
      }
      const startedAtMs = performance.now();
      const sources = await loadRules(flags);
      const pool = await openMatchPool(triedConditions(sources), threads, systemClock());
      const run = new MatchRun(pool, sources, streams, flags.json === true, threads * JOBS_AHEAD);
      const readyMs = performance.now() - startedAtMs;
      try {
        for (const file of files) await run.file(file);
        await run.finish();
      } finally {
        await pool.close();
      }
      report(streams, flags, sources, run.totals, readyMs, performance.now() - startedAtMs - readyMs);
    });
}

async function loadRules({ sigma, lpql, placeholders }: MatchFlags): Promise<RuleSources> {
  if (sigma === undefined && lpql === undefined) throw usageError('expected --sigma or --lpql with rules to run');
  const parts: RuleSources[] = [];
  if (sigma !== undefined) parts.push(sigmaRules(sigma, placeholders));
  if (lpql !== undefined) parts.push(await lpqlRules(lpql));
  return {
    rules: parts.flatMap(({ rules }) => rules),
    correlations: parts.flatMap(({ correlations }) => correlations),
    refused: parts.flatMap(({ refused }) => refused),
  };
}

/** The rules' own first, so that their numbers are those of the rules. */
const triedConditions = ({ rules, correlations }: RuleSources): readonly TriedCondition[] => [
  ...rules.map(({ condition }) => ({ condition, part: null })),
  ...correlations.flatMap(({ parts }, correlation) =>
    parts.map(({ condition, id, ...part }) => ({ condition, part: { correlation, ...part } })),
  ),
];

/** Sends files through a pool and writes the matches in the order of the lines. */
class MatchRun {
  readonly totals = { events: 0, matches: 0, rejected: 0, parseMs: 0, matchMs: 0 };
  readonly #pool: MatchPool;
  readonly #rules: readonly FileRule[];
  readonly #correlations: readonly FileCorrelation[];
  readonly #correlated: FileCorrelations;
  readonly #streams: Streams;
  readonly #isJson: boolean;
  readonly #jobsMax: number;
  #jobs: { readonly file: string; readonly isFirst: boolean; readonly result: Promise<LineResult> }[] = [];
  /** The next job has the first lines of its file. */
  #isFirst = true;
  /** Of the file that is written, before the job that is written. */
  #linesBefore = 0;

  constructor(
    pool: MatchPool,
    { rules, correlations }: RuleSources,
    streams: Streams,
    isJson: boolean,
    jobsMax: number,
  ) {
    this.#pool = pool;
    this.#rules = rules;
    this.#correlations = correlations;
    this.#correlated = new FileCorrelations(correlations);
    this.#streams = streams;
    this.#isJson = isJson;
    this.#jobsMax = jobsMax;
  }

  async file(file: string): Promise<void> {
    this.#isFirst = true;
    const ranges = rangesOf(file);
    if (ranges !== null) {
      for (const range of ranges) await this.#run({ file, range });
    } else {
      const { chunks } = await openLines(file);
      for await (const { bytes } of chunks) await this.#run({ file, bytes });
    }
  }

  async #run(job: LineJob): Promise<void> {
    const result = this.#pool.run(job);
    // A failure is thrown where the result's turn comes.
    result.catch(() => {});
    this.#jobs.push({ file: job.file, isFirst: this.#isFirst, result });
    this.#isFirst = false;
    if (this.#jobs.length >= this.#jobsMax) await this.#writeNext();
  }

  async finish(): Promise<void> {
    while (this.#jobs.length > 0) await this.#writeNext();
    let text = '';
    for (const episode of this.#correlated.episodes()) {
      this.totals.matches += 1;
      text += this.#episode(episode);
    }
    if (text !== '' && !this.#streams.out.write(text)) await once(this.#streams.out, 'drain');
  }

  async #writeNext(): Promise<void> {
    const job = this.#jobs.shift();
    if (job === undefined) return;
    const { lines, matches, parts, events, rejected, parseMs, matchMs } = await job.result;
    const before = job.isFirst ? 0 : this.#linesBefore;
    this.#linesBefore = before + lines;
    for (const part of parts) this.#correlated.add(job.file, { ...part, line: before + part.line });
    this.totals.events += events;
    this.totals.rejected += rejected;
    this.totals.matches += matches.length / 2;
    this.totals.parseMs += parseMs;
    this.totals.matchMs += matchMs;
    let text = '';
    for (let i = 0; i < matches.length; i += 2)
      text += this.#line(job.file, before + (matches[i] ?? 0), matches[i + 1] ?? 0);
    if (text !== '' && !this.#streams.out.write(text)) await once(this.#streams.out, 'drain');
  }

  #episode({ correlation, group, file, line, fromMs, toMs, hits }: FileEpisode): string {
    const rule = this.#correlations[correlation];
    if (rule === undefined) throw new Error(`no correlation has the number ${correlation}`);
    const [from, to] = [new Date(fromMs).toISOString(), new Date(toMs).toISOString()];
    if (this.#isJson) return `${JSON.stringify({ file, line, rule: rule.id, group, hits, from, to })}\n`;
    return this.#text(file, line, rule, ` [${group === '' ? '' : `${group}: `}${hits} hits, ${from} to ${to}]`);
  }

  #line(file: string, line: number, number: number): string {
    const rule = this.#rules[number];
    if (rule === undefined) throw new Error(`no rule has the number ${number}`);
    if (this.#isJson) return `${JSON.stringify({ file, line, rule: rule.id })}\n`;
    return this.#text(file, line, rule, '');
  }

  #text(file: string, line: number, rule: Omit<FileRule, 'condition'>, more: string): string {
    const level = rule.level === '' ? '' : `${rule.level}: `;
    const author = rule.author === '' ? '' : `, by ${rule.author}`;
    return `${printable(`${file}:${line}: ${level}${rule.title} (${rule.id}${author})${more}`)}\n`;
  }
}

function report(
  streams: Streams,
  flags: MatchFlags,
  { rules, correlations, refused }: RuleSources,
  totals: MatchRun['totals'],
  readyMs: number,
  runMs: number,
): void {
  const perEvent = (ms: number): number => (totals.events === 0 ? 0 : Number(((ms * 1000) / totals.events).toFixed(2)));
  if (flags.stats !== true) {
    const left = refused.length === 0 ? '' : `${refused.length} rules refused; --stats says why`;
    const rejected = totals.rejected === 0 ? '' : `${totals.rejected} lines could not be read`;
    const notes = [left, rejected].filter((note) => note !== '');
    if (notes.length > 0) streams.err.write(`${notes.join('; ')}\n`);
    return;
  }
  const stats: JsonObject = {
    events: totals.events,
    matches: totals.matches,
    rejected_lines: totals.rejected,
    parse_us_per_event: perEvent(totals.parseMs),
    match_us_per_event: perEvent(totals.matchMs),
    events_per_second: runMs === 0 ? 0 : Math.round((totals.events * 1000) / runMs),
    ready_ms: Math.round(readyMs),
    run_ms: Math.round(runMs),
    rules_loaded: rules.length,
    rules_refused: refused.length,
    correlations_loaded: correlations.length,
    refused: refused.map(({ file, id, reason }) => ({ file, rule: id, reason })),
  };
  if (flags.json === true) {
    streams.err.write(`${JSON.stringify({ stats })}\n`);
    return;
  }
  for (const [name, value] of Object.entries(stats)) {
    if (name !== 'refused') streams.out.write(`${name.replaceAll('_', ' ')}: ${String(value)}\n`);
  }
  for (const { file, id, reason } of refused) {
    streams.out.write(`refused ${printable(`${file}${id === '' ? '' : ` (${id})`}: ${reason}`)}\n`);
  }
}

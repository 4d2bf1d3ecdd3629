import { type MatchFields, type ReadMatch, readMatch } from '../../correlation/match-fields.ts';
import type { LogEvent } from '../../events/event.ts';
import { decodeEntry } from '../../ingest/decode-entry.ts';
import type { RecordContext } from '../../ingest/record.ts';
import { isJsonArray, splitJsonArray, splitLines } from '../../ingest/split-records.ts';
import { EventView } from '../../query/event-view.ts';
import type { Condition } from '../../query/plan.ts';
import { buildMatcher } from '../../rules/matcher/build-matcher.ts';
import type { Matcher } from '../../rules/matcher/matcher.ts';

/** Whole lines of a file; `firstLine` counts from 1. */
export type LineJob = { readonly file: string; readonly bytes: Uint8Array; readonly firstLine: number };

/** A condition that is tried on each line: a rule's own, or that of a part of a correlation. */
export type TriedCondition = {
  readonly condition: Condition;
  readonly part: {
    readonly correlation: number;
    readonly node: number;
    readonly part: number;
    readonly fields: MatchFields;
    readonly up: readonly MatchFields[];
  } | null;
};

/** An event satisfies a part of a correlation and has the fields of its group. */
export type PartMatch = ReadMatch & {
  readonly correlation: number;
  readonly node: number;
  readonly part: number;
  readonly eventAtMs: number;
  readonly line: number;
};

export type LineResult = {
  /** `[line, rule, line, rule, …]` by line, then by place of the rule. */
  readonly matches: readonly number[];
  readonly parts: readonly PartMatch[];
  readonly events: number;
  readonly rejected: number;
  readonly parseMs: number;
  readonly matchMs: number;
};

/** Reads lines as ingest does and tries all rules on each. */
export class LineMatcher {
  readonly #matcher: Matcher<number>;
  readonly #view = new EventView();
  readonly #receivedAtMs: number;
  readonly #conditions: readonly TriedCondition[];

  constructor(conditions: readonly TriedCondition[], receivedAtMs: number) {
    this.#conditions = conditions;
    this.#matcher = buildMatcher(conditions.map(({ condition }, key) => ({ key, condition })));
    this.#receivedAtMs = receivedAtMs;
  }

  run(job: LineJob): LineResult {
    const bytes = Buffer.from(job.bytes.buffer, job.bytes.byteOffset, job.bytes.byteLength);
    const totals: Totals = { matches: [], parts: [], events: 0, rejected: 0, parseMs: 0, matchMs: 0 };
    const startedAtMs = performance.now();
    const isArray = isJsonArray(bytes);
    const spans = isArray ? splitJsonArray(bytes) : splitLines(bytes);
    totals.parseMs = performance.now() - startedAtMs;
    const lines = new LineCounter(bytes, job.firstLine);
    for (let from = 0; from < spans.length; from += SLICE_LINES * 2) {
      const some = spans.slice(from, from + SLICE_LINES * 2);
      this.#slice(job, bytes, some, totals, (index) =>
        isArray ? job.firstLine + from / 2 + index : lines.at(some[index * 2] ?? 0),
      );
    }
    return totals;
  }

  #slice(job: LineJob, all: Buffer, spans: Uint32Array, totals: Totals, lineOf: (index: number) => number): void {
    const startedAtMs = performance.now();
    const start = spans[0] ?? 0;
    const bytes = all.subarray(start, spans.at(-1));
    const own = spans.map((offset) => offset - start);
    const { events, rejected } = decodeEntry(contextOf(job.file, this.#receivedAtMs), { bytes, spans: own }, 1);
    const parsedAtMs = performance.now();
    const isRejected = new Set(rejected.map(({ index }) => index));
    for (const [index, event] of events.entries()) {
      if (isRejected.has(index)) continue;
      const found = this.#matcher.match(event, this.#view);
      if (found.length > 0) this.#tell(event, found, lineOf(index), totals);
    }
    totals.events += events.length - rejected.length;
    totals.rejected += rejected.length;
    totals.parseMs += parsedAtMs - startedAtMs;
    totals.matchMs += performance.now() - parsedAtMs;
  }

  #tell(event: LogEvent, found: readonly number[], line: number, { matches, parts }: Totals): void {
    for (const rule of found) {
      const part = this.#conditions[rule]?.part ?? null;
      if (part === null) {
        matches.push(line, rule);
        continue;
      }
      const read = readMatch(event, part);
      const { eventAtMs } = event;
      const { correlation, node } = part;
      if (read !== null) parts.push({ ...read, correlation, node, part: part.part, eventAtMs, line });
    }
  }
}

/** Lines that are read before their events are matched: while they are in the caches, and few to survive a collection. */
const SLICE_LINES = 32;

/** What is gathered over the slices of a job. */
type Totals = {
  readonly matches: number[];
  readonly parts: PartMatch[];
  events: number;
  rejected: number;
  parseMs: number;
  matchMs: number;
};

/** Numbers of lines by their offsets, asked for in ascending order. */
class LineCounter {
  readonly #bytes: Buffer;
  #line: number;
  #offset = 0;

  constructor(bytes: Buffer, firstLine: number) {
    this.#bytes = bytes;
    this.#line = firstLine;
  }

  at(offset: number): number {
    for (
      let end = this.#bytes.indexOf(10, this.#offset);
      end !== -1 && end < offset;
      end = this.#bytes.indexOf(10, end + 1)
    ) {
      this.#line += 1;
      this.#offset = end + 1;
    }
    return this.#line;
  }
}

/** Files belong to no tenant: these names never leave the process. */
const contextOf = (file: string, receivedAtMs: number): RecordContext => ({
  poolId: '0'.repeat(32),
  logpointId: '0'.repeat(32),
  logpointName: 'files',
  repo: 'files',
  format: 'auto',
  colType: 'filesystem',
  remoteIp: '127.0.0.1',
  sourceName: file,
  timeZone: 'UTC',
  receivedAtMs,
});

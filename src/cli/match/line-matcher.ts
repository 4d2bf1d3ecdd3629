import { type MatchFields, type ReadMatch, readMatch } from '../../correlation/match-fields.ts';
import type { LogEvent } from '../../events/event.ts';
import { LineScanner } from '../../ingest/line-scanner.ts';
import { type LineRange, RangeReader } from '../../ingest/read-range.ts';
import { isJsonArray, splitJsonArray, splitLines } from '../../ingest/split-records.ts';
import { EventView } from '../../query/event-view.ts';
import type { Condition } from '../../query/plan.ts';
import { buildMatcher } from '../../rules/matcher/build-matcher.ts';
import type { Matcher } from '../../rules/matcher/matcher.ts';
import { LineDecoder } from './line-decoder.ts';
import { QUIET, ScannedLines, type Suspicion, UNKNOWN } from './scanned-lines.ts';

/** Some lines of a file: a range of it, or their bytes. */
export type LineJob = { readonly file: string } & ({ readonly range: LineRange } | { readonly bytes: Uint8Array });

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
  /** Those of the job, blank ones among them; elements of a JSON array. */
  readonly lines: number;
  /** `[line, rule, line, rule, …]` by line, then by place of the rule. Lines of the job count from 1. */
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
  #decoder: LineDecoder | null = null;
  #scanned: ScannedLines<number> | null = null;
  readonly #scanner = new LineScanner();
  readonly #reader = new RangeReader();

  constructor(conditions: readonly TriedCondition[], receivedAtMs: number) {
    this.#conditions = conditions;
    this.#matcher = buildMatcher(conditions.map(({ condition }, key) => ({ key, condition })));
    this.#receivedAtMs = receivedAtMs;
  }

  run(job: LineJob): LineResult {
    const totals: Totals = { lines: 0, matches: [], parts: [], events: 0, rejected: 0, parseMs: 0, matchMs: 0 };
    const startedAtMs = performance.now();
    const bytes = this.#bytesOf(job);
    // Ranges are of files of lines, one of which may begin like an array.
    const isArray = 'bytes' in job && isJsonArray(bytes);
    const spans = isArray ? splitJsonArray(bytes) : splitLines(bytes);
    const decoder = this.#decoderOf(job.file);
    decoder.start(bytes);
    totals.parseMs = performance.now() - startedAtMs;
    const lines = new LineCounter(bytes);
    for (let from = 0; from < spans.length; from += SLICE_LINES * 2) {
      const some = spans.subarray(from, from + SLICE_LINES * 2);
      const lineOf = (index: number): number => (isArray ? 1 + from / 2 + index : lines.at(some[index * 2] ?? 0));
      this.#slice({ decoder, scanned: this.#scannedOf(decoder), bytes, totals }, some, lineOf);
    }
    totals.lines = isArray ? spans.length / 2 : lines.count();
    return totals;
  }

  close(): void {
    this.#reader.close();
  }

  #bytesOf(job: LineJob): Buffer {
    if ('range' in job) return this.#reader.read(job.file, job.range);
    return Buffer.from(job.bytes.buffer, job.bytes.byteOffset, job.bytes.byteLength);
  }

  #slice(reading: Reading, spans: Uint32Array, lineOf: (index: number) => number): void {
    const { decoder, scanned, bytes, totals } = reading;
    const startedAtMs = performance.now();
    const scannedLines = decoder.encoding === null ? 0 : scanned.scan(bytes, spans, decoder.encoding === 'latin1');
    const told: (readonly [number, Suspicion | typeof UNKNOWN])[] = [];
    const left: number[] = [];
    for (let line = 0; line * 2 < spans.length; line += 1) {
      const known = line < scannedLines ? scanned.tell(line) : UNKNOWN;
      if (known === UNKNOWN) left.push(spans[line * 2] ?? 0, spans[line * 2 + 1] ?? 0);
      if (known !== QUIET) told.push([line, known]);
    }
    const events = left.length === 0 ? [] : decoder.decode(Uint32Array.from(left));
    const parsedAtMs = performance.now();
    totals.events += (spans.length - left.length) / 2;
    let decoded = 0;
    for (const [line, known] of told) {
      if (known !== UNKNOWN) {
        this.#tell(
          known.event,
          this.#matcher.matchFound(known.event, this.#view, known.rules, known.work),
          () => lineOf(line),
          totals,
        );
        continue;
      }
      const event = events[decoded] ?? null;
      decoded += 1;
      if (event === null) {
        totals.rejected += 1;
        continue;
      }
      totals.events += 1;
      this.#tell(event, this.#matcher.match(event, this.#view), () => lineOf(line), totals);
      scanned.learn(line, event, this.#view);
    }
    totals.parseMs += parsedAtMs - startedAtMs;
    totals.matchMs += performance.now() - parsedAtMs;
  }

  #decoderOf(file: string): LineDecoder {
    if (this.#decoder?.file !== file) {
      this.#decoder = new LineDecoder(file, this.#receivedAtMs);
      this.#scanned = null;
    }
    return this.#decoder;
  }

  #scannedOf({ context, planned }: LineDecoder): ScannedLines<number> {
    this.#scanned ??= new ScannedLines(this.#scanner, this.#matcher, context, planned);
    return this.#scanned;
  }

  #tell(event: LogEvent, found: readonly number[], lineOf: () => number, { matches, parts }: Totals): void {
    if (found.length === 0) return;
    const line = lineOf();
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

/** A job under way. */
type Reading = {
  readonly decoder: LineDecoder;
  readonly scanned: ScannedLines<number>;
  readonly bytes: Buffer;
  readonly totals: Totals;
};

/** Lines that are read before their events are matched: while they are in the caches, and few to survive a collection. */
const SLICE_LINES = 32;

/** What is gathered over the slices of a job. */
type Totals = {
  lines: number;
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
  #line = 1;
  #offset = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
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

  /** Of all lines. */
  count(): number {
    const line = this.at(this.#bytes.length);
    return this.#offset === this.#bytes.length ? line - 1 : line;
  }
}

import type { LogEvent } from '../../events/event.ts';
import { LaidOutEvent } from '../../events/laid-out-event.ts';
import { EventBuilder } from '../../ingest/event-builder.ts';
import { takeTimeValue } from '../../ingest/event-clock.ts';
import { isPlainTime } from '../../ingest/event-time.ts';
import { LINE, type LinePlan } from '../../ingest/line-plan.ts';
import type { LineScanner } from '../../ingest/line-scanner.ts';
import type { Planned, PlannedLines } from '../../ingest/planned-lines.ts';
import type { RecordContext } from '../../ingest/record.ts';
import { ScannedEvent } from '../../ingest/scanned-event.ts';
import type { EventView } from '../../query/event-view.ts';
import type { Matcher, MatchingWork } from '../../rules/matcher/matcher.ts';
import type { RuleNumbers } from '../../rules/matcher/value-index.ts';
import type { ValueProbe } from '../../rules/matcher/value-probe.ts';
import {
  equalPairs,
  forgetNumbers,
  kindKey,
  type LineProof,
  type LineShape,
  newShape,
  PairCheck,
  type PlannedKind,
  type ShapeKind,
} from './line-shape.ts';
import { HashesCheck, type KnownTally, PlainCheck, type ValueCheck } from './value-checks.ts';

/** Rules that may hold in a line, and the event in which to try them, before the next lines are scanned. */
export type Suspicion = {
  readonly work: MatchingWork;
  readonly rules: readonly RuleNumbers[];
  readonly event: LogEvent;
};

/** No rule holds in the line. */
export const QUIET = 'quiet';
/** The line is to be decoded. */
export const UNKNOWN = 'unknown';

/** What is known of kinds of lines, and values whose rules are known; beyond, all is learnt anew: hostile logs make up both. */
const PROOFS_MAX = 8_192;
const KNOWN_VALUES_MAX = 512 * 1024;
/** After so many lines of a shape that taught nothing, its lines are decoded unasked. */
const FAILURES_MAX = 256;

/** A line whose event will show what is to be known of lines like it. */
type Lesson = { readonly shape: LineShape; readonly members: number };

/**
 * Tells of lines, before anything is made of them, which rules can hold: most values came before, and what they are
 * clues for is known by their numbers. What is to be looked at in lines of one kind is read off the event that the
 * first of them became.
 */
export class ScannedLines<K> {
  readonly #scanner: LineScanner;
  readonly #matcher: Matcher<K>;
  readonly #context: RecordContext;
  readonly #planned: PlannedLines;
  readonly #yearNow: number;
  #shapes: (LineShape | null | undefined)[] = [];
  #epoch = 0;
  #generation = 0;
  #bytes: Buffer = Buffer.alloc(0);
  readonly #lessons = new Map<number, Lesson>();
  #proofs = 0;
  readonly #tally: KnownTally = { values: 0 };

  constructor(scanner: LineScanner, matcher: Matcher<K>, context: RecordContext, planned: PlannedLines) {
    this.#scanner = scanner;
    this.#matcher = matcher;
    this.#context = context;
    this.#planned = planned;
    this.#yearNow = new Date(context.receivedAtMs).getUTCFullYear();
  }

  /** Reads the first lines of those at `spans` and answers how many. `bytes`: valid UTF-8. */
  scan(bytes: Buffer, spans: Uint32Array, isAscii: boolean): number {
    const scanned = this.#scanner.scan(bytes, spans, isAscii);
    this.#bytes = bytes;
    this.#lessons.clear();
    const isFull = this.#proofs > PROOFS_MAX || this.#tally.values > KNOWN_VALUES_MAX;
    if (isFull || this.#scanner.epoch !== this.#epoch) this.#forget();
    if (this.#scanner.generation !== this.#generation) {
      this.#generation = this.#scanner.generation;
      for (const shape of this.#shapes) if (shape) forgetNumbers(shape);
    }
    return scanned;
  }

  /** What is known of a line that was scanned last. */
  tell(line: number): Suspicion | typeof QUIET | typeof UNKNOWN {
    const shape = this.#shapeOf(this.#scanner.shapeOf(line));
    if (shape === null) return UNKNOWN;
    const members = this.#scanner.membersOf(line);
    const kind = this.#kindOf(shape, members);
    const equal = kind === null ? 0 : equalPairs(kind.pairs, this.#scanner, members);
    if (equal === null) return UNKNOWN;
    const planned = kind?.planned.get(equal);
    const proof = planned === undefined ? undefined : this.#proofOf(planned, members);
    if (planned === undefined || proof === undefined) {
      this.#lessons.set(line, { shape, members });
      return UNKNOWN;
    }
    const { checks, work } = proof;
    if (checks === null || !this.#isTimed(shape, members)) return UNKNOWN;
    let rules: RuleNumbers[] | null = null;
    for (const check of checks) {
      const some = check.rulesOf(this.#scanner, members, this.#generation);
      if (some === null) return UNKNOWN;
      if (some.length === 0) continue;
      if (rules === null) rules = [some];
      else rules.push(some);
    }
    if (shape.failures > 0) shape.failures -= 1;
    if (rules === null && !work.isNeverQuiet) return QUIET;
    return { work, rules: rules ?? NO_LISTS, event: this.#eventOf(line, shape, planned.plan, members) };
  }

  /** The event of a line of which nothing was known. */
  learn(line: number, event: LogEvent, view: EventView): void {
    const lesson = this.#lessons.get(line);
    if (lesson === undefined || this.#learnt(lesson, event, view)) return;
    lesson.shape.failures += 1;
    if (lesson.shape.failures > FAILURES_MAX) this.#shapes[lesson.shape.number] = null;
  }

  #learnt({ shape, members }: Lesson, event: LogEvent, view: EventView): boolean {
    if (!(event instanceof LaidOutEvent)) return false;
    const planned = this.#planned.plannedAs(event);
    const work = this.#matcher.workOf(event, view);
    if (planned === undefined || work === null) return false;
    const { pairs, kind } = planned.plans;
    const telling = work.telling.map((place) => planned.plan.sourceOf(place)).filter((source) => source >= 0);
    const compared = pairs.flatMap(({ first, second }) => [first, second]);
    // Hashes must be taken apart before they are compared.
    if ([...telling, ...compared].some((member) => member >= shape.names.length)) return false;
    const own = shape.kinds.get(kindKey(kind)) ?? {
      pairs: pairs.map((pair) => new PairCheck(pair)),
      planned: new Map(),
    };
    shape.kinds.set(kindKey(kind), own);
    const equal = equalPairs(own.pairs, this.#scanner, members);
    if (equal === null) return false;
    const known = own.planned.get(equal) ?? {
      plan: planned.plan,
      hashes: kind.hashes.join(),
      telling,
      lastTelling: telling.map(() => -1),
      lastProof: null,
      proofs: new Map<string, LineProof>(),
    };
    // Lines with other hashes have another plan: they are decoded.
    if (known.hashes !== kind.hashes.join()) return false;
    own.planned.set(equal, known);
    const checks = checksOf(event, shape, planned, work.probes, this.#tally);
    known.proofs.set(this.#tellingKey(telling, members), { work, checks });
    const checked = (checks ?? []).map(({ member }) => member);
    this.#scanner.watch(shape.number, [...compared, ...telling, ...checked]);
    this.#proofs += 1;
    return true;
  }

  #forget(): void {
    this.#shapes = [];
    this.#epoch = this.#scanner.epoch;
    this.#proofs = 0;
    this.#tally.values = 0;
  }

  #shapeOf(number: number): LineShape | null {
    if (number < 0) return null;
    const known = this.#shapes[number];
    if (known !== undefined) return known;
    const fresh = newShape(number, this.#scanner.namesOf(number));
    this.#shapes[number] = fresh;
    if (fresh !== null) this.#scanner.watch(number, [fresh.eventIdAt, fresh.channelAt]);
    return fresh;
  }

  #kindOf(shape: LineShape, members: number): ShapeKind | null {
    const scanner = this.#scanner;
    // What decides how a line is read is a text; a list may look like one.
    if (scanner.isListAt(members, shape.eventIdAt) || scanner.isListAt(members, shape.channelAt)) return null;
    const eventId = scanner.numberAt(members, shape.eventIdAt);
    const channel = scanner.numberAt(members, shape.channelAt);
    if (shape.lastKind !== null && eventId === shape.lastEventId && channel === shape.lastChannel)
      return shape.lastKind;
    const key = kindKey({
      eventId: scanner.textAt(members, shape.eventIdAt),
      channel: scanner.textAt(members, shape.channelAt),
    });
    const kind = shape.kinds.get(key) ?? null;
    if (eventId >= 0 && channel >= 0) {
      shape.lastEventId = eventId;
      shape.lastChannel = channel;
      shape.lastKind = kind;
    }
    return kind;
  }

  /** Undefined: not known yet. */
  #proofOf(kind: PlannedKind, members: number): LineProof | undefined {
    const { telling, lastTelling } = kind;
    let isLast = kind.lastProof !== null;
    for (let i = 0; i < telling.length; i += 1) {
      const number = this.#scanner.numberAt(members, telling[i] ?? 0);
      if (number < 0 || number !== lastTelling[i]) isLast = false;
      lastTelling[i] = number;
    }
    if (isLast) return kind.lastProof ?? undefined;
    const proof = kind.proofs.get(this.#tellingKey(telling, members));
    kind.lastProof = proof ?? null;
    return proof;
  }

  #tellingKey(telling: readonly number[], members: number): string {
    return JSON.stringify(telling.map((member) => this.#scanner.textAt(members, member)));
  }

  /** False when the time is none that is believed. */
  #isTimed({ timeAt }: LineShape, members: number): boolean {
    if (timeAt < 0) return true;
    const [start, end] = [this.#scanner.startAt(members, timeAt), this.#scanner.endAt(members, timeAt)];
    return isPlainTime(this.#bytes, start, end, this.#yearNow) || this.#timeOf(timeAt, members) !== null;
  }

  #timeOf(timeAt: number, members: number): number | null {
    if (!this.#scanner.isTextAt(members, timeAt)) return null;
    const decoding = { text: '', event: new EventBuilder(), context: this.#context };
    return takeTimeValue(decoding, '', this.#scanner.textAt(members, timeAt)) ? decoding.event.eventAtMs : null;
  }

  #eventOf(line: number, { timeAt, names, hashesAt }: LineShape, plan: LinePlan, members: number): LogEvent {
    const { repo, receivedAtMs } = this.#context;
    const eventAtMs = (timeAt < 0 ? null : this.#timeOf(timeAt, members)) ?? receivedAtMs;
    const scanner = this.#scanner;
    return new ScannedEvent({ seq: 1, repo, eventAtMs, receivedAtMs }, plan, (source) => {
      if (source === LINE) return scanner.lineText(line);
      if (source < names.length) return scanner.textAt(members, source);
      const part = scanner.textAt(members, hashesAt).split(',')[source - names.length] ?? '';
      return part.slice(part.indexOf('=') + 1);
    });
  }
}

const NO_LISTS: readonly RuleNumbers[] = [];

/** Null when a value decides that no member has alone. */
function checksOf(
  event: LaidOutEvent,
  shape: LineShape,
  { plan, plans }: Planned,
  probes: readonly ValueProbe[],
  tally: KnownTally,
): ValueCheck[] | null {
  const bySource = new Map<number, ValueProbe[]>();
  for (const probe of probes) {
    const source = plan.sourceOf(probe.at);
    if (source >= 0) bySource.set(source, [...(bySource.get(source) ?? []), probe]);
    else if (source === LINE ? !probe.isBlindTo('{') : probe.rulesOf(event.valueAt(probe.at)).length > 0) return null;
  }
  const { names, hashesAt } = shape;
  const checks: ValueCheck[] = [];
  for (const [source, own] of bySource) if (source < names.length) checks.push(new PlainCheck(source, tally, own));
  if (hashesAt >= 0) {
    const { hashes } = plans.kind;
    const parts = hashes.map((_, at) => bySource.get(names.length + at) ?? []);
    checks.push(new HashesCheck(hashesAt, tally, hashes, parts));
  }
  return checks;
}

import type { LogEvent } from '../../events/event.ts';
import { LaidOutEvent } from '../../events/laid-out-event.ts';
import { eventAccess } from '../../query/access.ts';
import { closureOf } from '../../query/evaluate-condition.ts';
import type { EventView } from '../../query/event-view.ts';
import { isRecordText, isSearchedField } from '../../query/searched-values.ts';
import { EventRouter, type Places } from './event-router.ts';
import { READ } from './field-reader.ts';
import type { AnywhereIndex, MatcherParts, RouteGroup } from './matcher-parts.ts';
import type { MatcherReport, RuleCost } from './matcher-rule.ts';
import { RoutedIndex } from './routed-index.ts';
import { RuleMeter } from './rule-meter.ts';
import type { Test } from './rule-test.ts';
import type { StrideScanner } from './stride-scanner.ts';
import type { RuleNumbers } from './value-index.ts';
import { ProbeMemory, ValueProbe } from './value-probe.ts';

/** What is to do for events of which the same routes hold. */
type Work = {
  readonly sure: RuleNumbers;
  readonly always: RuleNumbers;
  readonly indexes: readonly RoutedIndex[];
  readonly anywhere: readonly RoutedIndex[];
  readonly strides: readonly StrideScanner[];
  /** One bit for each rule: whether its route holds. Null: not known, the tests are the whole conditions. */
  readonly routed: Int32Array | null;
};

/** The same for those that have the same fields too: only what they have is looked up. */
type PlacedWork = Work & {
  /** For the values at known places. */
  readonly probes: readonly ValueProbe[];
  /** For fields whose values have no known place. */
  readonly read: readonly RoutedIndex[];
  /** The places of text without a field are not known: the view knows the values. */
  readonly isSearchedByView: boolean;
};

/** What is to do for events with one layout and the same values at some places. */
export class MatchingWork {
  /** The places. */
  readonly telling: readonly number[];
  readonly own: PlacedWork;

  constructor(telling: readonly number[], own: PlacedWork) {
    this.telling = telling;
    this.own = own;
  }

  get probes(): readonly ValueProbe[] {
    return this.own.probes;
  }

  /** Some rules are tried whatever the probes find. */
  get isNeverQuiet(): boolean {
    return this.own.sure.length > 0 || this.own.always.length > 0;
  }
}

const NO_KEYS: readonly never[] = [];

/**
 * All rules of one place at once, with the same answers as each rule tried alone. An event's kind (`EventRouter`)
 * decides which rules can hold at all; the values of its fields (`RoutedIndex`) decide which of those are tried.
 */
export class Matcher<K> {
  readonly report: MatcherReport<K>;
  readonly #parts: MatcherParts<K>;
  readonly #router: EventRouter<PlacedWork>;
  readonly #routes: readonly Test<EventView>[];
  readonly #works = new Map<string, Work>();
  readonly #memory = new ProbeMemory();
  readonly #wholes: (Test<EventView> | undefined)[] = [];
  readonly #meter: RuleMeter;
  /** Event in which a rule was looked at last, so that two clues are one look. */
  readonly #lookedIn: Uint32Array;
  #events = 0;
  #asked = 0;
  #strangerWork: PlacedWork | null = null;
  /** The event that is looked at, for finds of free text. */
  #event: LogEvent | null = null;
  #view: EventView | null = null;
  #found: number[] | null = null;

  constructor(parts: MatcherParts<K>) {
    this.#parts = parts;
    this.report = parts.report;
    const routes = parts.groups.map(({ route }) => route);
    this.#routes = routes.map((route) => closureOf(route, eventAccess));
    this.#router = new EventRouter(routes, parts.constantNames, (view, places) =>
      placed(this.#workOf(view), places, this.#memory),
    );
    this.#meter = new RuleMeter(parts.rules.length);
    this.#lookedIn = new Uint32Array(parts.rules.length);
  }

  /** Keys of the rules that hold, in the order of the rules. One view serves many events. */
  match(event: LogEvent, view: EventView): readonly K[] {
    const kind = this.#router.kindOf(event, view);
    const work = kind ?? this.#workOfStrangers();
    this.#begin(event, view, work);
    this.#lookUp(event, view, work);
    return this.#found === null ? NO_KEYS : this.#keysOf(this.#found);
  }

  /** Tries what is tried whatever the values are. */
  #begin(event: LogEvent, view: EventView, work: PlacedWork): void {
    this.#events = this.#events === 0xffff_ffff ? this.#startOver() : this.#events + 1;
    this.#event = event;
    this.#view = view;
    this.#found = null;
    for (const rule of work.sure) this.#put(rule);
    if (work.always.length > 0) this.#tryAll(work.always, work);
  }

  /**
   * What decides which rules are tried on an event like this one, of the same layout and with the same values at the
   * telling places. Null when more decides it than values at known places.
   */
  workOf(event: LaidOutEvent, view: EventView): MatchingWork | null {
    const telling = this.#router.tellingPlaces(event);
    const work = telling === null ? null : this.#router.kindOf(event, view);
    if (telling === null || work === null || work.isSearchedByView || work.read.length > 0) return null;
    return new MatchingWork(telling, work);
  }

  /** The same as `match` for an event with this work and these rules of its probes, when they are all that there are. */
  matchFound(event: LogEvent, view: EventView, found: readonly RuleNumbers[], { own }: MatchingWork): readonly K[] {
    this.#begin(event, view, own);
    for (const rules of found) this.#tryAll(rules, own);
    return this.#found === null ? NO_KEYS : this.#keysOf(this.#found);
  }

  /** What the rules have cost so far that were looked at or matched, the dearest first. */
  costs(): RuleCost<K>[] {
    return this.#meter.costs(this.#parts.rules.map(({ key }) => key));
  }

  /** Values of events for which rules were asked, and those of them that none of the last few were. */
  get values(): { readonly asked: number; readonly searched: number } {
    return { asked: this.#asked, searched: this.#memory.searched };
  }

  #lookUp(event: LogEvent, view: EventView, work: PlacedWork): void {
    const isView = !hasOwnValues(event);
    const { values } = this.#router;
    this.#asked += work.probes.length;
    for (const probe of work.probes) {
      const value = values[probe.at] ?? '';
      if (value.length < probe.lengthMin) continue;
      const rules = value === probe.last ? probe.lastRules : probe.find(value, isView);
      if (rules.length > 0) this.#tryAll(rules, work);
    }
    for (const index of work.read) {
      const value = index.field.field.read(event, view);
      if (value !== undefined) this.#tryAll(index.candidates(value, isView), work);
    }
    if (!work.isSearchedByView) return;
    for (const value of view.of(event).searched(false)) this.#searchIn(value, isView, work);
  }

  #searchIn(value: string, isView: boolean, work: Work): void {
    for (const scanner of work.strides) scanner.scan(value, (rules) => this.#tryAll(rules, work));
    for (const index of work.anywhere) {
      const rules = index.candidates(value, isView);
      if (rules.length > 0) this.#tryAll(rules, work);
    }
  }

  #tryAll(rules: RuleNumbers, { routed }: Work): void {
    for (const rule of rules) {
      if (this.#lookedIn[rule] === this.#events) continue;
      this.#lookedIn[rule] = this.#events;
      if (routed !== null && ((routed[rule >> 5] ?? 0) & (1 << (rule & 31))) === 0) continue;
      const test = routed === null ? this.#wholeOf(rule) : this.#parts.rests[rule];
      if (test === undefined || this.#event === null || this.#view === null) continue;
      if (test === null || this.#meter.look(rule, test, this.#view.of(this.#event))) this.#put(rule);
    }
  }

  #put(rule: number): void {
    this.#meter.matched(rule);
    if (this.#found === null) this.#found = [rule];
    else this.#found.push(rule);
  }

  #startOver(): number {
    this.#lookedIn.fill(0);
    return 1;
  }

  #wholeOf(rule: number): Test<EventView> | undefined {
    const known = this.#wholes[rule];
    if (known !== undefined) return known;
    const condition = this.#parts.rules[rule]?.condition;
    if (condition === undefined) return undefined;
    const fresh = closureOf(condition, eventAccess);
    this.#wholes[rule] = fresh;
    return fresh;
  }

  #keysOf(found: number[]): K[] {
    if (found.length > 1) found.sort((a, b) => a - b);
    const keys: K[] = [];
    for (const rule of found) {
      const known = this.#parts.rules[rule];
      if (known !== undefined) keys.push(known.key);
    }
    return keys;
  }

  /** Kinds for which the same routes hold have the same work. */
  #workOf(view: EventView): Work {
    const holding = this.#routes.map((holds) => holds(view));
    const key = holding.map((holds) => (holds ? '1' : '0')).join('');
    const known = this.#works.get(key);
    if (known !== undefined) return known;
    const groups = this.#parts.groups.filter((_, i) => holding[i] === true);
    const routed = new Int32Array((this.#parts.rules.length + 31) >> 5);
    for (const { indexed, always } of groups) {
      for (const rule of [...indexed, ...always]) routed[rule >> 5] = (routed[rule >> 5] ?? 0) | (1 << (rule & 31));
    }
    const sure = numbersOf(groups.map((group) => group.sure));
    const work = { ...this.#gathered(groups, routed), sure, routed };
    // The router forgets its kinds before there are more works than kinds twice over.
    if (this.#works.size >= WORKS_MAX) this.#works.clear();
    this.#works.set(key, work);
    return work;
  }

  #workOfStrangers(): PlacedWork {
    if (this.#strangerWork !== null) return this.#strangerWork;
    const { groups } = this.#parts;
    const work: Work = {
      ...this.#gathered(groups, null),
      sure: new Int32Array(0),
      always: numbersOf(groups.flatMap(({ sure, always }) => [sure, always])),
      routed: null,
    };
    this.#strangerWork = placed(work, null, this.#memory);
    return this.#strangerWork;
  }

  #gathered(groups: readonly RouteGroup[], routed: Int32Array | null): Omit<Work, 'sure' | 'routed'> {
    const places = new Set(groups.flatMap(({ indexes }) => [...indexes]));
    const anywhere: readonly AnywhereIndex[] = groups.flatMap((group) => group.anywhere ?? []);
    return {
      always: numbersOf(groups.map(({ always }) => always)),
      indexes: this.#parts.indexes
        .filter((_, i) => places.has(i))
        .map((index) => new RoutedIndex(index, routed, this.#meter)),
      anywhere: anywhere.flatMap((one) =>
        one.kind === 'index' ? [new RoutedIndex(one.field, routed, this.#meter)] : [],
      ),
      strides: anywhere.flatMap((one) => (one.kind === 'strides' ? [one.scanner] : [])),
    };
  }
}

/** Without the look-ups of fields that events with these names lack. */
function placed(work: Work, places: Places, memory: ProbeMemory): PlacedWork {
  const isSearching = work.strides.length > 0 || work.anywhere.length > 0;
  if (places === null) return { ...work, probes: [], read: work.indexes, isSearchedByView: isSearching };
  const read: RoutedIndex[] = [];
  const indexesAt = new Map<number, RoutedIndex[]>();
  for (const index of work.indexes) {
    const at = index.field.field.placeIn(places);
    if (at === READ) read.push(index);
    else if (at !== null) indexesAt.set(at, [...(indexesAt.get(at) ?? []), index]);
  }
  const probes: ValueProbe[] = [];
  for (const [name, at] of places) {
    const isSearched = isSearching && isSearchedField(name);
    const indexes = indexesAt.get(at) ?? [];
    if (indexes.length === 0 && !isSearched) continue;
    const [strides, anywhere] = isSearched ? [work.strides, work.anywhere] : [[], []];
    const isSkipped = name === 'msg' ? isRecordText : isNever;
    probes.push(new ValueProbe({ at, indexes, strides, anywhere, isSkipped, memory }));
  }
  return { ...work, probes, read, isSearchedByView: false };
}

const isNever = (): boolean => false;

const WORKS_MAX = 8_192;
/** Lines up to here whose values may be kept although some are parts of others. */
const LINE_UNITS_KEPT_MAX = 16_384;

/** The values of a JSON line are texts of their own; those of other lines may be views of the line. */
function hasOwnValues(event: LogEvent): boolean {
  if (event instanceof LaidOutEvent) return true;
  const { msg } = event.fields;
  return typeof msg === 'string' && msg.length <= LINE_UNITS_KEPT_MAX && msg.startsWith('{');
}

const numbersOf = (lists: readonly (readonly number[])[]): RuleNumbers => Int32Array.from(lists.flat());

import type { LogEvent } from '../../events/event.ts';
import { eventAccess } from '../../query/access.ts';
import { closureOf } from '../../query/evaluate-condition.ts';
import type { EventView } from '../../query/event-view.ts';
import type { Condition } from '../../query/plan.ts';
import { EventRouter } from './event-router.ts';
import type { FieldReader } from './field-reader.ts';
import type { MatcherReport, MatcherRule, RuleCost } from './matcher-rule.ts';
import { RuleMeter } from './rule-meter.ts';
import type { EventTest } from './rule-test.ts';
import type { RuleNumbers, ValueIndex } from './value-index.ts';

/** The rules with one route, by how they are found where the route holds. */
export type RouteGroup = {
  readonly route: Condition;
  /** They match by their route alone. */
  readonly sure: readonly number[];
  /** They have no clue. */
  readonly always: readonly number[];
  /** They are found by these indexes (places in `indexes`). */
  readonly indexed: readonly number[];
  readonly indexes: ReadonlySet<number>;
  /** Finds those with text without a field: one index for each route, as every value of an event is looked up in it. */
  readonly anywhere: ValueIndex | null;
};

/** The rules that the values of one field find. */
export type FieldIndex = {
  /** The one plain name of the field: read without a call, as most events lack most fields. Null: `read` tells. */
  readonly name: string | null;
  readonly read: FieldReader;
  readonly values: ValueIndex;
};

export type MatcherParts<K> = {
  readonly rules: readonly MatcherRule<K>[];
  /** What is left to test of each rule where its route holds. */
  readonly rests: readonly EventTest[];
  readonly groups: readonly RouteGroup[];
  readonly indexes: readonly FieldIndex[];
  readonly constantNames: ReadonlySet<string>;
  readonly report: MatcherReport<K>;
};

/** What is to do for events of one kind. */
type Work = {
  readonly sure: RuleNumbers;
  readonly always: RuleNumbers;
  readonly indexes: readonly FieldIndex[];
  readonly anywhere: readonly ValueIndex[];
  /** One bit for each rule: whether its route holds. Null: not known, the tests are the whole conditions. */
  readonly routed: Int32Array | null;
};

const NO_KEYS: readonly never[] = [];

/**
 * All rules of one place at once, with the same answers as each rule tried alone. An event's kind (`EventRouter`)
 * decides which rules can hold at all; the values of its fields (`ValueIndex`) decide which of those are tried.
 */
export class Matcher<K> {
  readonly report: MatcherReport<K>;
  readonly #parts: MatcherParts<K>;
  readonly #router: EventRouter<Work>;
  readonly #routes: readonly EventTest[];
  readonly #works = new Map<string, Work>();
  readonly #wholes: (EventTest | undefined)[] = [];
  readonly #meter: RuleMeter;
  /** Event in which a rule was looked at last, so that two clues are one look. */
  readonly #lookedIn: Uint32Array;
  #events = 0;
  #strangerWork: Work | null = null;

  constructor(parts: MatcherParts<K>) {
    this.#parts = parts;
    this.report = parts.report;
    const routes = parts.groups.map(({ route }) => route);
    this.#routes = routes.map((route) => closureOf(route, eventAccess));
    this.#router = new EventRouter(routes, parts.constantNames, (view) => this.#workOf(view));
    this.#meter = new RuleMeter(parts.rules.length);
    this.#lookedIn = new Uint32Array(parts.rules.length);
  }

  /** Keys of the rules that hold, in the order of the rules. One view serves many events. */
  match(event: LogEvent, view: EventView): readonly K[] {
    const kind = this.#router.kindOf(event, view);
    const work = kind ?? this.#workOfStrangers();
    let found: number[] | null = null;
    for (const rule of work.sure) {
      this.#meter.matched(rule);
      found = put(found, rule);
    }
    for (const rule of work.always) if (this.#holds(rule, event, view, kind !== null)) found = put(found, rule);
    found = this.#lookUp(event, view, work, found);
    return found === null ? NO_KEYS : this.#keysOf(found);
  }

  /** What the rules have cost so far that were looked at or matched, the dearest first. */
  costs(): RuleCost<K>[] {
    return this.#meter.costs(this.#parts.rules.map(({ key }) => key));
  }

  #lookUp(event: LogEvent, view: EventView, work: Work, foundBefore: number[] | null): number[] | null {
    this.#events = this.#events === 0xffff_ffff ? this.#startOver() : this.#events + 1;
    const isView = !hasOwnValues(event);
    let found = foundBefore;
    const { fields } = event;
    for (const { name, read, values } of work.indexes) {
      const value: unknown = name === null ? read(event, view) : fields[name];
      if (typeof value === 'string') found = this.#tryAll(values.candidates(value, isView), event, view, work, found);
    }
    if (work.anywhere.length === 0) return found;
    for (const value of view.of(event).searched(false)) {
      for (const index of work.anywhere)
        found = this.#tryAll(index.candidates(value, isView), event, view, work, found);
    }
    return found;
  }

  #tryAll(
    rules: RuleNumbers,
    event: LogEvent,
    view: EventView,
    work: Work,
    foundBefore: number[] | null,
  ): number[] | null {
    let found = foundBefore;
    const { routed } = work;
    for (const rule of rules) {
      if (routed !== null && ((routed[rule >> 5] ?? 0) & (1 << (rule & 31))) === 0) continue;
      if (this.#lookedIn[rule] === this.#events) continue;
      this.#lookedIn[rule] = this.#events;
      if (this.#holds(rule, event, view, routed !== null)) found = put(found, rule);
    }
    return found;
  }

  #startOver(): number {
    this.#lookedIn.fill(0);
    return 1;
  }

  #holds(rule: number, event: LogEvent, view: EventView, isRouted: boolean): boolean {
    const test = isRouted ? this.#parts.rests[rule] : this.#wholeOf(rule);
    return test !== undefined && this.#meter.measure(rule, test, view.of(event));
  }

  #wholeOf(rule: number): EventTest | undefined {
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
    for (const { indexed } of groups) {
      for (const rule of indexed) routed[rule >> 5] = (routed[rule >> 5] ?? 0) | (1 << (rule & 31));
    }
    const work = { ...this.#gathered(groups), sure: numbersOf(groups.map(({ sure }) => sure)), routed };
    // The router forgets its kinds before there are more works than kinds twice over.
    if (this.#works.size >= WORKS_MAX) this.#works.clear();
    this.#works.set(key, work);
    return work;
  }

  #workOfStrangers(): Work {
    const { groups } = this.#parts;
    this.#strangerWork ??= {
      ...this.#gathered(groups),
      sure: new Int32Array(0),
      always: numbersOf(groups.flatMap(({ sure, always }) => [sure, always])),
      routed: null,
    };
    return this.#strangerWork;
  }

  #gathered(groups: readonly RouteGroup[]): Pick<Work, 'always' | 'indexes' | 'anywhere'> {
    const places = new Set(groups.flatMap(({ indexes }) => [...indexes]));
    return {
      always: numbersOf(groups.map(({ always }) => always)),
      indexes: this.#parts.indexes.filter((_, i) => places.has(i)),
      anywhere: groups.flatMap(({ anywhere }) => anywhere ?? []),
    };
  }
}

const WORKS_MAX = 8_192;
/** Lines up to here whose values may be kept although some are parts of others. */
const LINE_UNITS_KEPT_MAX = 16_384;

/** The values of a JSON line are texts of their own; those of other lines may be views of the line. */
function hasOwnValues(event: LogEvent): boolean {
  const { msg } = event.fields;
  return typeof msg === 'string' && msg.length <= LINE_UNITS_KEPT_MAX && msg.startsWith('{');
}

function put(found: number[] | null, rule: number): number[] {
  if (found === null) return [rule];
  found.push(rule);
  return found;
}

const numbersOf = (lists: readonly (readonly number[])[]): RuleNumbers => Int32Array.from(lists.flat());

import { EventLayout } from '../events/laid-out-event.ts';
import { decodeEntry } from './decode-entry.ts';
import { hashFieldName, windowsTargets } from './decode-windows.ts';
import { foreignName } from './event-builder.ts';
import type { RecordContext } from './record.ts';

/** Where the values of an event come from: a member of the line by its place, or one of these. */
export const LINE = -1;
const CONSTANT = -2;

/** How lines with the same members, of the same kind of Windows event, become events. */
export class LinePlan {
  readonly layout: EventLayout;
  readonly #sources: Int32Array;
  readonly #constants: readonly string[];

  constructor(names: readonly string[], sources: readonly number[], constants: readonly string[]) {
    this.layout = new EventLayout(names);
    this.#sources = Int32Array.from(sources);
    this.#constants = constants;
  }

  /** Where the value at a place of the layout comes from. Hashes stand behind the members. */
  sourceOf(place: number): number {
    return this.#sources[place] ?? CONSTANT;
  }

  /** Undefined for a value that comes from the line. */
  constantAt(place: number): string | undefined {
    return this.#sources[place] === CONSTANT ? this.#constants[place] : undefined;
  }

  /** The event's values in the order of the layout. */
  valuesOf(line: string, members: readonly string[]): string[] {
    const values = this.#constants.slice();
    const sources = this.#sources;
    for (let place = 0; place < sources.length; place += 1) {
      const source = sources[place] ?? CONSTANT;
      if (source >= 0) values[place] = members[source] ?? '';
      else if (source === LINE) values[place] = line;
    }
    return values;
  }
}

/** Members of lines, what says which kind of event they are, and where their time is. */
export type LineKind = {
  readonly keys: readonly string[];
  readonly eventIdAt: number;
  readonly eventId: string;
  readonly channelAt: number;
  readonly channel: string;
  /** -1: no member holds a time. */
  readonly timeAt: number;
  /** -1: no member holds hashes. */
  readonly hashesAt: number;
  /** Names of the hashes in that member, whose values come behind those of the members. */
  readonly hashes: readonly string[];
};

/** Two members that have a name in common: what becomes of the second depends on whether both have one value. */
export type Pair = { readonly first: number; readonly second: number };

const PAIRS_MAX = 24;
/** Given before any member; a member of that name is one that a plan does not foresee. */
const GIVEN_NAMES = ['norm_id', 'sig_id', 'label', 'ingest_flags', 'original_time'];
const MARK = 'sentinel-of-a-plan-';

/**
 * The plans of one kind of line. A plan is read off what `decodeEntry` makes of a line whose members have values that
 * tell which is which, so that a plan has no semantics of its own.
 */
export class KindPlans {
  readonly #context: RecordContext;
  readonly kind: LineKind;
  readonly #targets: readonly (readonly string[])[];
  readonly pairs: readonly Pair[];
  /** Members of which another one has the name, too. */
  readonly #paired: ReadonlySet<number>;
  readonly #isForeseen: boolean;
  readonly #plans = new Map<number, LinePlan | null>();

  constructor(context: RecordContext, kind: LineKind) {
    this.#context = context;
    this.kind = kind;
    const { keys, channel, eventId, hashes } = kind;
    this.#targets = [
      ...keys.map((key) => windowsTargets(channel, eventId, key).map(foreignName)),
      ...hashes.map((name) => [hashFieldName(name)]),
    ];
    this.pairs = pairsOf(this.#targets);
    this.#paired = new Set(this.pairs.flatMap(({ first, second }) => [first, second]));
    this.#isForeseen =
      this.pairs.length <= PAIRS_MAX &&
      !this.#targets.some((names) => names.some((name) => GIVEN_NAMES.includes(name))) &&
      new Set(hashes.map(hashFieldName)).size === hashes.length;
  }

  /** `listAt`: a member that is a list, -1 for none. Null: what becomes of such a line is not foreseen. */
  planOf(members: readonly string[], listAt: number): LinePlan | null {
    if (!this.#isForeseen || this.#paired.has(listAt)) return null;
    let equal = 0;
    for (const { first, second } of this.pairs) equal = (equal << 1) | (members[first] === members[second] ? 1 : 0);
    const known = this.#plans.get(equal);
    if (known !== undefined) return known;
    const fresh = this.#planFor(members);
    this.#plans.set(equal, fresh);
    return fresh;
  }

  #planFor(members: readonly string[]): LinePlan | null {
    const { keys, hashes, hashesAt } = this.kind;
    const marks = this.#marks(members);
    if (this.kind.timeAt >= 0 && marks[this.kind.timeAt] !== TIME_MARK) return null;
    const text = (at: number): string =>
      at === hashesAt ? hashes.map((name, i) => `${name}=${marks[keys.length + i]}`).join(',') : (marks[at] ?? '');
    const line = `{${keys.map((key, at) => `${JSON.stringify(key)}:${JSON.stringify(text(at))}`).join(',')}}`;
    const bytes = Buffer.from(line);
    const { events, rejected } = decodeEntry(this.#context, { bytes, spans: Uint32Array.of(0, bytes.length) }, 1);
    const fields = Object.entries(events[0]?.fields ?? {});
    if (rejected.length > 0) return null;
    const sources: number[] = [];
    const constants: string[] = [];
    for (const [name, value] of fields) {
      if (name === 'ingest_flags' || name === 'original_time') return null;
      const source = sourceOf(value, line, marks);
      const isConstant = source === CONSTANT || this.#isTelling(source);
      if (source === CONSTANT && value.includes(MARK)) return null;
      if (source >= 0 && !isConstant && !this.#mayHave(name, value, marks)) return null;
      sources.push(isConstant ? CONSTANT : source);
      constants.push(isConstant ? value : '');
    }
    return new LinePlan(
      fields.map(([name]) => name),
      sources,
      constants,
    );
  }

  /** A value for each member; members that have a name in common have the same one where the line's have. */
  #marks(members: readonly string[]): string[] {
    const groups = members.map((_, at) => at);
    for (const { first, second } of this.pairs) {
      if (members[first] !== members[second]) continue;
      const [from, to] = [groups[second], groups[first] ?? 0];
      for (const [at, group] of groups.entries()) if (group === from) groups[at] = to;
    }
    const { timeAt } = this.kind;
    return groups.map((group) => {
      const own = groups.flatMap((other, at) => (other === group && this.#isTelling(at) ? [members[at] ?? ''] : []));
      if (own[0] !== undefined) return own[0];
      return timeAt >= 0 && groups[timeAt] === group ? TIME_MARK : `${MARK}${group};`;
    });
  }

  /** Decides how the line is read: it keeps its value, which all lines of the kind have. */
  #isTelling(at: number): boolean {
    return at === this.kind.eventIdAt || at === this.kind.channelAt;
  }

  #mayHave(name: string, value: string, marks: readonly string[]): boolean {
    if (name === 'msg' || name === 'device_name') return true;
    return marks.some((mark, at) => mark === value && this.#targets[at]?.includes(name) === true);
  }
}

function sourceOf(value: string, line: string, marks: readonly string[]): number {
  if (value === line) return LINE;
  const at = marks.indexOf(value);
  return at < 0 ? CONSTANT : at;
}

/** A time that a line may have and that no other member has. */
const TIME_MARK = '2020-02-03T04:05:06.0708091Z';

function pairsOf(targets: readonly (readonly string[])[]): Pair[] {
  const pairs: Pair[] = [];
  const byName = new Map<string, number[]>();
  const seen = new Set<string>();
  for (const [second, names] of targets.entries()) {
    for (const name of new Set(names)) {
      const others = byName.get(name) ?? [];
      for (const first of others) {
        if (!seen.has(`${first} ${second}`)) pairs.push({ first, second });
        seen.add(`${first} ${second}`);
      }
      byName.set(name, [...others, second]);
    }
  }
  return pairs;
}

import { type LogEvent, numericValue } from '../events/event.ts';
import type { FieldConstants } from '../events/event-layout.ts';
import { unreachable } from '../shared/assert.ts';
import { type Accessor, type Cells, cellAccess, eventAccess } from './access.ts';
import { compareSortValues, sortValueOf } from './compare-cells.ts';
import { chartEvents, chartGroups } from './evaluate-chart.ts';
import { closureOf } from './evaluate-condition.ts';
import { medianOf } from './evaluate-measure.ts';
import { textClosureOf } from './evaluate-text.ts';
import { EventView } from './event-view.ts';
import { fold } from './fold.ts';
import { itemsOf } from './list-text.ts';
import type { BurstStep, ComputeStep, DistributionStep, ExpandStep, OrderKey, Ref, Step, WriteStep } from './plan.ts';
import type { EventRow, GroupRow } from './result-row.ts';

export type Rows =
  | { readonly kind: 'events'; readonly rows: readonly EventRow[] }
  | { readonly kind: 'groups'; readonly rows: readonly GroupRow[] };

/** Rows that a query may have after the store: those that it is given, and those that `json_expand` makes. */
export const rowsAfterStoreMax = 50_000;
/** Entries that one `toList` or `toTable` hands over. */
export const writtenMax = 10_000;

/** What `toList` and `toTable` ask for: distinct entries in order of the rows, for whoever runs the search to keep. */
export type Written = {
  readonly to: 'list' | 'table';
  readonly name: string;
  readonly columns: readonly string[];
  readonly entries: readonly (readonly string[])[];
};

/** Runs steps over rows in memory, one after the other. */
export class StepRun {
  readonly view: EventView;
  readonly written: Written[] = [];
  /** A named limit has left something out. */
  isCut = false;

  readonly #membersMax: number;

  /** `membersMax`: rows that a chart keeps of each group, to say later what it was made of. */
  constructor(constants: FieldConstants, membersMax = 0) {
    this.view = new EventView(constants);
    this.#membersMax = membersMax;
  }

  /** Any step but `provide`, which waits for an answer. */
  over(step: Step, rows: Rows): Rows {
    switch (step.kind) {
      case 'where':
        return rows.kind === 'events'
          ? { kind: 'events', rows: this.#keep(rows.rows, closureOf(step.condition, eventAccess)) }
          : { kind: 'groups', rows: keepGroups(rows.rows, closureOf(step.condition, cellAccess)) };
      case 'order':
        return rows.kind === 'events'
          ? { kind: 'events', rows: this.#orderEvents(rows.rows, step.keys) }
          : { kind: 'groups', rows: orderGroups(rows.rows, step.keys) };
      case 'limit':
        return limited(rows, step.count);
      case 'latest':
        return { kind: 'events', rows: latestRows(eventsOnly(rows), this.#keysOf(step.refs, rows)) };
      case 'burst':
        return { kind: 'events', rows: burstRows(step, eventsOnly(rows), this.#keysOf(step.refs, rows, fold)) };
      case 'chart':
        return {
          kind: 'groups',
          rows:
            rows.kind === 'events'
              ? chartEvents(step, rows.rows, this.view, this.#membersMax)
              : chartGroups(step, rows.rows, this.#membersMax),
        };
      case 'compute':
        if (rows.kind === 'events') throw new Error('columns were computed for events');
        return { kind: 'groups', rows: computeColumns(step, rows.rows) };
      case 'expand':
        return this.#expand(step, rows);
      case 'distribution':
        return withValues(rows, this.#distribution(step, rows));
      case 'write':
        this.#write(step, rows);
        return rows;
      case 'provide':
        throw new Error(`the plan asks the provider ${step.provider}, which this way of running it cannot`);
      default:
        return unreachable(step);
    }
  }

  /** The texts of references over the rows, one list for each row. */
  texts(refs: readonly Ref[], rows: Rows): (readonly (string | undefined)[])[] {
    if (rows.kind === 'events') {
      const readers = readersOf(refs, eventAccess);
      return rows.rows.map(({ event, slots }) => readers.map((read) => read(this.view.of(event, slots))));
    }
    const readers = readersOf(refs, cellAccess);
    return rows.rows.map(({ cells }) => readers.map((read) => read(cells)));
  }

  /** The values of each row as one text; null for a row that lacks one. */
  #keysOf(refs: readonly Ref[], rows: Rows, as = (text: string): string => text): (string | null)[] {
    return this.texts(refs, rows).map((texts) => {
      const known = texts.flatMap((text) => (text === undefined ? [] : [as(text)]));
      return known.length < refs.length ? null : JSON.stringify(known);
    });
  }

  #keep(rows: readonly EventRow[], test: (view: EventView) => boolean): EventRow[] {
    return rows.filter(({ event, slots }) => test(this.view.of(event, slots)));
  }

  #orderEvents(rows: readonly EventRow[], keys: readonly OrderKey[]): EventRow[] {
    const readers = keys.map(({ ref, isDescending }) => ({ read: eventAccess(ref).text, isDescending }));
    const sortable = rows.map((row) => ({
      row,
      values: readers.map(({ read }) => sortValueOf(read(this.view.of(row.event, row.slots)) ?? null)),
    }));
    sortable.sort((a, b) => {
      for (const [index, { isDescending }] of readers.entries()) {
        const order = compareSortValues(a.values[index] ?? null, b.values[index] ?? null);
        if (order !== 0) return isDescending ? -order : order;
      }
      return newestFirst(a.row.event, b.row.event);
    });
    return sortable.map(({ row }) => row);
  }

  #expand(step: ExpandStep, rows: Rows): Rows {
    const texts = this.texts([step.ref], rows).map(([text]) => (text === undefined ? [text] : expanded(text)));
    let room = rowsAfterStoreMax;
    const fit = texts.map((items) => {
      const taken = items.slice(0, room);
      if (taken.length < items.length) this.isCut = true;
      room -= taken.length;
      return taken;
    });
    if (rows.kind === 'events') {
      const made = rows.rows.flatMap((row, index) =>
        (fit[index] ?? []).map((item): EventRow => ({ ...row, slots: [...(row.slots ?? []), item] })),
      );
      return { kind: 'events', rows: made };
    }
    const made = rows.rows.flatMap((row, index) =>
      (fit[index] ?? []).map((item): GroupRow => ({ ...row, cells: [...row.cells, item ?? null] })),
    );
    return { kind: 'groups', rows: made };
  }

  #distribution({ of, ref }: DistributionStep, rows: Rows): (string | undefined)[] {
    const numbers = this.texts([ref], rows).map(([text]) => (text === undefined ? undefined : numericValue(text)));
    const known = numbers.flatMap((number) => number ?? []);
    if (of === 'median') {
      const median = medianOf(known);
      return numbers.map(() => (median === null ? undefined : String(median + 0)));
    }
    const shares = new Map<number, number>();
    for (const [place, number] of known.sort((a, b) => a - b).entries()) shares.set(number, (place + 1) / known.length);
    return numbers.map((number) => (number === undefined ? undefined : String(shares.get(number))));
  }

  #write(step: WriteStep, rows: Rows): void {
    const entries = new Map<string, readonly string[]>();
    const texts = this.texts(
      step.columns.map(({ ref }) => ref),
      rows,
    );
    for (const entry of texts) {
      if (entry.every((text) => text === undefined || text === '')) continue;
      const values = entry.map((text) => text ?? '');
      if (entries.size < writtenMax) entries.set(JSON.stringify(values), values);
      else if (!entries.has(JSON.stringify(values))) this.isCut = true;
    }
    const columns = step.columns.map(({ name }) => name);
    this.written.push({ to: step.to, name: step.name, columns, entries: [...entries.values()] });
  }
}

/** Each row with a further value. */
function withValues(rows: Rows, values: readonly (string | undefined)[]): Rows {
  if (rows.kind === 'events') {
    const events = rows.rows.map((row, index) => ({ ...row, slots: [...(row.slots ?? []), values[index]] }));
    return { kind: 'events', rows: events };
  }
  const groups = rows.rows.map((row, index) => ({ ...row, cells: [...row.cells, values[index] ?? null] }));
  return { kind: 'groups', rows: groups };
}

export const newestFirst = (a: LogEvent, b: LogEvent): number => b.eventAtMs - a.eventAtMs || b.seq - a.seq;

function eventsOnly(rows: Rows): readonly EventRow[] {
  if (rows.kind === 'groups') throw new Error('a step over events was given groups');
  return rows.rows;
}

function latestRows(rows: readonly EventRow[], keys: readonly (string | null)[]): EventRow[] {
  const newest = new Map<string, EventRow>();
  for (const [index, row] of rows.entries()) {
    const key = keys[index] ?? null;
    if (key === null) continue;
    const known = newest.get(key);
    if (known === undefined || newestFirst(row.event, known.event) < 0) newest.set(key, row);
  }
  const kept = new Set(newest.values());
  return rows.filter((row) => kept.has(row));
}

function burstRows(step: BurstStep, rows: readonly EventRow[], keys: readonly (string | null)[]): EventRow[] {
  const { count, withinMs } = step;
  const order = rows.map((row, index) => ({ row, key: keys[index] ?? null }));
  order.sort((a, b) => newestFirst(b.row.event, a.row.event));
  const seen = new Map<string, EventRow[]>();
  const kept = new Set<EventRow>();
  for (const { row, key } of order) {
    if (key === null) continue;
    const before = seen.get(key) ?? [];
    seen.set(key, before);
    before.push(row);
    const first = before[before.length - count];
    if (first === undefined) continue;
    if (withinMs === null || row.event.eventAtMs - first.event.eventAtMs <= withinMs) kept.add(row);
  }
  return rows.filter((row) => kept.has(row));
}

function readersOf<S>(refs: readonly Ref[], access: Accessor<S>): ((subject: S) => string | undefined)[] {
  return refs.map((ref) => access(ref).text);
}

const limited = (rows: Rows, count: number): Rows =>
  rows.kind === 'events'
    ? { kind: 'events', rows: rows.rows.slice(0, count) }
    : { kind: 'groups', rows: rows.rows.slice(0, count) };

const keepGroups = (rows: readonly GroupRow[], test: (cells: Cells) => boolean): GroupRow[] =>
  rows.filter((row) => test(row.cells));

/** The items of a JSON array; any other text, and an array of nothing, stays one row. */
function expanded(text: string): readonly string[] {
  const items = itemsOf(text);
  return items === null || items.length === 0 ? [text] : items;
}

function computeColumns(step: ComputeStep, rows: readonly GroupRow[]): GroupRow[] {
  const values = step.columns.map(({ value }) => textClosureOf(value, cellAccess));
  return rows.map((row) => ({
    ...row,
    cells: [...row.cells, ...values.map((value) => value(row.cells) ?? null)],
  }));
}

function orderGroups(rows: readonly GroupRow[], keys: readonly OrderKey[]): GroupRow[] {
  const readers = keys.map(({ ref, isDescending }) => ({ read: cellReader(ref), isDescending }));
  const compare = (a: Cells, b: Cells): number => {
    for (const { read, isDescending } of readers) {
      const order = compareSortValues(sortValueOf(read(a)), sortValueOf(read(b)));
      if (order !== 0) return isDescending ? -order : order;
    }
    for (let index = 0; index < a.length; index++) {
      const order = compareSortValues(sortValueOf(a[index] ?? null), sortValueOf(b[index] ?? null));
      if (order !== 0) return order;
    }
    return 0;
  };
  return [...rows].sort((a, b) => compare(a.cells, b.cells));
}

function cellReader(ref: Ref): (cells: Cells) => Cells[number] {
  if (ref.kind === 'column') return (cells) => cells[ref.index] ?? null;
  const { text } = cellAccess(ref);
  return (cells) => text(cells) ?? null;
}

import type { LogEvent } from '../events/event.ts';
import { unreachable } from '../shared/assert.ts';
import { type Accessor, type Cell, type Cells, cellAccess, eventAccess } from './access.ts';
import { compareSortValues, sortValueOf } from './compare-cells.ts';
import { closureOf } from './evaluate-condition.ts';
import { tallyOf } from './evaluate-measure.ts';
import { EventView } from './event-view.ts';
import { type ChartStep, groupsMax, type OrderKey, type Plan, type Step } from './plan.ts';
import type { ResultRow } from './result-row.ts';

type EventRow = Extract<ResultRow, { kind: 'event' }>;
type GroupRow = Extract<ResultRow, { kind: 'group' }>;
type Rows =
  | { readonly kind: 'events'; readonly rows: EventRow[] }
  | { readonly kind: 'groups'; readonly rows: GroupRow[] };

/**
 * The answer to a plan over events in memory: the definition of what a query means, against which every store is
 * tested. Events come newest first, groups as the plan orders them.
 */
export function evaluate(plan: Plan, events: readonly LogEvent[]): ResultRow[] {
  const view = new EventView(plan.constants);
  const holds = closureOf(plan.filter, eventAccess);
  const found = events.filter((event) => holds(view.of(event))).sort(newestFirst);
  let rows: Rows = { kind: 'events', rows: found.map((event) => ({ kind: 'event', event })) };
  for (const step of plan.steps) {
    rows = rows.kind === 'events' ? stepOverEvents(step, rows.rows, view) : stepOverGroups(step, rows.rows);
  }
  return rows.rows;
}

function stepOverEvents(step: Step, rows: EventRow[], view: EventView): Rows {
  switch (step.kind) {
    case 'where': {
      const test = closureOf(step.condition, eventAccess);
      return { kind: 'events', rows: rows.filter((row) => test(view.of(row.event))) };
    }
    case 'order':
      return { kind: 'events', rows: orderEvents(rows, step.keys, view) };
    case 'limit':
      return { kind: 'events', rows: rows.slice(0, step.count) };
    case 'chart':
      return { kind: 'groups', rows: chartEvents(step, rows, view) };
    default:
      return unreachable(step);
  }
}

function stepOverGroups(step: Step, rows: GroupRow[]): Rows {
  switch (step.kind) {
    case 'where': {
      const test = closureOf(step.condition, cellAccess);
      return { kind: 'groups', rows: rows.filter((row) => test(row.cells)) };
    }
    case 'order':
      return { kind: 'groups', rows: orderGroups(rows, step.keys) };
    case 'limit':
      return { kind: 'groups', rows: rows.slice(0, step.count) };
    case 'chart':
      return { kind: 'groups', rows: chartGroups(step, rows) };
    default:
      return unreachable(step);
  }
}

const newestFirst = (a: LogEvent, b: LogEvent): number => b.eventAtMs - a.eventAtMs || b.seq - a.seq;

const chartEvents = (step: ChartStep, rows: EventRow[], view: EventView): GroupRow[] =>
  chart(
    step,
    rows,
    eventAccess,
    (row) => view.of(row.event),
    (row) => ({ count: 1, newestAtMs: row.event.eventAtMs }),
  );

const chartGroups = (step: ChartStep, rows: GroupRow[]): GroupRow[] =>
  chart(
    step,
    rows,
    cellAccess,
    (row) => row.cells,
    (row) => ({ count: row.eventCount, newestAtMs: row.newestAtMs }),
  );

/** Groups rows by the tuple of their group texts; rows that lack one are left out. */
function chart<R, S>(
  step: ChartStep,
  rows: readonly R[],
  access: Accessor<S>,
  subjectOf: (row: R) => S,
  weigh: (row: R) => { count: number; newestAtMs: number },
): GroupRow[] {
  const readers = step.groups.map(({ ref }) => ({
    read: access(ref).text,
    isNumber: ref.kind === 'column' && ref.type === 'number',
  }));
  const tallies = step.aggregates.map(({ measure }) => tallyOf(measure, access));
  const start = (key: readonly Cell[]) => ({
    key,
    tallies: tallies.map((make) => make()),
    eventCount: 0,
    newestAtMs: 0,
  });
  const groups = new Map<string, ReturnType<typeof start>>();
  for (const row of rows) {
    const subject = subjectOf(row);
    const key: Cell[] = [];
    for (const { read, isNumber } of readers) {
      const text = read(subject);
      if (text !== undefined) key.push(isNumber ? Number(text) : text);
    }
    if (key.length < readers.length) continue;
    const name = JSON.stringify(key);
    const group = groups.get(name) ?? start(key);
    if (group.eventCount === 0) groups.set(name, group);
    for (const tally of group.tallies) tally.add(subject);
    const { count, newestAtMs } = weigh(row);
    group.eventCount += count;
    group.newestAtMs = Math.max(group.newestAtMs, newestAtMs);
  }
  // Without groups there is one row even when nothing was found: the count is 0 then.
  const all = step.groups.length === 0 && groups.size === 0 ? [start([])] : [...groups.values()];
  return all.slice(0, groupsMax).map(({ key, tallies: sums, eventCount, newestAtMs }) => ({
    kind: 'group',
    cells: [...key, ...sums.map((tally) => tally.result())],
    eventCount,
    newestAtMs,
  }));
}

function orderGroups(rows: readonly GroupRow[], keys: readonly OrderKey[]): GroupRow[] {
  const compare = (a: Cells, b: Cells): number => {
    for (const { ref, isDescending } of keys) {
      if (ref.kind !== 'column') throw new Error('a chart was ordered by a field');
      const order = compareSortValues(sortValueOf(a[ref.index] ?? null), sortValueOf(b[ref.index] ?? null));
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

function orderEvents(rows: readonly EventRow[], keys: readonly OrderKey[], view: EventView): EventRow[] {
  const readers = keys.map(({ ref, isDescending }) => ({ read: eventAccess(ref).text, isDescending }));
  const sortable = rows.map((row) => ({
    row,
    values: readers.map(({ read }) => sortValueOf(read(view.of(row.event)) ?? null)),
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

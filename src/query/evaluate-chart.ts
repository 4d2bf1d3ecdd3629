import { type Accessor, type Cell, cellAccess, eventAccess } from './access.ts';
import { tallyOf } from './evaluate-measure.ts';
import type { EventView } from './event-view.ts';
import { type ChartStep, groupsMax } from './plan.ts';
import type { ResultRow } from './result-row.ts';

export type EventRow = Extract<ResultRow, { kind: 'event' }>;
export type GroupRow = Extract<ResultRow, { kind: 'group' }>;

export const chartEvents = (step: ChartStep, rows: readonly EventRow[], view: EventView): GroupRow[] =>
  chart(
    step,
    rows,
    eventAccess,
    (row) => view.of(row.event, row.slots),
    (row) => ({ count: 1, newestAtMs: row.event.eventAtMs }),
  );

export const chartGroups = (step: ChartStep, rows: readonly GroupRow[]): GroupRow[] =>
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

import { type Accessor, type Cell, cellAccess, eventAccess } from './access.ts';
import { tallyOf } from './evaluate-measure.ts';
import type { EventView } from './event-view.ts';
import { type ChartStep, groupsMax } from './plan.ts';
import type { EventRow, GroupRow } from './result-row.ts';

/** `membersMax`: how many rows of a group are kept with it. */
export const chartEvents = (
  step: ChartStep,
  rows: readonly EventRow[],
  view: EventView,
  membersMax: number,
): GroupRow[] =>
  chart(
    step,
    rows,
    eventAccess,
    (row) => view.of(row.event, row.slots),
    (row) => ({ count: 1, newestAtMs: row.event.eventAtMs, members: membersMax > 0 ? [row] : [] }),
    membersMax,
  );

export const chartGroups = (step: ChartStep, rows: readonly GroupRow[], membersMax: number): GroupRow[] =>
  chart(
    step,
    rows,
    cellAccess,
    (row) => row.cells,
    ({ eventCount, newestAtMs, members = [] }) => ({ count: eventCount, newestAtMs, members }),
    membersMax,
  );

type Weight = { readonly count: number; readonly newestAtMs: number; readonly members: readonly EventRow[] };

/** Groups rows by the tuple of their group texts; rows that lack one are left out. */
function chart<R, S>(
  step: ChartStep,
  rows: readonly R[],
  access: Accessor<S>,
  subjectOf: (row: R) => S,
  weigh: (row: R) => Weight,
  membersMax: number,
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
    members: [] as EventRow[],
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
    const { count, newestAtMs, members } = weigh(row);
    for (const member of members) keepNewest(group.members, member, membersMax);
    group.eventCount += count;
    group.newestAtMs = Math.max(group.newestAtMs, newestAtMs);
  }
  // Without groups there is one row even when nothing was found: the count is 0 then.
  const all = step.groups.length === 0 && groups.size === 0 ? [start([])] : [...groups.values()];
  return all.slice(0, groupsMax).map(({ key, tallies: sums, eventCount, newestAtMs, members }) => ({
    kind: 'group',
    cells: [...key, ...sums.map((tally) => tally.result())],
    eventCount,
    newestAtMs,
    ...(members.length > 0 ? { members } : {}),
  }));
}

/** Rows come newest first unless the query has ordered them otherwise; of those the first ones are kept. */
function keepNewest(members: EventRow[], member: EventRow, most: number): void {
  if (members.length < most) members.push(member);
}

import { type EventFields, type LogEvent, newFields } from '../events/event.ts';
import type { FieldConstants } from '../events/event-layout.ts';
import { fieldText } from '../events/event-row.ts';
import { eventAccess } from './access.ts';
import type { EventRow } from './evaluate-chart.ts';
import { EventView } from './event-view.ts';
import { fold } from './fold.ts';
import type { Ref, StreamPlan, StreamsPlan } from './plan.ts';

/** Events that one stream gives, newest first, and rows that a join gives; more are left out, and the answer says so. */
export const streamEventsMax = 50_000;
export const joinedRowsMax = 50_000;

/** Fields of the record that a joined row shows for each of its events. */
const RECORD_FIELDS = ['log_ts', 'col_ts', 'repo_name', '_offset'] as const;

type Side = { readonly row: EventRow; readonly key: string | null };
type Pair = { readonly left: EventRow | null; readonly right: EventRow | null };

/** The rows of a join: events whose fields are called `s1.x`, newest first. Semantics: docs/lpql.md, Streams. */
export function joinStreams(
  streams: StreamsPlan,
  left: readonly EventRow[],
  right: readonly EventRow[],
  constants: FieldConstants,
): { readonly rows: EventRow[]; readonly isCut: boolean } {
  const view = new EventView(constants);
  const lefts = left.slice(0, streamEventsMax).map((row) => sideOf(row, streams.left.keys, view));
  const rights = right.slice(0, streamEventsMax).map((row) => sideOf(row, streams.right.keys, view));
  const pairs = pairsOf(streams, lefts, rights);
  const kept = pairs.slice(0, joinedRowsMax).sort((a, b) => newestAtMs(a) - newestAtMs(b) || bySeq(a, b));
  const rows = kept.map((pair, index) => rowOf(streams, pair, index + 1, view, constants)).reverse();
  const isCut = pairs.length > joinedRowsMax || left.length > streamEventsMax || right.length > streamEventsMax;
  return { rows, isCut };
}

function sideOf(row: EventRow, keys: readonly Ref[], view: EventView): Side {
  const texts: string[] = [];
  for (const ref of keys) {
    const text = eventAccess(ref).text(view.of(row.event, row.slots));
    if (text === undefined) return { row, key: null };
    texts.push(fold(text));
  }
  return { row, key: JSON.stringify(texts) };
}

/** One more than may be kept says that there are more. */
function pairsOf(streams: StreamsPlan, lefts: readonly Side[], rights: readonly Side[]): Pair[] {
  const byKey = new Map<string, EventRow[]>();
  for (const { row, key } of rights) {
    if (key === null) continue;
    const same = byKey.get(key);
    if (same === undefined) byKey.set(key, [row]);
    else same.push(row);
  }
  for (const same of byKey.values()) same.sort((a, b) => inTime(a.event, b.event));
  const { operation, withinMs } = streams;
  const pairs: Pair[] = [];
  const matched = new Set<EventRow>();
  for (const { row, key } of lefts) {
    const same = key === null ? [] : (byKey.get(key) ?? []);
    const found = operation.endsWith('followed by') ? followers(row, same, withinMs) : near(row, same, withinMs);
    for (const one of found) {
      matched.add(one);
      if (operation !== 'not followed by' && pairs.length <= joinedRowsMax) pairs.push({ left: row, right: one });
    }
    const keepsLeft = operation === 'left join' || operation === 'outer join' || operation === 'not followed by';
    if (found.length === 0 && keepsLeft && pairs.length <= joinedRowsMax) pairs.push({ left: row, right: null });
  }
  if (operation === 'right join' || operation === 'outer join') {
    for (const { row } of rights) {
      if (!matched.has(row) && pairs.length <= joinedRowsMax) pairs.push({ left: null, right: row });
    }
  }
  return pairs;
}

const inTime = (a: LogEvent, b: LogEvent): number => a.eventAtMs - b.eventAtMs || a.seq - b.seq;

/** Events of the other stream at most so far away in time, on either side. */
function near({ event }: EventRow, ordered: readonly EventRow[], withinMs: number | null): readonly EventRow[] {
  if (withinMs === null) return ordered;
  const from = firstAt(ordered, (other) => other.eventAtMs >= event.eventAtMs - withinMs);
  const to = firstAt(ordered, (other) => other.eventAtMs > event.eventAtMs + withinMs);
  return ordered.slice(from, to);
}

/** The first event after this one, if it is near enough. */
function followers({ event }: EventRow, ordered: readonly EventRow[], withinMs: number | null): readonly EventRow[] {
  const next = ordered[firstAt(ordered, (other) => inTime(other, event) > 0)];
  if (next === undefined) return [];
  return withinMs === null || next.event.eventAtMs - event.eventAtMs <= withinMs ? [next] : [];
}

/** Where a condition begins to hold that then holds to the end. */
function firstAt(ordered: readonly EventRow[], holds: (event: LogEvent) => boolean): number {
  let [low, high] = [0, ordered.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const row = ordered[middle];
    if (row !== undefined && holds(row.event)) high = middle;
    else low = middle + 1;
  }
  return low;
}

const eventsOf = ({ left, right }: Pair): readonly LogEvent[] => [left, right].flatMap((row) => row?.event ?? []);
const newestAtMs = (pair: Pair): number => Math.max(...eventsOf(pair).map(({ eventAtMs }) => eventAtMs));
const bySeq = (a: Pair, b: Pair): number =>
  (a.left?.event.seq ?? 0) - (b.left?.event.seq ?? 0) || (a.right?.event.seq ?? 0) - (b.right?.event.seq ?? 0);

function rowOf(streams: StreamsPlan, pair: Pair, seq: number, view: EventView, constants: FieldConstants): EventRow {
  const fields = newFields();
  if (pair.left !== null) addFields(fields, streams.left, pair.left, view, constants);
  if (pair.right !== null) addFields(fields, streams.right, pair.right, view, constants);
  const events = eventsOf(pair);
  const event: LogEvent = {
    seq,
    repo: events[0]?.repo ?? '',
    eventAtMs: newestAtMs(pair),
    receivedAtMs: Math.max(...events.map(({ receivedAtMs }) => receivedAtMs)),
    fields,
  };
  return { kind: 'event', event, parts: [pair.left?.event ?? null, pair.right?.event ?? null] };
}

/** What the stream's event shows at the end of the stream, under the stream's name. */
function addFields(
  fields: EventFields & Record<string, string>,
  { name, columns, gone }: StreamPlan,
  { event, slots }: EventRow,
  view: EventView,
  constants: FieldConstants,
): void {
  const hidden = new Set(gone);
  const add = (field: string, text: string | undefined): void => {
    if (text !== undefined && !hidden.has(field)) fields[`${name}.${field}`] = text;
  };
  for (const field of RECORD_FIELDS) add(field, fieldText(event, field));
  for (const [field, text] of Object.entries(constants)) add(field, text);
  for (const [field, text] of Object.entries(event.fields)) add(field, text);
  hidden.clear();
  for (const { name: field, ref } of columns) add(field, eventAccess(ref).text(view.of(event, slots)));
}

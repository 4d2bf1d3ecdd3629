import { type EventFields, type LogEvent, newFields } from '../events/event.ts';
import type { FieldConstants } from '../events/event-layout.ts';
import { fieldText } from '../events/event-row.ts';
import { type Cell, cellAccess, eventAccess } from './access.ts';
import { EventView } from './event-view.ts';
import { fold } from './fold.ts';
import { listText } from './list-text.ts';
import type { Ref, StreamLinkPlan, StreamPlan, StreamsPlan } from './plan.ts';
import type { EventRow, ResultRow } from './result-row.ts';

/** Rows that one stream gives, of events the newest, and rows that a join gives; more are left out, and the answer says so. */
export const streamEventsMax = 50_000;
export const joinedRowsMax = 50_000;

/** Fields of the record that a joined row shows for each of its events. */
const RECORD_FIELDS = ['log_ts', 'col_ts', 'repo_name', '_offset'] as const;

/** A row of one stream. A group of a chart is as old as its newest event; `seq` orders what is equally old. */
type Item = { readonly row: ResultRow; readonly atMs: number; readonly seq: number };
/** What is joined so far, one place a stream; null where a stream has no partner. */
type Tuple = readonly (Item | null)[];
type Keyed<T> = { readonly of: T; readonly key: string | null };

/** The rows of a join: events whose fields are called `s1.x`, newest first. Semantics: docs/lpql.md, Streams. */
export function joinStreams(
  streams: StreamsPlan,
  answers: readonly (readonly ResultRow[])[],
  constants: FieldConstants,
): { readonly rows: EventRow[]; readonly isCut: boolean } {
  const view = new EventView(constants);
  const itemsOf = (stream: number): Item[] => (answers[stream] ?? []).slice(0, streamEventsMax).map(itemOf);
  let isCut = answers.some((rows) => rows.length > streamEventsMax);
  let tuples: readonly Tuple[] = itemsOf(0).map((item) => [item]);
  for (const [place, link] of streams.links.entries()) {
    const joined = joinNext(link, tuples, itemsOf(place + 1), view);
    if (joined.length > joinedRowsMax) isCut = true;
    tuples = joined.slice(0, joinedRowsMax);
  }
  const kept = [...tuples].sort((a, b) => newestAtMs(a) - newestAtMs(b) || bySeq(a, b));
  const rows = kept.map((tuple, index) => rowOf(streams, tuple, index + 1, view, constants)).reverse();
  return { rows, isCut };
}

const itemOf = (row: ResultRow, index: number): Item =>
  row.kind === 'event'
    ? { row, atMs: row.event.eventAtMs, seq: row.event.seq }
    : { row, atMs: row.newestAtMs, seq: index };

/** Joins one more stream. One more row than may be kept says that there are more. */
function joinNext(link: StreamLinkPlan, before: readonly Tuple[], items: readonly Item[], view: EventView): Tuple[] {
  const width = before[0]?.length ?? 1;
  const lefts = before.map((of): Keyed<Tuple> => {
    return { of, key: keyOf(link.left.map(({ stream, ref }) => textOfItem(of[stream], ref, view))) };
  });
  const rights = items.map(
    (of): Keyed<Item> => ({ of, key: keyOf(link.right.map((ref) => textOfItem(of, ref, view))) }),
  );
  const byKey = itemsByKey(rights);
  const { operation, withinMs } = link;
  const joined: Tuple[] = [];
  const add = (tuple: Tuple): void => {
    if (joined.length <= joinedRowsMax) joined.push(tuple);
  };
  const matched = new Set<Item>();
  for (const { of, key } of lefts) {
    const same = key === null ? [] : (byKey.get(key) ?? []);
    const last = lastOf(of);
    const found = operation.endsWith('followed by') ? followers(last, same, withinMs) : near(last, same, withinMs);
    for (const one of found) {
      matched.add(one);
      if (operation !== 'not followed by') add([...of, one]);
    }
    const keepsLeft = operation === 'left join' || operation === 'outer join' || operation === 'not followed by';
    if (found.length === 0 && keepsLeft) add([...of, null]);
  }
  if (operation === 'right join' || operation === 'outer join') {
    const absent: null[] = Array.from({ length: width }, () => null);
    for (const { of } of rights) if (!matched.has(of)) add([...absent, of]);
  }
  return joined;
}

function itemsByKey(keyed: readonly Keyed<Item>[]): ReadonlyMap<string, readonly Item[]> {
  const byKey = new Map<string, Item[]>();
  for (const { of, key } of keyed) {
    if (key === null) continue;
    const same = byKey.get(key);
    if (same === undefined) byKey.set(key, [of]);
    else same.push(of);
  }
  for (const same of byKey.values()) same.sort(inTime);
  return byKey;
}

function textOfItem(item: Item | null | undefined, ref: Ref, view: EventView): string | undefined {
  if (item == null) return undefined;
  const { row } = item;
  return row.kind === 'event' ? eventAccess(ref).text(view.of(row.event, row.slots)) : cellAccess(ref).text(row.cells);
}

/** Null for what lacks a value: it has no partner. */
function keyOf(texts: readonly (string | undefined)[]): string | null {
  const known = texts.flatMap((text) => (text === undefined ? [] : [fold(text)]));
  return known.length < texts.length ? null : JSON.stringify(known);
}

const inTime = (a: Item, b: Item): number => a.atMs - b.atMs || a.seq - b.seq;

/** The newest of what is joined so far: what follows, follows it. */
function lastOf(tuple: Tuple): Item | null {
  let last: Item | null = null;
  for (const item of tuple) if (item !== null && (last === null || inTime(item, last) > 0)) last = item;
  return last;
}

/** Rows of the other stream at most so far away in time, on either side. */
function near(item: Item | null, ordered: readonly Item[], withinMs: number | null): readonly Item[] {
  if (withinMs === null || item === null) return ordered;
  const from = firstAt(ordered, (other) => other.atMs >= item.atMs - withinMs);
  const to = firstAt(ordered, (other) => other.atMs > item.atMs + withinMs);
  return ordered.slice(from, to);
}

/** The first row after this one, if it is near enough. */
function followers(item: Item | null, ordered: readonly Item[], withinMs: number | null): readonly Item[] {
  if (item === null) return [];
  const next = ordered[firstAt(ordered, (other) => inTime(other, item) > 0)];
  if (next === undefined) return [];
  return withinMs === null || next.atMs - item.atMs <= withinMs ? [next] : [];
}

/** Where a condition begins to hold that then holds to the end. */
function firstAt(ordered: readonly Item[], holds: (item: Item) => boolean): number {
  let [low, high] = [0, ordered.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = ordered[middle];
    if (item !== undefined && holds(item)) high = middle;
    else low = middle + 1;
  }
  return low;
}

const newestAtMs = (tuple: Tuple): number => lastOf(tuple)?.atMs ?? 0;

function bySeq(a: Tuple, b: Tuple): number {
  for (const [index, item] of a.entries()) {
    const order = (item?.seq ?? 0) - (b[index]?.seq ?? 0);
    if (order !== 0) return order;
  }
  return 0;
}

function rowOf(streams: StreamsPlan, tuple: Tuple, seq: number, view: EventView, constants: FieldConstants): EventRow {
  const fields = newFields();
  for (const [place, stream] of streams.streams.entries()) {
    const row = tuple[place]?.row;
    if (row?.kind === 'event') addFields(fields, stream, row, view, constants);
    else if (row !== undefined) addColumns(fields, stream, row.cells);
  }
  const events = tuple.flatMap((item) => (item?.row.kind === 'event' ? [item.row.event] : []));
  const atMs = newestAtMs(tuple);
  const event: LogEvent = {
    seq,
    repo: events[0]?.repo ?? '',
    eventAtMs: atMs,
    receivedAtMs: events.reduce((newest, { receivedAtMs }) => Math.max(newest, receivedAtMs), atMs),
    fields,
  };
  return { kind: 'event', event, parts: tuple.map((item) => partOf(item?.row)) };
}

const partOf = (row: ResultRow | undefined) => (row === undefined ? null : row.kind === 'event' ? row.event : row);

/** What the stream's event shows at the end of the stream, under the stream's name. */
function addFields(
  fields: EventFields & Record<string, string>,
  { name, plan, columns, gone }: StreamPlan,
  { event, slots }: EventRow,
  view: EventView,
  constants: FieldConstants,
): void {
  const hidden = new Set(gone);
  const add = (field: string, text: string | undefined): void => {
    if (text !== undefined && !hidden.has(field)) fields[`${name}.${field}`] = text;
  };
  for (const field of RECORD_FIELDS) add(field, fieldText(event, field));
  if (plan.table === null) for (const [field, text] of Object.entries(constants)) add(field, text);
  for (const [field, text] of Object.entries(event.fields)) add(field, text);
  hidden.clear();
  for (const { name: field, ref } of columns) add(field, eventAccess(ref).text(view.of(event, slots)));
}

/** A chart's columns, under the stream's name: numbers as texts, lists as JSON arrays. */
function addColumns(fields: Record<string, string>, { name, plan }: StreamPlan, cells: readonly Cell[]): void {
  for (const [index, column] of plan.columns.entries()) {
    const cell = cells[index] ?? null;
    if (cell !== null) fields[`${name}.${column.name}`] = typeof cell === 'object' ? listText(cell) : String(cell);
  }
}

import { assert } from '../shared/assert.ts';
import { isHex32, type LogpointId } from '../shared/ids.ts';
import { HOT_FIELDS } from './hot-fields.ts';

/**
 * How one logpoint's events lie in ClickHouse: shared by the query compiler (which names columns) and the adapters
 * (which make them). Every identifier here comes from this file's tables; names of fields reach SQL as parameters.
 *
 * Absent and empty: a field that is absent reads as `''`, and the few fields that are there but empty are listed in
 * `empty_fields`. So no column is Nullable, comparisons have two values, and one short column tells the two apart for
 * hot columns, promoted columns and the map alike.
 *
 * Source of the choice, with measurements: docs/adr/0002-event-layout.md.
 */
export const EVENTS_PLACEHOLDER = '{events}';
export const EVENTS_DATABASE = 'tocsin';

/** Columns that a compiled search may name directly. Times are Unix ms; `repo` is the repo's name. */
export const EVENT_COLUMNS = {
  seq: 'seq',
  repo: 'repo',
  eventAtMs: 'event_at_ms',
  receivedAtMs: 'received_at_ms',
  msg: 'msg',
  /** `Map(LowCardinality(String), String)`: every field but `msg`. */
  fields: 'fields',
  /** `Array(String)`: fields (and `msg`) that are present with an empty value. */
  emptyFields: 'empty_fields',
  /** `Array(LowCardinality(String))`: the words of `label`, as written. */
  labels: 'labels',
} as const;

/** Select list of a search for whole events; its rows are what `eventFromStore` and `rowFromStore` read. */
export const EVENT_SELECT = 'seq, repo, event_at_ms, received_at_ms, msg, fields, empty_fields';

/** Columns of an insert, in the order in which `storeTupleOf` writes them. */
export const EVENT_INSERT_COLUMNS = EVENT_SELECT;

/** Registers a text parameter and answers its placeholder, e.g. `{p3:String}`. */
export type Bind = (value: string) => string;

export type FieldSql = {
  /** A `String` expression: the field's text, `''` when the event lacks it. */
  readonly text: string;
  /** A condition, never null: the event has the field, perhaps with an empty value. */
  readonly isPresent: string;
};

/** Text of fields that are the same in every event of a logpoint; they stand in for a field the event lacks. */
export type FieldConstants = Readonly<Record<string, string>>;

const secondsSql = (column: string): string => `toString(toInt64(floor(${column} / 1000)))`;

/** Fields that are columns under another name, and always present. */
const COLUMN_FIELDS: ReadonlyMap<string, string> = new Map([
  ['log_ts', secondsSql('event_at_ms')],
  ['col_ts', secondsSql('received_at_ms')],
  ['index_ts', secondsSql('received_at_ms')],
  ['repo_name', 'toString(repo)'],
  ['_offset', 'toString(seq)'],
  ['_streamID', "'0'"],
]);

const hotColumn = (field: string): string => `f_${field}`;
const isHot = (field: string): boolean => Object.hasOwn(HOT_FIELDS, field);

/**
 * SQL for any field, pseudo fields (`log_ts`, `col_ts`, `index_ts`, `repo_name`, `_offset`) included.
 *
 * `constants` are the fields that the row's context adds (`rowConstants` in event-row.ts): an event that lacks such a
 * field shows the constant. A field outside the hot ones reads the map as `fields[{p:String}]`; the store turns that
 * very text into a column when the field is promoted, so compiled searches never depend on the state of a table.
 */
export function fieldSql(field: string, bind: Bind, constants: FieldConstants = {}): FieldSql {
  const column = COLUMN_FIELDS.get(field);
  if (column !== undefined) return { text: column, isPresent: 'true' };
  const stored = storedFieldSql(field, bind);
  if (!Object.hasOwn(constants, field)) return stored;
  return { text: `if(${stored.isPresent}, ${stored.text}, ${bind(constants[field] ?? '')})`, isPresent: 'true' };
}

function storedFieldSql(field: string, bind: Bind): FieldSql {
  const name = bind(field);
  const text = field === 'msg' ? 'msg' : isHot(field) ? `toString(${hotColumn(field)})` : mapText(name);
  return { text, isPresent: `(${text} != '' OR has(empty_fields, ${name}))` };
}

const mapText = (placeholder: string): string => `fields[${placeholder}]`;

/** Finds the reads of the map in a compiled search; group 1 is the parameter that holds the field's name. */
export const MAP_READ = /fields\[\{(\w+):String\}\]/g;

/**
 * The number that a text stands for, or null: `Nullable(Float64)`. The same as `numericValue` in event.ts, which a test
 * shows against the store.
 */
export function numberSql(text: string): string {
  const isNumber = `match(${text}, '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$') AND length(${text}) <= 40`;
  const value = `toFloat64OrNull(${text})`;
  return `if(${isNumber} AND isFinite(${value}), ${value}, NULL)`;
}

/**
 * An event whose own time is further than this from its receipt is placed by the time of receipt: a device with a dead
 * battery (1970) or a typo (year 9999) would else make a partition a line, and retention would drop an import of old
 * logs at once. The event keeps its time and is found by it; only its partition, hence its retention, differs.
 */
export const PLACED_PAST_MS = 31 * 86_400_000;
export const PLACED_FUTURE_MS = 86_400_000;
export const DAY_MS = 86_400_000;

/** The day (days since 1970, UTC) of the partition that an event belongs to. */
export function partitionDay(eventAtMs: number, receivedAtMs: number): number {
  const isNear = eventAtMs >= receivedAtMs - PLACED_PAST_MS && eventAtMs < receivedAtMs + PLACED_FUTURE_MS;
  return Math.trunc((isNear ? eventAtMs : receivedAtMs) / DAY_MS);
}

// The key is an expression over the two times rather than a column of its own, so that each part keeps the least and
// greatest of both and a search in a range of time skips parts without reading them.
const PARTITION_DAY_SQL =
  `intDiv(if(event_at_ms >= received_at_ms - ${PLACED_PAST_MS} AND event_at_ms < received_at_ms + ` +
  `${PLACED_FUTURE_MS}, event_at_ms, received_at_ms), ${DAY_MS})`;

/** How many insert tokens a table remembers; a batch uses one for each partition that it touches. */
export const DEDUPLICATION_WINDOW = 10_000;

/**
 * The map lies in buckets of fields, about as many as the root of the fields of an event, so that a search of one field
 * outside the hot ones reads its bucket and not the whole map: 2.8 times as fast over 13 fields, and a tenth less on disk.
 * Reading whole maps takes half as long again, which few searches do. With eight buckets it was 4.6 and 1.8 times.
 */
const MAP_BUCKETS_SQL =
  "map_serialization_version = 'with_buckets', map_serialization_version_for_zero_level_parts = 'with_buckets', " +
  "map_buckets_strategy = 'sqrt', map_buckets_min_avg_size = 0";

/** Quoted by construction: the id is 32 hex digits. */
export function eventsTable(logpoint: LogpointId): string {
  assert(isHex32(logpoint), 'a logpoint id is 32 hex digits');
  return `${EVENTS_DATABASE}.events_${logpoint}`;
}

export const CREATE_DATABASE_SQL = `CREATE DATABASE IF NOT EXISTS ${EVENTS_DATABASE}`;

const hotColumnSql = ([field, kind]: [string, 'few' | 'many']): string =>
  `${hotColumn(field)} ${kind === 'few' ? 'LowCardinality(String)' : 'String'} ` +
  `MATERIALIZED fields['${field}'] CODEC(ZSTD(1))`;

/** The table of one logpoint. */
export function createTableSql(logpoint: LogpointId): string {
  const columns = [
    'seq UInt64 CODEC(Delta, ZSTD(1))',
    'repo LowCardinality(String)',
    'event_at_ms Int64 CODEC(Delta, ZSTD(1))',
    'received_at_ms Int64 CODEC(Delta, ZSTD(1))',
    'msg String CODEC(ZSTD(3))',
    'fields Map(LowCardinality(String), String) CODEC(ZSTD(3))',
    // Not LowCardinality: `has` does not find the empty string in such an array (chDB 3.4).
    'empty_fields Array(String)',
    "labels Array(LowCardinality(String)) MATERIALIZED arrayFilter(word -> word != '', splitByChar(' ', fields['label']))",
    ...Object.entries(HOT_FIELDS).map(hotColumnSql),
  ];
  return (
    `CREATE TABLE IF NOT EXISTS ${eventsTable(logpoint)} (${columns.join(', ')}) ENGINE = MergeTree ` +
    `PARTITION BY (repo, ${PARTITION_DAY_SQL}) ORDER BY (event_at_ms, seq) ` +
    `SETTINGS non_replicated_deduplication_window = ${DEDUPLICATION_WINDOW}, ` +
    `${MAP_BUCKETS_SQL}, fsync_after_insert = 1, fsync_part_directory = 1`
  );
}

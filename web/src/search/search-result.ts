import { highlightQuery } from '../../../src/query/highlight.ts';
import type { Json, JsonObject } from '../../../src/shared/json.ts';
import { rowsOf, textsOf, timeOf } from '../api/read-json.ts';

/** One answer of a search: events, or the rows of a chart with its columns in order. */
export type SearchResult = {
  readonly isChart: boolean;
  readonly columns: readonly string[];
  /** Columns of a chart that hold numbers. */
  readonly numbers: readonly string[];
  readonly rows: readonly JsonObject[];
};

const TIME = 'log_ts';
const FIRST_COLUMNS = ['device_name', 'program', 'user', 'source_address', 'msg'];
const COLUMNS_MAX = 8;

export function searchResultOf(response: JsonObject): SearchResult {
  const rows = rowsOf(response['rows']);
  const first = rows[0];
  const isChart = rows.some((row) => Array.isArray(row['_group']));
  if (first === undefined || !isChart) return { isChart: false, columns: eventColumns(rows), numbers: [], rows };
  const named = [...textsOf(response['grouping']), ...textsOf(response['aliases'])];
  const all = Object.keys(first).filter((name) => !name.startsWith('_'));
  const columns =
    named.length > 0 && named.every((name) => all.includes(name)) ? [...new Set([...named, ...all])] : all;
  return {
    isChart,
    columns,
    numbers: columns.filter((name) => typeof first[name] === 'number' && name !== TIME),
    rows,
  };
}

/** The time, then fields that say who and what, as far as the events have them. */
function eventColumns(rows: readonly JsonObject[]): string[] {
  const counts = new Map<string, number>();
  for (const row of rows) {
    for (const name of Object.keys(row)) if (!name.startsWith('_')) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [TIME, ...FIRST_COLUMNS].filter((name) => counts.has(name)).slice(0, COLUMNS_MAX);
}

export function cellText(name: string, value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  if (name.endsWith('_ts')) {
    const at = timeOf(value);
    if (at !== null) return new Date(at).toISOString().replace('T', ' ').replace('.000Z', 'Z');
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export type Bucket = { readonly atMs: number; readonly count: number };

/** How the events of an answer lie in time. */
export function bucketsOf(rows: readonly JsonObject[], fromMs: number, toMs: number, bucketCount: number): Bucket[] {
  const step = Math.max(1, (toMs - fromMs) / bucketCount);
  const counts = Array.from({ length: bucketCount }, () => 0);
  for (const row of rows) {
    const at = timeOf(row[TIME]);
    const bucket = at === null ? -1 : Math.floor((at - fromMs) / step);
    if (bucket >= 0 && bucket < bucketCount) counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  return counts.map((count, bucket) => ({ atMs: fromMs + bucket * step, count }));
}

/** `value` as it stands in a query, which knows no escapes: in quotes that it does not hold, or with `?` for its quotes. */
export function quoted(value: string): string {
  if (!value.includes('"')) return `"${value}"`;
  return value.includes("'") ? `"${value.replaceAll('"', '?')}"` : `'${value}'`;
}

/** The search part of the query narrowed to, or freed from, one value. */
export function narrowed(query: string, field: string, value: string, isExcluded: boolean): string {
  const pipe = highlightQuery(query).find(({ kind, start, end }) => kind === 'mark' && query.slice(start, end) === '|');
  const [head, tail] = pipe === undefined ? [query, ''] : [query.slice(0, pipe.start), ` ${query.slice(pipe.start)}`];
  return `${head.trim()} ${isExcluded ? '-' : ''}${field}=${quoted(value)}${tail}`.trim();
}

import { highlightQuery } from '../../../src/query/highlight.ts';
import type { Json, JsonObject } from '../../../src/shared/json.ts';
import { numberOf, timeOf } from '../api/read-json.ts';

/** One answer of a search: events, or the rows of a chart with its columns in order. */
export type SearchResult = {
  readonly isChart: boolean;
  readonly columns: readonly string[];
  /** Columns of a chart that hold numbers. */
  readonly numbers: readonly string[];
  readonly rows: readonly JsonObject[];
  /** True when the first group of the chart is time. */
  readonly isOverTime: boolean;
};

export const TIME = 'log_ts';
/** Who and what an event is about, the most telling first. */
const TELLING = ['device_name', 'program', 'user', 'source_address', 'label', 'action', 'url', 'status_code'];
const MESSAGE = 'msg';
const TELLING_MAX = 3;
/** A column that fewer of the events have is left to the column picker. */
const TELLING_SHARE_MIN = 0.15;

type Found = {
  readonly rows: readonly JsonObject[];
  readonly grouping?: readonly string[];
  readonly aliases?: readonly string[];
};

export function searchResultOf({ rows, grouping = [], aliases = [] }: Found): SearchResult {
  const first = rows[0];
  const isChart = rows.some((row) => Array.isArray(row['_group']));
  if (first === undefined || !isChart) {
    return { isChart: false, columns: eventColumns(rows), numbers: [], rows, isOverTime: false };
  }
  const all = Object.keys(first).filter((name) => !name.startsWith('_'));
  const named = [...grouping, ...aliases];
  const columns =
    named.length > 0 && named.every((name) => all.includes(name)) ? [...new Set([...named, ...all])] : all;
  const group = first['_group'];
  return {
    isChart,
    columns,
    numbers: columns.filter((name) => typeof first[name] === 'number' && name !== TIME),
    rows,
    isOverTime: columns.includes(TIME) && Array.isArray(group) && group[0] === first[TIME],
  };
}

/** The time, then fields that say who and what, as far as the events have them, then the line itself. */
function eventColumns(rows: readonly JsonObject[]): string[] {
  const share = (name: string): number => rows.filter((row) => row[name] !== undefined && row[name] !== '').length;
  const telling = TELLING.filter((name) => share(name) >= rows.length * TELLING_SHARE_MIN).slice(0, TELLING_MAX);
  return [TIME, ...telling, MESSAGE].filter((name) => share(name) > 0);
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

export type FieldSummary = {
  readonly name: string;
  /** Events that have it. */
  readonly count: number;
  /** Values that are told apart, most frequent first; long ones are none. */
  readonly values: readonly { readonly value: string; readonly count: number }[];
  readonly distinct: number;
};

const VALUE_CHARS_MAX = 200;
const TOP_VALUES = 10;

/** The fields of the rows with their most frequent values: those that tell events apart first, then those that most have. */
export function fieldsOfRows(rows: readonly JsonObject[]): FieldSummary[] {
  const seen = new Map<string, { count: number; readonly values: Map<string, number> }>();
  for (const row of rows) {
    for (const [name, value] of Object.entries(row)) {
      if (name.startsWith('_') || name.endsWith('_ts') || name === MESSAGE) continue;
      const entry = seen.get(name) ?? { count: 0, values: new Map<string, number>() };
      seen.set(name, entry);
      entry.count += 1;
      const text = cellText(name, value);
      if (text.length <= VALUE_CHARS_MAX) entry.values.set(text, (entry.values.get(text) ?? 0) + 1);
    }
  }
  return [...seen]
    .map(([name, { count, values }]) => ({
      name,
      count,
      distinct: values.size,
      values: [...values]
        .map(([value, times]) => ({ value, count: times }))
        .sort((a, b) => b.count - a.count)
        .slice(0, TOP_VALUES),
    }))
    .sort((a, b) => Number(b.distinct > 1) - Number(a.distinct > 1) || b.count - a.count || (a.name < b.name ? -1 : 1));
}

export type Series = { readonly name: string; readonly value: string; readonly counts: readonly number[] };
export type OverTime = {
  /** Beginnings of the columns, Unix ms, without a hole. */
  readonly timesMs: readonly number[];
  readonly stepMs: number;
  readonly series: readonly Series[];
};

const SERIES_MAX = 7;
const COLUMNS_MAX = 400;
const REST = 'all others';

/** The rows of a chart over time as columns of stacked series, the greatest first; those beyond are one. */
export function overTimeOf(result: SearchResult, measure: string): OverTime {
  const groups = result.columns.filter((name) => name !== TIME && !result.numbers.includes(name));
  const byName = new Map<string, { readonly value: string; total: number; readonly at: Map<number, number> }>();
  const times = new Set<number>();
  for (const row of result.rows) {
    const atMs = timeOf(row[TIME]) ?? 0;
    times.add(atMs);
    const name = groups.map((group) => cellText(group, row[group]) || '(empty)').join(' · ') || measure;
    const entry = byName.get(name) ?? {
      value: cellText(groups[0] ?? '', row[groups[0] ?? '']),
      total: 0,
      at: new Map(),
    };
    byName.set(name, entry);
    const count = numberOf(row[measure]);
    entry.total += Math.abs(count);
    entry.at.set(atMs, (entry.at.get(atMs) ?? 0) + count);
  }
  const sorted = [...times].sort((a, b) => a - b);
  const gaps = sorted.slice(1).map((atMs, place) => atMs - (sorted[place] ?? 0));
  const stepMs = gaps.length === 0 ? 1000 : Math.min(...gaps);
  const first = sorted[0] ?? 0;
  const length = Math.min(COLUMNS_MAX, Math.round(((sorted.at(-1) ?? first) - first) / stepMs) + 1);
  const timesMs = Array.from({ length }, (_, place) => first + place * stepMs);
  const ranked = [...byName].sort(([, a], [, b]) => b.total - a.total);
  const shown = ranked.length > SERIES_MAX + 1 ? ranked.slice(0, SERIES_MAX) : ranked;
  const rest = ranked.slice(shown.length);
  const series = shown.map(([name, { value, at }]) => ({ name, value, counts: timesMs.map((ms) => at.get(ms) ?? 0) }));
  if (rest.length === 0) return { timesMs, stepMs, series };
  const sum = timesMs.map((ms) => rest.reduce((total, [, { at }]) => total + (at.get(ms) ?? 0), 0));
  return { timesMs, stepMs, series: [...series, { name: REST, value: '', counts: sum }] };
}

/** `value` as it stands in a query, which knows no escapes: in quotes that it does not hold, or with `?` for its quotes. */
export function quoted(value: string): string {
  if (!value.includes('"')) return `"${value}"`;
  return value.includes("'") ? `"${value.replaceAll('"', '?')}"` : `'${value}'`;
}

/** The search of a query and what follows it, with its first `|`. */
export function partsOf(query: string): { readonly search: string; readonly commands: string } {
  const pipe = highlightQuery(query).find(({ kind, start, end }) => kind === 'mark' && query.slice(start, end) === '|');
  if (pipe === undefined) return { search: query.trim(), commands: '' };
  return { search: query.slice(0, pipe.start).trim(), commands: query.slice(pipe.start).trim() };
}

/** The search part of the query narrowed to, or freed from, one value. */
export function narrowed(query: string, field: string, value: string, isExcluded: boolean): string {
  const { search, commands } = partsOf(query);
  return `${search} ${isExcluded ? '-' : ''}${field}=${quoted(value)} ${commands}`.trim();
}

/** Seconds of a column, so that a range has at most `columnsMax`. */
export function stepSecondsOf(fromMs: number, toMs: number, columnsMax: number): number {
  const span = (toMs - fromMs) / 1000;
  return STEPS_SECONDS.find((step) => span / step <= columnsMax) ?? Math.ceil(span / columnsMax / 86_400) * 86_400;
}

const STEPS_SECONDS = [1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 43_200, 86_400];

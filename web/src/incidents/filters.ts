import type { JsonObject } from '../../../src/shared/json.ts';
import { queryString } from '../api/query-string.ts';
import { textOf, textsOf } from '../api/read-json.ts';
import { timeRangeOf } from '../time/time-range.ts';

/** Filters of the list as they stand in the address; the API knows them by the same names, but for `t` and `open`. */
export type Filters = {
  readonly q?: string;
  /** A pattern that is found in the name. */
  readonly name?: string;
  readonly status?: string;
  readonly risk?: string;
  readonly type?: string;
  readonly assignee?: string;
  readonly assigned_to_users?: string;
  readonly rule?: string;
  readonly attack_tag?: string;
  readonly log_source?: string;
  readonly entity?: string;
  readonly disposition?: string;
  readonly sla?: string;
  readonly start_date?: string;
  readonly end_date?: string;
  /** A span back from now, such as `24h`; `start_date` and `end_date` win. */
  readonly t?: string;
  /** The incident that is shown beside the list; no filter. */
  readonly open?: string;
};

/** What narrows the list. */
export const FILTER_NAMES = [
  'q',
  'name',
  'status',
  'risk',
  'type',
  'assignee',
  'assigned_to_users',
  'rule',
  'attack_tag',
  'log_source',
  'entity',
  'disposition',
  'sla',
  'start_date',
  'end_date',
  't',
] as const satisfies readonly (keyof Filters)[];

/** Filters that hold several values. */
const LISTS = [
  'status',
  'risk',
  'type',
  'assigned_to_users',
  'attack_tag',
  'log_source',
  'rule',
  'entity',
  'disposition',
] as const satisfies readonly (keyof Filters)[];

export function readFilters(search: Readonly<Record<string, unknown>>): Filters {
  const filters: Record<string, string> = {};
  for (const name of [...FILTER_NAMES, 'open']) {
    const value = search[name];
    if (typeof value === 'string' && value !== '') filters[name] = value;
    else if (typeof value === 'number') filters[name] = String(value);
  }
  return filters;
}

/** The filters without what is no filter: the same key for the same list. */
export const listedFilters = ({ open: _, ...filters }: Filters): Filters => filters;

export const sameFilters = (a: Filters, b: Filters): boolean => FILTER_NAMES.every((name) => a[name] === b[name]);

export const isFiltered = (filters: Filters): boolean => FILTER_NAMES.some((name) => filters[name] !== undefined);

const MINUTE_SECONDS = 60;

/** `start_date` and `end_date` in epoch seconds; empty for all times. A span back from now ends with this minute. */
function datesOf({ start_date: start, end_date: end, t }: Filters, nowMs: number): { start?: number; end?: number } {
  if (start !== undefined && end !== undefined) return { start: Number(start), end: Number(end) };
  if (t === undefined) return {};
  const toSeconds = Math.ceil(nowMs / 1000 / MINUTE_SECONDS) * MINUTE_SECONDS;
  const { fromMs, toMs } = timeRangeOf(t, toSeconds * 1000);
  return { start: Math.floor(fromMs / 1000), end: Math.floor(toMs / 1000) };
}

/** `?status=…` for the API; `assignee=me` goes with the user who asks. */
export function filterQuery(
  filters: Filters,
  userId: string | null,
  more: Readonly<Record<string, string>> = {},
  nowMs = Date.now(),
): string {
  const { t: _, open: __, ...asked } = filters;
  const { start, end } = datesOf(filters, nowMs);
  return queryString({
    ...asked,
    start_date: start,
    end_date: end,
    ...(filters.assignee === 'me' ? { user_id: userId } : {}),
    ...more,
  });
}

/** The filter as the body of a bulk change or a saved view takes it. */
export function filterBody(filters: Filters, userId: string | null, nowMs = Date.now()): JsonObject {
  const body: Record<string, JsonObject[string]> = {};
  for (const name of LISTS) {
    const values = valuesOf(filters[name]);
    if (values.length > 0) body[name] = [...values];
  }
  if (filters.assignee === 'me' && userId !== null) body['assigned_to_users'] = [userId];
  if (filters.q !== undefined) body['q'] = filters.q;
  if (filters.name !== undefined) body['name'] = filters.name;
  if (filters.sla !== undefined) body['sla'] = filters.sla;
  const { start, end } = datesOf(filters, nowMs);
  if (start !== undefined) body['start_date'] = start;
  if (end !== undefined) body['end_date'] = end;
  return body;
}

/** The other way round: filters of a saved one, as they stand in the address. */
export function filtersOfBody(body: JsonObject): Filters {
  const found: Record<string, string> = {};
  for (const name of LISTS) if (Array.isArray(body[name])) found[name] = textsOf(body[name]).join(',');
  for (const name of ['q', 'name', 'sla', 'start_date', 'end_date'] as const) found[name] = textOf(body[name]);
  return readFilters(found);
}

export const valuesOf = (text: string | undefined): readonly string[] =>
  text === undefined ? [] : text.split(',').filter((value) => value !== '');

/** The filters with one value of one name put in or taken out. */
export function toggled(filters: Filters, name: keyof Filters, value: string): Filters {
  const values = valuesOf(filters[name]);
  const left = values.includes(value) ? values.filter((one) => one !== value) : [...values, value];
  return readFilters({ ...filters, [name]: left.join(',') });
}

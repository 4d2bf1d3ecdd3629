import { queryString } from '../api/query-string.ts';

/** Filters of the list as they stand in the address; the API knows them by the same names. */
export type Filters = {
  readonly q?: string;
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
};

export const FILTER_NAMES = [
  'q',
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
] as const satisfies readonly (keyof Filters)[];

export function readFilters(search: Readonly<Record<string, unknown>>): Filters {
  const filters: Record<string, string> = {};
  for (const name of FILTER_NAMES) {
    const value = search[name];
    if (typeof value === 'string' && value !== '') filters[name] = value;
    else if (typeof value === 'number') filters[name] = String(value);
  }
  return filters;
}

/** `?status=…` for the API; `assignee=me` goes with the user who asks. */
export const filterQuery = (
  filters: Filters,
  userId: string | null,
  more: Readonly<Record<string, string>> = {},
): string => queryString({ ...filters, ...(filters.assignee === 'me' ? { user_id: userId } : {}), ...more });

export const valuesOf = (text: string | undefined): readonly string[] =>
  text === undefined ? [] : text.split(',').filter((value) => value !== '');

/** The filters with one value of one name put in or taken out. */
export function toggled(filters: Filters, name: keyof Filters, value: string): Filters {
  const values = valuesOf(filters[name]);
  const left = values.includes(value) ? values.filter((one) => one !== value) : [...values, value];
  return readFilters({ ...filters, [name]: left.join(',') });
}

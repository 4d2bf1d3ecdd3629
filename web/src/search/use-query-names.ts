import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { KNOWN_FIELDS } from '../../../src/events/known-fields.ts';
import type { KnownNames } from '../../../src/query/complete.ts';
import type { JsonObject } from '../../../src/shared/json.ts';
import { getJson } from '../api/call.ts';
import { order } from '../api/order.ts';
import { rowsOf, textOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';

/** Events that are looked at for names and values. */
const SAMPLE_ROWS = 500;
const SAMPLE_SECONDS = 86_400;
const SAMPLE_LIFE_MS = 300_000;
const VALUES_OF_FIELD_MAX = 50;
const VALUE_CHARS_MAX = 100;
const NONE: readonly string[] = [];
const NO_ROWS: readonly JsonObject[] = [];

/**
 * What a query can name: fields and values of the rows on the page and of the newest events of the day, lists and
 * tables of the logpoint, and the fields that every logpoint knows.
 */
export function useQueryNames(rows: readonly JsonObject[] = NO_ROWS): KnownNames {
  const { base, known } = useTenant();
  const userId = known?.userId ?? '';
  const sample = useQuery({
    queryKey: [base, 'names', 'events'],
    queryFn: async ({ signal }) => {
      const to = Math.ceil(Date.now() / 1000);
      const asked = { query: '', time_range: [to - SAMPLE_SECONDS, to], user_id: userId, limit: SAMPLE_ROWS };
      return rowsOf((await order(`${base}/Search/logs/fetch`, asked, { signal }))['rows']);
    },
    enabled: userId !== '',
    staleTime: SAMPLE_LIFE_MS,
    retry: false,
  });
  const lists = useQuery({
    queryKey: [base, 'names', 'lists'],
    queryFn: async ({ signal }) => rowsOf(await getJson(`${base}/Lists`, signal)).map(({ name }) => textOf(name)),
    staleTime: SAMPLE_LIFE_MS,
    retry: false,
  });
  const tables = useQuery({
    queryKey: [base, 'names', 'tables'],
    queryFn: async ({ signal }) =>
      rowsOf((await order(`${base}/Tables/fetch`, {}, { signal }))['rows']).map(({ name }) => textOf(name)),
    staleTime: SAMPLE_LIFE_MS,
    retry: false,
  });
  return useMemo(
    () => namesOf([...rows, ...(sample.data ?? NO_ROWS)], lists.data ?? NONE, tables.data ?? NONE),
    [rows, sample.data, lists.data, tables.data],
  );
}

/** Fields that most rows have come first; a value that is long is nothing to complete with. */
export function namesOf(
  rows: readonly JsonObject[],
  lists: readonly string[],
  tables: readonly string[] = NONE,
): KnownNames {
  const seen = new Map<string, { count: number; readonly values: Map<string, number> }>();
  for (const row of rows) {
    for (const [name, value] of Object.entries(row)) {
      if (name.startsWith('_')) continue;
      const entry = seen.get(name) ?? { count: 0, values: new Map<string, number>() };
      seen.set(name, entry);
      entry.count += 1;
      if (typeof value === 'string' && value.length < VALUE_CHARS_MAX) {
        entry.values.set(value, (entry.values.get(value) ?? 0) + 1);
      }
    }
  }
  const present = [...seen].sort(([, a], [, b]) => b.count - a.count).map(([name]) => name);
  return {
    fields: [...new Set([...present, ...KNOWN_FIELDS])],
    lists,
    tables,
    values: (field) =>
      [...(seen.get(field)?.values ?? [])]
        .sort(([, a], [, b]) => b - a)
        .slice(0, VALUES_OF_FIELD_MAX)
        .map(([value]) => value),
  };
}

import { keepPreviousData, useQueries } from '@tanstack/react-query';
import type { Json, JsonObject } from '../../../src/shared/json.ts';
import { call, getJson } from '../api/call.ts';
import { queryString } from '../api/query-string.ts';
import { numberOf, objectOf, rowsOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { type TimeRange, timeRangeOf } from '../time/time-range.ts';

export const REFRESH_MS = 30_000;
const BUCKETS = 96;
const HOUR_MS = 3_600_000;

/** Ages of incidents, youngest first; the last has no end. */
export const AGES = [
  { word: '< 1 h', toMs: HOUR_MS },
  { word: '1–4 h', toMs: 4 * HOUR_MS },
  { word: '4–24 h', toMs: 24 * HOUR_MS },
  { word: '1–7 d', toMs: 168 * HOUR_MS },
  { word: '> 7 d', toMs: null },
] as const;

export type Age = {
  readonly word: string;
  readonly count: number;
  /** How the incident list is asked for them. */
  readonly search: { readonly status: string; readonly start_date: string; readonly end_date: string };
};

export const datesOf = ({ fromMs, toMs }: TimeRange): { readonly start_date: string; readonly end_date: string } => ({
  start_date: String(Math.floor(fromMs / 1000)),
  end_date: String(Math.ceil(toMs / 1000)),
});

/** What the incidents of the range say, and those that are open now; read anew every half minute while the page is seen. */
export function useOverview(t: string) {
  const { base } = useTenant();
  const rangeNow = (): TimeRange => timeRangeOf(t, Date.now());
  const read = (name: string, path: () => string) => ({
    queryKey: [base, 'overview', t, name],
    queryFn: async ({ signal }: { signal: AbortSignal }) => getJson(path(), signal),
    refetchInterval: REFRESH_MS,
    placeholderData: keepPreviousData<Json>,
  });
  const span = (): string => {
    const { start_date: from, end_date: to } = datesOf(rangeNow());
    return queryString({ from, to });
  };
  const [open, histogram, whole, rules, ages] = useQueries({
    queries: [
      read('open', () => `${base}/Incidents/facets?status=unresolved`),
      read(
        'histogram',
        () => `${base}/Incidents/histogram${queryString({ ...datesOf(rangeNow()), buckets: BUCKETS })}`,
      ),
      read('whole', () => `${base}/Incidents/metrics${span()}&by=logpoint`),
      read('rules', () => `${base}/Incidents/metrics${span()}&by=rule`),
      {
        queryKey: [base, 'overview', 'ages'],
        queryFn: ({ signal }: { signal: AbortSignal }) => readAges(base, Date.now(), signal),
        refetchInterval: REFRESH_MS,
        placeholderData: keepPreviousData<readonly Age[]>,
      },
    ],
  });
  const objectFrom = (data: Json | undefined): JsonObject | null => (data === undefined ? null : objectOf(data));
  const metrics = objectFrom(whole.data);
  const all = [open, histogram, whole, rules, ages];
  return {
    range: rangeNow(),
    open: objectFrom(open.data),
    histogram: objectFrom(histogram.data),
    whole: metrics === null ? null : (rowsOf(metrics['rows'])[0] ?? {}),
    rules: rowsOf(objectFrom(rules.data)?.['rows']),
    ages: ages.data ?? null,
    error: all.find(({ error }) => error !== null)?.error ?? null,
    readAtMs: open.dataUpdatedAt,
    refetch: () => {
      for (const query of all) void query.refetch();
    },
  };
}

async function readAges(base: string, nowMs: number, signal: AbortSignal): Promise<readonly Age[]> {
  return Promise.all(
    AGES.map(async ({ word, toMs }, place): Promise<Age> => {
      const younger = AGES[place - 1]?.toMs ?? 0;
      const search = {
        status: 'unresolved',
        end_date: String(Math.ceil((nowMs - younger) / 1000)),
        start_date: toMs === null ? '0' : String(Math.ceil((nowMs - toMs) / 1000) + 1),
      };
      const { headers } = await call(`${base}/Incidents${queryString({ ...search, limit: 1, total: 'true' })}`, {
        signal,
      });
      return { word, search, count: numberOf(headers.get('x-total-count')) };
    }),
  );
}

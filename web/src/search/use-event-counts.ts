import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { order } from '../api/order.ts';
import { rowsOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { type Bucket, bucketsOf, partsOf, stepSecondsOf, TIME } from './search-result.ts';
import type { EventSearch } from './use-event-search.ts';

const BUCKETS = 96;
const ROWS_MAX = 1_000;

/** The events of the range over time: those that were found, or the store's own count when not all were. */
export function useEventCounts({ query, search }: { readonly query: string; readonly search: EventSearch }): {
  readonly buckets: readonly Bucket[];
  /** Of the columns, Unix ms, `[fromMs, toMs)`. */
  readonly fromMs: number;
  readonly toMs: number;
  /** True while the store still counts: the columns are those of the events shown. */
  readonly isCounting: boolean;
} {
  const { base, known } = useTenant();
  const { found, range, state } = search;
  const { search: head, commands } = partsOf(query);
  const isPartial = state === 'done' && found?.cut !== null && commands === '';
  const step = stepSecondsOf(range.fromMs, range.toMs, BUCKETS);
  const fromMs = Math.floor(range.fromMs / 1000 / step) * step * 1000;
  const count = Math.ceil((range.toMs - fromMs) / 1000 / step);
  const whole = useQuery({
    queryKey: [base, 'counts', head, range.fromMs, range.toMs],
    queryFn: async ({ signal }) => {
      const asked = {
        query: `${head} | timechart count() as n every ${step} seconds`,
        time_range: [Math.floor(range.fromMs / 1000), Math.ceil(range.toMs / 1000)],
        user_id: known?.userId ?? '',
        limit: ROWS_MAX,
      };
      return rowsOf((await order(`${base}/Search/logs/fetch`, asked, { signal }))['rows']);
    },
    enabled: isPartial,
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const buckets = useMemo(() => {
    if (!isPartial || whole.data === undefined) {
      return bucketsOf(found?.rows ?? [], fromMs, fromMs + count * step * 1000, count);
    }
    const byTime = new Map(whole.data.map((row) => [Number(row[TIME]), Number(row['n'])]));
    return Array.from({ length: count }, (_, place) => ({
      atMs: fromMs + place * step * 1000,
      count: byTime.get(fromMs / 1000 + place * step) ?? 0,
    }));
  }, [isPartial, whole.data, found, fromMs, count, step]);
  const isCounting = isPartial && whole.data === undefined && whole.error === null;
  return { buckets, isCounting, fromMs, toMs: fromMs + count * step * 1000 };
}

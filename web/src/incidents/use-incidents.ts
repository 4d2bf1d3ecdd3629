import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo, useRef, useState } from 'react';
import { call } from '../api/call.ts';
import type { Change } from '../api/change-feed.ts';
import { rowsOf } from '../api/read-json.ts';
import { useChanges } from '../app/feed-context.ts';
import { useTenant } from '../app/session-context.ts';
import { type Filters, filterQuery } from './filters.ts';
import { type IncidentRow, incidentRowOf } from './incident-row.ts';

const PAGE_ROWS = 200;
/** Changes of seen rows are read this long after the first of them: a bulk change tells of thousands at once. */
const REREAD_MS = 400;

/** The filter's incidents, page by page. News are counted, not put under the hand; `showNews` reads them. */
export function useIncidents(filters: Filters) {
  const { base, known } = useTenant();
  const queries = useQueryClient();
  const [news, setNews] = useState<ReadonlySet<string>>(new Set());
  const key = useMemo(() => [base, 'incidents', 'list', filters] as const, [base, filters]);
  const found = useInfiniteQuery({
    queryKey: key,
    initialPageParam: '',
    queryFn: async ({ pageParam, signal }) => {
      const more = {
        limit: String(PAGE_ROWS),
        total: 'true',
        merged: 'no',
        ...(pageParam === '' ? {} : { cursor: pageParam }),
      };
      const { value, headers } = await call(`${base}/Incidents${filterQuery(filters, known?.userId ?? null, more)}`, {
        signal,
      });
      return {
        rows: rowsOf(value).map(incidentRowOf),
        next: headers.get('x-next-cursor'),
        total: Number(headers.get('x-total-count') ?? Number.NaN),
      };
    },
    getNextPageParam: (page) => page.next,
    placeholderData: (before) => before,
  });
  const rows = useMemo(
    (): readonly IncidentRow[] => found.data?.pages.flatMap((page) => page.rows) ?? [],
    [found.data],
  );
  const waiting = useRef<ReturnType<typeof setTimeout> | null>(null);
  const reread = useCallback((): void => {
    if (waiting.current !== null) return;
    waiting.current = setTimeout(() => {
      waiting.current = null;
      void queries.invalidateQueries({ queryKey: [base, 'incidents'] });
    }, REREAD_MS);
  }, [queries, base]);
  const onChange = useCallback(
    (change: Change) => {
      if (change.kind !== 'incident') return;
      if (change.action === 'raised') setNews((before) => new Set(before).add(change.id));
      else reread();
    },
    [reread],
  );
  const onReset = useCallback(() => reread(), [reread]);
  useChanges(onChange, onReset);
  return {
    rows,
    total: found.data?.pages[0]?.total ?? Number.NaN,
    error: found.error,
    isFirst: found.isPending,
    hasMore: found.hasNextPage && !found.isFetchingNextPage,
    more: () => void found.fetchNextPage(),
    retry: () => void found.refetch(),
    news: news.size,
    showNews: () => {
      setNews(new Set());
      void queries.invalidateQueries({ queryKey: [base, 'incidents'] });
    },
  };
}

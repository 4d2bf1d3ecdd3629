import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { type Answer, call } from '../api/call.ts';
import type { Change } from '../api/change-feed.ts';
import { connection } from '../api/connection.ts';
import { rowsOf } from '../api/read-json.ts';
import { createStore, useStore } from '../api/store.ts';
import { useChanges } from '../app/feed-context.ts';
import { useTenant } from '../app/session-context.ts';
import { type Filters, filterQuery } from './filters.ts';
import { FIRST_PAGE_ROWS, IncidentPages, PAGE_ROWS, type PagesState } from './incident-pages.ts';
import { incidentRowOf } from './incident-row.ts';

/** Changes are read this long after the first of them, and not more often: a bulk change tells of thousands at once. */
const READ_AFTER_MS = 300;
const READ_EVERY_MS = 2_000;
/** Changed rows that one look reads; of more the list says that it is behind. */
const LOOK_ROWS_MAX = 1_000;
/** New rows are counted up to here. */
export const NEWS_MAX = 100;
/** The server's clock in an answer's header knows whole seconds. */
const CLOCK_SLACK_SECONDS = 2;

/** Bumped by what this page itself changed: it is seen at once, also while the feed is down. */
export const ownChanges = createStore(0);

export type IncidentList = {
  readonly pages: IncidentPages;
  readonly state: PagesState;
  /** True while the rows of another filter are shown, or none yet. */
  readonly isWaiting: boolean;
  /** Incidents that fit the filter and came since; they wait for `showNews`. */
  readonly news: number;
  /** True when more changed than one look reads: rows may show what they were. */
  readonly isBehind: boolean;
  readonly showNews: () => void;
};

const serverMsOf = ({ headers }: Answer): number => Date.parse(headers.get('date') ?? '') || Date.now();

/** The filter's incidents. Rows in sight change in place; what is new is counted, not put under the hand. */
export function useIncidents(filters: Filters): IncidentList {
  const { base, known } = useTenant();
  const userId = known?.userId ?? null;
  const queries = useQueryClient();
  const [news, setNews] = useState(0);
  const [isBehind, setBehind] = useState(false);
  const queryOf = useCallback(
    (more: Readonly<Record<string, string>>) =>
      `${base}/Incidents${filterQuery(filters, userId, { merged: 'no', ...more })}`,
    [base, filters, userId],
  );
  const pages = useMemo(
    () =>
      new IncidentPages(async (cursor, signal) => {
        const more = cursor === '' ? { limit: String(FIRST_PAGE_ROWS) } : { limit: String(PAGE_ROWS), cursor };
        const answer = await call(queryOf(more), { signal });
        const next = answer.headers.get('x-next-cursor');
        return { rows: rowsOf(answer.value).map(incidentRowOf), next, serverMs: serverMsOf(answer) };
      }),
    [queryOf],
  );
  useEffect(() => {
    setNews(0);
    setBehind(false);
    void pages.reload();
    return () => pages.close();
  }, [pages]);

  const look = useCallback(async (): Promise<void> => {
    const { readAtMs, lookedAtMs } = pages;
    if (readAtMs === null) return;
    const since = (ms: number): string => String(Math.floor(ms / 1000) - CLOCK_SLACK_SECONDS);
    const changed = await call(
      `${base}/Incidents${filterQuery({}, null, { updated_since: since(lookedAtMs ?? readAtMs), limit: String(LOOK_ROWS_MAX) })}`,
    );
    pages.patch(rowsOf(changed.value).map(incidentRowOf));
    pages.lookedAtMs = serverMsOf(changed);
    if (changed.headers.get('x-next-cursor') !== null) setBehind(true);
    const fitting = await call(queryOf({ updated_since: since(readAtMs), limit: String(NEWS_MAX) }));
    setNews(rowsOf(fitting.value).filter((row) => !pages.isPlaced(incidentRowOf(row))).length);
  }, [pages, base, queryOf]);

  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const lastLookAtMs = useRef(0);
  const lookSoon = useCallback((): void => {
    if (timer.current !== null) return;
    const wait = Math.max(READ_AFTER_MS, lastLookAtMs.current + READ_EVERY_MS - Date.now());
    timer.current = setTimeout(() => {
      timer.current = null;
      lastLookAtMs.current = Date.now();
      // What fails is looked at again with the next change: the moment it starts from has not moved.
      void look().catch(() => undefined);
      void queries.invalidateQueries({ queryKey: [base, 'incidents', 'counts'] });
    }, wait);
  }, [look, queries, base]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a look of another filter is not waited for
  useEffect(
    () => () => {
      if (timer.current !== null) clearTimeout(timer.current);
      timer.current = null;
    },
    [lookSoon],
  );
  const onChange = useCallback((change: Change) => change.kind === 'incident' && lookSoon(), [lookSoon]);
  useChanges(onChange, lookSoon);
  useEffect(() => ownChanges.subscribe(lookSoon), [lookSoon]);
  useEffect(
    () =>
      connection.onReturn(() => {
        if (pages.state.get().error === null) lookSoon();
        else void pages.reload();
      }),
    [pages, lookSoon],
  );
  // The list of the filter before stays until the first page of the new one is there: nothing blinks.
  const [shown, setShown] = useState(pages);
  const isReady = useStore(pages.state).isReady;
  if (isReady && shown !== pages) setShown(pages);
  return {
    pages: shown,
    state: useStore(shown.state),
    isWaiting: !isReady,
    news,
    isBehind,
    showNews: useCallback(() => {
      setNews(0);
      setBehind(false);
      void pages.reload();
      void queries.invalidateQueries({ queryKey: [base, 'incidents', 'counts'] });
    }, [pages, queries, base]),
  };
}

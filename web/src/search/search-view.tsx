import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo, useState } from 'react';
import { order } from '../api/order.ts';
import { useTenant } from '../app/session-context.ts';
import { Trouble } from '../parts/trouble.tsx';
import { TimePicker } from '../time/time-picker.tsx';
import { fixedRange, timeRangeOf } from '../time/time-range.ts';
import { BarChart, EventHistogram } from './charts.tsx';
import { QueryEditor } from './query-editor.tsx';
import { RaiseIncident } from './raise-incident.tsx';
import { ResultTable } from './result-table.tsx';
import { readSearchParams, type SearchParams } from './search-params.ts';
import { narrowed, searchResultOf } from './search-result.ts';
import '../parts/views.css';

const ROWS_MAX = 500;
const NO_NAMES: readonly string[] = [];

/** Asks the logpoint's events, and draws what comes back. */
export function SearchView() {
  const { base, pool, logpoint, known } = useTenant();
  const params = readSearchParams(useSearch({ strict: false }));
  const navigate = useNavigate();
  const asked = params.query ?? '';
  const [draft, setDraft] = useState(asked);
  const [shownFor, setShownFor] = useState(asked);
  if (shownFor !== asked) {
    // The address was changed from elsewhere: a link, or back.
    setShownFor(asked);
    setDraft(asked);
  }
  const [run, setRun] = useState(0);
  const [isRaising, setRaising] = useState(false);
  const userId = known?.userId ?? '';
  const answer = useQuery({
    queryKey: [base, 'search', asked, params.t ?? '', run],
    queryFn: async ({ signal }) => {
      const range = timeRangeOf(params.t, Date.now());
      const startedAt = performance.now();
      const response = await order(
        `${base}/Search/logs/fetch`,
        {
          query: asked,
          time_range: [Math.floor(range.fromMs / 1000), Math.ceil(range.toMs / 1000)],
          user_id: userId,
          limit: ROWS_MAX,
        },
        { signal },
      );
      return { range, result: searchResultOf(response), tookMs: Math.round(performance.now() - startedAt) };
    },
    enabled: userId !== '',
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });

  const go = useCallback(
    (next: SearchParams): void => {
      setRun((count) => count + 1);
      void navigate({ to: '/p/$pool/$logpoint/search', params: { pool, logpoint }, search: next });
    },
    [navigate, pool, logpoint],
  );
  const keep = useMemo(() => (params.t === undefined ? {} : { t: params.t }), [params.t]);
  const narrow = (field: string, value: string, isExcluded: boolean): void =>
    go({ ...keep, query: narrowed(asked, field, value, isExcluded) });
  const names = useKnownNames(answer.data?.result.rows);

  return (
    <main id="main" className="search-view">
      <h1 className="sr">Search</h1>
      <div className="search-bar">
        <QueryEditor value={draft} known={names} onChange={setDraft} onRun={() => go({ ...keep, query: draft })} />
        <TimePicker text={params.t ?? '24h'} onPick={(t) => go({ query: draft, t })} />
        <button type="button" className="primary" onClick={() => go({ ...keep, query: draft })}>
          Search
        </button>
      </div>
      <p className="search-next">
        <Link
          to="/p/$pool/$logpoint/rules/new"
          params={{ pool, logpoint }}
          search={draft === '' ? {} : { query: draft }}
          className="button"
        >
          Make an alert rule from this
        </Link>
        {answer.data !== undefined && (
          <button type="button" aria-expanded={isRaising} onClick={() => setRaising(!isRaising)}>
            Raise an incident from this
          </button>
        )}
      </p>
      {isRaising && answer.data !== undefined && (
        <RaiseIncident
          query={asked}
          fromMs={answer.data.range.fromMs}
          toMs={answer.data.range.toMs}
          onClose={() => setRaising(false)}
        />
      )}
      {userId === '' && (
        <p className="empty">
          Searching needs a user of this logpoint with the name of your account. An administrator can make one.
        </p>
      )}
      {answer.isFetching && <output className="loading">Searching…</output>}
      {answer.error !== null && <Trouble error={answer.error} onRetry={() => go({ ...keep, query: draft })} />}
      {answer.data !== undefined && !answer.isFetching && (
        <>
          <p className="search-sum">
            {answer.data.result.rows.length} {answer.data.result.isChart ? 'rows' : 'events'}
            {answer.data.result.rows.length === ROWS_MAX && ` (the newest; more than ${ROWS_MAX} are not shown)`} in{' '}
            {answer.data.tookMs} ms
          </p>
          {answer.data.result.rows.length === 0 && <NothingFound query={asked} />}
          {answer.data.result.isChart ? (
            <BarChart result={answer.data.result} onPick={(field, value) => narrow(field, value, false)} />
          ) : (
            answer.data.result.rows.length > 0 && (
              <EventHistogram
                rows={answer.data.result.rows}
                fromMs={answer.data.range.fromMs}
                toMs={answer.data.range.toMs}
                onPick={(fromMs, toMs) => go({ query: asked, t: fixedRange(fromMs, toMs) })}
              />
            )
          )}
          <ResultTable result={answer.data.result} onNarrow={narrow} />
        </>
      )}
    </main>
  );
}

function NothingFound({ query }: { readonly query: string }) {
  return (
    <div className="empty">
      <h2>No event fits</h2>
      <p>
        {query === ''
          ? 'No event was received in this time. Choose a longer one.'
          : 'Choose a longer time, or take a condition out of the query.'}
      </p>
    </div>
  );
}

/** Names to complete with: those of the events that are on the page. */
function useKnownNames(rows: readonly Readonly<Record<string, unknown>>[] | undefined) {
  return useMemo(() => {
    const values = new Map<string, Set<string>>();
    for (const row of rows ?? []) {
      for (const [name, value] of Object.entries(row)) {
        if (name.startsWith('_')) continue;
        const known = values.get(name) ?? new Set<string>();
        values.set(name, known);
        if (typeof value === 'string' && value.length < 100 && known.size < 50) known.add(value);
      }
    }
    return {
      fields: [...values.keys()].sort(),
      lists: NO_NAMES,
      tables: NO_NAMES,
      values: (field: string): readonly string[] => [...(values.get(field) ?? [])],
    };
  }, [rows]);
}

import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo, useState } from 'react';
import { useTenant } from '../app/session-context.ts';
import { Trouble } from '../parts/trouble.tsx';
import { TimePicker } from '../time/time-picker.tsx';
import { fixedRange } from '../time/time-range.ts';
import { QueryEditor } from './query-editor.tsx';
import { RaiseIncident } from './raise-incident.tsx';
import { SearchAnswer } from './search-answer.tsx';
import { readSearchParams, type SearchParams } from './search-params.ts';
import { narrowed, partsOf } from './search-result.ts';
import { useEventSearch } from './use-event-search.ts';
import { useQueryNames } from './use-query-names.ts';
import '../parts/views.css';
import './search.css';

const ROWS_MAX = 500;

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
  const { search, cancel } = useEventSearch({ base, query: asked, t: params.t, userId, rowsMax: ROWS_MAX, run });

  const go = useCallback(
    (next: SearchParams): void => {
      setRun((count) => count + 1);
      void navigate({ to: '/p/$pool/$logpoint/search', params: { pool, logpoint }, search: next });
    },
    [navigate, pool, logpoint],
  );
  const keep = useMemo(
    () => ({
      ...(params.t === undefined ? {} : { t: params.t }),
      ...(params.cols === undefined ? {} : { cols: params.cols }),
    }),
    [params.t, params.cols],
  );
  const names = useQueryNames(search.found?.rows);
  const isRunning = search.state === 'running';
  const { search: head } = partsOf(asked);

  return (
    <main id="main" className="search-view">
      <h1 className="sr">Search</h1>
      <div className="search-bar">
        <QueryEditor value={draft} known={names} onChange={setDraft} onRun={() => go({ ...keep, query: draft })} />
        <TimePicker text={params.t ?? '24h'} onPick={(t) => go({ ...keep, query: draft, t })} />
        {isRunning ? (
          <button type="button" className="run" onClick={cancel}>
            Cancel
          </button>
        ) : (
          <button type="button" className="primary run" onClick={() => go({ ...keep, query: draft })}>
            Search
          </button>
        )}
      </div>
      {userId === '' && (
        <p className="empty">
          Searching needs a user of this logpoint with the name of your account. An administrator makes one under
          Administration, Users.
        </p>
      )}
      {search.error !== null && <Trouble error={search.error} onRetry={() => go({ ...keep, query: draft })} />}
      {userId !== '' && (
        <SearchAnswer
          search={search}
          form={
            isRaising &&
            search.found !== null && (
              <RaiseIncident
                query={asked}
                fromMs={search.range.fromMs}
                toMs={search.range.toMs}
                onClose={() => setRaising(false)}
              />
            )
          }
          query={asked}
          cols={params.cols}
          rowsMax={ROWS_MAX}
          onNarrow={(field, value, isExcluded) => go({ ...keep, query: narrowed(asked, field, value, isExcluded) })}
          onTime={(fromMs, toMs) => go({ ...keep, query: asked, t: fixedRange(fromMs, toMs) })}
          onChart={(commands) => go({ ...keep, query: `${head} ${commands}`.trim() })}
          onColumns={(columns) => {
            const { cols: _, ...rest } = keep;
            const search = { ...rest, query: asked, ...(columns.length === 0 ? {} : { cols: columns.join(',') }) };
            void navigate({ to: '/p/$pool/$logpoint/search', params: { pool, logpoint }, search, replace: true });
          }}
        >
          <Link
            to="/p/$pool/$logpoint/rules/new"
            params={{ pool, logpoint }}
            search={draft === '' ? {} : { query: draft }}
            className="button"
          >
            Make an alert rule from this
          </Link>
          <button
            type="button"
            aria-expanded={isRaising}
            disabled={search.found === null}
            onClick={() => setRaising(!isRaising)}
          >
            Raise an incident from this
          </button>
        </SearchAnswer>
      )}
    </main>
  );
}

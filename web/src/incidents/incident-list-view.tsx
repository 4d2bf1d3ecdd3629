import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { useStore } from '../api/store.ts';
import { useTenant } from '../app/session-context.ts';
import { IncidentBeside } from '../incident/incident-view.tsx';
import { type LastList, lastList } from '../incident/last-list.ts';
import { Trouble } from '../parts/trouble.tsx';
import { useMedia } from '../parts/use-media.ts';
import { ListTimePicker } from '../time/list-time-picker.tsx';
import type { Asked } from './bulk-ask.tsx';
import { BulkBar } from './bulk-bar.tsx';
import { SHOWN_BESIDE, SHOWN_NARROW } from './column-ids.ts';
import { EmptyList } from './empty-list.tsx';
import { ExportButton } from './export-button.tsx';
import { Facets } from './facets.tsx';
import { type Filters, listedFilters, readFilters, sameFilters } from './filters.ts';
import { Histogram } from './histogram.tsx';
import { FIRST_PAGE_ROWS } from './incident-pages.ts';
import type { IncidentRow } from './incident-row.ts';
import { IncidentTable, TableSkeleton } from './incident-table.tsx';
import { ListMenu } from './list-menu.tsx';
import { listPreferences } from './list-preferences.ts';
import { useCount } from './use-count.ts';
import { type IncidentList, NEWS_MAX, useIncidents } from './use-incidents.ts';
import { useListKeys } from './use-list-keys.ts';
import { type ListSelection, useSelection } from './use-selection.ts';
import { useUsers } from './use-users.ts';
import { useVerbs, type Verb } from './use-verbs.ts';
import { ViewBar } from './view-bar.tsx';
import './incidents.css';

/** A page that is narrower shows an incident instead of the list, not beside it. */
const BESIDE = '(min-width: 1000px)';
const NARROW = '(max-width: 720px)';

/** The list of incidents: what an analyst looks at all night. */
export function IncidentListView() {
  const address = useSearch({ from: '/p/$pool/$logpoint/incidents' });
  const [isBesideWide, isNarrow] = [useMedia(BESIDE), useMedia(NARROW)];
  // What is open beside the list is no filter: the list stays as it is when it changes.
  const filterText = JSON.stringify(listedFilters(address));
  const filters = useMemo((): Filters => readFilters(JSON.parse(filterText)), [filterText]);
  const { pool, logpoint } = useTenant();
  const navigate = useNavigate();
  const { nameOf } = useUsers();
  const list = useIncidents(filters);
  const { pages, state } = list;
  const total = useCount(filters, !list.isWaiting);
  const verbs = useVerbs();
  const preferences = useStore(listPreferences.store);
  const { open } = address;
  const isBeside = open !== undefined && isBesideWide;
  const columns = isNarrow ? SHOWN_NARROW : isBeside ? SHOWN_BESIDE : preferences.columns;
  const selection = useSelection(pages, state, filters, total.data ?? Number.NaN);
  const [asked, setAsked] = useState<Asked | null>(null);
  const { clear, moveTo, target } = selection;
  useKeptPlace(list, filters, selection);

  const done = useCallback(() => {
    clear();
    setAsked(null);
  }, [clear]);
  const setFilters = useCallback(
    (next: Filters) => {
      done();
      moveTo(-1);
      void navigate({ to: '/p/$pool/$logpoint/incidents', params: { pool, logpoint }, search: listedFilters(next) });
    },
    [navigate, pool, logpoint, done, moveTo],
  );
  const openBeside = useCallback(
    (next: string | undefined) => {
      const search = readFilters({ ...filters, open: next });
      // Going along beside the list is one step of the way back, however many incidents it passes.
      const replace = next !== undefined && open !== undefined;
      void navigate({ to: '/p/$pool/$logpoint/incidents', params: { pool, logpoint }, search, replace });
    },
    [navigate, pool, logpoint, filters, open],
  );
  const openFull = useCallback(
    ({ id }: IncidentRow, tab?: 'Logs' | 'Query') => {
      const search = tab === undefined ? {} : { tab };
      void navigate({ to: '/p/$pool/$logpoint/incidents/$id', params: { pool, logpoint, id }, search });
    },
    [navigate, pool, logpoint],
  );
  const onOpen = useCallback(
    (row: IncidentRow, index: number) => {
      moveTo(index);
      if (isBesideWide) openBeside(row.id);
      else openFull(row);
    },
    [moveTo, openBeside, openFull, isBesideWide],
  );
  const act = useCallback(
    (verb: Verb) => {
      if (target !== null) void verbs.act(verb, target).then((isDone) => isDone && done());
    },
    [verbs, target, done],
  );
  const back = useCallback(() => {
    if (asked !== null || selection.ticked !== null) done();
    else if (open !== undefined) openBeside(undefined);
  }, [asked, selection.ticked, open, done, openBeside]);
  useListKeys({
    count: state.count,
    selection,
    verbs,
    act,
    ask: setAsked,
    open: openFull,
    back,
    showNews: list.showNews,
    onDone: done,
  });
  // What stands beside the list goes along with the keys.
  const currentId = selection.currentRow?.id;
  useEffect(() => {
    if (isBeside && currentId !== undefined && currentId !== open) openBeside(currentId);
  }, [isBeside, currentId, open, openBeside]);

  const hasRows = state.isReady && state.count > 0;
  return (
    <main id="main" className={isBeside ? 'incidents with-beside' : 'incidents'}>
      <div className="toolbar">
        <ViewBar filters={filters} onFilters={setFilters} isReady={!list.isWaiting} />
        <ListTimePicker filters={filters} onFilters={setFilters} />
        <ListMenu />
        <ExportButton filters={filters} rows={selection.chosenRows} />
      </div>
      <Histogram filters={filters} onFilters={setFilters} isReady={!list.isWaiting} total={total.data} />
      <div className="columns">
        <Facets filters={filters} onFilters={setFilters} isReady={!list.isWaiting} />
        <section className="list" aria-label="Incidents" aria-busy={list.isWaiting}>
          <News list={list} />
          {state.error !== null && <Trouble error={state.error} onRetry={list.showNews} />}
          {!state.isReady && <TableSkeleton columns={columns} density={preferences.density} />}
          {state.isReady && state.count === 0 && state.error === null && (
            <EmptyList filters={filters} onFilters={setFilters} />
          )}
          {hasRows && (
            <IncidentTable
              pages={pages}
              state={state}
              current={selection.current}
              isChosen={selection.isChosen}
              columns={columns}
              density={preferences.density}
              nameOf={nameOf}
              onOpen={onOpen}
              onChoose={selection.choose}
            />
          )}
          <BulkBar
            selection={selection.ticked}
            target={target}
            rows={
              selection.ticked === null && selection.currentRow !== null ? [selection.currentRow] : selection.chosenRows
            }
            asked={asked}
            verbs={verbs}
            onAct={act}
            onAsk={setAsked}
            onDone={done}
            onClear={done}
          />
        </section>
        {isBeside && <IncidentBeside id={open} onClose={() => openBeside(undefined)} />}
      </div>
    </main>
  );
}

/** Whoever comes back to a list is where they left it: at the same incident, or at the one that took its place. */
function useKeptPlace({ pages, state }: IncidentList, filters: Filters, { current, moveTo }: ListSelection): void {
  const [kept, setKept] = useState<LastList | null>(lastList.get);
  useEffect(() => {
    if (kept === null || !state.isReady) return;
    // The second page follows the first by itself; what lay further down is not scrolled to.
    if (state.hasMore && state.count <= Math.min(kept.current, FIRST_PAGE_ROWS)) return;
    setKept(null);
    if (kept.current < 0 || state.count === 0 || !sameFilters(kept.filters, filters)) return;
    const id = kept.idAt(kept.current);
    const places = Array.from({ length: state.count }, (_, place) => place);
    moveTo(places.find((place) => pages.idAt(place) === id) ?? Math.min(kept.current, state.count - 1));
  }, [kept, pages, state, filters, moveTo]);
  useEffect(() => {
    if (kept === null) lastList.set({ filters, current, idAt: (index) => pages.idAt(index) });
  }, [kept, filters, current, pages]);
}

/** What came since the list was read: counted, and shown when somebody asks. */
function News({ list }: { readonly list: IncidentList }) {
  const isSome = list.news > 0 || list.isBehind;
  return (
    <div className="news-place" aria-live="polite">
      {isSome && (
        <button type="button" className="news" onClick={list.showNews}>
          {list.news > 0
            ? `▲ ${list.news >= NEWS_MAX ? `${NEWS_MAX}+` : list.news} new`
            : 'Much has changed: read again'}{' '}
          <kbd>n</kbd>
        </button>
      )}
    </div>
  );
}

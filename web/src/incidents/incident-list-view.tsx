import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo, useRef, useState } from 'react';
import type { JsonObject } from '../../../src/shared/json.ts';
import { useKeys } from '../app/keys.ts';
import { useTenant } from '../app/session-context.ts';
import { Trouble } from '../parts/trouble.tsx';
import { BulkBar } from './bulk-bar.tsx';
import { incidentsCsv } from './csv.ts';
import { Facets } from './facets.tsx';
import { FILTER_NAMES, type Filters, readFilters, valuesOf } from './filters.ts';
import { Histogram } from './histogram.tsx';
import type { IncidentRow } from './incident-row.ts';
import { type Density, IncidentTable } from './incident-table.tsx';
import { useIncidents } from './use-incidents.ts';
import { useUsers } from './use-users.ts';
import { type Selection, useVerbs } from './use-verbs.ts';

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
] as const;

/** The filter as the body of a bulk change takes it. */
function filterBody(filters: Filters, userId: string | null): JsonObject {
  const body: Record<string, JsonObject[string]> = {};
  for (const name of LISTS) {
    const values = valuesOf(filters[name]);
    if (values.length > 0) body[name] = [...values];
  }
  if (filters.assignee === 'me' && userId !== null) body['assigned_to_users'] = [userId];
  if (filters.q !== undefined) body['q'] = filters.q;
  if (filters.sla !== undefined) body['sla'] = filters.sla;
  if (filters.start_date !== undefined) body['start_date'] = Number(filters.start_date);
  if (filters.end_date !== undefined) body['end_date'] = Number(filters.end_date);
  return body;
}

const QUICK: readonly { readonly word: string; readonly filters: Filters }[] = [
  { word: 'unresolved', filters: { status: 'unresolved' } },
  { word: 'mine', filters: { status: 'unresolved', assignee: 'me' } },
  { word: 'critical', filters: { status: 'unresolved', risk: 'critical' } },
  { word: 'SLA breached', filters: { sla: 'breached' } },
  { word: 'all', filters: {} },
];

const sameFilters = (a: Filters, b: Filters): boolean => FILTER_NAMES.every((name) => a[name] === b[name]);

/** The list of incidents: what an analyst looks at all night. */
export function IncidentListView() {
  const filters = useSearch({ from: '/p/$pool/$logpoint/incidents' });
  const { pool, logpoint, known } = useTenant();
  const navigate = useNavigate();
  const { nameOf } = useUsers();
  const list = useIncidents(filters);
  const verbs = useVerbs();
  const { rows } = list;
  const [current, setCurrent] = useState(-1);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [isAllOfFilter, setAllOfFilter] = useState(false);
  const [density, setDensity] = useState<Density>('normal');
  const [asked, setAsked] = useState<'comment' | 'reassign' | 'disposition' | null>(null);
  const lastChosen = useRef(-1);

  const clear = useCallback(() => {
    setChosen(new Set());
    setAllOfFilter(false);
    setAsked(null);
  }, []);
  const setFilters = useCallback(
    (next: Filters) => {
      clear();
      setCurrent(-1);
      void navigate({ to: '/p/$pool/$logpoint/incidents', params: { pool, logpoint }, search: next });
    },
    [navigate, pool, logpoint, clear],
  );
  const open = useCallback(
    (row: IncidentRow) =>
      void navigate({ to: '/p/$pool/$logpoint/incidents/$id', params: { pool, logpoint, id: row.id } }),
    [navigate, pool, logpoint],
  );
  const choose = useCallback(
    (row: IncidentRow, isRange: boolean) => {
      const at = rows.indexOf(row);
      const [from, to] = isRange && lastChosen.current >= 0 ? [lastChosen.current, at] : [at, at];
      const some = rows.slice(Math.min(from, to), Math.max(from, to) + 1).map(({ id }) => id);
      setAllOfFilter(false);
      setChosen((before) => {
        const next = new Set(before);
        const isOn = isRange || !before.has(row.id);
        for (const id of some)
          if (isOn) next.add(id);
          else next.delete(id);
        return next;
      });
      lastChosen.current = at;
    },
    [rows],
  );
  const selection = useMemo((): Selection | null => {
    if (isAllOfFilter) return { filter: filterBody(filters, known?.userId ?? null), count: list.total };
    if (chosen.size > 0) return { ids: [...chosen] };
    const row = rows[current];
    return row === undefined ? null : { ids: [row.id] };
  }, [isAllOfFilter, filters, known, list.total, chosen, rows, current]);

  const keys = useMemo(() => {
    const act = (verb: 'resolve' | 'close' | 'reopen', more: JsonObject = {}): void => {
      if (selection !== null) void verbs.act(verb, selection, more).then((isDone) => isDone && clear());
    };
    const move = (by: number): void => setCurrent((at) => Math.max(0, Math.min(rows.length - 1, at + by)));
    const row = rows[current];
    return [
      { keys: 'j', word: 'next', run: () => move(1) },
      { keys: 'k', word: 'previous', run: () => move(-1) },
      { keys: 'Enter', word: 'open', run: () => row !== undefined && open(row) },
      { keys: 'x', word: 'select', run: () => row !== undefined && choose(row, false) },
      { keys: 'Shift+x', word: 'select up to here', run: () => row !== undefined && choose(row, true) },
      { keys: '*', word: 'select all of the filter', run: () => setAllOfFilter(true) },
      { keys: 'Escape', word: 'clear the selection', run: clear },
      { keys: 'a', word: 'assign', run: () => selection !== null && setAsked('reassign') },
      {
        keys: 'a a',
        word: 'assign to me',
        run: () => {
          setAsked(null);
          if (selection !== null && known?.userId)
            void verbs.act('reassign', selection, { new_assignee: known.userId });
        },
      },
      { keys: 'c', word: 'comment', run: () => selection !== null && setAsked('comment') },
      { keys: 'r', word: 'resolve', run: () => act('resolve') },
      { keys: 'e', word: 'close', run: () => act('close') },
      { keys: 'o', word: 'reopen', run: () => act('reopen') },
      { keys: 'd', word: 'disposition', run: () => selection !== null && setAsked('disposition') },
      { keys: 'n', word: 'show what is new', run: list.showNews },
    ];
  }, [rows, current, selection, verbs, clear, open, choose, known, list.showNews]);
  useKeys(keys);

  const exportCsv = (): void => {
    const some = chosen.size > 0 ? rows.filter(({ id }) => chosen.has(id)) : rows;
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([incidentsCsv(some, nameOf)], { type: 'text/csv' }));
    link.download = 'incidents.csv';
    link.click();
    URL.revokeObjectURL(link.href);
  };
  const { hasMore, more } = list;
  const onNearEnd = useCallback(() => {
    if (hasMore) more();
  }, [hasMore, more]);

  return (
    <main id="main" className="incidents">
      <div className="toolbar">
        {QUICK.map(({ word, filters: quick }) => (
          <button key={word} type="button" aria-pressed={sameFilters(filters, quick)} onClick={() => setFilters(quick)}>
            {word}
          </button>
        ))}
        <SearchBox
          key={filters.q ?? ''}
          text={filters.q ?? ''}
          onText={(q) => setFilters(readFilters({ ...filters, q }))}
        />
        <span className="total">{Number.isNaN(list.total) ? '' : `${list.total.toLocaleString('en')} incidents`}</span>
        <button type="button" onClick={() => setDensity(density === 'normal' ? 'compact' : 'normal')}>
          {density}
        </button>
        <button type="button" onClick={exportCsv}>
          CSV
        </button>
      </div>
      <Histogram filters={filters} onFilters={setFilters} />
      <div className="columns">
        <Facets filters={filters} onFilters={setFilters} />
        <section className="list" aria-label="Incidents">
          {list.news > 0 && (
            <button type="button" className="news" onClick={list.showNews}>
              ▲ {list.news} new <kbd>n</kbd>
            </button>
          )}
          {list.error !== null && <Trouble error={list.error} onRetry={list.retry} />}
          {list.isFirst && list.error === null && <div className="skeleton" aria-hidden="true" />}
          {!list.isFirst && rows.length === 0 && list.error === null && (
            <NoIncidents filters={filters} onAll={() => setFilters({})} />
          )}
          {rows.length > 0 && (
            <IncidentTable
              rows={rows}
              current={current}
              chosen={isAllOfFilter ? new Set(rows.map(({ id }) => id)) : chosen}
              density={density}
              nameOf={nameOf}
              onOpen={open}
              onChoose={choose}
              onNearEnd={onNearEnd}
            />
          )}
          <BulkBar
            selection={chosen.size > 0 || isAllOfFilter ? selection : null}
            target={selection}
            asked={asked}
            verbs={verbs}
            onAsk={setAsked}
            onClear={clear}
          />
        </section>
      </div>
    </main>
  );
}

function SearchBox({ text, onText }: { readonly text: string; readonly onText: (text: string) => void }) {
  const [typed, setTyped] = useState(text);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onText(typed.trim());
      }}
    >
      <input
        type="search"
        aria-label="Search incidents"
        placeholder="Name, INC-42, host, user, address…"
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          if (event.target.value === '' && text !== '') onText('');
        }}
      />
    </form>
  );
}

function NoIncidents({ filters, onAll }: { readonly filters: Filters; readonly onAll: () => void }) {
  const isFiltered = FILTER_NAMES.some((name) => filters[name] !== undefined);
  return (
    <div className="empty">
      <h2>{isFiltered ? 'No incident fits this filter' : 'No incidents yet'}</h2>
      {isFiltered ? (
        <button type="button" onClick={onAll}>
          Show all incidents
        </button>
      ) : (
        <>
          <p>Rules watch what comes in; what they find appears here by itself. Send a first log line:</p>
          <pre>{"curl -H 'Authorization: Bearer TOKEN' URL/ingest/POOL/LOGPOINT/default --data-binary @log.jsonl"}</pre>
          <pre>tocsin ingest FILE --url URL --token TOKEN</pre>
          <pre>logger --server HOST --port SYSLOG_PORT "hello"</pre>
        </>
      )}
    </div>
  );
}

import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useDeferredValue, useEffect, useState } from 'react';
import { titleOf } from '../api/api-error.ts';
import { call } from '../api/call.ts';
import { order } from '../api/order.ts';
import { queryString } from '../api/query-string.ts';
import { rowsOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { toast } from '../app/toasts.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { type RuleRow, ruleRowOf } from './rule-row.ts';
import { RuleTable } from './rule-table.tsx';
import { readRulesParams } from './rules-params.ts';
import { SigmaImport } from './sigma-import.tsx';
import { useActivity } from './use-activity.ts';
import '../parts/views.css';
import './rules.css';

const PAGE_ROWS = 1_000;

/** The alert rules: state, last run, hits, incidents, cost, false positives, gaps. */
export function RulesView() {
  const { base, pool, logpoint } = useTenant();
  const queries = useQueryClient();
  const params = useSearch({ from: '/p/$pool/$logpoint/rules' });
  const navigate = useNavigate();
  const { active = '' } = params;
  const [text, setText] = useState(params.q ?? '');
  const [isImporting, setImporting] = useState(false);
  const q = useDeferredValue(params.q ?? '');
  /** What is typed letter by letter is one step back, not twenty. */
  const show = (change: Readonly<Record<string, unknown>>, replace = false): void =>
    void navigate({
      to: '/p/$pool/$logpoint/rules',
      params: { pool, logpoint },
      search: readRulesParams({ ...params, ...change }),
      replace,
    });
  // The way back and a link change the address; the field follows unless it holds the same text.
  useEffect(() => setText((typed) => (typed.trim() === (params.q ?? '') ? typed : (params.q ?? ''))), [params.q]);
  const rules = useInfiniteQuery({
    queryKey: [base, 'rules', q, active],
    queryFn: async ({ pageParam, signal }) => {
      const { value, headers } = await call(
        `${base}/AlertRules${queryString({ limit: PAGE_ROWS, q, active, cursor: pageParam })}`,
        { signal },
      );
      return { rows: rowsOf(value).map(ruleRowOf), next: headers.get('x-next-cursor') };
    },
    initialPageParam: '',
    getNextPageParam: ({ next }) => next ?? undefined,
  });
  const activity = useActivity();
  const rows = rules.data?.pages.flatMap((page) => page.rows) ?? [];
  const renew = (): void => void queries.invalidateQueries({ queryKey: [base, 'rules'] });
  const toggle = async (rule: RuleRow): Promise<void> => {
    const verb = rule.isActive ? 'deactivate' : 'activate';
    try {
      await order(`${base}/AlertRules/${rule.id}/${verb}`, {});
      toast.done(`${rule.name}: ${verb}d`, () => void toggle({ ...rule, isActive: !rule.isActive }));
    } catch (error) {
      toast.trouble(titleOf(error));
    }
    renew();
  };
  return (
    <main id="main" className="rules-view">
      <header className="view-head">
        <h1>Rules</h1>
        <label>
          <span className="sr">Find a rule</span>
          <input
            type="search"
            placeholder="Name, author, technique…"
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              show({ q: event.target.value.trim() }, true);
            }}
          />
        </label>
        <label>
          <span className="sr">State</span>
          <select value={active} onChange={(event) => show({ active: event.target.value })}>
            <option value="">active or not</option>
            <option value="true">active</option>
            <option value="false">not active</option>
          </select>
        </label>
        <Link to="/p/$pool/$logpoint/rules/new" params={{ pool, logpoint }} search={{}} className="button">
          New rule
        </Link>
        <Link to="/p/$pool/$logpoint/rules/exceptions" params={{ pool, logpoint }} className="button">
          Exceptions
        </Link>
        <button type="button" aria-expanded={isImporting} onClick={() => setImporting(!isImporting)}>
          Import Sigma…
        </button>
      </header>
      {isImporting && <SigmaImport onDone={renew} />}
      {rules.error !== null && <Trouble error={rules.error} onRetry={() => void rules.refetch()} />}
      {rules.isPending && <output className="loading">Reading the rules…</output>}
      {rules.data !== undefined && rows.length === 0 && (
        <NoRule isFiltered={q !== '' || active !== ''} onImport={() => setImporting(true)} />
      )}
      {rows.length > 0 && (
        <RuleTable
          rows={rows}
          activity={activity}
          sort={params}
          onSort={(sort) => show(sort, true)}
          onToggle={(rule) => void toggle(rule)}
        />
      )}
      {rules.hasNextPage && (
        <button type="button" onClick={() => void rules.fetchNextPage()} disabled={rules.isFetchingNextPage}>
          Show more
        </button>
      )}
    </main>
  );
}

function NoRule({ isFiltered, onImport }: { readonly isFiltered: boolean; readonly onImport: () => void }) {
  const { pool, logpoint } = useTenant();
  if (isFiltered)
    return <p className="empty">No rule fits. Look for a shorter text, or for rules that are not active.</p>;
  return (
    <div className="empty">
      <h2>Nothing is watched yet</h2>
      <p>An alert rule raises an incident when events fit its query. There are three ways to the first one:</p>
      <ul>
        <li>
          Find the events in{' '}
          <Link to="/p/$pool/$logpoint/search" params={{ pool, logpoint }} search={{}}>
            Search
          </Link>
          , then “Make an alert rule from this”.
        </li>
        <li>
          <button type="button" className="inline" onClick={onImport}>
            Import Sigma rules
          </button>
          : files, or their text. Each says what became of it.
        </li>
        <li>
          <code>tocsin rules</code> on the command line takes the rules that ship with Tocsin (samples/rules).
        </li>
      </ul>
    </div>
  );
}

import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useDeferredValue, useState } from 'react';
import { titleOf } from '../api/api-error.ts';
import { call } from '../api/call.ts';
import { order } from '../api/order.ts';
import { queryString } from '../api/query-string.ts';
import { rowsOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { toast } from '../app/toasts.tsx';
import { RiskBadge } from '../parts/badges.tsx';
import { HostileText } from '../parts/hostile-text.tsx';
import { RelativeTime } from '../parts/times.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { NoiseForecast } from './noise-forecast.tsx';
import { type RuleRow, ruleRowOf } from './rule-row.ts';
import { SigmaImport } from './sigma-import.tsx';
import '../parts/views.css';
import './rules.css';

const PAGE_ROWS = 200;

/** The alert rules: state, last run, hits, incidents, cost, false positives, gaps. */
export function RulesView() {
  const { base, pool, logpoint } = useTenant();
  const queries = useQueryClient();
  const [text, setText] = useState('');
  const [active, setActive] = useState('');
  const [isImporting, setImporting] = useState(false);
  const q = useDeferredValue(text.trim());
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
            onChange={(event) => setText(event.target.value)}
          />
        </label>
        <label>
          <span className="sr">State</span>
          <select value={active} onChange={(event) => setActive(event.target.value)}>
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
        <p className="empty">
          {q === '' && active === ''
            ? 'There is no rule yet. Make one, or import Sigma rules.'
            : 'No rule fits. Look for less.'}
        </p>
      )}
      {rows.length > 0 && <RuleTable rows={rows} onToggle={(rule) => void toggle(rule)} />}
      {rules.hasNextPage && (
        <button type="button" onClick={() => void rules.fetchNextPage()} disabled={rules.isFetchingNextPage}>
          Show more
        </button>
      )}
    </main>
  );
}

type RuleTableProps = { readonly rows: readonly RuleRow[]; readonly onToggle: (rule: RuleRow) => void };

function RuleTable({ rows, onToggle }: RuleTableProps) {
  const [open, setOpen] = useState<string | null>(null);
  return (
    <section className="results" tabIndex={0} aria-label="Rules">
      <table>
        <thead>
          <tr>
            <th scope="col">Rule</th>
            <th scope="col">Risk</th>
            <th scope="col">State</th>
            <th scope="col">Runs</th>
            <th scope="col">Last hit</th>
            <th scope="col" className="num">
              Hits
            </th>
            <th scope="col" className="num">
              Incidents
            </th>
            <th scope="col" className="num">
              Left out
            </th>
            <th scope="col" className="num">
              µs/event
            </th>
            <th scope="col" className="num">
              False
            </th>
            <th scope="col" className="num">
              Gaps
            </th>
            <th scope="col">
              <span className="sr">Noise forecast</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((rule) => (
            <RuleLine
              key={rule.id}
              rule={rule}
              isOpen={open === rule.id}
              onToggle={() => onToggle(rule)}
              onOpen={() => setOpen(open === rule.id ? null : rule.id)}
            />
          ))}
        </tbody>
      </table>
    </section>
  );
}

type RuleLineProps = {
  readonly rule: RuleRow;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
  readonly onOpen: () => void;
};

function RuleLine({ rule, isOpen, onToggle, onOpen }: RuleLineProps) {
  const { pool, logpoint } = useTenant();
  return (
    <>
      <tr className={rule.isActive ? undefined : 'off'}>
        <th scope="row" title={rule.attackTags.join(', ')}>
          <Link to="/p/$pool/$logpoint/rules/$id" params={{ pool, logpoint, id: rule.id }}>
            <HostileText text={rule.name} />
          </Link>
          {rule.author !== null && <small> by {rule.author}</small>}
          {rule.lastError !== null && <em className="trouble"> {rule.lastError}</em>}
        </th>
        <td>
          <RiskBadge risk={rule.risk} />
        </td>
        <td>
          <button
            type="button"
            role="switch"
            aria-checked={rule.isActive}
            aria-label={`${rule.name} is active`}
            onClick={onToggle}
          >
            {rule.isActive ? '● active' : '○ off'}
          </button>
        </td>
        <td>
          {rule.mode}
          {rule.lastRunAtMs !== null && (
            <>
              {' · '}
              <RelativeTime ms={rule.lastRunAtMs} />
            </>
          )}
        </td>
        <td>{rule.lastHitAtMs === null ? 'never' : <RelativeTime ms={rule.lastHitAtMs} />}</td>
        <td className="num">{rule.hits.toLocaleString('en')}</td>
        <td className="num">
          <Link to="/p/$pool/$logpoint/incidents" params={{ pool, logpoint }} search={{ rule: rule.id }}>
            {rule.raised.toLocaleString('en')}
          </Link>
        </td>
        <td className="num" title={`${rule.throttled} throttled, ${rule.suppressed} by exceptions`}>
          {(rule.throttled + rule.suppressed).toLocaleString('en')}
        </td>
        <td className="num">{rule.costUs === null ? '–' : rule.costUs.toFixed(2)}</td>
        <td className="num">
          {rule.falsePositiveRatio === null ? '–' : `${Math.round(rule.falsePositiveRatio * 100)} %`}
        </td>
        <td className="num">{rule.gaps}</td>
        <td>
          <button type="button" aria-expanded={isOpen} onClick={onOpen}>
            Forecast
          </button>
        </td>
      </tr>
      {isOpen && (
        <tr className="opened">
          <td colSpan={12}>
            <NoiseForecast ruleId={rule.id} />
          </td>
        </tr>
      )}
    </>
  );
}

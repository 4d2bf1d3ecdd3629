import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useDeferredValue, useMemo, useState } from 'react';
import { titleOf } from '../api/api-error.ts';
import { call } from '../api/call.ts';
import { order } from '../api/order.ts';
import { queryString } from '../api/query-string.ts';
import { rowsOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { toast } from '../app/toasts.tsx';
import { RiskBadge } from '../parts/badges.tsx';
import { HostileText, visibleText } from '../parts/hostile-text.tsx';
import { Sparkline } from '../parts/sparkline.tsx';
import { RelativeTime } from '../parts/times.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { NoiseForecast } from './noise-forecast.tsx';
import { type RuleRow, ruleRowOf } from './rule-row.ts';
import { SigmaImport } from './sigma-import.tsx';
import { ACTIVITY_DAYS, type Activity, type RuleDays, useActivity } from './use-activity.ts';
import '../parts/views.css';
import './rules.css';

const PAGE_ROWS = 1_000;

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
      {rules.data !== undefined && rows.length === 0 && <NoRule isFiltered={q !== '' || active !== ''} />}
      {rows.length > 0 && <RuleTable rows={rows} activity={activity} onToggle={(rule) => void toggle(rule)} />}
      {rules.hasNextPage && (
        <button type="button" onClick={() => void rules.fetchNextPage()} disabled={rules.isFetchingNextPage}>
          Show more
        </button>
      )}
    </main>
  );
}

function NoRule({ isFiltered }: { readonly isFiltered: boolean }) {
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
        <li>Import Sigma rules above: files, or their text. Each says what became of it.</li>
        <li>
          <code>tocsin rules</code> on the command line takes the rules that ship with Tocsin (samples/rules).
        </li>
      </ul>
    </div>
  );
}

type RuleTableProps = {
  readonly rows: readonly RuleRow[];
  readonly activity: Activity | undefined;
  readonly onToggle: (rule: RuleRow) => void;
};

type Sort = { readonly by: string; readonly isUp: boolean };

/** Columns that sort, with what they sort by. */
const SORTS: Readonly<Record<string, (rule: RuleRow) => number | string>> = {
  Rule: ({ name }) => name.toLowerCase(),
  Risk: ({ risk }) => ['low', 'medium', 'high', 'critical'].indexOf(risk),
  'Last hit': ({ lastHitAtMs }) => lastHitAtMs ?? 0,
  Hits: ({ hits }) => hits,
  Incidents: ({ raised }) => raised,
  'Left out': ({ throttled, suppressed }) => throttled + suppressed,
  'µs/event': ({ costUs }) => costUs ?? -1,
  False: ({ falsePositiveRatio }) => falsePositiveRatio ?? -1,
  Gaps: ({ gaps }) => gaps,
};
const NUMBERS = new Set(['Hits', 'Incidents', 'Left out', 'µs/event', 'False', 'Gaps']);
const HEADS = [
  ['Rule', ''],
  ['Risk', ''],
  ['State', ''],
  ['Runs', 'On the stream as events come, or on a schedule; then when it last ran'],
  ['14 days', 'Hits by day; what became incidents is in colour'],
  ['Last hit', ''],
  ['Hits', 'Times that the condition held'],
  ['Incidents', 'Raised so far'],
  ['Left out', 'Hits that a throttling or an exception kept from raising'],
  ['µs/event', 'What the rule costs for each event'],
  ['False', 'Share of the judged incidents that were false'],
  ['Gaps', 'Times that the rule could not look at'],
] as const;

function sorted(rows: readonly RuleRow[], { by, isUp }: Sort): readonly RuleRow[] {
  const key = SORTS[by];
  if (key === undefined) return rows;
  const sign = isUp ? 1 : -1;
  return [...rows].sort((a, b) => {
    const [left, right] = [key(a), key(b)];
    return left === right ? 0 : left < right ? -sign : sign;
  });
}

function RuleTable({ rows, activity, onToggle }: RuleTableProps) {
  const [open, setOpen] = useState<string | null>(null);
  const [sort, setSort] = useState<Sort>({ by: 'Last hit', isUp: false });
  const shown = useMemo(() => sorted(rows, sort), [rows, sort]);
  return (
    <section className="results rule-table" tabIndex={0} aria-label="Rules">
      <table>
        <thead>
          <tr>
            {HEADS.map(([name, title]) => (
              <th
                key={name}
                scope="col"
                className={NUMBERS.has(name) ? 'num' : undefined}
                title={title}
                aria-sort={sort.by !== name ? undefined : sort.isUp ? 'ascending' : 'descending'}
              >
                {SORTS[name] === undefined ? (
                  name
                ) : (
                  <button
                    type="button"
                    className="sort"
                    onClick={() => setSort({ by: name, isUp: sort.by === name ? !sort.isUp : name === 'Rule' })}
                  >
                    {name}
                    {sort.by === name && <span aria-hidden="true"> {sort.isUp ? '↑' : '↓'}</span>}
                  </button>
                )}
              </th>
            ))}
            <th scope="col">
              <span className="sr">Noise forecast</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((rule) => (
            <RuleLine
              key={rule.id}
              rule={rule}
              days={activity?.get(rule.id)}
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
  readonly days: RuleDays | undefined;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
  readonly onOpen: () => void;
};

const NO_DAYS: readonly number[] = Array.from({ length: ACTIVITY_DAYS }, () => 0);
const sumOf = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);

function RuleLine({ rule, days, isOpen, onToggle, onOpen }: RuleLineProps) {
  const { pool, logpoint } = useTenant();
  const { hits = NO_DAYS, raised = NO_DAYS } = days ?? {};
  const params = { pool, logpoint };
  return (
    <>
      <tr className={rule.isActive ? undefined : 'off'}>
        <th scope="row" title={rule.attackTags.join(', ')}>
          <Link to="/p/$pool/$logpoint/rules/$id" params={{ ...params, id: rule.id }}>
            <HostileText text={rule.name} />
          </Link>
          {rule.author !== null && <small className="author">by {visibleText(rule.author)}</small>}
          {rule.lastError !== null && (
            <em className="trouble">
              ▲ <HostileText text={rule.lastError} />
            </em>
          )}
        </th>
        <td>
          <RiskBadge risk={rule.risk} />
        </td>
        <td>
          <button
            type="button"
            role="switch"
            aria-checked={rule.isActive}
            aria-label={`${visibleText(rule.name)} is active`}
            onClick={onToggle}
          >
            {rule.isActive ? '● on' : '○ off'}
          </button>
        </td>
        <td className="nowrap">
          {rule.mode}
          {rule.lastRunAtMs !== null && (
            <>
              {' · '}
              <RelativeTime ms={rule.lastRunAtMs} />
            </>
          )}
        </td>
        <td>
          <Sparkline
            label={`${sumOf(hits).toLocaleString('en')} hits and ${sumOf(raised).toLocaleString('en')} incidents in ${ACTIVITY_DAYS} days`}
            counts={hits}
            marked={raised}
          />
        </td>
        <td className="nowrap">
          {rule.lastHitAtMs === null ? <span className="quiet">never</span> : <RelativeTime ms={rule.lastHitAtMs} />}
        </td>
        <Figure value={rule.hits} />
        <td className="num">
          {rule.raised === 0 ? (
            <span className="quiet">0</span>
          ) : (
            <Link to="/p/$pool/$logpoint/incidents" params={params} search={{ rule: rule.id }}>
              {rule.raised.toLocaleString('en')}
            </Link>
          )}
        </td>
        <Figure
          value={rule.throttled + rule.suppressed}
          title={`${rule.throttled} throttled, ${rule.suppressed} by exceptions`}
        />
        <td className="num">{rule.costUs === null ? <span className="quiet">–</span> : rule.costUs.toFixed(2)}</td>
        <td className="num">
          {rule.falsePositiveRatio === null ? (
            <span className="quiet">–</span>
          ) : (
            <Link
              to="/p/$pool/$logpoint/incidents"
              params={params}
              search={{ rule: rule.id, disposition: 'false_positive' }}
            >
              {Math.round(rule.falsePositiveRatio * 100)} %
            </Link>
          )}
        </td>
        <td className={rule.gaps > 0 ? 'num late' : 'num quiet'}>{rule.gaps}</td>
        <td>
          <button type="button" aria-expanded={isOpen} onClick={onOpen}>
            Forecast
          </button>
        </td>
      </tr>
      {isOpen && (
        <tr className="opened">
          <td colSpan={HEADS.length + 1}>
            <NoiseForecast ruleId={rule.id} />
          </td>
        </tr>
      )}
    </>
  );
}

/** A number that is quiet when it is nothing. */
function Figure({ value, title }: { readonly value: number; readonly title?: string }) {
  return (
    <td className={value === 0 ? 'num quiet' : 'num'} title={title}>
      {value.toLocaleString('en')}
    </td>
  );
}

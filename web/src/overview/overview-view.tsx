import { keepPreviousData, useQueries } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Json, JsonObject } from '../../../src/shared/json.ts';
import { getJson } from '../api/call.ts';
import { queryString } from '../api/query-string.ts';
import { numberOf, objectOf, rowsOf, textOf, timeOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { localTime, shortDuration } from '../parts/times.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { TimePicker } from '../time/time-picker.tsx';
import { type TimeRange, timeRangeOf } from '../time/time-range.ts';
import { readOverviewParams } from './overview-params.ts';
import '../parts/views.css';
import './overview.css';

const BUCKETS = 48;
const REFRESH_MS = 30_000;
const RISKS = ['critical', 'high', 'medium', 'low'] as const;
const RULES_SHOWN_MAX = 8;

/** How the night goes: every figure is the way to the list behind it. */
export function OverviewView() {
  const { base, pool, logpoint } = useTenant();
  const navigate = useNavigate();
  const { t } = readOverviewParams(useSearch({ strict: false }));
  const range = useOverview(base, t ?? '7d');
  const params = { pool, logpoint };
  const dates = datesOf(range.range);
  const { open, histogram, whole, rules, readiness, error, refetch } = range;
  const status = objectOf(open?.['status']);
  const risk = objectOf(open?.['risk']);
  return (
    <main id="main" className="overview">
      <header className="view-head">
        <h1>Overview</h1>
        <TimePicker
          text={t ?? '7d'}
          onPick={(next) => void navigate({ to: '/p/$pool/$logpoint/overview', params, search: { t: next } })}
        />
        <button type="button" onClick={() => void document.documentElement.requestFullscreen()}>
          Wall mode
        </button>
      </header>
      {error !== null && <Trouble error={error} onRetry={refetch} />}
      <section className="figures" aria-label="Figures">
        <Figure word="unresolved now" value={open === null ? '…' : String(numberOf(status['unresolved']))}>
          <Link to="/p/$pool/$logpoint/incidents" params={params} search={{ status: 'unresolved' }}>
            show
          </Link>
        </Figure>
        <Figure word="critical now" value={open === null ? '…' : String(numberOf(risk['critical']))}>
          <Link to="/p/$pool/$logpoint/incidents" params={params} search={{ status: 'unresolved', risk: 'critical' }}>
            show
          </Link>
        </Figure>
        <Figure word="raised" value={whole === null ? '…' : String(numberOf(whole['incidents']))}>
          <Link to="/p/$pool/$logpoint/incidents" params={params} search={dates}>
            show
          </Link>
        </Figure>
        <Figure word="to acknowledge, mean" value={meanOf(whole?.['mtta_s'])} />
        <Figure word="to resolve, mean" value={meanOf(whole?.['mttr_s'])} />
        <Figure word="clocks run out" value={whole === null ? '…' : String(numberOf(whole['breached']))}>
          <Link to="/p/$pool/$logpoint/incidents" params={params} search={{ ...dates, sla: 'breached' }}>
            show
          </Link>
        </Figure>
      </section>
      <section>
        <h2>Incidents over time</h2>
        {histogram !== null && <RiskHistogram histogram={histogram} params={params} />}
      </section>
      <section className="overview-columns">
        <div>
          <h2>Noisiest rules</h2>
          <NoisyRules rules={rules} dates={dates} params={params} />
        </div>
        <div>
          <h2>Parts of the server</h2>
          <ul className="parts">
            {readiness.map(({ name, isReady, reason }) => (
              <li key={name} className={isReady ? 'ready' : 'late'}>
                {isReady ? '● works' : '▲ late'} {name} {reason}
              </li>
            ))}
          </ul>
        </div>
      </section>
    </main>
  );
}

type Tenant = { readonly pool: string; readonly logpoint: string };
type Dates = { readonly start_date: string; readonly end_date: string };

const datesOf = ({ fromMs, toMs }: TimeRange): Dates => ({
  start_date: String(Math.floor(fromMs / 1000)),
  end_date: String(Math.ceil(toMs / 1000)),
});

const meanOf = (value: JsonObject[string] | undefined): string =>
  typeof value === 'number' ? shortDuration(value * 1000) : '–';

function Figure({
  word,
  value,
  children,
}: {
  readonly word: string;
  readonly value: string;
  readonly children?: ReactNode;
}) {
  return (
    <div className="figure">
      <strong className="num">{value}</strong>
      <span>{word}</span>
      {children}
    </div>
  );
}

/** Everything that the overview shows; read anew every half minute, as long as the page is seen. */
function useOverview(base: string, text: string) {
  const nowMs = Math.floor(Date.now() / REFRESH_MS) * REFRESH_MS;
  const range = timeRangeOf(text, nowMs);
  const { start_date, end_date } = datesOf(range);
  const read = (path: string) => ({
    queryKey: [base, 'overview', path],
    queryFn: async ({ signal }: { signal: AbortSignal }) => getJson(path, signal),
    refetchInterval: REFRESH_MS,
    placeholderData: keepPreviousData<Json>,
  });
  const span = queryString({ from: start_date, to: end_date });
  const [open, histogram, whole, rules, ready] = useQueries({
    queries: [
      read(`${base}/Incidents/facets?status=unresolved`),
      read(`${base}/Incidents/histogram${queryString({ start_date, end_date, buckets: BUCKETS })}`),
      read(`${base}/Incidents/metrics${span}&by=logpoint`),
      read(`${base}/Incidents/metrics${span}&by=rule`),
      read('/readyz'),
    ],
  });
  const objectFrom = (data: Json | undefined): JsonObject | null => (data === undefined ? null : objectOf(data));
  const parts = objectOf(objectFrom(ready.data)?.['parts']);
  const metrics = objectFrom(whole.data);
  const all = [open, histogram, whole, rules];
  return {
    range,
    open: objectFrom(open.data),
    histogram: objectFrom(histogram.data),
    whole: metrics === null ? null : (rowsOf(metrics['rows'])[0] ?? {}),
    rules: rowsOf(objectFrom(rules.data)?.['rows']),
    readiness: Object.entries(parts).map(([name, part]) => ({
      name,
      isReady: objectOf(part)['ready'] === true,
      reason: textOf(objectOf(part)['reason']),
    })),
    error: all.find(({ error }) => error !== null)?.error ?? null,
    refetch: () => {
      for (const query of all) void query.refetch();
    },
  };
}

type RiskHistogramProps = { readonly histogram: JsonObject; readonly params: Tenant };

/** Stacked by risk; a column leads to the incidents of its time. */
function RiskHistogram({ histogram, params }: RiskHistogramProps) {
  const stepSeconds = numberOf(histogram['step_s']);
  const buckets = rowsOf(histogram['buckets']).map((bucket) => ({
    atMs: timeOf(bucket['at']) ?? 0,
    counts: RISKS.map((risk) => numberOf(bucket[risk])),
  }));
  const sums = buckets.map(({ counts }) => counts.reduce((sum, count) => sum + count, 0));
  const most = Math.max(1, ...sums);
  return (
    <>
      <div className="risk-histogram">
        {buckets.map(({ atMs, counts }, at) => (
          <Link
            key={atMs}
            to="/p/$pool/$logpoint/incidents"
            params={params}
            search={{
              start_date: String(Math.floor(atMs / 1000)),
              end_date: String(Math.floor(atMs / 1000) + stepSeconds),
            }}
            aria-label={`${sums[at]} incidents at ${localTime(atMs)}`}
            title={`${localTime(atMs)}: ${RISKS.map((risk, index) => `${counts[index]} ${risk}`).join(', ')}`}
            tabIndex={sums[at] === 0 ? -1 : 0}
          >
            {RISKS.map((risk, index) => (
              <i key={risk} className={`fill-${risk}`} style={{ height: `${(100 * (counts[index] ?? 0)) / most}%` }} />
            ))}
          </Link>
        ))}
      </div>
      <p className="legend">
        {RISKS.map((risk) => (
          <span key={risk}>
            <i className={`fill-${risk}`} /> {risk}
          </span>
        ))}
        <span>most in a column: {most}</span>
      </p>
    </>
  );
}

type NoisyRulesProps = { readonly rules: readonly JsonObject[]; readonly dates: Dates; readonly params: Tenant };

function NoisyRules({ rules, dates, params }: NoisyRulesProps) {
  if (rules.length === 0) return <p className="empty">No incident in this time.</p>;
  const most = Math.max(1, numberOf(rules[0]?.['incidents']));
  return (
    <ol className="bars">
      {rules.slice(0, RULES_SHOWN_MAX).map((rule) => (
        <li key={textOf(rule['key'])}>
          <Link to="/p/$pool/$logpoint/incidents" params={params} search={{ ...dates, rule: textOf(rule['key']) }}>
            {textOf(rule['name'])}
          </Link>
          <meter min={0} max={most} value={numberOf(rule['incidents'])} aria-hidden="true" />
          <span className="num">{numberOf(rule['incidents'])}</span>
        </li>
      ))}
    </ol>
  );
}

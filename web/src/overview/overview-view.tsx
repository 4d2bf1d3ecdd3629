import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { type ReactNode, useMemo } from 'react';
import type { JsonObject } from '../../../src/shared/json.ts';
import { numberOf, objectOf, textOf } from '../api/read-json.ts';
import { useKeys } from '../app/keys.ts';
import { useTenant } from '../app/session-context.ts';
import { visibleText } from '../parts/hostile-text.tsx';
import { localTime, zone } from '../parts/times.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { TimePicker } from '../time/time-picker.tsx';
import { AgeChart } from './age-chart.tsx';
import { HealthList } from './health-list.tsx';
import { IngestChart } from './ingest-chart.tsx';
import { readOverviewParams } from './overview-params.ts';
import { QuietSources } from './quiet-sources.tsx';
import { RiskHistogram } from './risk-histogram.tsx';
import { datesOf, useOverview } from './use-overview.ts';
import { useWall } from './use-wall.ts';
import '../parts/views.css';
import './overview.css';

const RULES_SHOWN_MAX = 7;

/** How the night goes: every figure is the way to the list behind it. */
export function OverviewView() {
  const { pool, logpoint } = useTenant();
  const navigate = useNavigate();
  const { t = '7d', wall } = readOverviewParams(useSearch({ strict: false }));
  const isWall = wall === true;
  const params = { pool, logpoint };
  const go = (next: { readonly t: string; readonly wall?: true }): void =>
    void navigate({ to: '/p/$pool/$logpoint/overview', params, search: next });
  const toggleWall = (): void => go(isWall ? { t } : { t, wall: true });
  useWall(isWall, () => go({ t }));
  const keys = useMemo(
    () => [{ keys: 'w', word: 'wall mode', run: () => document.querySelector<HTMLElement>('.wall-toggle')?.click() }],
    [],
  );
  useKeys(keys);
  const { range, open, whole, rules, histogram, ages, error, refetch, readAtMs } = useOverview(t);
  const dates = datesOf(range);
  return (
    <main id="main" className={isWall ? 'overview wall' : 'overview'}>
      <header className="view-head">
        <h1>Overview</h1>
        <TimePicker text={t} onPick={(next) => go(isWall ? { t: next, wall: true } : { t: next })} />
        <button type="button" className="wall-toggle" aria-pressed={isWall} onClick={toggleWall}>
          Wall mode <kbd>w</kbd>
        </button>
        <p className="read-at">{readAtMs === 0 ? '' : `as of ${localTime(readAtMs).slice(11)} ${zone}`}</p>
      </header>
      {error !== null && <Trouble error={error} onRetry={refetch} />}
      <Figures open={open} whole={whole} dates={dates} params={params} />
      <div className="overview-grid">
        <Card name="Incidents over time, by risk" className="wide">
          {histogram !== null && <RiskHistogram histogram={histogram} params={params} />}
        </Card>
        <Card name="Unresolved, by age">{ages !== null && <AgeChart ages={ages} params={params} />}</Card>
        <Card name="Events received">
          <IngestChart t={t} />
        </Card>
        <Card name="Noisiest rules">
          <NoisyRules rules={rules} dates={dates} params={params} />
        </Card>
        <Card name="Sources gone quiet">
          <QuietSources />
        </Card>
        <Card name="Queues and store" className="wide health">
          <HealthList />
        </Card>
      </div>
    </main>
  );
}

type Tenant = { readonly pool: string; readonly logpoint: string };
type Dates = { readonly start_date: string; readonly end_date: string };

type CardProps = { readonly name: string; readonly className?: string; readonly children: ReactNode };

function Card({ name, className = '', children }: CardProps) {
  return (
    <section className={`card ${className}`} aria-label={name}>
      <h2>{name}</h2>
      {children}
    </section>
  );
}

type FiguresProps = {
  readonly open: JsonObject | null;
  readonly whole: JsonObject | null;
  readonly dates: Dates;
  readonly params: Tenant;
};

function Figures({ open, whole, dates, params }: FiguresProps) {
  const now = (group: string, value: string): string =>
    open === null ? '…' : numberOf(objectOf(open[group])[value]).toLocaleString('en');
  const inRange = (name: string): string => (whole === null ? '…' : numberOf(whole[name]).toLocaleString('en'));
  const figures = [
    { word: 'unresolved now', value: now('status', 'unresolved'), search: { status: 'unresolved' } },
    { word: 'critical now', value: now('risk', 'critical'), search: { status: 'unresolved', risk: 'critical' } },
    { word: 'clocks run out', value: inRange('breached'), search: { ...dates, sla: 'breached' } },
    { word: 'raised', value: inRange('incidents'), search: dates },
    { word: 'to acknowledge, mean', value: meanOf(whole?.['mtta_s']), search: dates },
    { word: 'to resolve, mean', value: meanOf(whole?.['mttr_s']), search: { ...dates, status: 'resolved' } },
  ];
  return (
    <section className="figures" aria-label="Figures">
      {figures.map(({ word, value, search }) => (
        <Link
          key={word}
          to="/p/$pool/$logpoint/incidents"
          params={params}
          search={search}
          className={word.startsWith('c') && value !== '0' && value !== '…' ? 'figure burning' : 'figure'}
        >
          <strong>{value}</strong>
          <span>{word}</span>
        </Link>
      ))}
    </section>
  );
}

/** `2 h 05 min`: two units, because a mean of an hour and of two are not the same. */
function meanOf(value: JsonObject[string] | undefined): string {
  if (typeof value !== 'number') return '–';
  const minutes = Math.round(value / 60);
  if (minutes < 1) return `${Math.round(value)} s`;
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${String(minutes % 60).padStart(2, '0')}`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

type NoisyRulesProps = { readonly rules: readonly JsonObject[]; readonly dates: Dates; readonly params: Tenant };

function NoisyRules({ rules, dates, params }: NoisyRulesProps) {
  if (rules.length === 0) return <p className="quiet">No incident in this time.</p>;
  const most = Math.max(1, numberOf(rules[0]?.['incidents']));
  return (
    <ol className="bars">
      {rules.slice(0, RULES_SHOWN_MAX).map((rule) => (
        <li key={textOf(rule['key'])}>
          <Link to="/p/$pool/$logpoint/incidents" params={params} search={{ ...dates, rule: textOf(rule['key']) }}>
            {textOf(rule['key']) === '' ? 'Raised by hand' : visibleText(textOf(rule['name']))}
          </Link>
          <meter min={0} max={most} value={numberOf(rule['incidents'])} aria-hidden="true" />
          <span className="num">{numberOf(rule['incidents']).toLocaleString('en')}</span>
        </li>
      ))}
    </ol>
  );
}

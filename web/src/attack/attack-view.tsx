import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { titleOf } from '../api/api-error.ts';
import { getJson } from '../api/call.ts';
import { queryString } from '../api/query-string.ts';
import { objectOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { toast } from '../app/toasts.tsx';
import { visibleText } from '../parts/hostile-text.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { TimePicker } from '../time/time-picker.tsx';
import { timeRangeOf } from '../time/time-range.ts';
import { ATTACK_FILTERS, type AttackFilter, readAttackParams } from './attack-params.ts';
import {
  type Coverage,
  coverageOf,
  heatOf,
  isShown,
  sleepingTechniques,
  type Technique,
  weakestTactics,
} from './coverage.ts';
import { TechniquePanel } from './technique-panel.tsx';
import '../parts/views.css';
import './attack.css';

const WORDS: Readonly<Record<AttackFilter, string>> = {
  used: 'With a rule or an incident',
  all: 'All techniques',
  covered: 'With an active rule',
  gaps: 'Gaps: no active rule',
  incidents: 'With incidents',
};
const RANGE_DEFAULT = '30d';
const GAPS_SHOWN_MAX = 12;

/** The ATT&CK matrix: what active rules cover as fill, incidents as heat, and what nobody looks for. */
export function AttackView() {
  const { base, logpoint, pool } = useTenant();
  const navigate = useNavigate();
  const { t = RANGE_DEFAULT, show = 'used' } = readAttackParams(useSearch({ strict: false }));
  const [open, setOpen] = useState<Technique | null>(null);
  const params = { pool, logpoint };
  const go = (search: { readonly t: string; readonly show: AttackFilter }): void =>
    void navigate({ to: '/p/$pool/$logpoint/attack', params, search, replace: true });
  const span = (): string => {
    const { fromMs, toMs } = timeRangeOf(t, Date.now());
    return queryString({ from: Math.floor(fromMs / 1000), to: Math.ceil(toMs / 1000) });
  };
  const coverage = useQuery({
    queryKey: [base, 'coverage', t],
    queryFn: async ({ signal }) =>
      coverageOf(objectOf(await getJson(`${base}/MitreAttacks/coverage${span()}`, signal))),
    placeholderData: keepPreviousData,
  });
  const save = async (): Promise<void> => {
    try {
      const layer = JSON.stringify(await getJson(`${base}/MitreAttacks/navigator${span()}`), null, 2);
      const link = document.createElement('a');
      link.href = URL.createObjectURL(new Blob([layer], { type: 'application/json' }));
      link.download = `attack-layer-${logpoint.slice(0, 8)}.json`;
      link.click();
      URL.revokeObjectURL(link.href);
    } catch (error) {
      toast.trouble(titleOf(error));
    }
  };
  const { data } = coverage;
  const range = timeRangeOf(t, Date.now());
  const dates = {
    start_date: String(Math.floor(range.fromMs / 1000)),
    end_date: String(Math.ceil(range.toMs / 1000)),
  };
  return (
    <main id="main" className="attack-view">
      <header className="view-head">
        <h1>ATT&amp;CK</h1>
        <TimePicker text={t} onPick={(next) => go({ t: next, show })} />
        <label>
          <span className="sr">Techniques shown</span>
          <select
            value={show}
            onChange={(event) => go({ t, show: ATTACK_FILTERS.find((one) => one === event.target.value) ?? 'used' })}
          >
            {ATTACK_FILTERS.map((one) => (
              <option key={one} value={one}>
                {WORDS[one]}
              </option>
            ))}
          </select>
        </label>
        <button type="button" onClick={() => void save()} disabled={data === undefined}>
          Save as Navigator layer
        </button>
        {data !== undefined && <Sum coverage={data} />}
      </header>
      {coverage.error !== null && <Trouble error={coverage.error} onRetry={() => void coverage.refetch()} />}
      {coverage.isPending && <output className="loading">Reading the matrix…</output>}
      {data !== undefined && (
        <>
          <Matrix coverage={data} show={show} open={open} onOpen={setOpen} />
          {open !== null && (
            <TechniquePanel technique={open} params={params} dates={dates} onClose={() => setOpen(null)} />
          )}
          <Gaps coverage={data} params={params} />
        </>
      )}
    </main>
  );
}

function Sum({ coverage: { techniques, version } }: { readonly coverage: Coverage }) {
  const covered = new Set(techniques.filter(({ active }) => active > 0).map(({ id }) => id)).size;
  const all = new Set(techniques.map(({ id }) => id)).size;
  return (
    <p>
      Active rules cover {covered} of {all} techniques (ATT&amp;CK {version}).
      <span className="heat-key" aria-hidden="true">
        <i className="fill1" /> 1 rule <i className="fill2" /> 2 <i className="fill3" /> 3 and more ·{' '}
        <i className="heat1" /> few <i className="heat2" /> <i className="heat3" /> most incidents
      </span>
    </p>
  );
}

type MatrixProps = {
  readonly coverage: Coverage;
  readonly show: AttackFilter;
  readonly open: Technique | null;
  readonly onOpen: (technique: Technique | null) => void;
};

const FILLS = 3;

function Matrix({ coverage, show, open, onOpen }: MatrixProps) {
  const shown = coverage.techniques.filter((technique) => isShown(technique, show));
  const most = Math.max(1, ...coverage.techniques.map(({ incidents }) => incidents));
  if (shown.length === 0) {
    return (
      <p className="empty">
        No technique fits. Activate rules that name techniques, choose a longer time, or show all.
      </p>
    );
  }
  return (
    <section className="matrix" tabIndex={0} aria-label="Matrix of tactics and techniques">
      {coverage.tactics.map((tactic) => {
        const own = shown.filter((technique) => technique.tactic === tactic);
        const all = coverage.techniques.filter((technique) => technique.tactic === tactic);
        const covered = all.filter(({ active }) => active > 0).length;
        if (tactic === '' && own.length === 0) return null;
        return (
          <section key={tactic} aria-label={tactic || 'Other'}>
            <h2>
              {tactic || 'Other'}
              <small>
                {covered} of {all.length}
              </small>
              <meter min={0} max={Math.max(1, all.length)} value={covered} aria-hidden="true" />
            </h2>
            <ul>
              {own.map((technique) => (
                <li key={technique.id}>
                  <button
                    type="button"
                    aria-expanded={open === technique}
                    className={technique.active > 0 ? `fill${Math.min(FILLS, technique.active)}` : 'gap'}
                    data-heat={heatOf(technique.incidents, most)}
                    onClick={() => onOpen(open === technique ? null : technique)}
                  >
                    <span className="technique-id">{technique.id}</span> {technique.name}
                    <span className="counts">
                      {technique.active > 0
                        ? counted(technique.active, 'rule')
                        : technique.rules.length > 0
                          ? `${counted(technique.rules.length, 'rule')} off`
                          : 'no rule'}
                      {technique.incidents > 0 && <b> {counted(technique.incidents, 'incident')}</b>}
                    </span>
                  </button>
                </li>
              ))}
            </ul>
          </section>
        );
      })}
    </section>
  );
}

const counted = (count: number, word: string): string =>
  `${count.toLocaleString('en')} ${word}${count === 1 ? '' : 's'}`;

type GapsProps = {
  readonly coverage: Coverage;
  readonly params: { readonly pool: string; readonly logpoint: string };
};

/** What nobody looks for: first what a rule that is off would cover, then where the matrix is thinnest. */
function Gaps({ coverage, params }: GapsProps) {
  const sleeping = sleepingTechniques(coverage);
  const weakest = weakestTactics(coverage);
  return (
    <section className="gap-list" aria-label="Gaps">
      <div>
        <h2>Gaps by tactic, the widest first</h2>
        <ol className="bars">
          {weakest.map(({ tactic, covered, techniques }) => (
            <li key={tactic}>
              <span>{tactic}</span>
              <meter min={0} max={techniques} value={covered} aria-hidden="true" />
              <span className="num">
                {techniques - covered} of {techniques} open
              </span>
            </li>
          ))}
        </ol>
      </div>
      <div>
        <h2>Closed by a rule that is off</h2>
        {sleeping.length === 0 ? (
          <p className="quiet">None: no rule that names a technique is off.</p>
        ) : (
          <ul className="sleeping">
            {sleeping.slice(0, GAPS_SHOWN_MAX).map((technique) => (
              <li key={technique.id}>
                <span className="technique-id">{technique.id}</span> {technique.name}:{' '}
                {technique.rules.map((rule) => (
                  <Link key={rule.id} to="/p/$pool/$logpoint/rules/$id" params={{ ...params, id: rule.id }}>
                    {visibleText(rule.name)}
                  </Link>
                ))}
              </li>
            ))}
            {sleeping.length > GAPS_SHOWN_MAX && <li className="quiet">{sleeping.length - GAPS_SHOWN_MAX} more</li>}
          </ul>
        )}
      </div>
    </section>
  );
}

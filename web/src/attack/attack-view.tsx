import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { getJson } from '../api/call.ts';
import { numberOf, objectOf, rowsOf, textOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { Trouble } from '../parts/trouble.tsx';
import '../parts/views.css';
import './attack.css';

type Technique = {
  readonly id: string;
  readonly name: string;
  readonly tactic: string;
  readonly rules: readonly { readonly name: string; readonly isActive: boolean }[];
  readonly active: number;
  readonly incidents: number;
};
type Coverage = {
  readonly version: string;
  readonly tactics: readonly string[];
  readonly techniques: readonly Technique[];
};

const FILTERS = ['all', 'covered', 'gaps', 'incidents'] as const;
type Filter = (typeof FILTERS)[number];
const WORDS: Readonly<Record<Filter, string>> = {
  all: 'All techniques',
  covered: 'With an active rule',
  gaps: 'Gaps: no active rule',
  incidents: 'With incidents',
};

/** The ATT&CK matrix: what active rules cover as fill, incidents as heat. */
export function AttackView() {
  const { base, logpoint, pool } = useTenant();
  const [filter, setFilter] = useState<Filter>('covered');
  const coverage = useQuery({
    queryKey: [base, 'coverage'],
    queryFn: async ({ signal }) => coverageOf(objectOf(await getJson(`${base}/MitreAttacks/coverage`, signal))),
  });
  const save = async (): Promise<void> => {
    const layer = JSON.stringify(await getJson(`${base}/MitreAttacks/navigator`), null, 2);
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([layer], { type: 'application/json' }));
    link.download = `attack-layer-${logpoint.slice(0, 8)}.json`;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  const { data } = coverage;
  const shown = (data?.techniques ?? []).filter((technique) => isShown(technique, filter));
  const covered = new Set(data?.techniques.filter(({ active }) => active > 0).map(({ id }) => id)).size;
  const all = new Set(data?.techniques.map(({ id }) => id)).size;
  const most = Math.max(1, ...(data?.techniques ?? []).map(({ incidents }) => incidents));
  return (
    <main id="main" className="attack-view">
      <header className="view-head">
        <h1>ATT&amp;CK</h1>
        {data !== undefined && (
          <p>
            Active rules cover {covered} of {all} techniques (ATT&amp;CK {data.version}).
          </p>
        )}
        <label>
          <span className="sr">Techniques shown</span>
          <select
            value={filter}
            onChange={(event) => setFilter(FILTERS.find((one) => one === event.target.value) ?? 'all')}
          >
            {FILTERS.map((one) => (
              <option key={one} value={one}>
                {WORDS[one]}
              </option>
            ))}
          </select>
        </label>
        <button type="button" onClick={() => void save()} disabled={data === undefined}>
          Save as Navigator layer
        </button>
      </header>
      {coverage.error !== null && <Trouble error={coverage.error} onRetry={() => void coverage.refetch()} />}
      {coverage.isPending && <output className="loading">Reading the matrix…</output>}
      {data !== undefined && shown.length === 0 && (
        <p className="empty">No technique fits. Activate rules with techniques, or show all.</p>
      )}
      <section className="matrix" tabIndex={0} aria-label="Matrix of tactics and techniques">
        {data?.tactics.map((tactic) => {
          const own = shown.filter((technique) => technique.tactic === tactic);
          if (own.length === 0) return null;
          return (
            <section key={tactic}>
              <h2>
                {tactic || 'Other'} <small>{own.length}</small>
              </h2>
              <ul>
                {own.map((technique) => (
                  <li
                    key={technique.id}
                    className={technique.active > 0 ? 'covered' : 'gap'}
                    data-heat={technique.incidents === 0 ? 0 : 1 + Math.floor((3 * technique.incidents) / (most + 1))}
                    title={technique.rules.map(({ name, isActive }) => `${isActive ? '●' : '○'} ${name}`).join('\n')}
                  >
                    <a
                      href={`https://attack.mitre.org/techniques/${technique.id.replace('.', '/')}/`}
                      rel="noreferrer"
                      target="_blank"
                    >
                      {technique.id}
                    </a>{' '}
                    {technique.name}
                    <span className="counts">
                      {technique.active > 0 ? counted(technique.active, 'rule') : 'no rule'}
                      {technique.incidents > 0 && (
                        <>
                          {' · '}
                          <Link
                            to="/p/$pool/$logpoint/incidents"
                            params={{ pool, logpoint }}
                            search={{ attack_tag: technique.name }}
                          >
                            {counted(technique.incidents, 'incident')}
                          </Link>
                        </>
                      )}
                    </span>
                  </li>
                ))}
              </ul>
            </section>
          );
        })}
      </section>
    </main>
  );
}

const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

function isShown({ active, incidents }: Technique, filter: Filter): boolean {
  if (filter === 'covered') return active > 0;
  if (filter === 'gaps') return active === 0;
  return filter === 'all' || incidents > 0;
}

function coverageOf(value: ReturnType<typeof objectOf>): Coverage {
  return {
    version: textOf(value['attack_version']),
    tactics: rowsOf(value['tactics']).map((row) => textOf(row['tactic'])),
    techniques: rowsOf(value['techniques']).map((row) => ({
      id: textOf(row['attack_id']),
      name: textOf(row['name']),
      tactic: textOf(row['tactic']),
      rules: rowsOf(row['rules']).map((rule) => ({ name: textOf(rule['name']), isActive: rule['active'] === true })),
      active: numberOf(row['active']),
      incidents: numberOf(row['incidents']),
    })),
  };
}

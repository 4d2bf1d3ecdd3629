import { useQueries } from '@tanstack/react-query';
import { call } from '../api/call.ts';
import { useTenant } from '../app/session-context.ts';
import { HostileText } from '../parts/hostile-text.tsx';
import { FILTER_NAMES, type Filters, filterQuery, isFiltered, readFilters } from './filters.ts';
import { FirstRun } from './first-run.tsx';
import { useUsers } from './use-users.ts';

type EmptyListProps = { readonly filters: Filters; readonly onFilters: (filters: Filters) => void };

/** Why the list is empty, and what helps. */
export function EmptyList({ filters, onFilters }: EmptyListProps) {
  return isFiltered(filters) ? <NoMatch filters={filters} onFilters={onFilters} /> : <FirstRun />;
}

/** One part of the filter: its words, and the filter without it. */
type Condition = { readonly name: string; readonly words: string; readonly without: Filters };

const NAMES: Readonly<Record<(typeof FILTER_NAMES)[number], string>> = {
  q: 'search',
  name: 'name like',
  status: 'status',
  risk: 'risk',
  type: 'type',
  assignee: 'owner',
  assigned_to_users: 'owner',
  rule: 'rule',
  attack_tag: 'technique',
  log_source: 'log source',
  entity: 'entity',
  disposition: 'disposition',
  sla: 'SLA',
  start_date: 'time',
  end_date: 'time',
  t: 'time',
};

function conditionsOf(filters: Filters, nameOf: (id: string) => string): Condition[] {
  const found: Condition[] = [];
  for (const name of FILTER_NAMES) {
    const value = filters[name];
    if (value === undefined || name === 'end_date' || (name === 't' && filters.start_date !== undefined)) continue;
    const isTime = name === 'start_date' || name === 't';
    const without = readFilters({ ...filters, [name]: '', ...(isTime ? { end_date: '', t: '' } : {}) });
    const words = isTime
      ? (filters.t ?? 'the chosen span')
      : name === 'assigned_to_users'
        ? value.split(',').map(nameOf).join(', ')
        : value;
    found.push({ name: NAMES[name], words, without });
  }
  return found;
}

function NoMatch({ filters, onFilters }: EmptyListProps) {
  const { base, known } = useTenant();
  const { nameOf } = useUsers();
  const conditions = conditionsOf(filters, nameOf);
  const more = { merged: 'no', limit: '1', total: 'true' };
  const counts = useQueries({
    queries: conditions.map(({ without }) => ({
      queryKey: [base, 'incidents', 'counts', 'total', without],
      queryFn: async ({ signal }: { signal: AbortSignal }) => {
        const path = `${base}/Incidents${filterQuery(without, known?.userId ?? null, more)}`;
        return Number((await call(path, { signal })).headers.get('x-total-count') ?? Number.NaN);
      },
    })),
  });
  const ranked = conditions
    .map((condition, i) => ({ ...condition, left: counts[i]?.data }))
    .toSorted((a, b) => (b.left ?? -1) - (a.left ?? -1));
  const most = ranked[0]?.left ?? 0;
  return (
    <div className="empty">
      <h2>No incident fits this filter</h2>
      {conditions.length > 1 && (
        <p>
          {most > 0 ? 'What each condition keeps out, the most first:' : 'No single condition is what keeps them out.'}
        </p>
      )}
      <ul className="conditions">
        {ranked.map(({ name, words, without, left }) => (
          <li key={name}>
            <button type="button" onClick={() => onFilters(without)}>
              without {name} <HostileText text={words.slice(0, 60)} />
            </button>{' '}
            {left === undefined ? '…' : `${left.toLocaleString('en')} ${left === 1 ? 'incident' : 'incidents'}`}
          </li>
        ))}
      </ul>
      <button type="button" onClick={() => onFilters({})}>
        Show all incidents
      </button>
    </div>
  );
}

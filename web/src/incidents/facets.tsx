import { useQuery } from '@tanstack/react-query';
import type { JsonObject } from '../../../src/shared/json.ts';
import { getJson } from '../api/call.ts';
import { numberOf, objectOf, rowsOf, textOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { HostileText } from '../parts/hostile-text.tsx';
import { type Filters, filterQuery, toggled, valuesOf } from './filters.ts';
import { useUsers } from './use-users.ts';

type FacetProps = { readonly filters: Filters; readonly onFilters: (filters: Filters) => void };
type Counted = { readonly value: string; readonly count: number };

const FACETS: readonly { readonly facet: string; readonly filter: keyof Filters; readonly title: string }[] = [
  { facet: 'status', filter: 'status', title: 'Status' },
  { facet: 'risk', filter: 'risk', title: 'Risk' },
  { facet: 'assigned_to', filter: 'assigned_to_users', title: 'Assignee' },
  { facet: 'rule', filter: 'rule', title: 'Rule' },
  { facet: 'attack_tag', filter: 'attack_tag', title: 'Technique' },
  { facet: 'log_source', filter: 'log_source', title: 'Log source' },
  { facet: 'type', filter: 'type', title: 'Type' },
];
const VALUES_SHOWN_MAX = 8;

function countedOf(value: JsonObject[string] | undefined): (Counted & { readonly label: string })[] {
  if (Array.isArray(value)) {
    return rowsOf(value).map((row) => ({
      value: textOf(row['value']),
      label: textOf(row['name']) || textOf(row['value']),
      count: numberOf(row['count']),
    }));
  }
  return Object.entries(objectOf(value)).map(([name, count]) => ({ value: name, label: name, count: numberOf(count) }));
}

/** What the filter holds, counted; a click narrows it. */
export function Facets({ filters, onFilters }: FacetProps) {
  const { base, known } = useTenant();
  const { nameOf } = useUsers();
  const path = `${base}/Incidents/facets${filterQuery(filters, known?.userId ?? null)}`;
  const { data } = useQuery({
    queryKey: [base, 'incidents', 'facets', path],
    queryFn: async ({ signal }) => objectOf(await getJson(path, signal)),
    placeholderData: (before) => before,
  });
  return (
    <aside className="facets" aria-label="Filters">
      {FACETS.map(({ facet, filter, title }) => {
        const chosen = valuesOf(filters[filter]);
        const values = countedOf(data?.[facet]).filter(({ count, value }) => count > 0 || chosen.includes(value));
        if (values.length === 0) return null;
        return (
          <section key={facet}>
            <h3>{title}</h3>
            <ul>
              {values.slice(0, VALUES_SHOWN_MAX).map(({ value, label, count }) => (
                <li key={value}>
                  <button
                    type="button"
                    aria-pressed={chosen.includes(value)}
                    onClick={() => onFilters(toggled(filters, filter, value))}
                  >
                    <span className="value">
                      {facet === 'assigned_to' ? nameOf(value) : <HostileText text={label} />}
                    </span>
                    <span className="count">{count.toLocaleString('en')}</span>
                  </button>
                </li>
              ))}
            </ul>
            {values.length > VALUES_SHOWN_MAX && <small>and {values.length - VALUES_SHOWN_MAX} more</small>}
          </section>
        );
      })}
      {data?.['isCut'] === true && <small>Counts are of the newest incidents only: the filter holds too many.</small>}
    </aside>
  );
}

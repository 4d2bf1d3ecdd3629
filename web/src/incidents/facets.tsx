import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { JsonObject } from '../../../src/shared/json.ts';
import { titleOf } from '../api/api-error.ts';
import { getJson } from '../api/call.ts';
import { numberOf, objectOf, rowsOf, textOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { HostileText } from '../parts/hostile-text.tsx';
import { type Filters, filterQuery, toggled, valuesOf } from './filters.ts';
import { useUsers } from './use-users.ts';

type FacetProps = {
  readonly filters: Filters;
  readonly onFilters: (filters: Filters) => void;
  /** False until the rows are there: counts come after them. */
  readonly isReady: boolean;
};
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
export function Facets({ filters, onFilters, isReady }: FacetProps) {
  const { base, known } = useTenant();
  const { data, error } = useQuery({
    queryKey: [base, 'incidents', 'counts', 'facets', filters],
    queryFn: async ({ signal }) =>
      objectOf(
        await getJson(
          `${base}/Incidents/facets${filterQuery(filters, known?.userId ?? null, { merged: 'no' })}`,
          signal,
        ),
      ),
    enabled: isReady,
    placeholderData: (before) => before,
  });
  return (
    <aside className="facets" aria-label="Filters">
      {error !== null && <p className="late">The counts are late: {titleOf(error)}.</p>}
      {FACETS.map(({ facet, filter, title }) => (
        <Facet
          key={facet}
          title={title}
          isUsers={facet === 'assigned_to'}
          values={countedOf(data?.[facet])}
          chosen={valuesOf(filters[filter])}
          onToggle={(value) => onFilters(toggled(filters, filter, value))}
        />
      ))}
      {data?.['isCut'] === true && <small>Counts are of the newest incidents only: the filter holds too many.</small>}
    </aside>
  );
}

type OneFacetProps = {
  readonly title: string;
  readonly isUsers: boolean;
  readonly values: readonly (Counted & { readonly label: string })[];
  readonly chosen: readonly string[];
  readonly onToggle: (value: string) => void;
};

function Facet({ title, isUsers, values, chosen, onToggle }: OneFacetProps) {
  const { nameOf } = useUsers();
  const [isWhole, setWhole] = useState(false);
  // What is chosen stays to be taken out again, also where nothing is left of it.
  const lost = chosen.filter((value) => !values.some((one) => one.value.toLowerCase() === value.toLowerCase()));
  const all = [
    ...lost.map((value) => ({ value, label: value, count: 0 })),
    ...values.filter(({ count, value }) => count > 0 || chosen.includes(value)),
  ];
  if (all.length === 0) return null;
  const shown = isWhole ? all : all.slice(0, VALUES_SHOWN_MAX);
  return (
    <section>
      <h3>{title}</h3>
      <ul>
        {shown.map(({ value, label, count }) => (
          <li key={value}>
            <button type="button" aria-pressed={chosen.includes(value)} onClick={() => onToggle(value)}>
              <span className="value">
                <HostileText text={isUsers ? nameOf(value) : label} />
              </span>
              <span className="count">{count.toLocaleString('en')}</span>
            </button>
          </li>
        ))}
      </ul>
      {all.length > VALUES_SHOWN_MAX && (
        <button type="button" className="inline" onClick={() => setWhole(!isWhole)}>
          {isWhole ? 'fewer' : `${all.length - VALUES_SHOWN_MAX} more`}
        </button>
      )}
    </section>
  );
}

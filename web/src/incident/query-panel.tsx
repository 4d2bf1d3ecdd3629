import { Link } from '@tanstack/react-router';
import { useTenant } from '../app/session-context.ts';
import { Coloured } from '../search/coloured-query.tsx';
import { fixedRange } from '../time/time-range.ts';
import '../parts/views.css';
import type { EventRange } from './event-range.ts';

/** The query that raised an incident, and the way to run it over the same time. */
export function QueryPanel({ query, range }: { readonly query: string; readonly range: EventRange }) {
  const { pool, logpoint } = useTenant();
  return (
    <>
      <pre className="query">
        <Coloured text={query} />
      </pre>
      <Link
        to="/p/$pool/$logpoint/search"
        params={{ pool, logpoint }}
        search={{ query, ...(range === null ? {} : { t: fixedRange(range[0], range[1]) }) }}
        className="button"
      >
        Open in Search
      </Link>
    </>
  );
}

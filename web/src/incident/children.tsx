import { Link } from '@tanstack/react-router';
import type { JsonObject } from '../../../src/shared/json.ts';
import { textOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import type { Verbs } from '../incidents/use-verbs.ts';

type ChildrenProps = { readonly id: string; readonly rows: readonly JsonObject[]; readonly verbs: Verbs };

/** Incidents that were merged into this one, and the way to take them out again. */
export function Children({ id, rows, verbs }: ChildrenProps) {
  const { pool, logpoint } = useTenant();
  if (rows.length === 0) return null;
  const unmerge = (ids: readonly string[]): void => {
    const back = { path: `${id}/merge`, data: { ids: [...ids] } };
    void verbs.place(`${id}/unmerge`, { ids: [...ids] }, `${ids.length} unmerged`, back);
  };
  return (
    <section aria-label="Merged into this">
      <h3>Merged into this</h3>
      <ul>
        {rows.map((child) => (
          <li key={textOf(child['id'])}>
            <Link
              to="/p/$pool/$logpoint/incidents/$id"
              params={{ pool, logpoint, id: textOf(child['id']) }}
              search={{}}
            >
              {textOf(child['number'])}
            </Link>{' '}
            <button type="button" className="inline" onClick={() => unmerge([textOf(child['id'])])}>
              unmerge
            </button>
          </li>
        ))}
      </ul>
      {rows.length > 1 && (
        <button type="button" className="inline" onClick={() => unmerge(rows.map((child) => textOf(child['id'])))}>
          unmerge all
        </button>
      )}
    </section>
  );
}

import { Link } from '@tanstack/react-router';
import { useTenant } from '../app/session-context.ts';
import type { Entity } from '../incidents/incident-row.ts';
import { useCount } from '../incidents/use-count.ts';
import { HostileText } from '../parts/hostile-text.tsx';

/** A user, host, address or file, and in how many other incidents it was seen. */
export function EntityLine({ entity: { kind, value } }: { readonly entity: Entity }) {
  const { pool, logpoint } = useTenant();
  const filters = { entity: `${kind}:${value}` };
  // A filter's values are parted by commas: an entity with one in it cannot be asked for alone.
  const { data } = useCount(filters, !value.includes(','));
  const others = data === undefined || Number.isNaN(data) ? null : Math.max(0, data - 1);
  return (
    <li>
      <small>{kind}</small>{' '}
      <span className="value">
        <HostileText text={value} />
      </span>
      <span className="seen">
        {others !== null && others > 0 && (
          <Link to="/p/$pool/$logpoint/incidents" params={{ pool, logpoint }} search={filters}>
            in {others.toLocaleString('en')} other {others === 1 ? 'incident' : 'incidents'}
          </Link>
        )}
        {others === 0 && <small>only here</small>}
      </span>
    </li>
  );
}

import { Link, Navigate } from '@tanstack/react-router';
import { useSession } from './session-context.ts';

/** Where to work: at once the only logpoint there is, else a choice. */
export function LogpointPicker() {
  const { pools } = useSession();
  const all = pools.flatMap((pool) => pool.logpoints.map((logpoint) => ({ pool, logpoint })));
  const [only] = all;
  if (only !== undefined && all.length === 1) {
    const params = { pool: only.pool.id, logpoint: only.logpoint.id };
    return <Navigate to="/p/$pool/$logpoint/incidents" params={params} search={{}} replace />;
  }
  return (
    <main className="picker">
      <h1>Where do you want to work?</h1>
      {all.length === 0 && <p>Your account reaches no logpoint. An administrator can give it a pool.</p>}
      <ul>
        {all.map(({ pool, logpoint }) => (
          <li key={logpoint.id}>
            <Link
              to="/p/$pool/$logpoint/incidents"
              params={{ pool: pool.id, logpoint: logpoint.id }}
              search={{}}
              className="button"
            >
              {pool.name} / {logpoint.name}
            </Link>
          </li>
        ))}
      </ul>
    </main>
  );
}

import { Link } from '@tanstack/react-router';
import { textsOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { incidentRowOf } from '../incidents/incident-row.ts';
import { RiskBadge, StatusBadge } from '../parts/badges.tsx';
import { HostileText } from '../parts/hostile-text.tsx';
import { RelativeTime } from '../parts/times.tsx';
import { Rows } from './rows.tsx';

const RELATIONS = [
  ['entity', 'Same user, host, address or file', 'No other incident has one of its entities.'],
  ['rule', 'Same rule', 'Its rule raised nothing else.'],
  ['technique', 'Same technique', 'No other incident has one of its techniques.'],
] as const;

/** Incidents that share an entity, the rule or a technique with this one, and what it is that they share. */
export function RelatedTab({ id }: { readonly id: string }) {
  const { pool, logpoint } = useTenant();
  return (
    <>
      {RELATIONS.map(([by, title, empty]) => (
        <section key={by}>
          <h3>{title}</h3>
          <Rows
            id={id}
            part={`related?by=${by}`}
            empty={empty}
            draw={(row) => {
              const incident = incidentRowOf(row);
              return (
                <div className="related">
                  <RiskBadge risk={incident.risk} /> <StatusBadge status={incident.status} />{' '}
                  <Link to="/p/$pool/$logpoint/incidents/$id" params={{ pool, logpoint, id: incident.id }} search={{}}>
                    {incident.number} <HostileText text={incident.name} />
                  </Link>{' '}
                  {by !== 'rule' && (
                    <small>
                      <HostileText text={textsOf(row['because']).join(', ')} />
                    </small>
                  )}{' '}
                  <RelativeTime ms={incident.detectedAtMs} />
                </div>
              );
            }}
          />
        </section>
      ))}
    </>
  );
}

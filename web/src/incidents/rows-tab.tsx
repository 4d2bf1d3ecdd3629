import { Link } from '@tanstack/react-router';
import type { JsonObject } from '../../../src/shared/json.ts';
import { numberOf, textOf, timeOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { RiskBadge, StatusBadge } from '../parts/badges.tsx';
import { HostileText } from '../parts/hostile-text.tsx';
import { Markdown } from '../parts/markdown.tsx';
import { Clock } from '../parts/times.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { incidentRowOf } from './incident-row.ts';
import { useIncidentRows } from './use-incident.ts';
import { useUsers } from './use-users.ts';

type RowsProps = {
  readonly id: string;
  readonly part: string;
  readonly empty: string;
  readonly draw: (row: JsonObject) => React.ReactNode;
  readonly isShown?: (row: JsonObject) => boolean;
};

function Rows({ id, part, empty, draw, isShown = () => true }: RowsProps) {
  const rows = useIncidentRows(id, part);
  if (rows.error !== null) return <Trouble error={rows.error} onRetry={() => void rows.refetch()} />;
  if (rows.data === undefined) return <div className="skeleton" aria-hidden="true" />;
  if (rows.data.length === 0) return <p className="empty">{empty}</p>;
  return (
    <ol className="entries">
      {rows.data.filter(isShown).map((row, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows of a part have no id in common
        <li key={i}>{draw(row)}</li>
      ))}
    </ol>
  );
}

const Time = ({ value }: { readonly value: JsonObject[string] | undefined }) => {
  const ms = timeOf(value);
  return ms === null ? null : <Clock ms={ms} />;
};

/** A change in words; what it changed stands in the audit trail. */
const changeText = (row: JsonObject): string => {
  const text = textOf(row['text']);
  return row['kind'] === 'change' ? (text.split(' {')[0] ?? text) : text;
};

/** Events, comments, changes and notifications on one axis. */
export function TimelineTab({ id }: { readonly id: string }) {
  const { users } = useUsers();
  const whoOf = (who: string): string => users.find((user) => user.id === who)?.username ?? who;
  return (
    <Rows
      id={id}
      part="timeline"
      empty="Nothing has happened yet."
      // The comment itself stands there, too.
      isShown={(row) => changeText(row) !== 'incident commented'}
      draw={(row) => (
        <>
          <Time value={row['at']} /> <span className="kind">{textOf(row['kind'])}</span>{' '}
          <strong>{whoOf(textOf(row['who']))}</strong> <Markdown text={changeText(row)} />
        </>
      )}
    />
  );
}

export const DeliveryTab = ({ id }: { readonly id: string }) => (
  <Rows
    id={id}
    part="deliveries"
    empty="No notification was sent for this incident: its rule has none, or none was due."
    draw={(row) => (
      <>
        <Time value={row['created_at'] ?? row['enqueued_at'] ?? row['at']} /> <strong>{textOf(row['channel'])}</strong>{' '}
        <span className="kind">{textOf(row['state'] ?? row['status'])}</span> {textOf(row['target'])}{' '}
        {numberOf(row['attempts']) > 0 && `${numberOf(row['attempts'])} attempts`}
      </>
    )}
  />
);

export const AuditTab = ({ id }: { readonly id: string }) => (
  <Rows
    id={id}
    part="audit"
    empty="Nobody changed this incident yet."
    draw={(row) => (
      <>
        <Time value={row['at'] ?? row['time']} /> <strong>{textOf(row['actor'])}</strong> {textOf(row['action'])}
        {textOf(row['on_behalf_of']) !== '' && ` for ${textOf(row['on_behalf_of'])}`}
      </>
    )}
  />
);

const RELATIONS = ['entity', 'rule', 'technique'] as const;

/** Incidents that share an entity, the rule or a technique with this one. */
export function RelatedTab({ id }: { readonly id: string }) {
  const { pool, logpoint } = useTenant();
  return (
    <>
      {RELATIONS.map((by) => (
        <section key={by}>
          <h3>By {by}</h3>
          <Rows
            id={id}
            part={`related?by=${by}`}
            empty="None."
            draw={(row) => {
              const incident = incidentRowOf(row);
              return (
                <>
                  <RiskBadge risk={incident.risk} /> <StatusBadge status={incident.status} />{' '}
                  <Link to="/p/$pool/$logpoint/incidents/$id" params={{ pool, logpoint, id: incident.id }}>
                    {incident.number} <HostileText text={incident.name} />
                  </Link>{' '}
                  <Clock ms={incident.detectedAtMs} />
                </>
              );
            }}
          />
        </section>
      ))}
    </>
  );
}

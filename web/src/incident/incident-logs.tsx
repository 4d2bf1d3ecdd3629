import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { order } from '../api/order.ts';
import { useTenant } from '../app/session-context.ts';
import { HostileText, visibleText } from '../parts/hostile-text.tsx';
import { Clock } from '../parts/times.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { fixedRange } from '../time/time-range.ts';
import type { EventRange } from './event-range.ts';
import { fieldStatistics } from './field-statistics.ts';
import { eventsOf, type IncidentEvent } from './incident-events.ts';
import { type MatchingTerm, markMatches, matchingTerms } from './matching-terms.ts';
import '../parts/views.css';
import './incident-logs.css';

/** Events that are drawn at once. */
const EVENTS_DRAWN_STEP = 50;
const FIELDS_SHOWN_MAX = 12;

type IncidentLogsProps = {
  readonly id: string;
  readonly query: string;
  readonly range: EventRange;
};

/** The events of an incident: what matched is marked, each raw and parsed, with what their fields hold. */
export function IncidentLogs({ id, query, range }: IncidentLogsProps) {
  const { base, pool, logpoint } = useTenant();
  const [isRaw, setRaw] = useState(true);
  const [drawn, setDrawn] = useState(EVENTS_DRAWN_STEP);
  const data = useQuery({
    queryKey: [base, 'incident-data', id],
    queryFn: async ({ signal }) => eventsOf(await order(`${base}/Incidents/${id}/fetchIncidentData`, {}, { signal })),
    retry: false,
  });
  const terms = useMemo(() => matchingTerms(query), [query]);
  // Events of one answer have no id and never move.
  const keyed = useMemo(() => (data.data ?? []).map((event, at) => ({ event, key: String(at) })), [data.data]);
  if (data.isPending) return <output className="loading">Fetching the logs…</output>;
  if (data.error !== null) return <Trouble error={data.error} onRetry={() => void data.refetch()} />;
  const events = data.data;
  if (events.length === 0) {
    return (
      <p className="empty">
        No log is left. They may be older than the retention of their repo; the incident keeps what it knew of them.
      </p>
    );
  }
  return (
    <div className="incident-logs">
      <div className="line-up">
        <strong>
          {events.length.toLocaleString('en')} {events.length === 1 ? 'event' : 'events'}
        </strong>
        <button type="button" role="switch" aria-checked={isRaw} onClick={() => setRaw(!isRaw)}>
          {isRaw ? 'raw' : 'parsed'}
        </button>
        <Link
          to="/p/$pool/$logpoint/search"
          params={{ pool, logpoint }}
          search={{ query, ...(range === null ? {} : { t: fixedRange(range[0], range[1]) }) }}
          className="button"
        >
          Open in Search
        </Link>
      </div>
      <div className="logs-and-fields">
        <ol className="event-lines">
          {keyed.slice(0, drawn).map(({ event, key }) => (
            <EventLine key={key} event={event} terms={terms} isRaw={isRaw} />
          ))}
        </ol>
        <Fields events={events} />
      </div>
      {drawn < events.length && (
        <button type="button" onClick={() => setDrawn(drawn + EVENTS_DRAWN_STEP)}>
          Show {Math.min(EVENTS_DRAWN_STEP, events.length - drawn)} more
        </button>
      )}
    </div>
  );
}

type EventLineProps = {
  readonly event: IncidentEvent;
  readonly terms: readonly MatchingTerm[];
  readonly isRaw: boolean;
};

function EventLine({ event, terms, isRaw }: EventLineProps) {
  const raw = event.fields['msg'];
  return (
    <li>
      {event.atMs !== null && <Clock ms={event.atMs} />}
      {isRaw && raw !== undefined ? (
        <code className="raw">
          <Marked field="msg" value={raw} terms={terms} />
        </code>
      ) : (
        <dl className="field-list">
          {Object.entries(event.fields)
            .filter(([name]) => !name.startsWith('_') && !name.endsWith('_ts'))
            .map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>
                  <Marked field={name} value={value} terms={terms} />
                </dd>
              </div>
            ))}
        </dl>
      )}
    </li>
  );
}

type MarkedProps = { readonly field: string; readonly value: string; readonly terms: readonly MatchingTerm[] };

function Marked({ field, value, terms }: MarkedProps) {
  const pieces = useMemo(() => {
    let at = 0;
    return markMatches(field, value, terms).map((piece) => {
      at += piece.text.length;
      return { ...piece, at };
    });
  }, [field, value, terms]);
  if (pieces.length === 1 && pieces[0]?.isMatch !== true) return <HostileText text={value} />;
  return (
    <bdi className="hostile">
      {pieces.map(({ text, isMatch, at }) =>
        isMatch ? <mark key={at}>{visibleText(text)}</mark> : <span key={at}>{visibleText(text)}</span>,
      )}
    </bdi>
  );
}

function Fields({ events }: { readonly events: readonly IncidentEvent[] }) {
  const [isWhole, setWhole] = useState(false);
  const statistics = useMemo(() => fieldStatistics(events), [events]);
  const shown = isWhole ? statistics : statistics.slice(0, FIELDS_SHOWN_MAX);
  return (
    <section className="field-statistics" aria-label="What the fields hold">
      {shown.map(({ field, events: having, distinct, top }) => (
        <details key={field}>
          <summary>
            {field}{' '}
            <small>{distinct === 1 ? visibleText(top[0]?.value ?? '').slice(0, 40) : `${distinct} values`}</small>
          </summary>
          <ol>
            {top.map(({ value, count }) => (
              <li key={value}>
                <HostileText text={value.slice(0, 200)} />
                <span className="num">{Math.round((100 * count) / having)} %</span>
              </li>
            ))}
          </ol>
        </details>
      ))}
      {statistics.length > FIELDS_SHOWN_MAX && (
        <button type="button" onClick={() => setWhole(!isWhole)}>
          {isWhole ? 'Fewer fields' : `All ${statistics.length} fields`}
        </button>
      )}
    </section>
  );
}

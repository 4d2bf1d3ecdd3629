import { useMemo, useState } from 'react';
import { textOf, timeOf } from '../api/read-json.ts';
import { HostileText } from '../parts/hostile-text.tsx';
import { Clock } from '../parts/times.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { useIncidentEvents } from './use-incident.ts';

const EVENTS_SHOWN = 50;
/** What the server adds to an event, and says little of what happened. */
const isOwnField = (name: string): boolean =>
  name.startsWith('_') || ['log_ts', 'col_ts', 'index_ts', 'msg'].includes(name);

/** Quoted and bare values of a query: what to mark in the logs that it found. */
export function termsOf(query: string): readonly string[] {
  const found = [...query.matchAll(/=\s*(?:"([^"]+)"|([^\s()[\]|"]+))/g)].map((match) => match[1] ?? match[2] ?? '');
  const pieces = found.flatMap((value) => value.split('*')).map((piece) => piece.trim());
  return [...new Set(pieces)].filter((piece) => piece.length >= 3).slice(0, 40);
}

/** The logs themselves, parsed or as they came, with what matched marked. */
export function EventsTab({ id, query }: { readonly id: string; readonly query: string }) {
  const events = useIncidentEvents(id);
  const [isRaw, setRaw] = useState(false);
  const [shown, setShown] = useState(EVENTS_SHOWN);
  const terms = useMemo(() => termsOf(query), [query]);
  if (events.error !== null) return <Trouble error={events.error} onRetry={() => void events.refetch()} />;
  if (events.data === undefined) return <div className="skeleton" aria-hidden="true" />;
  if (events.data.length === 0) {
    return (
      <p className="empty">The store has no events of this incident any more: its repo may keep them a shorter time.</p>
    );
  }
  return (
    <section>
      <div className="toolbar">
        <span>{events.data.length.toLocaleString('en')} events</span>
        <button type="button" aria-pressed={isRaw} onClick={() => setRaw(!isRaw)}>
          {isRaw ? 'raw' : 'parsed'}
        </button>
      </div>
      <ol className="events">
        {events.data.slice(0, shown).map((event, i) => {
          const at = timeOf(event['log_ts']);
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: events have no id, and their order is fixed
            <li key={i}>
              {at !== null && <Clock ms={at} />}
              {isRaw ? (
                <pre>
                  <HostileText text={textOf(event['msg']) || JSON.stringify(event)} marked={terms} />
                </pre>
              ) : (
                <dl className="fields">
                  {Object.entries(event)
                    .filter(([name]) => !isOwnField(name))
                    .map(([name, value]) => (
                      <div key={name}>
                        <dt>{name}</dt>
                        <dd>
                          <HostileText text={textOf(value)} marked={terms} />
                        </dd>
                      </div>
                    ))}
                </dl>
              )}
            </li>
          );
        })}
      </ol>
      {events.data.length > shown && (
        <button type="button" onClick={() => setShown(shown + EVENTS_SHOWN)}>
          Show more
        </button>
      )}
    </section>
  );
}

import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { type FormEvent, type ReactNode, useMemo, useRef, useState } from 'react';
import type { JsonObject } from '../../../src/shared/json.ts';
import { numberOf, objectOf, textOf, timeOf } from '../api/read-json.ts';
import { useKeys } from '../app/keys.ts';
import { useTenant } from '../app/session-context.ts';
import { type EventRange, rangeOf } from '../incident/event-range.ts';
import { IncidentLogs } from '../incident/incident-logs.tsx';
import { QueryPanel } from '../incident/query-panel.tsx';
import { RiskBadge, StatusBadge } from '../parts/badges.tsx';
import { HostileText } from '../parts/hostile-text.tsx';
import { Clock } from '../parts/times.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { IncidentRail } from './incident-rail.tsx';
import { entitiesOf, slaOf } from './incident-row.ts';
import { SlaClock } from './incident-table.tsx';
import { AuditTab, DeliveryTab, RelatedTab, TimelineTab } from './rows-tab.tsx';
import { useIncident } from './use-incident.ts';
import { useUsers } from './use-users.ts';
import { useVerbs } from './use-verbs.ts';

const TABS = ['Timeline', 'Logs', 'Related', 'Query', 'Delivery', 'Audit'] as const;
type Tab = (typeof TABS)[number];

/** One incident: what happened, to whom, why it was raised, and every way to act. */
export function IncidentView() {
  const { id } = useParams({ from: '/p/$pool/$logpoint/incidents/$id' });
  const incident = useIncident(id);
  if (incident.error !== null) {
    return (
      <main id="main" className="incident">
        <Trouble error={incident.error} onRetry={() => void incident.refetch()} />
      </main>
    );
  }
  if (incident.data === undefined) {
    return (
      <main id="main" className="incident">
        <div className="skeleton" aria-hidden="true" />
      </main>
    );
  }
  return <Incident key={id} incident={incident.data} />;
}

function Incident({ incident }: { readonly incident: JsonObject }) {
  const id = textOf(incident['id']);
  const { pool, logpoint, known } = useTenant();
  const navigate = useNavigate();
  const verbs = useVerbs();
  const { nameOf } = useUsers();
  const [tab, setTab] = useState<Tab>('Timeline');
  const comment = useRef<HTMLTextAreaElement>(null);
  const query = textOf(incident['query']);
  const status = textOf(incident['status']);
  const selection = useMemo(() => ({ ids: [id] }), [id]);
  const keys = useMemo(() => {
    const me = known?.userId ?? '';
    return [
      { keys: 'a', word: 'assign to me', run: () => void verbs.act('reassign', selection, { new_assignee: me }) },
      { keys: 'c', word: 'comment', run: () => comment.current?.focus() },
      { keys: 'r', word: 'resolve', run: () => void verbs.act('resolve', selection) },
      { keys: 'e', word: 'close', run: () => void verbs.act('close', selection) },
      { keys: 'o', word: 'reopen', run: () => void verbs.act('reopen', selection) },
      {
        keys: 'i',
        word: 'send for investigation',
        run: () => void verbs.place(`${id}/sendForInvestigation`, {}, 'Sent for investigation'),
      },
      { keys: 'l', word: 'logs', run: () => setTab('Logs') },
      { keys: 'q', word: 'query', run: () => setTab('Query') },
      {
        keys: 'Escape',
        word: 'back to the list',
        run: () => void navigate({ to: '/p/$pool/$logpoint/incidents', params: { pool, logpoint }, search: {} }),
      },
    ];
  }, [verbs, selection, id, known, navigate, pool, logpoint]);
  useKeys(keys);
  const mergedInto = textOf(incident['merged_into']);
  return (
    <main id="main" className="incident">
      <header>
        <h1>
          <span className="number">{textOf(incident['number'])}</span> <HostileText text={textOf(incident['name'])} />
        </h1>
        <p className="facts">
          <RiskBadge risk={textOf(incident['risk'])} /> <StatusBadge status={status} />{' '}
          <span>{nameOf(textOf(incident['assigned_to']))}</span> <SlaClock sla={slaOf(incident['sla'])} />
          {mergedInto !== '' && (
            <Link to="/p/$pool/$logpoint/incidents/$id" params={{ pool, logpoint, id: mergedInto }}>
              merged into another
            </Link>
          )}
        </p>
        <p className="summary">
          <Summary incident={incident} />
        </p>
        <div className="toolbar">
          {keys
            .filter(({ keys: key }) => ['a', 'r', 'e', 'o', 'i'].includes(key))
            .map(({ keys: key, word, run }) => (
              <button key={key} type="button" onClick={run}>
                <kbd>{key}</kbd> {word}
              </button>
            ))}
        </div>
      </header>
      <div className="columns">
        <section className="body">
          <div role="tablist" className="tabs" aria-label="Parts of the incident">
            {TABS.map((name) => (
              <button key={name} type="button" role="tab" aria-selected={name === tab} onClick={() => setTab(name)}>
                {name}
              </button>
            ))}
          </div>
          <div role="tabpanel" aria-label={tab}>
            {panelOf(tab, id, query, rangeOf(incident['time_range']))}
          </div>
          <CommentBox fieldRef={comment} onComment={(text) => verbs.act('comment', selection, { comment: text })} />
        </section>
        <IncidentRail incident={incident} verbs={verbs} />
      </div>
    </main>
  );
}

function panelOf(tab: Tab, id: string, query: string, range: EventRange): ReactNode {
  switch (tab) {
    case 'Timeline':
      return <TimelineTab id={id} />;
    case 'Logs':
      return <IncidentLogs id={id} query={query} range={range} />;
    case 'Related':
      return <RelatedTab id={id} />;
    case 'Query':
      return <QueryPanel query={query} range={range} />;
    case 'Delivery':
      return <DeliveryTab id={id} />;
    case 'Audit':
      return <AuditTab id={id} />;
  }
}

/** One sentence: what fired, on whom, how much and when. */
function Summary({ incident }: { readonly incident: JsonObject }) {
  const rule = objectOf(incident['rule']);
  const entities = entitiesOf(incident['entities']);
  const hits = numberOf(incident['hits'] ?? incident['rows_count']);
  const at = timeOf(incident['detection_timestamp']);
  const author = textOf(rule['author']);
  return (
    <>
      <HostileText text={textOf(incident['name'])} />
      {entities.length > 0 && ' on '}
      {entities.slice(0, 3).map(({ kind, value }, i) => (
        <span key={`${kind} ${value}`}>
          {i > 0 && ', '}
          {kind} <HostileText text={value} />
        </span>
      ))}
      {hits > 0 && `, ${hits.toLocaleString('en')} ${hits === 1 ? 'hit' : 'hits'}`}
      {at !== null && (
        <>
          {' '}
          at <Clock ms={at} />
        </>
      )}
      {author !== '' && (
        <>
          ; rule by <HostileText text={author} />
        </>
      )}
      .
    </>
  );
}

type CommentBoxProps = {
  readonly fieldRef: React.RefObject<HTMLTextAreaElement | null>;
  readonly onComment: (text: string) => Promise<boolean>;
};

function CommentBox({ fieldRef, onComment }: CommentBoxProps) {
  const [text, setText] = useState('');
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (text.trim() !== '' && (await onComment(text))) setText('');
  };
  return (
    <form className="comment" onSubmit={(event) => void submit(event)}>
      <textarea
        ref={fieldRef}
        aria-label="Comment"
        placeholder="Comment (Markdown), Ctrl+Enter to send"
        rows={2}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void submit(event);
          if (event.key === 'Escape') fieldRef.current?.blur();
        }}
      />
      <button type="submit" className="primary">
        Comment
      </button>
    </form>
  );
}

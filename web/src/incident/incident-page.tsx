import { Link } from '@tanstack/react-router';
import { type ReactNode, useMemo, useRef, useState } from 'react';
import type { JsonObject } from '../../../src/shared/json.ts';
import { numberOf, rowsOf, textOf } from '../api/read-json.ts';
import { type KeyBinding, useKeys } from '../app/keys.ts';
import { useTenant } from '../app/session-context.ts';
import { Ask } from '../incidents/bulk-ask.tsx';
import { incidentRowOf, slaOf } from '../incidents/incident-row.ts';
import { useUsers } from '../incidents/use-users.ts';
import { useVerbs } from '../incidents/use-verbs.ts';
import { RiskBadge, StatusBadge } from '../parts/badges.tsx';
import { HostileText } from '../parts/hostile-text.tsx';
import { SlaClock } from '../parts/sla-clock.tsx';
import { AuditTab } from './audit-tab.tsx';
import { CommentBox } from './comment-box.tsx';
import { DeliveryTab } from './delivery-tab.tsx';
import { rangeOf } from './event-range.ts';
import { IncidentLogs } from './incident-logs.tsx';
import { IncidentRail } from './incident-rail.tsx';
import { IncidentSummary } from './incident-summary.tsx';
import { QueryPanel } from './query-panel.tsx';
import { RelatedTab } from './related-tab.tsx';
import { TABS, type Tab } from './tabs.ts';
import { TimelineTab } from './timeline-tab.tsx';

/** A key of the incident that is a button, too. */
type Action = KeyBinding & { readonly run: () => void };

type IncidentPageProps = {
  readonly incident: JsonObject;
  readonly tab: Tab;
  readonly onTab: (tab: Tab) => void;
  readonly onBack: () => void;
  readonly isBeside: boolean;
};

/** What happened, to whom, why it was raised, and every way to act. */
export function IncidentPage({ incident, tab, onTab, onBack, isBeside }: IncidentPageProps) {
  const id = textOf(incident['id']);
  const { nameOf } = useUsers();
  const { known } = useTenant();
  const verbs = useVerbs();
  const [isMerging, setMerging] = useState(false);
  const comment = useRef<HTMLTextAreaElement>(null);
  const disposition = useRef<HTMLSelectElement>(null);
  const owner = useRef<HTMLSelectElement>(null);
  const status = textOf(incident['status']);
  const assignedTo = textOf(incident['assigned_to']);
  const isMine = assignedTo !== '' && assignedTo === known?.userId;
  const selection = useMemo(() => ({ ids: [id] }), [id]);
  const actions = useMemo((): readonly Action[] => {
    const me = known?.userId ?? '';
    const take = (): void => {
      if (isMine) owner.current?.focus();
      else void verbs.act('reassign', selection, { new_assignee: me });
    };
    return [
      { keys: 'a', word: isMine ? 'assign' : 'assign to me', run: take },
      { keys: 'c', word: 'comment', run: () => comment.current?.focus() },
      { keys: 'r', word: 'resolve', run: () => void verbs.act('resolve', selection) },
      { keys: 'e', word: 'close', run: () => void verbs.act('close', selection) },
      { keys: 'o', word: 'reopen', run: () => void verbs.act('reopen', selection) },
      {
        keys: 'i',
        word: 'send for investigation',
        run: () =>
          void verbs
            .place(`${id}/sendForInvestigation`, {}, 'Sent for investigation')
            .then((isDone) => isDone && onTab('Delivery')),
      },
      { keys: 'm', word: 'merge', run: () => setMerging(true) },
      { keys: 'd', word: 'disposition', run: () => disposition.current?.focus() },
    ];
  }, [verbs, selection, id, known, isMine, onTab]);
  const keys = useMemo(
    () => [
      ...actions,
      { keys: 'a a', word: 'assign to me', run: () => undefined },
      { keys: 'l', word: 'logs', run: () => onTab('Logs') },
      { keys: 'q', word: 'query', run: () => onTab('Query') },
      { keys: 'Escape', word: 'back', run: onBack },
    ],
    [actions, onTab, onBack],
  );
  // Beside the list its keys act, on this incident among others; only what belongs to this page alone is its own.
  useKeys(isBeside ? keys.filter(({ keys: key }) => ['c', 'i', 'l', 'q'].includes(key)) : keys, 'Incident');
  const isOpen = status === 'unresolved';
  const isOffered = (key: string): boolean =>
    key === 'o' ? !isOpen : key === 'r' ? isOpen : key === 'e' ? status !== 'closed' : true;
  return (
    <>
      <header>
        <h1>
          <span className="number">{textOf(incident['number'])}</span> <HostileText text={textOf(incident['name'])} />
        </h1>
        <p className="facts">
          <RiskBadge risk={textOf(incident['risk'])} /> <StatusBadge status={status} />
          <span>{isMine ? 'you' : nameOf(assignedTo)}</span>
          {incident['sla'] !== null && (
            <span>
              SLA <SlaClock sla={slaOf(incident['sla'])} isOver={!isOpen} />
            </span>
          )}
          <MergedInto incident={incident} />
        </p>
        <IncidentSummary incident={incident} />
        <div className="toolbar" role="toolbar" aria-label="Change this incident">
          {isMerging ? (
            <Ask
              asked="merge"
              target={selection}
              rows={[incidentRowOf(incident)]}
              verbs={verbs}
              onDone={() => setMerging(false)}
              onCancel={() => setMerging(false)}
            />
          ) : (
            actions
              .filter(({ keys: key }) => isOffered(key))
              .map(({ keys: key, word, run }) => (
                <button key={key} type="button" onClick={run}>
                  <kbd>{key}</kbd> {word}
                </button>
              ))
          )}
        </div>
      </header>
      <div className="columns">
        <section className="body">
          <div role="tablist" className="tabs" aria-label="Parts of the incident">
            {TABS.map((name) => (
              <button key={name} type="button" role="tab" aria-selected={name === tab} onClick={() => onTab(name)}>
                {name}
                {countOf(name, incident)}
              </button>
            ))}
          </div>
          <div role="tabpanel" aria-label={tab}>
            {panelOf(tab, incident)}
          </div>
          <CommentBox
            id={id}
            fieldRef={comment}
            onComment={(text) => verbs.act('comment', selection, { comment: text })}
          />
        </section>
        <IncidentRail incident={incident} verbs={verbs} ownerRef={owner} dispositionRef={disposition} />
      </div>
    </>
  );
}

/** What a tab holds, where that is known before it is opened. */
function countOf(tab: Tab, incident: JsonObject): ReactNode {
  const count = tab === 'Timeline' ? numberOf(incident['commentscount']) : 0;
  return count === 0 ? null : <span className="count">{count.toLocaleString('en')}</span>;
}

function MergedInto({ incident }: { readonly incident: JsonObject }) {
  const { pool, logpoint } = useTenant();
  const verbs = useVerbs();
  const parent = textOf(incident['merged_into']);
  if (parent === '') return null;
  const id = textOf(incident['id']);
  return (
    <span className="merged">
      ↳{' '}
      <Link to="/p/$pool/$logpoint/incidents/$id" params={{ pool, logpoint, id: parent }} search={{}}>
        merged into another
      </Link>{' '}
      <button
        type="button"
        className="inline"
        onClick={() => {
          const back = { path: `${parent}/merge`, data: { ids: [id] } };
          void verbs.place(`${parent}/unmerge`, { ids: [id] }, 'Unmerged', back);
        }}
      >
        unmerge
      </button>
    </span>
  );
}

function panelOf(tab: Tab, incident: JsonObject): ReactNode {
  const id = textOf(incident['id']);
  const query = textOf(incident['query']);
  const range = rangeOf(incident['time_range']);
  switch (tab) {
    case 'Timeline':
      return <TimelineTab id={id} comments={rowsOf(incident['comments'])} />;
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

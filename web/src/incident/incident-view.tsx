import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo, useState } from 'react';
import { useStore } from '../api/store.ts';
import { useKeys } from '../app/keys.ts';
import { useTenant } from '../app/session-context.ts';
import { Icon } from '../parts/icon.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { IncidentPage } from './incident-page.tsx';
import { lastList } from './last-list.ts';
import type { Tab } from './tabs.ts';
import { useIncident } from './use-incident.ts';
import './incident.css';

/** One incident over the whole page. */
export function IncidentView() {
  const { id } = useParams({ from: '/p/$pool/$logpoint/incidents/$id' });
  const { tab = 'Timeline' } = useSearch({ from: '/p/$pool/$logpoint/incidents/$id' });
  const { pool, logpoint } = useTenant();
  const list = useStore(lastList);
  const { filters, current, idAt } = list;
  const navigate = useNavigate();
  const onTab = (next: Tab): void =>
    void navigate({
      to: '/p/$pool/$logpoint/incidents/$id',
      params: { pool, logpoint, id },
      search: { tab: next },
      replace: true,
    });
  const onBack = useCallback(
    (): void => void navigate({ to: '/p/$pool/$logpoint/incidents', params: { pool, logpoint }, search: filters }),
    [navigate, pool, logpoint, filters],
  );
  // An incident that was opened by a link has no neighbours.
  const isOfList = idAt(current) === id;
  const [before, after] = isOfList ? [idAt(current - 1), idAt(current + 1)] : [null, null];
  const go = useCallback(
    (by: number): void => {
      const next = by > 0 ? after : before;
      if (next === null) return;
      lastList.set({ ...lastList.get(), current: lastList.get().current + by });
      void navigate({
        to: '/p/$pool/$logpoint/incidents/$id',
        params: { pool, logpoint, id: next },
        search: { tab },
        replace: true,
      });
    },
    [navigate, pool, logpoint, tab, before, after],
  );
  const keys = useMemo(
    () => [
      { keys: 'j', word: 'next of the list', run: () => go(1) },
      { keys: 'k', word: 'previous of the list', run: () => go(-1) },
    ],
    [go],
  );
  useKeys(keys, 'Incident');
  return (
    <main id="main" className="incident">
      <nav className="way" aria-label="The list it is in">
        <Link to="/p/$pool/$logpoint/incidents" params={{ pool, logpoint }} search={filters} className="back">
          ← Incidents
        </Link>
        {isOfList && (
          <>
            <button type="button" className="quiet" disabled={before === null} onClick={() => go(-1)}>
              <kbd>k</kbd> previous
            </button>
            <button type="button" className="quiet" disabled={after === null} onClick={() => go(1)}>
              <kbd>j</kbd> next
            </button>
          </>
        )}
      </nav>
      <Shown id={id} tab={tab} onTab={onTab} onBack={onBack} isBeside={false} />
    </main>
  );
}

/** One incident beside the list. */
export function IncidentBeside({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const { pool, logpoint } = useTenant();
  const [tab, setTab] = useState<Tab>('Timeline');
  return (
    <aside className="incident beside" aria-label="The incident that is open">
      <div className="beside-bar">
        <Link
          to="/p/$pool/$logpoint/incidents/$id"
          params={{ pool, logpoint, id }}
          search={{ tab }}
          className="button quiet"
          title="Over the whole page (Enter)"
        >
          <Icon name="full" /> <span className="sr">Over the whole page</span>
        </Link>
        <button type="button" className="quiet" onClick={onClose} title="Close (Esc)">
          <Icon name="close" /> <span className="sr">Close</span>
        </button>
      </div>
      <Shown id={id} tab={tab} onTab={setTab} onBack={onClose} isBeside />
    </aside>
  );
}

type ShownProps = {
  readonly id: string;
  readonly tab: Tab;
  readonly onTab: (tab: Tab) => void;
  readonly onBack: () => void;
  readonly isBeside: boolean;
};

function Shown({ id, ...props }: ShownProps) {
  const incident = useIncident(id);
  // What was read stays while the server is gone, and with it what somebody is writing.
  if (incident.data !== undefined) return <IncidentPage key={id} incident={incident.data} {...props} />;
  if (incident.error !== null) return <Trouble error={incident.error} onRetry={() => void incident.refetch()} />;
  return <IncidentSkeleton />;
}

const IncidentSkeleton = () => (
  <div className="incident-skeleton" aria-hidden="true">
    <span className="bone title" />
    <span className="bone facts" />
    <span className="bone summary" />
    <span className="bone tools" />
    <span className="bone text" />
    <span className="bone text" />
    <span className="bone text" />
  </div>
);

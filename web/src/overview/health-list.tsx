import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { JsonObject } from '../../../src/shared/json.ts';
import { getJson } from '../api/call.ts';
import { numberOf, objectOf, rowsOf, textOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { bytesText } from '../parts/bytes.ts';
import { shortDuration } from '../parts/times.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { REFRESH_MS } from './use-overview.ts';

type Item = {
  readonly word: string;
  readonly value: string;
  readonly isLate: boolean;
  readonly tab: 'repos' | 'sources' | 'orders' | 'deliveries';
};

/** Seconds after which events count as late. */
const LAG_SECONDS_MAX = 30;
const JOURNAL_SHARE_MAX = 0.5;
const ORDER_SECONDS_MAX = 60;

/** What waits and how full the logpoint is; each line leads to what is behind it. */
export function HealthList() {
  const { base, pool, logpoint } = useTenant();
  const found = useQuery({
    queryKey: [base, 'overview', 'health'],
    queryFn: async ({ signal }) => objectOf(await getJson(`${base}/Health`, signal)),
    refetchInterval: REFRESH_MS,
    placeholderData: keepPreviousData,
  });
  if (found.error !== null) return <Trouble error={found.error} onRetry={() => void found.refetch()} />;
  if (found.data === undefined) return <output className="loading">Asking the server…</output>;
  const late = rowsOf(found.data['parts']).filter(({ ok }) => ok !== true);
  return (
    <ul className="health-list">
      <li className={late.length > 0 ? 'late' : undefined}>
        <span>Server</span>
        <strong>
          {late.length === 0
            ? '● every part works'
            : `▲ ${late.map((part) => `${textOf(part['name'])}: ${textOf(part['message'])}`).join('; ')}`}
        </strong>
      </li>
      {itemsOf(found.data).map(({ word, value, isLate, tab }) => (
        <li key={word} className={isLate ? 'late' : undefined}>
          <Link to="/p/$pool/$logpoint/admin" params={{ pool, logpoint }} search={{ tab }}>
            {word}
          </Link>
          <strong>
            {isLate && '▲ '}
            {value}
          </strong>
        </li>
      ))}
    </ul>
  );
}

function itemsOf(health: JsonObject): readonly Item[] {
  const [ingest, store] = [objectOf(health['ingest']), objectOf(health['store'])];
  const [orders, notices] = [objectOf(health['orders']), objectOf(health['notifications'])];
  const lag = numberOf(ingest['lag_s']);
  const journal = numberOf(ingest['journal_used']);
  const oldest = orders['oldest_s'];
  const isAway = store['ready'] !== true;
  return [
    {
      word: 'Event store',
      value: isAway
        ? 'does not answer; events wait in the journal'
        : `${numberOf(store['events']).toLocaleString('en')} events, ${bytesText(numberOf(store['bytes']))}`,
      isLate: isAway,
      tab: 'repos',
    },
    {
      word: 'Events wait',
      value: lag < 1 ? 'none' : `for ${shortDuration(lag * 1000)}`,
      isLate: lag > LAG_SECONDS_MAX,
      tab: 'sources',
    },
    {
      word: 'Journal',
      value: `${(journal * 100).toFixed(1)} % full`,
      isLate: journal > JOURNAL_SHARE_MAX,
      tab: 'repos',
    },
    {
      word: 'Orders',
      value: numberOf(orders['open']) === 0 ? 'none waits' : `${numberOf(orders['open'])} wait`,
      isLate: typeof oldest === 'number' && oldest > ORDER_SECONDS_MAX,
      tab: 'orders',
    },
    {
      word: 'Notifications',
      value: `${numberOf(notices['queued'])} wait, ${numberOf(notices['dead'])} given up`,
      isLate: numberOf(notices['dead']) > 0 || numberOf(notices['open_circuits']) > 0,
      tab: 'deliveries',
    },
  ];
}

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { parseQuery } from '../../../src/query/parse-query.ts';
import { order } from '../api/order.ts';
import { rowsOf, timeOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { HostileText } from '../parts/hostile-text.tsx';
import { localTime } from '../parts/times.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { cellText } from '../search/search-result.ts';

const SHOWN_MAX = 5;
const SECONDS_BACK = 86_400;
const SETTLE_MS = 700;
const LINE_CHARS_MAX = 400;

/** The text once nobody has typed for a moment. */
export function useSettled(text: string, settleMs = SETTLE_MS): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), settleMs);
    return () => clearTimeout(timer);
  }, [text, settleMs]);
  return settled;
}

export const hasMistake = (query: string): boolean =>
  parseQuery(query).diagnostics.some(({ severity }) => severity === 'error');

/** The newest events of the day that the query fits, as it is being written. */
export function RecentMatches({ query, repos }: { readonly query: string; readonly repos: readonly string[] }) {
  const { base, pool, logpoint, known } = useTenant();
  const settled = useSettled(query);
  const isReady = settled.trim() !== '' && !hasMistake(settled);
  const userId = known?.userId ?? '';
  const found = useQuery({
    queryKey: [base, 'matches', settled, repos.join(' ')],
    queryFn: async ({ signal }) => {
      const to = Math.ceil(Date.now() / 1000);
      const asked = {
        query: settled,
        time_range: [to - SECONDS_BACK, to],
        user_id: userId,
        limit: SHOWN_MAX,
        repos: [...repos],
      };
      const response = await order(`${base}/Search/logs/fetch`, asked, { signal });
      return { rows: rowsOf(response['rows']), isCut: response['is_cut'] === true };
    },
    enabled: isReady && userId !== '',
    retry: false,
  });
  if (!isReady) return <p className="quiet">Write a query: the newest events that it fits show here.</p>;
  if (found.error !== null) return <Trouble error={found.error} onRetry={() => void found.refetch()} />;
  if (found.data === undefined) return <output className="loading">Looking…</output>;
  const { rows, isCut } = found.data;
  if (rows.length === 0) return <p role="status">No event of the last 24 hours fits.</p>;
  return (
    <>
      <ol className="recent-matches" aria-label="Newest matching events">
        {rows.map((row, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows of an answer have no id and never move
          <li key={at}>
            <time>{localTime(timeOf(row['log_ts']) ?? 0)}</time>
            <HostileText text={lineOf(row).slice(0, LINE_CHARS_MAX)} />
          </li>
        ))}
      </ol>
      <p role="status">
        {isCut || rows.length === SHOWN_MAX
          ? `The newest ${rows.length} of more.`
          : `${rows.length} in the last 24 hours.`}{' '}
        <Link to="/p/$pool/$logpoint/search" params={{ pool, logpoint }} search={{ query: settled, t: '24h' }}>
          Open in Search
        </Link>
      </p>
    </>
  );
}

/** The line of an event, or the values of a row of a chart. */
function lineOf(row: Readonly<Record<string, unknown>>): string {
  const line = row['msg'];
  if (typeof line === 'string' && line !== '') return line;
  return Object.entries(row)
    .filter(([name]) => !name.startsWith('_') && name !== 'log_ts')
    .map(([name, value]) => `${name}=${cellText(name, typeof value === 'number' ? value : String(value))}`)
    .join('  ');
}

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { order } from '../api/order.ts';
import { numberOf, rowsOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';
import { localTime } from '../parts/times.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { stepSecondsOf, TIME } from '../search/search-result.ts';
import { fixedRange, timeRangeOf } from '../time/time-range.ts';

const COLUMNS_MAX = 90;
const REFRESH_MS = 60_000;
const ROWS_MAX = 1_000;

/** Events of the range over time, as the event store counts them; a column leads to its events. */
export function IngestChart({ t }: { readonly t: string }) {
  const { base, pool, logpoint, known } = useTenant();
  const userId = known?.userId ?? '';
  const found = useQuery({
    queryKey: [base, 'overview', 'ingest', t],
    queryFn: async ({ signal }) => {
      const { fromMs, toMs } = timeRangeOf(t, Date.now());
      const step = stepSecondsOf(fromMs, toMs, COLUMNS_MAX);
      const from = Math.floor(fromMs / 1000 / step) * step;
      const asked = {
        query: `| timechart count() as n every ${step} seconds`,
        time_range: [from, Math.ceil(toMs / 1000)],
        user_id: userId,
        limit: ROWS_MAX,
      };
      const rows = rowsOf((await order(`${base}/Search/logs/fetch`, asked, { signal }))['rows']);
      const byTime = new Map(rows.map((row) => [numberOf(row[TIME]), numberOf(row['n'])]));
      const length = Math.ceil((toMs / 1000 - from) / step);
      return {
        step,
        columns: Array.from({ length }, (_, place) => {
          const at = from + place * step;
          return { atMs: at * 1000, count: byTime.get(at) ?? 0 };
        }),
      };
    },
    enabled: userId !== '',
    refetchInterval: REFRESH_MS,
    placeholderData: keepPreviousData,
    retry: false,
  });
  if (userId === '') return <p className="quiet">Counting needs a user of this logpoint with your name.</p>;
  if (found.error !== null) return <Trouble error={found.error} onRetry={() => void found.refetch()} />;
  if (found.data === undefined) return <output className="loading">Counting events…</output>;
  const { step, columns } = found.data;
  const most = Math.max(1, ...columns.map(({ count }) => count));
  const sum = columns.reduce((total, { count }) => total + count, 0);
  const perMinute = (60 * sum) / Math.max(1, step * columns.length);
  return (
    <>
      <p className="of-chart">
        <strong>{perMinute < 10 ? perMinute.toFixed(1) : Math.round(perMinute).toLocaleString('en')}</strong> a minute,{' '}
        {sum.toLocaleString('en')} in all
      </p>
      <div className="ingest-chart">
        <span className="axis-most">{Math.round((60 * most) / step).toLocaleString('en')}/min</span>
        {columns.map(({ atMs, count }) => (
          <Link
            key={atMs}
            to="/p/$pool/$logpoint/search"
            params={{ pool, logpoint }}
            search={{ t: fixedRange(atMs, atMs + step * 1000) }}
            aria-label={`${count} events at ${localTime(atMs)}`}
            title={`${count.toLocaleString('en')} events, ${localTime(atMs)}`}
            tabIndex={-1}
          >
            <i style={{ blockSize: `${(100 * count) / most}%` }} />
          </Link>
        ))}
      </div>
      <div className="axis">
        <span>{localTime(columns[0]?.atMs ?? 0).slice(0, 16)}</span>
        <Link to="/p/$pool/$logpoint/search" params={{ pool, logpoint }} search={{ t }}>
          all events
        </Link>
        <span>now</span>
      </div>
    </>
  );
}

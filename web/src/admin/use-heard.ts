import { useQuery } from '@tanstack/react-query';
import { titleOf } from '../api/api-error.ts';
import { order } from '../api/order.ts';
import { numberOf, rowsOf, textOf, timeOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';

/** Days back that events are counted and looked for. */
export const HEARD_DAYS = 7;
/** Values that are told apart; more are left out, which the view says. */
export const HEARD_VALUES_MAX = 1_000;

export type Heard = { readonly events: number; readonly lastMs: number | null };

/** How many events each value of a field had of late, and when the newest came; a search of the logpoint. */
export function useHeard(field: 'repo_name' | 'device_name' | 'device_ip'): {
  /** Null while it is unknown. */
  readonly byValue: ReadonlyMap<string, Heard> | null;
  /** Why it stays unknown; null when it does not. */
  readonly reason: string | null;
} {
  const { base, known } = useTenant();
  const userId = known?.userId ?? '';
  const { data, error } = useQuery({
    queryKey: ['admin', base, 'heard', field],
    queryFn: async ({ signal }) => {
      const toSeconds = Math.ceil(Date.now() / 1000);
      const response = await order(
        `${base}/Search/logs/fetch`,
        {
          query: `| chart count() as events, max(col_ts) as newest by ${field}`,
          time_range: [toSeconds - HEARD_DAYS * 86_400, toSeconds],
          user_id: userId,
          limit: HEARD_VALUES_MAX,
        },
        { signal },
      );
      return new Map(
        rowsOf(response['rows']).map((row) => [
          textOf(row[field]),
          { events: numberOf(row['events']), lastMs: timeOf(row['newest']) },
        ]),
      );
    },
    enabled: userId !== '',
    retry: false,
  });
  if (userId === '') return { byValue: null, reason: 'searching needs a user of this logpoint with your name.' };
  return { byValue: data ?? null, reason: error === null ? null : titleOf(error) };
}

import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { call } from '../api/call.ts';
import { useTenant } from '../app/session-context.ts';
import { type Filters, filterQuery } from './filters.ts';

/** How many incidents fit, exactly; kept in step with what changes. `isWanted` false: not yet. */
export function useCount(filters: Filters, isWanted: boolean): UseQueryResult<number> {
  const { base, known } = useTenant();
  const more = { merged: 'no', limit: '1', total: 'true' };
  return useQuery({
    queryKey: [base, 'incidents', 'counts', 'total', filters],
    queryFn: async ({ signal }) => {
      const { headers } = await call(`${base}/Incidents${filterQuery(filters, known?.userId ?? null, more)}`, {
        signal,
      });
      return Number(headers.get('x-total-count') ?? Number.NaN);
    },
    enabled: isWanted,
    placeholderData: (before) => before,
  });
}

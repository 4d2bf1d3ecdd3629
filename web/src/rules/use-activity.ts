import { useQuery } from '@tanstack/react-query';
import type { Json } from '../../../src/shared/json.ts';
import { getJson } from '../api/call.ts';
import { numberOf, objectOf, rowsOf, textOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';

export const ACTIVITY_DAYS = 14;
const REFRESH_MS = 60_000;

/** A number for each day, oldest first. */
export type RuleDays = { readonly hits: readonly number[]; readonly raised: readonly number[] };
export type Activity = ReadonlyMap<string, RuleDays>;

/** What each rule did day by day; rules that did nothing are not in it. */
export function useActivity(): Activity | undefined {
  const { base } = useTenant();
  const { data } = useQuery({
    queryKey: [base, 'rules', 'activity'],
    queryFn: async ({ signal }): Promise<Activity> => {
      const answer = objectOf(await getJson(`${base}/AlertRules/activity?days=${ACTIVITY_DAYS}`, signal));
      const days = (value: Json | undefined): readonly number[] => (Array.isArray(value) ? value.map(numberOf) : []);
      return new Map(
        rowsOf(answer['rows']).map((row) => [
          textOf(row['id']),
          { hits: days(row['hits']), raised: days(row['raised']) },
        ]),
      );
    },
    refetchInterval: REFRESH_MS,
  });
  return data;
}

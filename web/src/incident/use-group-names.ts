import { useQuery } from '@tanstack/react-query';
import { getJson } from '../api/call.ts';
import { rowsOf, textOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';

/** Names of incident groups by their ids; an id that has none stays as it is. */
export function useGroupNames(ids: readonly string[]): readonly string[] {
  const { base } = useTenant();
  const { data } = useQuery({
    queryKey: [base, 'incident-groups'],
    queryFn: async ({ signal }) =>
      new Map(
        rowsOf(await getJson(`${base}/IncidentUserGroups`, signal)).map((row) => [
          textOf(row['id']),
          textOf(row['name']),
        ]),
      ),
    enabled: ids.length > 0,
    staleTime: 300_000,
  });
  return ids.map((id) => data?.get(id) ?? id.slice(0, 8));
}

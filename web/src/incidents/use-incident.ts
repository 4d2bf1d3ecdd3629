import { type UseQueryResult, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import type { JsonObject } from '../../../src/shared/json.ts';
import { getJson } from '../api/call.ts';
import type { Change } from '../api/change-feed.ts';
import { objectOf, rowsOf } from '../api/read-json.ts';
import { useChanges } from '../app/feed-context.ts';
import { useTenant } from '../app/session-context.ts';

/** One incident, kept in step with what others do to it. */
export function useIncident(id: string): UseQueryResult<JsonObject> {
  const { base } = useTenant();
  const queries = useQueryClient();
  const renew = useCallback(
    () => void queries.invalidateQueries({ queryKey: [base, 'incidents', id] }),
    [queries, base, id],
  );
  const onChange = useCallback((change: Change) => change.id === id && renew(), [id, renew]);
  useChanges(onChange, renew);
  return useQuery({
    queryKey: [base, 'incidents', id, 'detail'],
    queryFn: async ({ signal }) => objectOf(await getJson(`${base}/Incidents/${id}`, signal)),
  });
}

/** Rows of one of the lists below an incident: `timeline`, `related?by=rule`, `deliveries`, `audit`. */
export function useIncidentRows(id: string, part: string): UseQueryResult<readonly JsonObject[]> {
  const { base } = useTenant();
  return useQuery({
    queryKey: [base, 'incidents', id, part],
    queryFn: async ({ signal }) => rowsOf(await getJson(`${base}/Incidents/${id}/${part}`, signal)),
  });
}

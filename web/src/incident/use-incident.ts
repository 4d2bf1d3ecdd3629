import { type UseQueryResult, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef } from 'react';
import type { JsonObject } from '../../../src/shared/json.ts';
import { getJson } from '../api/call.ts';
import type { Change } from '../api/change-feed.ts';
import { objectOf, rowsOf } from '../api/read-json.ts';
import { useChanges } from '../app/feed-context.ts';
import { useTenant } from '../app/session-context.ts';

/** Changes of one incident, or of its deliveries, are read this long after the first of them. */
const READ_AFTER_MS = 200;

/** One incident, kept in step with what others do to it. `id` may be its number. */
export function useIncident(id: string): UseQueryResult<JsonObject> {
  const { base } = useTenant();
  const queries = useQueryClient();
  const found = useQuery({
    queryKey: [base, 'incidents', id, 'detail'],
    queryFn: async ({ signal }) => objectOf(await getJson(`${base}/Incidents/${encodeURIComponent(id)}`, signal)),
  });
  const objectId = found.data?.['id'];
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const renew = useCallback(() => {
    timer.current ??= setTimeout(() => {
      timer.current = null;
      void queries.invalidateQueries({ queryKey: [base, 'incidents', id] });
    }, READ_AFTER_MS);
  }, [queries, base, id]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what another incident asked for is not waited for
  useEffect(
    () => () => {
      if (timer.current !== null) clearTimeout(timer.current);
      timer.current = null;
    },
    [renew],
  );
  const onChange = useCallback(
    (change: Change) => {
      // A delivery's change names the delivery, not its incident.
      if (change.id === objectId || change.kind === 'delivery') renew();
    },
    [objectId, renew],
  );
  useChanges(onChange, renew);
  return found;
}

/** Rows of one of the lists below an incident: `timeline`, `related?by=rule`, `deliveries`, `audit`. */
export function useIncidentRows(id: string, part: string): UseQueryResult<readonly JsonObject[]> {
  const { base } = useTenant();
  return useQuery({
    queryKey: [base, 'incidents', id, part],
    queryFn: async ({ signal }) => rowsOf(await getJson(`${base}/Incidents/${encodeURIComponent(id)}/${part}`, signal)),
  });
}

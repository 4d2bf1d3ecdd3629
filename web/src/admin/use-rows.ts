import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import type { JsonObject } from '../../../src/shared/json.ts';
import { getJson } from '../api/call.ts';
import { rowsOf } from '../api/read-json.ts';

export type RowsQuery = UseQueryResult<readonly JsonObject[]>;

/** The rows that a GET of the API answers with. */
export const useRows = (path: string): RowsQuery =>
  useQuery({
    queryKey: ['admin', path],
    queryFn: async ({ signal }): Promise<readonly JsonObject[]> => rowsOf(await getJson(path, signal)),
    retry: false,
    staleTime: 0,
  });

import { QueryClient } from '@tanstack/react-query';
import { ApiError } from '../api/api-error.ts';

const RETRIES_MAX = 2;

/** What the views have read. Nothing is read anew behind the user's back: the change feed says when there is news. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      // Whether the server answers is found out by asking, not from what the browser thinks of its network.
      networkMode: 'always',
      refetchOnWindowFocus: false,
      retry: (failures, error) =>
        failures < RETRIES_MAX && error instanceof ApiError && ['unreachable', 'overloaded'].includes(error.trouble),
    },
  },
});

import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { createContext, useContext } from 'react';
import { readSession, type Session, type SessionLogpoint } from '../api/session.ts';

export const SessionContext = createContext<Session | null>(null);

export const useSessionQuery = (): UseQueryResult<Session> =>
  useQuery({ queryKey: ['session'], queryFn: readSession, retry: false, staleTime: Number.POSITIVE_INFINITY });

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error('a view outside the gate asked who is signed in');
  return session;
}

export type Tenant = {
  readonly pool: string;
  readonly logpoint: string;
  /** `/configapi/{pool}/{logpoint}` */
  readonly base: string;
  /** Null when the path names a logpoint that the account does not reach. */
  readonly known: SessionLogpoint | null;
  readonly poolName: string;
};

/** The logpoint that the address names. */
export function useTenant(): Tenant {
  const { pool = '', logpoint = '' } = useParams({ strict: false });
  const found = useSession().pools.find(({ id }) => id === pool);
  return {
    pool,
    logpoint,
    base: `/configapi/${encodeURIComponent(pool)}/${encodeURIComponent(logpoint)}`,
    known: found?.logpoints.find(({ id }) => id === logpoint) ?? null,
    poolName: found?.name ?? '',
  };
}

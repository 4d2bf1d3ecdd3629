import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { getJson } from '../api/call.ts';
import { rowsOf, textOf } from '../api/read-json.ts';
import { useTenant } from '../app/session-context.ts';

export type UserName = { readonly id: string; readonly username: string; readonly name: string };

const NO_USERS: readonly UserName[] = [];

/** The logpoint's users, to show names for ids and to choose whom to give work. */
export function useUsers(): { readonly users: readonly UserName[]; readonly nameOf: (id: string) => string } {
  const { base } = useTenant();
  const { data: users = NO_USERS } = useQuery({
    queryKey: [base, 'users'],
    queryFn: async ({ signal }) =>
      rowsOf(await getJson(`${base}/Users`, signal)).map((user) => ({
        id: textOf(user['id']),
        username: textOf(user['username']),
        name: textOf(user['fullname']) || textOf(user['username']),
      })),
    staleTime: 300_000,
  });
  // The same as long as the users are: rows that show names are not drawn anew for it.
  return useMemo(() => {
    const names = new Map(users.map(({ id, name }) => [id, name]));
    return { users, nameOf: (id) => (id === '' ? 'nobody' : (names.get(id) ?? id.slice(0, 8))) };
  }, [users]);
}

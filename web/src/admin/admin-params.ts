/** The tabs of the administration, in order; `isForOperators` says whether only operators of the server have it. */
export const ADMIN_TABS = [
  { id: 'users', name: 'Users', isForOperators: false },
  { id: 'groups', name: 'Groups', isForOperators: false },
  { id: 'access', name: 'Tokens and accounts', isForOperators: true },
  { id: 'repos', name: 'Repos', isForOperators: false },
  { id: 'sources', name: 'Log sources', isForOperators: false },
  { id: 'lists', name: 'Lists', isForOperators: false },
  { id: 'deliveries', name: 'Notifications', isForOperators: false },
  { id: 'orders', name: 'Orders', isForOperators: false },
  { id: 'audit', name: 'Audit', isForOperators: false },
] as const;

export type AdminTab = (typeof ADMIN_TABS)[number]['id'];

/** What of the administration is shown, as it stands in the address; the other members narrow the audit. */
export type AdminParams = {
  readonly tab?: AdminTab;
  readonly actor?: string;
  readonly action?: string;
  readonly object?: string;
};

export function readAdminParams(search: Readonly<Record<string, unknown>>): AdminParams {
  const tab = ADMIN_TABS.find(({ id }) => id === search['tab'])?.id;
  const text = (name: string): Record<string, string> => {
    const value = search[name];
    return typeof value === 'string' && value !== '' ? { [name]: value } : {};
  };
  return { ...(tab === undefined ? {} : { tab }), ...text('actor'), ...text('action'), ...text('object') };
}

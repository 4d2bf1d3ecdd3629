/** Parts of an incident, in order; the address names one. */
export const TABS = ['Timeline', 'Logs', 'Related', 'Query', 'Delivery', 'Audit'] as const;
export type Tab = (typeof TABS)[number];
export type IncidentParams = { readonly tab?: Tab };

export function readIncidentParams(search: Readonly<Record<string, unknown>>): IncidentParams {
  const tab = TABS.find((name) => name === search['tab']);
  return tab === undefined ? {} : { tab };
}

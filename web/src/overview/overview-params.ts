/** The time that the overview is about, as it stands in the address. */
export type OverviewParams = { readonly t?: string };
export const readOverviewParams = (search: Readonly<Record<string, unknown>>): OverviewParams =>
  typeof search['t'] === 'string' ? { t: search['t'] } : {};

/** What stands in the address, so that a search is a link. */
export type SearchParams = {
  readonly query?: string;
  readonly t?: string;
  /** Columns of the table, joined by commas; those that fit the events when left out. */
  readonly cols?: string;
};

export function readSearchParams(search: Readonly<Record<string, unknown>>): SearchParams {
  const { query, t, cols } = search;
  return {
    ...(typeof query === 'string' || typeof query === 'number' ? { query: String(query) } : {}),
    ...(typeof t === 'string' ? { t } : {}),
    ...(typeof cols === 'string' && cols !== '' ? { cols } : {}),
  };
}

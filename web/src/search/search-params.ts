/** What stands in the address: the query and its time, so that a search is a link. */
export type SearchParams = { readonly query?: string; readonly t?: string };

export function readSearchParams(search: Readonly<Record<string, unknown>>): SearchParams {
  const { query, t } = search;
  return {
    ...(typeof query === 'string' || typeof query === 'number' ? { query: String(query) } : {}),
    ...(typeof t === 'string' ? { t } : {}),
  };
}

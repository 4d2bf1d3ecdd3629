/** What stands in the address of a new rule: the query that it starts from. */
export type RuleEditorParams = { readonly query?: string };

export function readRuleEditorParams({ query }: Readonly<Record<string, unknown>>): RuleEditorParams {
  return typeof query === 'string' || typeof query === 'number' ? { query: String(query) } : {};
}

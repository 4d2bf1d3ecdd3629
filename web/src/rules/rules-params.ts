/** Columns that the list of rules sorts by. */
export const RULE_SORTS = ['name', 'risk', 'last', 'hits', 'incidents', 'left', 'cost', 'false', 'gaps'] as const;
export type RuleSort = (typeof RULE_SORTS)[number];

/** Which rules are listed and in which order, as it stands in the address; without `sort` those that fired last come first. */
export type RulesParams = {
  readonly q?: string;
  readonly active?: 'true' | 'false';
  readonly sort?: RuleSort;
  readonly up?: true;
};

export function readRulesParams({ q, active, sort, up }: Readonly<Record<string, unknown>>): RulesParams {
  const known = RULE_SORTS.find((one) => one === sort);
  return {
    ...(typeof q === 'number' || (typeof q === 'string' && q !== '') ? { q: String(q) } : {}),
    ...(active === true || active === 'true' ? { active: 'true' } : {}),
    ...(active === false || active === 'false' ? { active: 'false' } : {}),
    ...(known === undefined ? {} : { sort: known }),
    ...(up === true || up === 1 || up === '1' ? { up: true } : {}),
  };
}

export const ATTACK_FILTERS = ['used', 'all', 'covered', 'gaps', 'incidents'] as const;
export type AttackFilter = (typeof ATTACK_FILTERS)[number];

/** The time whose incidents are the heat, and which techniques show, as it stands in the address. */
export type AttackParams = { readonly t?: string; readonly show?: AttackFilter };

export function readAttackParams({ t, show }: Readonly<Record<string, unknown>>): AttackParams {
  const filter = ATTACK_FILTERS.find((one) => one === show);
  return { ...(typeof t === 'string' ? { t } : {}), ...(filter === undefined ? {} : { show: filter }) };
}

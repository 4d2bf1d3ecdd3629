import { listAttackEntries } from '../attack/attack-store.ts';
import type { AttackEntry } from '../attack/catalogue.ts';
import type { JsonObject } from '../shared/json.ts';
import type { TransactionKind } from './order-kind.ts';

/** Source: contract/director-api.md, section 5, MitreAttacks. */
const attackRow = (entry: AttackEntry): JsonObject => ({
  attack_id: entry.attackId,
  attack_category: entry.attackCategory,
  attack_tag: entry.attackTag,
  description: entry.description,
  url: entry.url,
  version: entry.version,
  grouping: entry.attackCategory,
  attack_framework: 'MITRE',
  hash: entry.hash,
  id: entry.id,
});

const fetchMitreAttacksOrder: TransactionKind<JsonObject> = {
  mode: 'transaction',
  action: '/MitreAttacks/fetch',
  run: async (tx) => ({ rows: (await listAttackEntries(tx)).map(attackRow) }),
};

export const attackOrders = [fetchMitreAttacksOrder] as const;

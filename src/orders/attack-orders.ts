import { attackSource, listAttackEntries } from '../attack/attack-store.ts';
import type { AttackEntry } from '../attack/catalogue.ts';
import { listInMemory } from '../control/list-page.ts';
import type { JsonObject } from '../shared/json.ts';
import { fetchKind } from './fetch-page.ts';

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

/** All entries are as old as the table: it is replaced whole. */
const fetchMitreAttacksOrder = fetchKind(
  '/MitreAttacks/fetch',
  listInMemory(
    async (tx) => {
      const loadedAtMs = (await attackSource(tx))?.loadedAtMs ?? 0;
      return (await listAttackEntries(tx)).map((entry) => ({ ...entry, loadedAtMs }));
    },
    ({ loadedAtMs }) => loadedAtMs,
  ),
  attackRow,
);

export const attackOrders = [fetchMitreAttacksOrder] as const;

import { command, query } from '../control/control-store.ts';
import { attackSource, ensureCatalogue, listAttackEntries, replaceCatalogue } from './attack-store.ts';
import type { AttackCatalogue } from './catalogue.ts';

export const ensureAttackCatalogue = command('attack.ensure', (tx, builtIn: AttackCatalogue) =>
  ensureCatalogue(tx, builtIn),
);
export const importAttackCatalogue = command('attack.import', async (tx, catalogue: AttackCatalogue) => ({
  entries: await replaceCatalogue(tx, catalogue, false),
}));
export const attackEntries = query('attack.entries', async (tx, _: Record<never, never>) => ({
  source: await attackSource(tx),
  entries: await listAttackEntries(tx),
}));

export const attackRegistry = [ensureAttackCatalogue, importAttackCatalogue, attackEntries];

import type { ReadTx, SqlValue, Tx } from '../control/control-store.ts';
import { type AttackCatalogue, type AttackEntry, entriesOf } from './catalogue.ts';

const COLUMNS = 'hash, id, attack_id, attack_tag, attack_category, description, url, version';

type Row = {
  hash: string;
  id: string;
  attack_id: string;
  attack_tag: string;
  attack_category: string;
  description: string;
  url: string;
  version: string;
};

const toEntry = (row: Row): AttackEntry => ({
  hash: row.hash,
  id: row.id,
  attackId: row.attack_id,
  attackTag: row.attack_tag,
  attackCategory: row.attack_category,
  description: row.description,
  url: row.url,
  version: row.version,
});

const tacticNames = ({ tactics }: AttackCatalogue): string[] => tactics.map(({ name }) => name);

/** Replaces the table. Entries that rules name keep their hash and id. Answers how many entries there are now. */
export async function replaceCatalogue(tx: Tx, catalogue: AttackCatalogue, isBuiltIn: boolean): Promise<number> {
  const entries = entriesOf(catalogue);
  await tx.run('delete from attack_entries');
  for (const [position, entry] of entries.entries()) {
    await tx.run(`insert into attack_entries (${COLUMNS}, position) values (?, ?, ?, ?, ?, ?, ?, ?, ?)`, [
      entry.hash,
      entry.id,
      entry.attackId,
      entry.attackTag,
      entry.attackCategory,
      entry.description,
      entry.url,
      entry.version,
      position,
    ]);
  }
  await tx.run(
    `insert into attack_source (singleton, attack_version, is_built_in, copyright, tactics, loaded_at_ms)
     values (1, ?, ?, ?, ?, ?)
     on conflict (singleton) do update set attack_version = excluded.attack_version, is_built_in = excluded.is_built_in,
       copyright = excluded.copyright, tactics = excluded.tactics, loaded_at_ms = excluded.loaded_at_ms`,
    [catalogue.attackVersion, isBuiltIn ? 1 : 0, catalogue.copyright, JSON.stringify(tacticNames(catalogue)), tx.nowMs],
  );
  return entries.length;
}

/** Fills an empty table, or one that holds an older built-in list, with this program's list; keeps an import. */
export async function ensureCatalogue(tx: Tx, builtIn: AttackCatalogue): Promise<{ readonly loaded: number }> {
  const source = await tx.get<{ attack_version: string; is_built_in: number }>(
    'select attack_version, is_built_in from attack_source',
  );
  const isKept = source !== undefined && (source.is_built_in === 0 || source.attack_version === builtIn.attackVersion);
  return { loaded: isKept ? 0 : await replaceCatalogue(tx, builtIn, true) };
}

export async function listAttackEntries(tx: ReadTx): Promise<AttackEntry[]> {
  const rows = await tx.all<Row>(`select ${COLUMNS} from attack_entries order by position`);
  return rows.map(toEntry);
}

export type AttackSource = {
  readonly attackVersion: string;
  readonly copyright: string;
  /** Names of the tactics, in the order of the matrix. */
  readonly tactics: readonly string[];
  /** When it was filled last, Unix ms. */
  readonly loadedAtMs: number;
};

/** Where the present table comes from; `null` before the first start. */
export async function attackSource(tx: ReadTx): Promise<AttackSource | null> {
  const row = await tx.get<{ attack_version: string; copyright: string; tactics: string; loaded_at_ms: number }>(
    'select attack_version, copyright, tactics, loaded_at_ms from attack_source',
  );
  if (row === undefined) return null;
  return {
    attackVersion: row.attack_version,
    copyright: row.copyright,
    tactics: JSON.parse(row.tactics),
    loadedAtMs: row.loaded_at_ms,
  };
}

/**
 * The entries that a caller means by `references`: hashes, ids, or technique ids (`T1003.001` means all its tactics).
 * `unknown` lists, in the caller's order, what the table does not hold.
 */
export async function resolveAttackTags(
  tx: ReadTx,
  references: readonly string[],
): Promise<{ readonly entries: readonly AttackEntry[]; readonly unknown: readonly string[] }> {
  const entries = new Map<string, AttackEntry>();
  const unknown: string[] = [];
  for (const reference of references) {
    const parameters: SqlValue[] = [reference, reference, reference];
    const rows = await tx.all<Row>(
      `select ${COLUMNS} from attack_entries where hash = ? or id = ? or attack_id = ? order by position`,
      parameters,
    );
    if (rows.length === 0) unknown.push(reference);
    for (const row of rows) entries.set(row.hash, toEntry(row));
  }
  return { entries: [...entries.values()], unknown };
}

import { AppError } from '../shared/errors.ts';
import type { Migration, Tx } from './control-store.ts';

const TABLE = `create table if not exists schema_migrations (
  id integer primary key, name text not null, applied_at_ms bigint not null
)`;

/**
 * The steps that this store still lacks, in order. Run each in a transaction of its own with `applyMigration`.
 *
 * @throws AppError `SCHEMA_NEWER` when a newer program has been here, `SCHEMA_DIFFERS` when the store's history is not
 * the beginning of this program's
 */
export async function pendingMigrations(tx: Tx, migrations: readonly Migration[]): Promise<readonly Migration[]> {
  const ordered = inOrder(migrations);
  await tx.run(TABLE);
  const applied = await tx.all<{ id: number; name: string }>('select id, name from schema_migrations order by id');
  const newest = applied.at(-1);
  const last = ordered.at(-1);
  if (newest !== undefined && newest.id > (last?.id ?? 0)) {
    throw new AppError(
      'unavailable',
      'SCHEMA_NEWER',
      `the data folder was written by a newer program: its schema is at step ${newest.id} (${newest.name}), this program knows ${last?.id ?? 0}`,
    );
  }
  const names = new Map(applied.map((step) => [step.id, step.name]));
  for (const { id, name } of ordered) {
    const known = names.get(id);
    const gap = known === undefined && newest !== undefined && newest.id > id;
    if (gap || (known !== undefined && known !== name)) {
      throw new AppError(
        'unavailable',
        'SCHEMA_DIFFERS',
        `the data folder has another schema history: step ${id} is ${known ?? 'missing'}, ${name} was expected`,
      );
    }
    names.delete(id);
  }
  const [unknownStep] = names;
  if (unknownStep !== undefined) {
    throw new AppError(
      'unavailable',
      'SCHEMA_DIFFERS',
      `the data folder has another schema history: step ${unknownStep[0]} (${unknownStep[1]}) is unknown here`,
    );
  }
  return ordered.filter(({ id }) => newest === undefined || id > newest.id);
}

export async function applyMigration(tx: Tx, migration: Migration): Promise<void> {
  for (const statement of migration.statements) await tx.run(statement);
  await tx.run('insert into schema_migrations (id, name, applied_at_ms) values (?, ?, ?)', [
    migration.id,
    migration.name,
    tx.nowMs,
  ]);
}

function inOrder(migrations: readonly Migration[]): readonly Migration[] {
  const ordered = [...migrations].sort((a, b) => a.id - b.id);
  for (const [i, { id, name }] of ordered.entries()) {
    const before = ordered[i - 1];
    if (!Number.isInteger(id) || id < 1) throw new Error(`the migration ${name} has the id ${id}, expected 1 or more`);
    if (before?.id === id) throw new Error(`the migrations ${before.name} and ${name} share the id ${id}`);
  }
  return ordered;
}

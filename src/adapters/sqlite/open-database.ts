import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Migration } from '../../control/control-store.ts';
import { applyMigration, pendingMigrations } from '../../control/migrate.ts';
import { SqliteConnection } from './sqlite-connection.ts';
import { SqliteTx } from './sqlite-tx.ts';

export const controlFile = (dir: string): string => join(dir, 'control.db');

/**
 * The writing connection, with the schema brought up to date. A scratch database waits for no disk: nothing of it is
 * to outlive the process.
 *
 * @throws AppError `SCHEMA_NEWER`, `SCHEMA_DIFFERS`, `CONTROL_STORE_*`
 */
export async function openWriter(
  dir: string,
  migrations: readonly Migration[],
  nowMs: number,
  isScratch = false,
): Promise<SqliteConnection> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const connection = new SqliteConnection(controlFile(dir), { isReader: false, isScratch });
  try {
    const pending = await inTransaction(connection, nowMs, (tx) => pendingMigrations(tx, migrations));
    for (const migration of pending) await inTransaction(connection, nowMs, (tx) => applyMigration(tx, migration));
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

export const openReader = (dir: string): SqliteConnection => new SqliteConnection(controlFile(dir), { isReader: true });

async function inTransaction<T>(
  connection: SqliteConnection,
  nowMs: number,
  work: (tx: SqliteTx) => Promise<T>,
): Promise<T> {
  connection.exec('begin immediate');
  try {
    const result = await work(new SqliteTx(connection, nowMs));
    connection.exec('commit');
    return result;
  } catch (error) {
    if (connection.inTransaction) connection.exec('rollback');
    throw error;
  }
}

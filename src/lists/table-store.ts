import type { ReadTx, SqlValue, Tx } from '../control/control-store.ts';
import { listKey } from '../query/definitions.ts';
import type { TableRows } from '../query/table-rows.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import type { StoredTable } from './table.ts';

type TableRecord = {
  id: string;
  logpoint_id: string;
  name: string;
  columns: string;
  rows_count: number;
  version: number;
  created_at_ms: number;
  updated_at_ms: number;
};

const COLUMNS = 'id, logpoint_id, name, columns, rows_count, version, created_at_ms, updated_at_ms';

const toTable = (record: TableRecord): StoredTable => ({
  id: record.id,
  logpointId: record.logpoint_id,
  name: record.name,
  columns: JSON.parse(record.columns),
  rowsCount: record.rows_count,
  version: record.version,
  createdAtMs: record.created_at_ms,
  updatedAtMs: record.updated_at_ms,
});

async function select(tx: ReadTx, condition: string, params: readonly SqlValue[]): Promise<StoredTable[]> {
  const sql = `select ${COLUMNS} from stored_tables where ${condition} order by name_key`;
  return (await tx.all<TableRecord>(sql, params)).map(toTable);
}

export const listTables = (tx: ReadTx, logpointId: LogpointId): Promise<StoredTable[]> =>
  select(tx, 'logpoint_id = ?', [logpointId]);

/** The table; null for one that is unknown, trashed, or another logpoint's. */
export async function getTable(tx: ReadTx, logpointId: LogpointId, id: ObjectId): Promise<StoredTable | null> {
  const [table] = await select(tx, 'logpoint_id = ? and id = ?', [logpointId, id]);
  return table ?? null;
}

/** The table of that name, in any case. */
export async function findTable(tx: ReadTx, logpointId: LogpointId, name: string): Promise<StoredTable | null> {
  const [table] = await select(tx, 'logpoint_id = ? and name_key = ?', [logpointId, listKey(name)]);
  return table ?? null;
}

/** Rows of a table, those that were written last first. */
export async function readRows(tx: ReadTx, table: StoredTable): Promise<TableRows> {
  const rows = await tx.all<{ cells: string; seen_at_ms: number }>(
    'select cells, seen_at_ms from stored_table_rows where table_id = ? order by seen_at_ms desc, row_key',
    [table.id],
  );
  return {
    columns: table.columns,
    rows: rows.map(({ cells, seen_at_ms }) => ({ cells: JSON.parse(cells), atMs: seen_at_ms })),
  };
}

/** Writes a new table, or the new state of one. */
export async function writeTable(tx: Tx, table: StoredTable): Promise<void> {
  await tx.run(
    `insert into stored_tables (${COLUMNS}, name_key) values (?, ?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (id) do update set rows_count = excluded.rows_count, version = excluded.version,
       updated_at_ms = excluded.updated_at_ms`,
    [
      table.id,
      table.logpointId,
      table.name,
      JSON.stringify(table.columns),
      table.rowsCount,
      table.version,
      table.createdAtMs,
      table.updatedAtMs,
      listKey(table.name),
    ],
  );
}

/** Keys of rows that are there. */
export async function rowKeys(tx: ReadTx, id: ObjectId): Promise<Set<string>> {
  const rows = await tx.all<{ row_key: string }>('select row_key from stored_table_rows where table_id = ?', [id]);
  return new Set(rows.map(({ row_key }) => row_key));
}

/** Writes rows by the value of their first column; one that is there is replaced. */
export async function writeRows(tx: Tx, id: ObjectId, rows: readonly (readonly string[])[]): Promise<void> {
  for (const cells of rows) {
    await tx.run(
      `insert into stored_table_rows (table_id, row_key, cells, seen_at_ms) values (?, ?, ?, ?)
       on conflict (table_id, row_key) do update set cells = excluded.cells, seen_at_ms = excluded.seen_at_ms`,
      [id, cells[0] ?? '', JSON.stringify(cells), tx.nowMs],
    );
  }
}

export async function deleteTable(tx: Tx, id: ObjectId): Promise<void> {
  await tx.run('delete from stored_table_rows where table_id = ?', [id]);
  await tx.run('delete from stored_tables where id = ?', [id]);
}

import { appendAudit } from '../audit/audit-chain.ts';
import type { Tx } from '../control/control-store.ts';
import type { Written } from '../query/run-steps.ts';
import { refuse } from '../shared/errors.ts';
import { type LogpointId, newObjectId, type ObjectId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import type { Author } from '../tenancy/author.ts';
import { LISTS_CHANGED } from './list.ts';
import { collectValues } from './list-edits.ts';
import { type StoredTable, TABLE_CELL_CHARS_MAX, TABLE_ROWS_MAX, TABLES_MAX } from './table.ts';
import { deleteTable, findTable, getTable, listTables, rowKeys, writeRows, writeTable } from './table-store.ts';

const TABLE_NAME = /^[\p{L}_][\p{L}\p{N}_-]{0,99}$/u;

/** Keeps what a query's `toList` or `toTable` collected. Null, or what was left out and why. */
export function keepWritten(tx: Tx, logpointId: LogpointId, written: Written, by: Author): Promise<string | null> {
  if (written.to === 'table') return collectRows(tx, logpointId, written, by);
  const values = written.entries.flatMap(([value]) => (value === undefined ? [] : [value]));
  return collectValues(tx, logpointId, { name: written.name, values }, by);
}

/**
 * Puts rows into a table, which the first write makes; a row with the same first value is replaced, of several in one
 * write the first counts. Null, or what was left out and why.
 */
async function collectRows(
  tx: Tx,
  logpointId: LogpointId,
  { name, columns, entries }: Written,
  by: Author,
): Promise<string | null> {
  const known = await findTable(tx, logpointId, name);
  const trouble = known === null ? await whyNotNew(tx, logpointId, name) : whyNotThese(known, columns);
  if (trouble !== null) return `${trouble}: nothing was kept`;
  const before: StoredTable = known ?? {
    id: newObjectId(tx.nowMs),
    logpointId,
    name,
    columns,
    rowsCount: 0,
    version: 0,
    createdAtMs: tx.nowMs,
    updatedAtMs: tx.nowMs,
  };
  const rows = new Map<string, readonly string[]>();
  for (const cells of entries) {
    const [key = ''] = cells;
    const fits = key !== '' && cells.every((cell) => cell.length <= TABLE_CELL_CHARS_MAX);
    if (fits && !rows.has(key)) rows.set(key, cells);
  }
  const there = await rowKeys(tx, before.id);
  const fresh = [...rows.keys()].filter((key) => !there.has(key));
  const left = new Set(fresh.slice(Math.max(0, TABLE_ROWS_MAX - before.rowsCount)));
  const kept = [...rows].flatMap(([key, cells]) => (left.has(key) ? [] : [cells]));
  if (known !== null && kept.length === 0) return fullText(before, left.size);
  const after = {
    ...before,
    rowsCount: before.rowsCount + fresh.length - left.size,
    version: before.version + 1,
    updatedAtMs: tx.nowMs,
  };
  await writeTable(tx, after);
  await writeRows(tx, after.id, kept);
  await record(tx, known === null ? 'table created' : 'table collected', known, after, by);
  return fullText(before, left.size);
}

const fullText = (table: StoredTable, left: number): string | null =>
  left === 0 ? null : `the table ${table.name} has ${TABLE_ROWS_MAX} rows, the most: ${left} new ones were left out`;

async function whyNotNew(tx: Tx, logpointId: LogpointId, name: string): Promise<string | null> {
  if (!TABLE_NAME.test(name)) {
    return `toTable names ${JSON.stringify(name.slice(0, 60))}, expected 1 to 100 letters, digits, '_' or '-' that begin with no digit`;
  }
  const count = (await listTables(tx, logpointId)).length;
  return count < TABLES_MAX ? null : `the logpoint already has ${TABLES_MAX} tables`;
}

function whyNotThese({ name, columns }: StoredTable, wanted: readonly string[]): string | null {
  if (columns.length === wanted.length && columns.every((column, place) => column === wanted[place])) return null;
  return `the table ${name} has the columns ${columns.join(', ')}, saw ${wanted.join(', ')}`;
}

/** @throws AppError kind `refused`, `TABLE_NOT_FOUND` */
export async function trashTable(tx: Tx, logpointId: LogpointId, id: ObjectId, by: Author): Promise<StoredTable> {
  const before = await getTable(tx, logpointId, id);
  if (before === null) throw refuse('TABLE_NOT_FOUND', 'Table not found');
  await deleteTable(tx, id);
  await record(tx, 'table trashed', before, null, by);
  return before;
}

async function record(
  tx: Tx,
  action: string,
  before: StoredTable | null,
  after: StoredTable | null,
  by: Author,
): Promise<void> {
  const table = after ?? before;
  if (table === null) return;
  await appendAudit(tx, {
    ...by,
    logpointId: table.logpointId,
    action,
    objectType: 'table',
    objectId: table.id,
    before: before === null ? null : stateOf(before),
    after: after === null ? null : stateOf(after),
  });
  tx.signal(LISTS_CHANGED, { logpointId: table.logpointId });
}

const stateOf = (table: StoredTable): JsonObject => ({
  name: table.name,
  columns: table.columns,
  rows_count: table.rowsCount,
  version: table.version,
});

import type { LogpointId, ObjectId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';

/** Rows that queries read with `table "name"`, written by `process toTable`. One row for each value of the first column. */
export type StoredTable = {
  readonly id: ObjectId;
  readonly logpointId: LogpointId;
  readonly name: string;
  readonly columns: readonly string[];
  readonly rowsCount: number;
  /** Grows with each change; 1 at first. */
  readonly version: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
};

export const TABLES_MAX = 100;
/** As many as a query keeps after the store: a table is never cut when it is read. */
export const TABLE_ROWS_MAX = 50_000;
export const TABLE_CELL_CHARS_MAX = 4_096;

const seconds = (ms: number): number => Math.floor(ms / 1000);

/** A table as the API shows it, without its rows; times are epoch seconds. */
export const tableRow = (table: StoredTable): JsonObject => ({
  id: table.id,
  name: table.name,
  columns: table.columns,
  rows_count: table.rowsCount,
  version: table.version,
  created_at: seconds(table.createdAtMs),
  updated_at: seconds(table.updatedAtMs),
});

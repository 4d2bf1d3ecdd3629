import { type LogEvent, newFields } from '../events/event.ts';

/** What `table "name"` reads: one text a column, and when the row was written, Unix ms. */
export type TableRows = {
  readonly columns: readonly string[];
  readonly rows: readonly { readonly cells: readonly string[]; readonly atMs: number }[];
  /** There are more rows, which are left out. */
  readonly isCut?: boolean;
};

/** Each row as an event with the columns for fields; an empty cell is an empty value. The order is that of the table. */
export function tableEvents({ columns, rows }: TableRows): LogEvent[] {
  return rows.map(({ cells, atMs }, index): LogEvent => {
    const fields = newFields();
    for (const [place, column] of columns.entries()) fields[column] = cells[place] ?? '';
    return { seq: rows.length - index, repo: '', eventAtMs: atMs, receivedAtMs: atMs, fields };
  });
}

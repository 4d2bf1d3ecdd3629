import type { ReactNode } from 'react';
import type { Json, JsonObject } from '../../../src/shared/json.ts';
import { textOf, timeOf } from '../api/read-json.ts';
import { HostileText } from '../parts/hostile-text.tsx';
import { RelativeTime } from '../parts/times.tsx';
import { Trouble } from '../parts/trouble.tsx';
import type { RowsQuery } from './use-rows.ts';

export type Column = {
  readonly name: string;
  readonly cell: (row: JsonObject) => ReactNode;
  readonly isNumber?: boolean;
};

type AdminTableProps = {
  /** What the rows are, for those who hear the page. */
  readonly name: string;
  readonly rows: RowsQuery;
  /** The first names its row. */
  readonly columns: readonly Column[];
  /** The field that tells rows apart. */
  readonly id?: string;
  /** What to do when there is no row. */
  readonly empty: ReactNode;
};

/** Rows of the API as a table, with what is shown while there are none. */
export function AdminTable({ name, rows, columns, id = 'id', empty }: AdminTableProps) {
  if (rows.error !== null) return <Trouble error={rows.error} onRetry={() => void rows.refetch()} />;
  if (rows.data === undefined) return <output className="loading">Reading {name.toLowerCase()}…</output>;
  if (rows.data.length === 0) return <p className="empty">{empty}</p>;
  return (
    <section className="results" tabIndex={0} aria-label={name}>
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.name} scope="col" className={column.isNumber === true ? 'num' : undefined}>
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.data.map((row) => (
            <tr key={textOf(row[id])}>
              {columns.map((column, at) =>
                at === 0 ? (
                  <th key={column.name} scope="row">
                    {column.cell(row)}
                  </th>
                ) : (
                  <td key={column.name} className={column.isNumber === true ? 'num' : undefined}>
                    {column.cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** A column of text that somebody else wrote. */
export const textColumn = (name: string, field: string): Column => ({
  name,
  cell: (row) => <HostileText text={textOf(row[field])} />,
});

export const numberColumn = (name: string, field: string): Column => ({
  name,
  isNumber: true,
  cell: (row) => (typeof row[field] === 'number' ? row[field].toLocaleString('en') : '–'),
});

/** A column of times; `none` is said where there is no time. */
export const timeColumn = (name: string, field: string, none = 'never'): Column => ({
  name,
  cell: (row) => <TimeOr value={row[field]} none={none} />,
});

function TimeOr({ value, none }: { readonly value: Json | undefined; readonly none: string }) {
  const at = timeOf(value);
  return at === null ? none : <RelativeTime ms={at} />;
}

import type { ReactNode } from 'react';
import type { Json, JsonObject } from '../../../src/shared/json.ts';
import { textOf, timeOf } from '../api/read-json.ts';
import { HostileText } from './hostile-text.tsx';
import { RelativeTime } from './times.tsx';

export type Column = {
  readonly name: string;
  readonly cell: (row: JsonObject) => ReactNode;
  readonly isNumber?: boolean;
  /** The column has no heading that is seen: its cells say what they are. */
  readonly isUntitled?: boolean;
  readonly className?: string | ((row: JsonObject) => string | undefined);
};

type RowTableProps = {
  /** What the rows are, for those who hear the page. */
  readonly name: string;
  readonly rows: readonly JsonObject[];
  /** The first names its row. */
  readonly columns: readonly Column[];
  /** The field that tells rows apart. */
  readonly id?: string;
  readonly className?: string;
  /** What stands below a row over its whole width; null where nothing does. */
  readonly below?: (row: JsonObject) => ReactNode;
};

const classOf = ({ isNumber, className }: Column, row: JsonObject | null): string | undefined => {
  const own = typeof className === 'function' ? (row === null ? undefined : className(row)) : className;
  return isNumber === true ? `num ${own ?? ''}`.trim() : own;
};

/** Rows of the API as a table that scrolls by itself. */
export function RowTable({ name, rows, columns, id = 'id', className = '', below }: RowTableProps) {
  return (
    <section className={`results ${className}`.trim()} tabIndex={0} aria-label={name}>
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.name} scope="col" className={column.isNumber === true ? 'num' : undefined}>
                {column.isUntitled === true ? <span className="sr">{column.name}</span> : column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <RowLine key={textOf(row[id])} row={row} columns={columns} below={below?.(row) ?? null} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

type RowLineProps = { readonly row: JsonObject; readonly columns: readonly Column[]; readonly below: ReactNode };

function RowLine({ row, columns, below }: RowLineProps) {
  return (
    <>
      <tr>
        {columns.map((column, at) =>
          at === 0 ? (
            <th key={column.name} scope="row" className={classOf(column, row)}>
              {column.cell(row)}
            </th>
          ) : (
            <td key={column.name} className={classOf(column, row)}>
              {column.cell(row)}
            </td>
          ),
        )}
      </tr>
      {below !== null && (
        <tr className="opened">
          <td colSpan={columns.length}>{below}</td>
        </tr>
      )}
    </>
  );
}

/** A column of text that somebody else wrote. */
export const textColumn = (name: string, field: string, className?: string): Column => ({
  name,
  cell: (row) => <HostileText text={textOf(row[field])} />,
  ...(className === undefined ? {} : { className }),
});

export const numberColumn = (name: string, field: string): Column => ({
  name,
  isNumber: true,
  cell: (row) => (typeof row[field] === 'number' ? row[field].toLocaleString('en') : '–'),
});

/** A column of times; `none` is said where there is no time. */
export const timeColumn = (name: string, field: string, none = 'never'): Column => ({
  name,
  className: 'nowrap',
  cell: (row) => <TimeOr value={row[field]} none={none} />,
});

function TimeOr({ value, none }: { readonly value: Json | undefined; readonly none: string }) {
  const at = timeOf(value);
  return at === null ? none : <RelativeTime ms={at} />;
}

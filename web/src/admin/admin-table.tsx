import type { ReactNode } from 'react';
import { type Column, RowTable } from '../parts/row-table.tsx';
import { Trouble } from '../parts/trouble.tsx';
import type { RowsQuery } from './use-rows.ts';

type AdminTableProps = {
  readonly name: string;
  readonly rows: RowsQuery;
  readonly columns: readonly Column[];
  readonly id?: string;
  /** What to do when there is no row. */
  readonly empty: ReactNode;
};

/** Rows that are read as a table, with what is shown while there are none. */
export function AdminTable({ rows, empty, ...table }: AdminTableProps) {
  if (rows.error !== null) return <Trouble error={rows.error} onRetry={() => void rows.refetch()} />;
  if (rows.data === undefined) return <output className="loading">Reading {table.name.toLowerCase()}…</output>;
  if (rows.data.length === 0) return <p className="empty">{empty}</p>;
  return <RowTable rows={rows.data} {...table} />;
}

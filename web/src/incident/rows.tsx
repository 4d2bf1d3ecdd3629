import type { ReactNode } from 'react';
import type { JsonObject } from '../../../src/shared/json.ts';
import { timeOf } from '../api/read-json.ts';
import { Clock } from '../parts/times.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { useIncidentRows } from './use-incident.ts';

type RowsProps = {
  readonly id: string;
  readonly part: string;
  readonly empty: string;
  readonly draw: (row: JsonObject) => ReactNode;
};

/** A list below an incident: its rows, or why there are none. */
export function Rows({ id, part, empty, draw }: RowsProps) {
  const rows = useIncidentRows(id, part);
  if (rows.data === undefined) {
    if (rows.error !== null) return <Trouble error={rows.error} onRetry={() => void rows.refetch()} />;
    return <RowsSkeleton />;
  }
  if (rows.data.length === 0) return <p className="none">{empty}</p>;
  return (
    <ol className="entries">
      {rows.data.map((row, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows of a part have no id in common
        <li key={i}>{draw(row)}</li>
      ))}
    </ol>
  );
}

export const RowsSkeleton = () => (
  <div className="incident-skeleton" aria-hidden="true">
    <span className="bone text" />
    <span className="bone text" />
    <span className="bone text" />
  </div>
);

export function Time({ value }: { readonly value: JsonObject[string] | undefined }) {
  const ms = timeOf(value);
  return ms === null ? null : <Clock ms={ms} />;
}

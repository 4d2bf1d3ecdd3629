import { useState } from 'react';
import { titleOf } from '../api/api-error.ts';
import { useTenant } from '../app/session-context.ts';
import { toast } from '../app/toasts.tsx';
import { Icon } from '../parts/icon.tsx';
import { CSV_ROWS_MAX, csvOfList, csvOfRows, saveFile } from './csv.ts';
import { type Filters, filterQuery } from './filters.ts';
import type { IncidentRow } from './incident-row.ts';
import { useUsers } from './use-users.ts';

type ExportButtonProps = {
  readonly filters: Filters;
  /** What is ticked and loaded; empty for the whole list. */
  readonly rows: readonly IncidentRow[];
};

/** Saves what is ticked, or else the whole list, as CSV. */
export function ExportButton({ filters, rows }: ExportButtonProps) {
  const { base, known } = useTenant();
  const { nameOf } = useUsers();
  const [isBusy, setBusy] = useState(false);
  const save = async (): Promise<void> => {
    setBusy(true);
    try {
      const nowMs = Date.now();
      const pathOf = (more: Readonly<Record<string, string>>): string =>
        `${base}/Incidents${filterQuery(filters, known?.userId ?? null, { merged: 'no', ...more }, nowMs)}`;
      const file = rows.length > 0 ? csvOfRows(rows, nameOf) : await csvOfList(pathOf, nameOf);
      saveFile(file.blob, 'incidents.csv');
      toast.done(`${file.rows.toLocaleString('en')} incidents saved as CSV`);
      if (file.isCut)
        toast.trouble(`A file holds ${CSV_ROWS_MAX.toLocaleString('en')} incidents: the older ones are not in it`);
    } catch (error) {
      toast.trouble(titleOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <button type="button" className="quiet" disabled={isBusy} onClick={() => void save()} title="Save as CSV">
      <Icon name="download" /> <span className="wide">{isBusy ? 'saving…' : 'CSV'}</span>
    </button>
  );
}

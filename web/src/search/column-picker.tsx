import { useMemo, useState } from 'react';
import type { JsonObject } from '../../../src/shared/json.ts';
import { visibleText } from '../parts/hostile-text.tsx';
import { toggled } from './field-panel.tsx';

const NAMES_SHOWN_MAX = 200;

type ColumnPickerProps = {
  readonly rows: readonly JsonObject[];
  readonly columns: readonly string[];
  readonly isChosen: boolean;
  readonly onColumns: (columns: readonly string[]) => void;
};

/** Chooses what the table shows; the choice stands in the address. */
export function ColumnPicker({ rows, columns, isChosen, onColumns }: ColumnPickerProps) {
  const [isOpen, setOpen] = useState(false);
  const names = useMemo(() => {
    const all = new Set(rows.flatMap((row) => Object.keys(row).filter((name) => !name.startsWith('_'))));
    return [...all].sort();
  }, [rows]);
  const offered = [...columns, ...names.filter((name) => !columns.includes(name))].slice(0, NAMES_SHOWN_MAX);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape closes what the button inside has opened
    <div
      className="column-picker"
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !isOpen) return;
        event.stopPropagation();
        setOpen(false);
      }}
    >
      <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        Columns <small>{columns.length}</small>
      </button>
      {isOpen && (
        <fieldset className="popover">
          <legend className="sr">Columns</legend>
          {offered.map((name) => (
            <label key={name} className="check">
              <input
                type="checkbox"
                checked={columns.includes(name)}
                disabled={columns.length === 1 && columns.includes(name)}
                onChange={() => onColumns(toggled(columns, name))}
              />
              {visibleText(name)}
            </label>
          ))}
          {isChosen && (
            <button type="button" onClick={() => onColumns([])}>
              Those that fit the events
            </button>
          )}
        </fieldset>
      )}
    </div>
  );
}

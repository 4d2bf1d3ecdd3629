import { useMemo, useState } from 'react';
import type { JsonObject } from '../../../src/shared/json.ts';
import { HostileText, visibleText } from '../parts/hostile-text.tsx';
import { type FieldSummary, fieldsOfRows } from './search-result.ts';

const FIELDS_SHOWN_FIRST = 24;
/** Narrower, the fields would stand between the query and its answer. */
const WIDE = '(min-width: 901px)';

type FieldPanelProps = {
  readonly rows: readonly JsonObject[];
  readonly columns: readonly string[];
  readonly onColumns: (columns: readonly string[]) => void;
  readonly onNarrow: (field: string, value: string, isExcluded: boolean) => void;
  /** Draws the whole range by the field. */
  readonly onChart: (field: string) => void;
};

/** The fields of the events on the page: how many have each, its most frequent values, and whether it is a column. */
export function FieldPanel({ rows, columns, onColumns, onNarrow, onChart }: FieldPanelProps) {
  const fields = useMemo(() => fieldsOfRows(rows), [rows]);
  const [sought, setSought] = useState('');
  const [open, setOpen] = useState<string | null>(null);
  const [isWhole, setWhole] = useState(false);
  const [isShown, setShown] = useState(() => window.matchMedia(WIDE).matches);
  const fitting = fields.filter(({ name }) => name.includes(sought.trim().toLowerCase()));
  const shown = isWhole ? fitting : fitting.slice(0, FIELDS_SHOWN_FIRST);
  return (
    <aside className="field-panel" aria-label="Fields">
      <h2>
        <button type="button" className="panel-fold" aria-expanded={isShown} onClick={() => setShown(!isShown)}>
          <span aria-hidden="true">{isShown ? '▾' : '▸'}</span> Fields{' '}
          <small>of {rows.length.toLocaleString('en')} events</small>
        </button>
      </h2>
      {isShown && (
        <>
          <label>
            <span className="sr">Find a field</span>
            <input type="text" placeholder="Find a field" value={sought} onChange={(e) => setSought(e.target.value)} />
          </label>
          <ul>
            {shown.map((field) => (
              <li key={field.name}>
                <button
                  type="button"
                  className="field-name"
                  aria-expanded={open === field.name}
                  onClick={() => setOpen(open === field.name ? null : field.name)}
                >
                  <span>{visibleText(field.name)}</span>
                  <small title={`${field.count} of ${rows.length} events have it`}>
                    {Math.round((100 * field.count) / Math.max(1, rows.length))}%
                  </small>
                </button>
                {open === field.name && (
                  <FieldValues
                    field={field}
                    isColumn={columns.includes(field.name)}
                    onColumn={() => onColumns(toggled(columns, field.name))}
                    onNarrow={onNarrow}
                    onChart={() => onChart(field.name)}
                  />
                )}
              </li>
            ))}
          </ul>
          {fitting.length === 0 && <p className="quiet">No field is called so.</p>}
          {fitting.length > shown.length && (
            <button type="button" onClick={() => setWhole(true)}>
              Show {fitting.length - shown.length} more
            </button>
          )}
        </>
      )}
    </aside>
  );
}

/** A new column stands before the line itself. */
export function toggled(columns: readonly string[], name: string): readonly string[] {
  if (columns.includes(name)) return columns.filter((column) => column !== name);
  const at = columns.at(-1) === 'msg' ? columns.length - 1 : columns.length;
  return [...columns.slice(0, at), name, ...columns.slice(at)];
}

type FieldValuesProps = {
  readonly field: FieldSummary;
  readonly isColumn: boolean;
  readonly onColumn: () => void;
  readonly onNarrow: FieldPanelProps['onNarrow'];
  readonly onChart: () => void;
};

function FieldValues({ field, isColumn, onColumn, onNarrow, onChart }: FieldValuesProps) {
  const most = field.values[0]?.count ?? 1;
  return (
    <div className="field-values">
      <p>
        {field.distinct.toLocaleString('en')} {field.distinct === 1 ? 'value' : 'values'}
        <button type="button" className="inline" aria-pressed={isColumn} onClick={onColumn}>
          {isColumn ? '− column' : '+ column'}
        </button>
        <button
          type="button"
          className="inline"
          title="All events of the range, not only those shown"
          onClick={onChart}
        >
          chart
        </button>
      </p>
      <ul>
        {field.values.map(({ value, count }) => (
          <li key={value}>
            <span className="share" style={{ inlineSize: `${(100 * count) / most}%` }} />
            <span className="value">{value === '' ? '(empty)' : <HostileText text={value} />}</span>
            <small>{count.toLocaleString('en')}</small>
            <Narrow field={field.name} value={value} onNarrow={onNarrow} />
          </li>
        ))}
      </ul>
    </div>
  );
}

type NarrowProps = {
  readonly field: string;
  readonly value: string;
  readonly onNarrow: FieldPanelProps['onNarrow'];
  /** Left out of the way of the tab key, where each value would be two stops. */
  readonly isPointerOnly?: boolean;
};

const LABEL_CHARS_MAX = 60;

/** Adds the value to the query, or excludes it. */
export function Narrow({ field, value, onNarrow, isPointerOnly = false }: NarrowProps) {
  const shown = visibleText(value.slice(0, LABEL_CHARS_MAX)) || 'nothing';
  const tab = isPointerOnly ? { tabIndex: -1 } : {};
  return (
    <span className="narrow">
      <button
        type="button"
        aria-label={`Only ${field} with this value`}
        title={`Only ${field} = ${shown}`}
        {...tab}
        onClick={() => onNarrow(field, value, false)}
      >
        +
      </button>
      <button
        type="button"
        aria-label={`Without ${field} of this value`}
        title={`Without ${field} = ${shown}`}
        {...tab}
        onClick={() => onNarrow(field, value, true)}
      >
        −
      </button>
    </span>
  );
}

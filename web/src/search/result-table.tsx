import { useMemo, useState } from 'react';
import type { JsonObject } from '../../../src/shared/json.ts';
import { timeOf } from '../api/read-json.ts';
import { HostileText } from '../parts/hostile-text.tsx';
import { localTime } from '../parts/times.tsx';
import { Narrow } from './field-panel.tsx';
import { cellText, type SearchResult } from './search-result.ts';

/** Rows that are drawn at once; the button below asks for more. */
const ROWS_DRAWN_STEP = 100;
const CELL_CHARS_MAX = 300;
/** Longer values cannot be put into a query. */
const NARROW_CHARS_MAX = 1_000;

type ResultTableProps = {
  readonly result: SearchResult;
  readonly columns: readonly string[];
  readonly onNarrow: (field: string, value: string, isExcluded: boolean) => void;
};

/** What a search found; a row opens into all of its fields, and every value narrows the search. */
export function ResultTable({ result, columns, onNarrow }: ResultTableProps) {
  const [open, setOpen] = useState<string | null>(null);
  const [drawn, setDrawn] = useState(ROWS_DRAWN_STEP);
  // Rows of an answer have no id and never move.
  const keyed = useMemo(() => result.rows.map((row, at) => ({ row, key: String(at) })), [result]);
  if (result.rows.length === 0) return null;
  return (
    <section className="results result-table" tabIndex={0} aria-label={result.isChart ? 'Rows' : 'Events'}>
      <table>
        <thead>
          <tr>
            {!result.isChart && (
              <th className="fold-cell">
                <span className="sr">Open</span>
              </th>
            )}
            {columns.map((name) => (
              <th key={name} scope="col" className={result.numbers.includes(name) ? 'num' : undefined}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {keyed.slice(0, drawn).map(({ row, key }) => (
            <Row
              key={key}
              {...{ row, result, columns, onNarrow }}
              isOpen={open === key}
              onOpen={() => setOpen(open === key ? null : key)}
            />
          ))}
        </tbody>
      </table>
      {drawn < result.rows.length && (
        <button type="button" className="more-rows" onClick={() => setDrawn(drawn + ROWS_DRAWN_STEP)}>
          Show {Math.min(ROWS_DRAWN_STEP, result.rows.length - drawn)} more of {result.rows.length}
        </button>
      )}
    </section>
  );
}

type RowProps = ResultTableProps & { readonly row: JsonObject; readonly isOpen: boolean; readonly onOpen: () => void };

function Row({ row, result, columns, isOpen, onOpen, onNarrow }: RowProps) {
  return (
    <>
      <tr className={isOpen ? 'open' : undefined}>
        {!result.isChart && (
          <td className="fold-cell">
            <button type="button" className="fold" aria-expanded={isOpen} aria-label="All fields" onClick={onOpen}>
              {isOpen ? '▾' : '▸'}
            </button>
          </td>
        )}
        {columns.map((name) => (
          <Cell key={name} {...{ row, name, onNarrow }} isNumber={result.numbers.includes(name)} />
        ))}
      </tr>
      {isOpen && (
        <tr className="opened">
          <td colSpan={columns.length + 1}>
            <FieldList row={row} onNarrow={onNarrow} />
          </td>
        </tr>
      )}
    </>
  );
}

type CellProps = {
  readonly row: JsonObject;
  readonly name: string;
  readonly isNumber: boolean;
  readonly onNarrow: ResultTableProps['onNarrow'];
};

function Cell({ row, name, isNumber, onNarrow }: CellProps) {
  const text = cellText(name, row[name]);
  const isTime = name.endsWith('_ts');
  const atMs = isTime ? timeOf(row[name]) : null;
  if (atMs !== null) {
    return (
      <td className="data time" title={text}>
        {localTime(atMs)}
      </td>
    );
  }
  const canNarrow = !isNumber && name !== 'msg' && text !== '' && text.length < NARROW_CHARS_MAX;
  return (
    <td className={isNumber ? 'num data' : name === 'msg' ? 'data line' : 'data'}>
      <HostileText text={text.length > CELL_CHARS_MAX ? `${text.slice(0, CELL_CHARS_MAX)}…` : text} />
      {canNarrow && <Narrow field={name} value={text} onNarrow={onNarrow} isPointerOnly />}
    </td>
  );
}

type FieldListProps = { readonly row: JsonObject; readonly onNarrow: ResultTableProps['onNarrow'] };

function FieldList({ row, onNarrow }: FieldListProps) {
  const names = Object.keys(row)
    .filter((name) => !name.startsWith('_') && name !== 'msg')
    .sort();
  const line = cellText('msg', row['msg']);
  return (
    <>
      {line !== '' && (
        <pre className="raw-line">
          <HostileText text={line} />
        </pre>
      )}
      <dl className="field-list">
        {names.map((name) => {
          const text = cellText(name, row[name]);
          return (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <HostileText text={text} />
                {!name.endsWith('_ts') && text.length < NARROW_CHARS_MAX && (
                  <Narrow field={name} value={text} onNarrow={onNarrow} />
                )}
              </dd>
            </div>
          );
        })}
      </dl>
    </>
  );
}

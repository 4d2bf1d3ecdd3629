import { useMemo, useState } from 'react';
import type { JsonObject } from '../../../src/shared/json.ts';
import { HostileText } from '../parts/hostile-text.tsx';
import { cellText, type SearchResult } from './search-result.ts';

/** Rows that are drawn at once; a scroll to the end asks for more. */
const ROWS_DRAWN_STEP = 100;

type ResultTableProps = {
  readonly result: SearchResult;
  readonly onNarrow: (field: string, value: string, isExcluded: boolean) => void;
};

/** What a search found; a row opens into all of its fields, and every value narrows the search. */
export function ResultTable({ result, onNarrow }: ResultTableProps) {
  const [open, setOpen] = useState<string | null>(null);
  const [drawn, setDrawn] = useState(ROWS_DRAWN_STEP);
  // Rows of an answer have no id and never move.
  const keyed = useMemo(() => result.rows.map((row, at) => ({ row, key: String(at) })), [result]);
  if (result.rows.length === 0) return null;
  return (
    <div className="results">
      <table>
        <thead>
          <tr>
            {!result.isChart && (
              <th>
                <span className="sr">Open</span>
              </th>
            )}
            {result.columns.map((name) => (
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
              {...{ row, result, onNarrow }}
              isOpen={open === key}
              onOpen={() => setOpen(open === key ? null : key)}
            />
          ))}
        </tbody>
      </table>
      {drawn < result.rows.length && (
        <button type="button" onClick={() => setDrawn(drawn + ROWS_DRAWN_STEP)}>
          Show {Math.min(ROWS_DRAWN_STEP, result.rows.length - drawn)} more of {result.rows.length}
        </button>
      )}
    </div>
  );
}

type RowProps = ResultTableProps & { readonly row: JsonObject; readonly isOpen: boolean; readonly onOpen: () => void };

function Row({ row, result, isOpen, onOpen, onNarrow }: RowProps) {
  return (
    <>
      <tr>
        {!result.isChart && (
          <td>
            <button type="button" className="fold" aria-expanded={isOpen} aria-label="All fields" onClick={onOpen}>
              {isOpen ? '▾' : '▸'}
            </button>
          </td>
        )}
        {result.columns.map((name) => {
          const text = cellText(name, row[name]);
          return (
            <td
              key={name}
              className={result.numbers.includes(name) ? 'num' : name.endsWith('_ts') ? 'data time' : 'data'}
            >
              <HostileText text={text.length > 300 ? `${text.slice(0, 300)}…` : text} />
            </td>
          );
        })}
      </tr>
      {isOpen && (
        <tr className="opened">
          <td colSpan={result.columns.length + 1}>
            <FieldList row={row} onNarrow={onNarrow} />
          </td>
        </tr>
      )}
    </>
  );
}

type FieldListProps = { readonly row: JsonObject; readonly onNarrow: ResultTableProps['onNarrow'] };

function FieldList({ row, onNarrow }: FieldListProps) {
  const names = Object.keys(row)
    .filter((name) => !name.startsWith('_'))
    .sort();
  return (
    <dl className="field-list">
      {names.map((name) => {
        const text = cellText(name, row[name]);
        const isTime = name.endsWith('_ts');
        return (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <HostileText text={text} />
              {!isTime && text.length < 1_000 && (
                <span className="narrow">
                  <button
                    type="button"
                    aria-label={`Only ${name} with this value`}
                    onClick={() => onNarrow(name, text, false)}
                  >
                    +
                  </button>
                  <button
                    type="button"
                    aria-label={`Without ${name} of this value`}
                    onClick={() => onNarrow(name, text, true)}
                  >
                    −
                  </button>
                </span>
              )}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

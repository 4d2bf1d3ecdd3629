import { type ReactNode, useMemo } from 'react';
import type { JsonObject } from '../../../src/shared/json.ts';
import { localTime } from '../parts/times.tsx';
import { useMedia } from '../parts/use-media.ts';
import { EventHistogram, ResultChart } from './charts.tsx';
import { ColumnPicker } from './column-picker.tsx';
import { FieldPanel } from './field-panel.tsx';
import { ResultTable } from './result-table.tsx';
import { partsOf, searchResultOf } from './search-result.ts';
import { useEventCounts } from './use-event-counts.ts';
import type { EventSearch } from './use-event-search.ts';

const NO_ROWS: readonly JsonObject[] = [];
/** On a phone the line itself has the room; the rest is one touch away. */
const NARROW = '(max-width: 720px)';
const NARROW_COLUMNS: ReadonlySet<string> = new Set(['log_ts', 'msg']);

type SearchAnswerProps = {
  readonly search: EventSearch;
  readonly query: string;
  readonly cols: string | undefined;
  readonly rowsMax: number;
  readonly onNarrow: (field: string, value: string, isExcluded: boolean) => void;
  readonly onTime: (fromMs: number, toMs: number) => void;
  /** Follows the search with commands that draw it. */
  readonly onChart: (commands: string) => void;
  readonly onColumns: (columns: readonly string[]) => void;
  /** What can be made of the search. */
  readonly children: ReactNode;
  /** What is filled in to make it; stands above the rows. */
  readonly form: ReactNode;
};

/** What was found so far: how much, when, which fields it has, and the rows. */
export function SearchAnswer(props: SearchAnswerProps) {
  const { search, query, cols, onNarrow, onTime, onChart, onColumns, children, form } = props;
  const { found, state } = search;
  const result = useMemo(() => searchResultOf(found ?? { rows: NO_ROWS }), [found]);
  const isNarrow = useMedia(NARROW);
  const first =
    isNarrow && !result.isChart ? result.columns.filter((name) => NARROW_COLUMNS.has(name)) : result.columns;
  const columns = !result.isChart && cols !== undefined ? cols.split(',') : first;
  const counts = useEventCounts({ query, search });
  const isEmpty = result.rows.length === 0;
  const isPlain = partsOf(query).commands === '';
  return (
    <>
      <div className="search-next">
        <p className="search-sum" role="status">
          <Sum {...props} isChart={result.isChart} />
        </p>
        {isPlain && !isEmpty && (
          <button type="button" onClick={() => onChart('| timechart count()')}>
            Draw over time
          </button>
        )}
        {!isPlain && (
          <button type="button" onClick={() => onChart('')}>
            Show the events
          </button>
        )}
        {!result.isChart && !isEmpty && (
          <ColumnPicker rows={result.rows} columns={columns} isChosen={cols !== undefined} onColumns={onColumns} />
        )}
        {children}
      </div>
      {form}
      {found !== null && !result.isChart && (!isEmpty || state === 'running') && (
        <EventHistogram {...counts} onPick={onTime} />
      )}
      {result.isChart && <ResultChart result={result} onPick={(f, v) => onNarrow(f, v, false)} onTime={onTime} />}
      {isEmpty && state === 'running' && <div className="skeleton search-skeleton" aria-hidden="true" />}
      {isEmpty && state === 'done' && <NothingFound query={query} />}
      {!isEmpty && (
        <div className={result.isChart ? undefined : 'search-columns'}>
          {!result.isChart && (
            <FieldPanel
              rows={result.rows}
              columns={columns}
              onColumns={onColumns}
              onNarrow={onNarrow}
              onChart={(field) => onChart(`| chart count() by ${field} order by count() desc`)}
            />
          )}
          <ResultTable result={result} columns={columns} onNarrow={onNarrow} />
        </div>
      )}
    </>
  );
}

/** How many, how fast, and what is missing. */
function Sum({ search, rowsMax, isChart }: SearchAnswerProps & { readonly isChart: boolean }) {
  const { found, state, tookMs } = search;
  const count = (found?.rows.length ?? 0).toLocaleString('en');
  const noun = isChart ? 'rows' : 'events';
  const back = found?.searchedFromMs ?? null;
  const until = back === null ? '' : `, back to ${localTime(back)}`;
  if (state === 'idle' || state === 'failed') return null;
  if (state === 'running') return `Searching… ${count} ${noun} so far${until}`;
  if (state === 'cancelled') return `Cancelled: ${count} ${noun}${until}. What is older was not looked at.`;
  const isFull = found?.rows.length === rowsMax && found.cut !== null;
  const cut = found?.cut ?? null;
  return (
    <>
      {count} {noun} in {tookMs.toLocaleString('en')} ms
      {cut !== null && <em className="cut"> {isFull ? `The newest ${rowsMax}; there are more.` : `${cut}.`}</em>}
    </>
  );
}

function NothingFound({ query }: { readonly query: string }) {
  return (
    <div className="empty">
      <h2>No event fits</h2>
      {query === '' ? (
        <p>No event was received in this time. Choose a longer one.</p>
      ) : (
        <ul>
          <li>Choose a longer time, or take the last condition out of the query.</li>
          <li>
            <code>user=bob</code> is the whole value, <code>user=bob*</code> its beginning, <code>user="*bob*"</code>{' '}
            any part of it.
          </li>
          <li>A field that events do not have fits nothing: empty the query to see the fields that they have.</li>
        </ul>
      )}
    </div>
  );
}

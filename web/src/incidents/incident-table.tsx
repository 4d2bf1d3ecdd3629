import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useEffect, useLayoutEffect, useRef } from 'react';
import { useTenant } from '../app/session-context.ts';
import type { ColumnId } from './column-ids.ts';
import { COLUMNS, type Column, cellText, gridOf, titleOfColumn, toldText } from './incident-columns.tsx';
import type { IncidentPages, PagesState } from './incident-pages.ts';
import type { IncidentRow } from './incident-row.ts';
import type { Density } from './list-preferences.ts';

const ROW_PX = { normal: 32, compact: 28 } as const;
/** Rows that stand for what is being loaded. */
const ROWS_AHEAD = 100;

type IncidentTableProps = {
  readonly pages: IncidentPages;
  readonly state: PagesState;
  readonly current: number;
  readonly isChosen: (id: string) => boolean;
  readonly columns: readonly ColumnId[];
  readonly density: Density;
  readonly nameOf: (userId: string) => string;
  readonly onOpen: (row: IncidentRow, index: number) => void;
  readonly onChoose: (index: number, isRange: boolean) => void;
};

/** Rows of incidents: only those in sight are in the page, however many there are. */
export function IncidentTable(props: IncidentTableProps) {
  const { pages, state, current, isChosen, columns, density, nameOf, onOpen, onChoose } = props;
  const { pool, logpoint } = useTenant();
  const address = `/p/${pool}/${logpoint}/incidents`;
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: state.count + (state.hasMore ? ROWS_AHEAD : 0),
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX[density],
    overscan: 10,
    // Rows beyond the edge are there before they are seen: scrolling need not wait for those after them.
    useFlushSync: false,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another density has rows of another height
  useEffect(() => virtual.measure(), [virtual, density]);
  useEffect(() => {
    if (current >= 0) virtual.scrollToIndex(current);
  }, [virtual, current]);
  const items = virtual.getVirtualItems();
  // Elements are used again for the rows that scroll in: making and removing them is what scrolling costs most.
  const slots = useRef(1);
  slots.current = Math.max(slots.current, items.length);
  const focused = useRef(-1);
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another content has to be looked at again
  useEffect(() => pages.show(first, last), [pages, first, last, state.version]);
  // What has the focus does not become another incident under it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: other places have other rows in the same elements
  useLayoutEffect(() => {
    const row = document.activeElement?.closest('.table .row');
    if (row && placeOf(row) !== focused.current) box.current?.focus({ preventScroll: true });
  }, [first, last]);
  return (
    <div
      className={`table ${density}`}
      ref={box}
      tabIndex={0}
      role="table"
      aria-label="Incidents"
      aria-rowcount={state.hasMore ? -1 : state.count + 1}
    >
      <TableHead columns={columns} />
      <div
        className="rows"
        style={{ height: virtual.getTotalSize() }}
        role="rowgroup"
        onFocus={({ target }) => {
          focused.current = placeOf(target.closest('.row'));
        }}
      >
        {items.map(({ index, start }) => (
          <Row
            key={index % slots.current}
            row={pages.rowAt(index)}
            index={index}
            startPx={start}
            address={address}
            isCurrent={index === current}
            isChosen={isChosen(pages.idAt(index) ?? '')}
            columns={columns}
            nameOf={nameOf}
            onOpen={onOpen}
            onChoose={onChoose}
          />
        ))}
      </div>
    </div>
  );
}

const placeOf = (row: Element | null): number => Number(row?.ariaRowIndex ?? Number.NaN) - 2;

const isToTheRight = (id: ColumnId): boolean => id !== 'name' && ['num', 'time'].includes(COLUMNS[id].className ?? '');

function TableHead({ columns }: { readonly columns: readonly ColumnId[] }) {
  return (
    <div role="rowgroup" className="head">
      <div role="row" aria-rowindex={1} style={{ gridTemplateColumns: gridOf(columns) }}>
        <span role="columnheader">
          <span className="sr">Selected</span>
        </span>
        {columns.map((id) => (
          <span key={id} role="columnheader" className={isToTheRight(id) ? 'num' : undefined}>
            {titleOfColumn(id)}
          </span>
        ))}
      </div>
    </div>
  );
}

type RowProps = Pick<IncidentTableProps, 'columns' | 'nameOf' | 'onOpen' | 'onChoose'> & {
  /** Path of the incidents. */
  readonly address: string;
  /** Null while it is being loaded. */
  readonly row: IncidentRow | null;
  readonly index: number;
  readonly startPx: number;
  readonly isCurrent: boolean;
  readonly isChosen: boolean;
};

const Row = memo(function Row(props: RowProps) {
  const { row, index, startPx, isCurrent, isChosen, columns, nameOf, onOpen, onChoose, address } = props;
  const style = { transform: `translateY(${startPx}px)`, gridTemplateColumns: gridOf(columns) };
  if (row === null) return <SkeletonRow style={style} columns={columns} />;
  const isOver = row.status !== 'unresolved' || row.mergedInto !== null;
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-current={isCurrent ? 'true' : undefined}
      className={`row${isChosen ? ' chosen' : ''}${isOver ? ' over' : ''}`}
      style={style}
    >
      <span role="cell">
        <input
          type="checkbox"
          checked={isChosen}
          aria-label={`Select ${row.number}`}
          onClick={(event) => onChoose(index, event.shiftKey)}
          onChange={() => undefined}
        />
      </span>
      {columns.map((id) =>
        id === 'name' ? (
          <span key={id} role="cell" className="name">
            {/* A link of the router works out its address anew each time that it is drawn: too dear for scrolling. */}
            <a
              href={`${address}/${row.id}`}
              title={toldText(row.name)}
              onClick={(event) => {
                if (event.ctrlKey || event.metaKey || event.shiftKey) return;
                event.preventDefault();
                onOpen(row, index);
              }}
            >
              {cellText(row.name)}
            </a>
          </span>
        ) : (
          <Cell key={id} column={COLUMNS[id]} row={row} nameOf={nameOf} />
        ),
      )}
    </div>
  );
});

type CellProps = Pick<IncidentTableProps, 'nameOf'> & { readonly column: Column; readonly row: IncidentRow };

const Cell = ({ column: { className, kindOf, tellOf, draw }, row, nameOf }: CellProps) => (
  <span role="cell" className={kindOf === undefined ? className : kindOf(row)} title={tellOf?.(row, nameOf)}>
    {draw(row, nameOf)}
  </span>
);

type SkeletonRowProps = { readonly style: React.CSSProperties; readonly columns: readonly ColumnId[] };

const SkeletonRow = ({ style, columns }: SkeletonRowProps) => (
  <div className="row waiting" style={style} aria-hidden="true">
    <span />
    {columns.map((id) => (
      <span key={id} className="bone" />
    ))}
  </div>
);

const SKELETON_ROWS = Array.from({ length: 40 }, (_, i) => i);

/** The table before its rows are there: of the size that it will have. */
export function TableSkeleton({ columns, density }: Pick<IncidentTableProps, 'columns' | 'density'>) {
  return (
    <div className={`table ${density}`} aria-hidden="true">
      <TableHead columns={columns} />
      <div className="rows" style={{ height: SKELETON_ROWS.length * ROW_PX[density] }}>
        {SKELETON_ROWS.map((i) => (
          <SkeletonRow
            key={i}
            columns={columns}
            style={{ transform: `translateY(${i * ROW_PX[density]}px)`, gridTemplateColumns: gridOf(columns) }}
          />
        ))}
      </div>
    </div>
  );
}

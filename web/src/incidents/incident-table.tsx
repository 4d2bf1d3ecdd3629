import { useVirtualizer } from '@tanstack/react-virtual';
import { type Ref, useEffect, useImperativeHandle, useRef } from 'react';
import { RiskBadge, StatusBadge } from '../parts/badges.tsx';
import { HostileText } from '../parts/hostile-text.tsx';
import { RelativeTime, shortDuration } from '../parts/times.tsx';
import type { IncidentRow, Sla } from './incident-row.ts';

const ROW_PX = { normal: 32, compact: 28 } as const;
const ROWS_AHEAD = 40;

export type Density = keyof typeof ROW_PX;

type IncidentTableProps = {
  readonly rows: readonly IncidentRow[];
  readonly current: number;
  readonly chosen: ReadonlySet<string>;
  readonly density: Density;
  readonly nameOf: (userId: string) => string;
  readonly onOpen: (row: IncidentRow) => void;
  readonly onChoose: (row: IncidentRow, isRange: boolean) => void;
  readonly onNearEnd: () => void;
  readonly ref?: Ref<{ focus(): void }>;
};

/** Rows of incidents: only those in sight are in the page, however many there are. */
export function IncidentTable(props: IncidentTableProps) {
  const { rows, current, chosen, density, nameOf, onOpen, onChoose, onNearEnd } = props;
  const box = useRef<HTMLDivElement>(null);
  useImperativeHandle(props.ref, () => ({ focus: () => box.current?.focus() }), []);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX[density],
    overscan: 12,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another density has rows of another height
  useEffect(() => virtual.measure(), [virtual, density]);
  useEffect(() => {
    if (current >= 0) virtual.scrollToIndex(current);
  }, [virtual, current]);
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last > rows.length - ROWS_AHEAD) onNearEnd();
  }, [last, rows.length, onNearEnd]);
  return (
    <div
      className={`table ${density}`}
      ref={box}
      tabIndex={0}
      role="table"
      aria-label="Incidents"
      aria-rowcount={rows.length}
    >
      <div style={{ height: virtual.getTotalSize(), position: 'relative' }} role="rowgroup">
        {items.map(({ index, start, size }) => {
          const row = rows[index];
          if (row === undefined) return null;
          return (
            <div
              key={row.id}
              role="row"
              aria-rowindex={index + 1}
              aria-current={index === current ? 'true' : undefined}
              className={chosen.has(row.id) ? 'row chosen' : 'row'}
              style={{ transform: `translateY(${start}px)`, height: size }}
            >
              <span role="cell">
                <input
                  type="checkbox"
                  checked={chosen.has(row.id)}
                  aria-label={`Select ${row.number}`}
                  onClick={(event) => onChoose(row, event.shiftKey)}
                  onChange={() => undefined}
                />
              </span>
              <span role="cell">
                <RiskBadge risk={row.risk} />
              </span>
              <span role="cell" className="number">
                {row.number}
              </span>
              <span role="cell" className="name">
                <button type="button" className="link" onClick={() => onOpen(row)}>
                  <HostileText text={row.name} />
                </button>
              </span>
              <span role="cell" className="entities">
                {row.entities.slice(0, 2).map(({ kind, value }) => (
                  <span key={`${kind} ${value}`} className="chip" title={kind}>
                    <HostileText text={value} />
                  </span>
                ))}
              </span>
              <span role="cell" className="technique">
                {row.attackIds.slice(0, 2).join(' ')}
              </span>
              <span role="cell">
                <StatusBadge status={row.status} />
              </span>
              <span role="cell" className="assignee">
                {nameOf(row.assignedTo)}
              </span>
              <span role="cell" className="sla">
                <SlaClock sla={row.sla} />
              </span>
              <span role="cell" className="time">
                <RelativeTime ms={row.detectedAtMs} />
              </span>
            </div>
          );
        })}
      </div>
    </div>
  );
}

export function SlaClock({ sla }: { readonly sla: Sla | null }) {
  if (sla === null) return null;
  if (sla.isBreached) return <span className="breached">⏳ breached</span>;
  if (sla.dueAtMs === null) return null;
  const left = sla.dueAtMs - Date.now();
  return <span className={left < 900_000 ? 'soon' : ''}>⏳ {left < 0 ? 'due' : shortDuration(left)}</span>;
}

import { eventFromStore } from '../events/event-row.ts';
import type { StoreRow } from '../events/event-store.ts';
import type { Cell } from './access.ts';
import type { ColumnType, Plan } from './plan.ts';
import type { ResultRow } from './result-row.ts';
import { columnName } from './sql-ref.ts';

/** A row of the store's answer to `compileSearch` as a row of the plan's answer. */
export function readStoreRow(plan: Plan, stored: StoreRow): ResultRow {
  if (plan.type === 'simple') return { kind: 'event', event: eventFromStore(stored) };
  return {
    kind: 'group',
    cells: plan.columns.map(({ type }, index) => readCell(stored[columnName(index)], type)),
    eventCount: Number(stored['event_count']),
    newestAtMs: Number(stored['newest_at_ms']),
  };
}

function readCell(value: unknown, type: ColumnType): Cell {
  if (value === null || value === undefined) return null;
  if (type === 'number') return Number(value);
  if (type === 'list') return Array.isArray(value) ? value.map(String) : [];
  return String(value);
}

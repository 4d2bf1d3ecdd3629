import type { LogEvent } from '../events/event.ts';
import { type RowContext, toRow } from '../events/event-row.ts';
import type { Json, JsonObject } from '../shared/json.ts';
import { type Cell, type Cells, eventAccess } from './access.ts';
import { EventView, type Slots } from './event-view.ts';
import type { Column, Plan } from './plan.ts';

/** One row of a query's answer, from the evaluator and from the store alike. */
export type ResultRow =
  | {
      readonly kind: 'event';
      readonly event: LogEvent;
      /** Values that steps after the store gave it; none when absent. */
      readonly slots?: Slots;
      /** Of a row that is joined of streams: what each gave, null where there is none. */
      readonly parts?: readonly (LogEvent | GroupRow | null)[];
    }
  | GroupRow;

export type GroupRow = {
  readonly kind: 'group';
  /** One cell for each of `plan.columns`. */
  readonly cells: Cells;
  /** How many events are in the group, and the time of the newest, Unix ms. */
  readonly eventCount: number;
  readonly newestAtMs: number;
  /** Of a chart that was made in memory: its newest rows, as many as the run keeps. */
  readonly members?: readonly EventRow[];
};

export type EventRow = Extract<ResultRow, { kind: 'event' }>;

/**
 * A row as the APIs show it. Event: flat, all text but the integer fields, or the fields that `fields` chose. Group:
 * `_group` with the values in the order of `plan.grouping`, then every column under its name; aggregates are numbers.
 */
export function showRow(plan: Plan, row: ResultRow, context: RowContext): JsonObject {
  if (row.kind === 'event') return showEvent(plan, row, context);
  const shown: { [name: string]: Json } = Object.create(null) as { [name: string]: Json };
  shown['_group'] = plan.grouping.map((name) => {
    const index = plan.columns.findIndex((column) => column.name === name);
    return cellJson(row.cells[index] ?? null, plan.columns[index]);
  });
  const columns =
    plan.shown ?? plan.columns.map((column, index) => ({ name: column.name, ref: { kind: 'column', index } }) as const);
  for (const { name, ref } of columns) {
    if (ref.kind !== 'column') continue;
    shown[name] = cellJson(row.cells[ref.index] ?? null, plan.columns[ref.index]);
  }
  return Object.assign(shown, chartHints(shown));
}

/** Group values that are whole seconds of the record's own clock stay numbers, as in the record. */
const SECONDS = new Set(['log_ts', 'col_ts', 'index_ts']);

function cellJson(cell: Cell, column: Column | undefined): Json {
  if (column !== undefined && SECONDS.has(column.name) && typeof cell === 'string') return Number(cell);
  return cell;
}

/** Hints of chart rows start with a blank; numbers are in both lists. Source: captured chart row, contract section 4. */
function chartHints(shown: JsonObject): { _type_str: string; _type_num: string; _type_ip: string } {
  const names = Object.keys(shown).filter((name) => name !== '_group');
  const numbers = names.filter((name) => typeof shown[name] === 'number');
  const list = (of: readonly string[]): string => of.map((name) => ` ${name}`).join('');
  return { _type_str: list(names), _type_num: list(numbers), _type_ip: '' };
}

function showEvent(plan: Plan, row: Extract<ResultRow, { kind: 'event' }>, context: RowContext): JsonObject {
  const { event, slots } = row;
  if (plan.shown !== null) {
    const view = new EventView(plan.constants).of(event, slots);
    const shown: { [name: string]: Json } = Object.create(null) as { [name: string]: Json };
    for (const { name, ref } of plan.shown) {
      const text = eventAccess(ref).text(view);
      if (text !== undefined) shown[name] = SECONDS.has(name) ? Number(text) : text;
    }
    return shown;
  }
  const flat = plan.table === null ? toRow(event, context) : { ...event.fields, log_ts: event.eventAtMs / 1000 };
  if (plan.renames.length === 0 && plan.computed.length === 0) return flat;
  const shown: { [name: string]: Json } = Object.assign(Object.create(null), flat) as { [name: string]: Json };
  if (plan.computed.length > 0) {
    const view = new EventView(plan.constants).of(event, slots);
    for (const { name, ref } of plan.computed) {
      const text = eventAccess(ref).text(view);
      if (text !== undefined) shown[name] = text;
    }
  }
  for (const { from, to } of plan.renames) {
    const source = from.find((name) => shown[name] !== undefined);
    if (source === undefined || source === to) continue;
    shown[to] = shown[source] ?? null;
    delete shown[source];
  }
  return shown;
}

import { distinctEntities, type Entity, entitiesOf, entityOfField } from '../events/entity.ts';
import type { FieldConstants } from '../events/event-layout.ts';
import { fieldText } from '../events/event-row.ts';
import { fieldAliases } from '../events/taxonomy.ts';
import type { Plan } from '../query/plan.ts';
import type { ResultRow } from '../query/result-row.ts';
import type { Written } from '../query/run-steps.ts';
import type { ObjectId } from '../shared/ids.ts';
import type { RowGroup } from './own-rows.ts';

/** The answer of a window's search in the terms of firing. */
export type WindowRows = {
  readonly rowsCount: number;
  /** There were more rows; the condition is decided all the same, see `rowsMaxOf`. */
  readonly isCut: boolean;
  /** Each key once. */
  readonly groups: readonly RowGroup[];
  /** Events that exceptions took out; none when left out. */
  readonly suppressed?: readonly SuppressedEvents[] | undefined;
  /** What `toList` asks to be kept when the rule fires. */
  readonly written?: readonly Written[] | undefined;
};

export type SuppressedEvents = { readonly id: ObjectId; readonly count: number };

/** Rows that are told apart; a chart with more groups in one window counts as cut. */
export const WINDOW_GROUPS_MAX = 10_000;

/**
 * Rows to ask for: enough to tell any condition's outcome, since each compares the count with one value, and what the
 * rule shows or tells apart.
 */
export function rowsMaxOf(plan: Plan, rule: { readonly limit: number; readonly conditionValue: number }): number {
  const needed = rule.conditionValue + 1;
  return Math.max(needed, plan.type === 'simple' ? rule.limit : WINDOW_GROUPS_MAX);
}

/** A chart's row is told apart by its group values, a plain search's rows are one group. */
export function windowRows(
  plan: Plan,
  rows: readonly ResultRow[],
  options: { readonly throttlingField: string | null; readonly isCut: boolean },
): WindowRows {
  const groups = new Map<string, RowGroup>();
  const namedBy = new Map<string, (readonly Entity[])[]>();
  let namedRows = 0;
  const groupOf = rowGroups(plan, options.throttlingField);
  for (const row of rows) {
    const group = groupOf(row);
    const id = JSON.stringify([group.key, group.throttleValue]);
    if (!groups.has(id)) groups.set(id, group);
    if (namedRows >= NAMED_ROWS_MAX) continue;
    namedRows += 1;
    const named = namedBy.get(id) ?? [];
    namedBy.set(id, named);
    named.push(rowEntities(plan, row));
  }
  return {
    rowsCount: rows.length,
    isCut: options.isCut,
    groups: [...groups].map(([id, group]) => {
      const entities = distinctEntities(namedBy.get(id) ?? []);
      return entities === undefined ? group : { ...group, entities };
    }),
  };
}

/** What tells each of the plan's rows from the others. */
export function rowGroups(plan: Plan, throttlingField: string | null): (row: ResultRow) => RowGroup {
  const grouping = plan.grouping.map((name) => plan.columns.findIndex((column) => column.name === name));
  const throttleColumn = plan.columns.findIndex(({ name }) => name === throttlingField);
  return (row) =>
    row.kind === 'event'
      ? { key: '', throttleValue: throttleValueOf(row.event, throttlingField, plan.constants) }
      : {
          key: keyOf(grouping.map((index) => row.cells[index] ?? null)),
          throttleValue: textOf(row.cells[throttleColumn] ?? null),
        };
}

/** Rows whose entities are looked for. */
const NAMED_ROWS_MAX = 1_000;

function rowEntities(plan: Plan, row: ResultRow): readonly Entity[] {
  if (row.kind === 'event') return entitiesOf(row.event);
  return plan.grouping
    .map((name) => {
      const cell = row.cells[plan.columns.findIndex((column) => column.name === name)] ?? null;
      return entityOfField(name, typeof cell === 'string' ? cell : undefined);
    })
    .filter((entity) => entity !== null);
}

type Cell = string | number | readonly string[] | null;

const textOf = (cell: Cell): string | null => {
  if (cell === null) return null;
  return typeof cell === 'object' ? cell.join(' ') : String(cell);
};

/** One group field: its value as it stands. Several: a JSON list, so that no two tuples are the same text. */
function keyOf(cells: readonly Cell[]): string {
  if (cells.length === 0) return '';
  const [only] = cells;
  return cells.length === 1 ? (textOf(only ?? null) ?? '') : JSON.stringify(cells.map((cell) => textOf(cell)));
}

/** The event's value of the throttling field, under the name given or one that the taxonomy knows it by. */
export function throttleValueOf(
  event: Parameters<typeof fieldText>[0],
  field: string | null,
  constants: FieldConstants,
): string | null {
  if (field === null) return null;
  for (const name of [field, ...fieldAliases(field)]) {
    const text = fieldText(event, name, constants);
    if (text !== undefined) return text;
  }
  return null;
}

import { EVENT_COLUMNS, type FieldConstants, fieldSql, numberSql } from '../events/event-layout.ts';
import { textSql } from './compile-text.ts';
import type { ColumnRef, FieldRef, Ref } from './plan.ts';
import type { SqlParams } from './sql-params.ts';

/** SQL for one value: the store's twin of `Access`. */
export type RefSql = {
  /** `String`, never null; '' when the value is absent. */
  readonly text: string;
  /** Never null. */
  readonly isPresent: string;
  /** `Nullable(Float64)` */
  readonly number: string;
  /** `Array(String)`, for a value that is a set; null for all others. */
  readonly members: string | null;
};

/** Makes the SQL for references of one search. */
export function refSql(ref: Ref, params: SqlParams, constants: FieldConstants): RefSql {
  if (ref.kind === 'field') return eventField(ref, params, constants);
  if (ref.kind === 'column') return chartColumn(ref);
  if (ref.kind === 'slot') throw new Error('a value of a later step was not split off for after the store');
  const { text, isPresent } = textSql(ref.value, params, constants);
  return { text, isPresent, number: numberSql(text), members: null };
}

function eventField(ref: FieldRef, params: SqlParams, constants: FieldConstants): RefSql {
  const parts = ref.names.map((name) => fieldSql(name, params.text, constants));
  const [only] = parts;
  if (only === undefined) throw new Error('a field without a name');
  const text =
    parts.length === 1
      ? only.text
      : `multiIf(${parts.map((part) => `${part.isPresent}, ${part.text}`).join(', ')}, '')`;
  const isPresent = parts.length === 1 ? only.isPresent : `(${parts.map((part) => part.isPresent).join(' OR ')})`;
  return { text, isPresent, number: numberSql(text), members: ref.isSet ? labelWords(ref, text) : null };
}

function labelWords(ref: FieldRef, text: string): string {
  if (ref.names.length === 1 && ref.names[0] === 'label') return EVENT_COLUMNS.labels;
  return `arrayFilter(word -> word != '', splitByChar(' ', ${text}))`;
}

/** Name of a chart's column in SQL: aliases are text from a user and stay outside. */
export const columnName = (index: number): string => `c${index}`;

function chartColumn({ index, type }: ColumnRef): RefSql {
  const column = columnName(index);
  if (type === 'text') return { text: column, isPresent: 'true', number: numberSql(column), members: null };
  if (type === 'optional') {
    const text = `ifNull(${column}, '')`;
    return { text, isPresent: `isNotNull(${column})`, number: numberSql(text), members: null };
  }
  if (type === 'list') {
    return { text: `arrayStringConcat(${column}, ', ')`, isPresent: 'true', number: 'NULL', members: column };
  }
  const text = numberTextSql(column);
  return { text, isPresent: `isNotNull(${column})`, number: `toFloat64(${column})`, members: null };
}

/** A `Nullable` number as it is written in memory (1e+21 where the store writes 1e21); '' for none. */
export const numberTextSql = (number: string): string =>
  `ifNull(replaceRegexpOne(toString(${number}), 'e([0-9])', 'e+\\\\1'), '')`;

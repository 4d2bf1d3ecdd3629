import type { Entity } from '../events/entity.ts';
import { groupKeyOf } from './episodes.ts';

/** What tells a result row of a window from the others. */
export type RowGroup = {
  /** Its group values, or '' for rows of a plain search. */
  readonly key: string;
  readonly throttleValue: string | null;
  /** What the rows of the group name. */
  readonly entities?: readonly Entity[] | undefined;
};

/** Which rows of its windows an incident is about; the others are about other incidents. Texts as `groupKeyOf` keeps them. */
export type OwnRows = {
  /** Field whose values throttle; null without throttling. */
  readonly field: string | null;
  /** Throttling values. */
  readonly values: readonly string[];
  /** Keys of rows that have no throttling value. */
  readonly keys: readonly string[];
  /** There were more than are kept. */
  readonly isCut: boolean;
};

/** Values and keys that an incident remembers. */
export const OWN_ROWS_MAX = 1_000;

export const isThrottledBy = (value: string | null): value is string => value !== null && value !== '';

/** Null when nothing tells the rows apart: they are one group. */
export function ownRowsOf(field: string | null, groups: readonly RowGroup[]): OwnRows | null {
  const values = new Set<string>();
  const keys = new Set<string>();
  for (const { key, throttleValue } of groups) {
    if (field !== null && isThrottledBy(throttleValue)) values.add(groupKeyOf(throttleValue));
    else keys.add(groupKeyOf(key));
  }
  if (values.size === 0 && (keys.size === 0 || (keys.size === 1 && keys.has('')))) return null;
  return bounded(field, values, keys, false);
}

export function joinOwnRows(one: OwnRows, other: OwnRows): OwnRows {
  const values = new Set([...one.values, ...other.values]);
  return bounded(one.field, values, new Set([...one.keys, ...other.keys]), one.isCut || other.isCut);
}

function bounded(
  field: string | null,
  values: ReadonlySet<string>,
  keys: ReadonlySet<string>,
  wasCut: boolean,
): OwnRows {
  const keptValues = [...values].slice(0, OWN_ROWS_MAX);
  const keptKeys = [...keys].slice(0, OWN_ROWS_MAX - keptValues.length);
  const isCut = wasCut || values.size + keys.size > OWN_ROWS_MAX;
  return { field, values: keptValues, keys: keptKeys, isCut };
}

/** Whether the row is one of these. */
export function isOwnRow(own: OwnRows, { key, throttleValue }: RowGroup): boolean {
  return own.field !== null && isThrottledBy(throttleValue)
    ? own.values.includes(groupKeyOf(throttleValue))
    : own.keys.includes(groupKeyOf(key));
}

import type { LogEvent } from '../events/event.ts';
import { fieldText } from '../events/event-row.ts';
import { fold } from '../query/fold.ts';

/** Names of a field as events may store it; the first that an event has counts. */
export type FieldNames = readonly string[];

/** What is read of an event that satisfies a part of a stateful rule. Plain data. */
export type MatchFields = {
  /** What tells groups apart, one for each field. */
  readonly keys: readonly FieldNames[];
  /** What is counted or summed; several fields count together. */
  readonly values: readonly FieldNames[];
  /** Texts are equal in any case. */
  readonly isFolded: boolean;
};

export type ReadFields = { readonly groupKey: string; readonly value: string | null };

/** Null for an event that lacks a field of the group: it belongs to none. */
export function readFields(event: LogEvent, { keys, values, isFolded }: MatchFields): ReadFields | null {
  const read = (names: FieldNames): string | undefined => {
    for (const name of names) {
      const text = fieldText(event, name);
      if (text !== undefined) return isFolded ? fold(text) : text;
    }
    return undefined;
  };
  const group = keys.map(read);
  if (group.includes(undefined)) return null;
  const counted = values.map(read);
  const [only] = counted;
  if (counted.includes(undefined)) return { groupKey: textOfTuple(group), value: null };
  return { groupKey: textOfTuple(group), value: counted.length > 1 ? JSON.stringify(counted) : (only ?? null) };
}

/** What a match is to its correlation, and to those that this one feeds, the nearest first. */
export type ReadMatch = ReadFields & { readonly up: readonly ReadFields[] };

export function readMatch(
  event: LogEvent,
  { fields, up = [] }: { readonly fields: MatchFields; readonly up?: readonly MatchFields[] | undefined },
): ReadMatch | null {
  const own = readFields(event, fields);
  if (own === null) return null;
  const above = up.map((one) => readFields(event, one));
  const known = above.filter((one) => one !== null);
  // What is above reads fields of the own group, so that none is missing.
  return known.length === above.length ? { ...own, up: known } : null;
}

/** One value as it stands; several as a JSON list, so that no two tuples are the same text. */
const textOfTuple = (texts: readonly (string | undefined)[]): string =>
  texts.length > 1 ? JSON.stringify(texts) : (texts[0] ?? '');

/** What `groupKey` was made of. */
export const groupValues = (groupKey: string, fields: number): readonly string[] =>
  fields > 1 ? (JSON.parse(groupKey) as readonly string[]) : [groupKey];

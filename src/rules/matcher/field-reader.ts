import { type LogEvent, newFields } from '../../events/event.ts';
import type { FieldConstants } from '../../events/event-layout.ts';
import { fieldText } from '../../events/event-row.ts';
import type { FieldRef } from '../../query/plan.ts';

/** The text that a reference stands for in an event, as stored; undefined when the event lacks it. */
export type FieldReader = (event: LogEvent) => string | undefined;

/** References with one key have the same value in every event. */
export const refKey = (ref: FieldRef): string => JSON.stringify([ref.isSet, ...ref.names]);

export function fieldReader(ref: FieldRef, constants: FieldConstants): FieldReader {
  const { names } = ref;
  const [only] = names;
  if (!names.every((name) => isPlain(name, constants))) return (event) => firstText(event, names, constants);
  if (names.length === 1) return (event) => plainText(event, only);
  return (event) => {
    for (const name of names) {
      const value = plainText(event, name);
      if (value !== undefined) return value;
    }
    return undefined;
  };
}

const EMPTY: LogEvent = { seq: 0, repo: '', eventAtMs: 0, receivedAtMs: 0, fields: newFields() };

/** A name that only the event's own fields can give: an event without fields has no value for it. */
const isPlain = (name: string, constants: FieldConstants): boolean => fieldText(EMPTY, name, constants) === undefined;

/** Fields have no prototype; should they have one, what it gives is no text. */
function plainText(event: LogEvent, name: string): string | undefined {
  const value: unknown = event.fields[name];
  return typeof value === 'string' ? value : undefined;
}

function firstText(event: LogEvent, names: readonly string[], constants: FieldConstants): string | undefined {
  for (const name of names) {
    const value = fieldText(event, name, constants);
    if (value !== undefined) return value;
  }
  return undefined;
}

import { type LogEvent, newFields } from '../../events/event.ts';
import { fieldText } from '../../events/event-row.ts';
import { eventAccess } from '../../query/access.ts';
import type { EventView } from '../../query/event-view.ts';
import type { FieldRef } from '../../query/plan.ts';

/** The text that a reference stands for in an event, as stored; undefined when the event lacks it. */
export type FieldReader = (event: LogEvent, view: EventView) => string | undefined;

/** References with one key have the same value in every event. */
export const refKey = (ref: FieldRef): string => JSON.stringify([ref.isSet, ...ref.names]);

/** `constantNames`: fields that the view may give to an event that lacks them. */
export function fieldReader(ref: FieldRef, constantNames: ReadonlySet<string>): FieldReader {
  const { names } = ref;
  const [only] = names;
  if (!names.every((name) => isPlain(name, constantNames))) return eventAccessText(ref);
  if (names.length === 1) return (event) => plainText(event, only);
  return (event) => {
    for (const name of names) {
      const value = plainText(event, name);
      if (value !== undefined) return value;
    }
    return undefined;
  };
}

/** The name, where a reference stands for one field that only the event itself can have; else null. */
export function plainName({ names }: FieldRef, constantNames: ReadonlySet<string>): string | null {
  const [only] = names;
  return names.length === 1 && isPlain(only, constantNames) ? only : null;
}

function eventAccessText(ref: FieldRef): FieldReader {
  const { text } = eventAccess(ref);
  return (event, view) => text(view.of(event));
}

const EMPTY: LogEvent = { seq: 0, repo: '', eventAtMs: 0, receivedAtMs: 0, fields: newFields() };

/** A name that only the event's own fields can give: an event without fields has no value for it. */
const isPlain = (name: string, constantNames: ReadonlySet<string>): boolean =>
  !constantNames.has(name) && fieldText(EMPTY, name) === undefined;

/** Fields have no prototype; should they have one, what it gives is no text. */
function plainText(event: LogEvent, name: string): string | undefined {
  const value: unknown = event.fields[name];
  return typeof value === 'string' ? value : undefined;
}

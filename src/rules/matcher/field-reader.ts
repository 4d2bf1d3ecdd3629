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

/** Instead of a place among an event's values: the value is read from the event. */
export const READ = -1;

/** A reference, and where events with known names of fields have its value. */
export type PlacedField = {
  readonly read: FieldReader;
  /** `READ` when the names do not tell; null when such events lack it. */
  readonly placeIn: (places: ReadonlyMap<string, number>) => number | null;
};

export function placedField(ref: FieldRef, constantNames: ReadonlySet<string>): PlacedField {
  const { names } = ref;
  const read = fieldReader(ref, constantNames);
  if (!names.every((name) => isPlain(name, constantNames))) return { read, placeIn: () => READ };
  return {
    read,
    placeIn: (places) => {
      for (const name of names) {
        const place = places.get(name);
        if (place !== undefined) return place;
      }
      return null;
    },
  };
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

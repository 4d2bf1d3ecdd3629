import type { JsonObject } from '../../../src/shared/json.ts';
import { rowsOf, timeOf } from '../api/read-json.ts';

/** Events of an incident: fields by name, what was received under `msg`. */
export type IncidentEvent = { readonly atMs: number | null; readonly fields: Readonly<Record<string, string>> };

/** Of the answer of fetchIncidentData: the events of every row of the rule's query, in the answer's order. */
export function eventsOf(response: JsonObject): IncidentEvent[] {
  return rowsOf(response['rows']).flatMap((row) => {
    const events = rowsOf(row['_participating_events']);
    return (events.length > 0 ? events : [row]).map(eventOf);
  });
}

/** Columns that tell the client of types, not of the event. */
const isBookkeeping = (name: string): boolean => name.startsWith('_type_') || name === '_participating_events';

function eventOf(row: JsonObject): IncidentEvent {
  const fields: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(row)) {
    if (isBookkeeping(name)) continue;
    fields[name] = typeof value === 'string' ? value : JSON.stringify(value);
  }
  return { atMs: timeOf(row['log_ts']), fields };
}

import type { EventFields } from '../events/event.ts';

/**
 * Fields that say how an event came and what the normaliser made of it. Text that is looked for anywhere in an event
 * is not looked for in them.
 */
export const CONTEXT_FIELDS = [
  'col_type',
  'device_ip',
  'ingest_flags',
  'label',
  'norm_id',
  'sig_id',
  'source_name',
] as const;

const isContext: ReadonlySet<string> = new Set(CONTEXT_FIELDS);

/**
 * The values of an event in which text without a field is looked for. Left out are fields whose name starts with `@`,
 * which are the collector's, and a message that is a JSON object: its members are the fields, and its text has names
 * and escapes that no value has.
 */
export function searchedValues(fields: EventFields): string[] {
  const values: string[] = [];
  for (const name in fields) {
    const value = fields[name];
    if (value === undefined || !isSearchedField(name)) continue;
    if (name === 'msg' && isRecordText(value)) continue;
    values.push(value);
  }
  return values;
}

export const isSearchedField = (name: string): boolean => !name.startsWith('@') && !isContext.has(name);

/** A message that is the JSON object from which the fields were read. */
export const isRecordText = (msg: string): boolean => msg.startsWith('{');

/** `Array(String)`: the same in the store, from a placeholder for the names of `CONTEXT_FIELDS`. */
export const searchedValuesSql = (contextFields: string): string =>
  `arrayConcat(if(startsWith(msg, '{'), [], [msg]), mapValues(mapFilter((name, value) -> NOT startsWith(name, '@') AND NOT has(${contextFields}, name), fields)))`;

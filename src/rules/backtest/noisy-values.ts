import type { LogEvent } from '../../events/event.ts';
import { fieldText } from '../../events/event-row.ts';

/** Fields that say who, where and with what: what throttling and exceptions are usually about. */
const MAIN_FIELDS = [
  'user',
  'target_user',
  'source_address',
  'destination_address',
  'host',
  'device_name',
  'device_ip',
  'process',
  'parent_process',
  'command',
  'file',
  'domain',
  'url',
  'action',
] as const;
/** Values that are told apart for a field; further ones are not counted. */
const VALUES_MAX = 20_000;
const VALUE_CHARS_MAX = 200;
const TOP_PER_FIELD = 5;
const TOP_MAX = 30;

/** Counts the values of the main fields and tells which come most often. */
export class NoisyValues {
  readonly #byField = new Map<string, Map<string, number>>();

  add(event: LogEvent, throttlingField: string | null): void {
    const fields = throttlingField === null ? MAIN_FIELDS : new Set([throttlingField, ...MAIN_FIELDS]);
    for (const field of fields) {
      const value = fieldText(event, field);
      if (value !== undefined && value !== '') this.addValue(field, value);
    }
  }

  addValue(field: string, value: string): void {
    const counts = this.#byField.get(field) ?? new Map<string, number>();
    this.#byField.set(field, counts);
    const key = value.slice(0, VALUE_CHARS_MAX);
    const count = counts.get(key);
    if (count !== undefined || counts.size < VALUES_MAX) counts.set(key, (count ?? 0) + 1);
  }

  /** The most frequent values of each field, most frequent first. */
  top(): readonly { readonly field: string; readonly value: string; readonly count: number }[] {
    const all = [...this.#byField].flatMap(([field, counts]) =>
      [...counts]
        .map(([value, count]) => ({ field, value, count }))
        .sort((a, b) => b.count - a.count)
        .slice(0, TOP_PER_FIELD),
    );
    return all.sort((a, b) => b.count - a.count).slice(0, TOP_MAX);
  }
}

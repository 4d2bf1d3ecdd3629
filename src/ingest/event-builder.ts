import { newFields } from '../events/event.ts';
import { FIELD_COUNT_MAX, FIELD_NAME_LENGTH_MAX, FIELD_VALUE_LENGTH_MAX } from './limits.ts';

/** Names that belong to the row and its bookkeeping; a line that has them shows them with the prefix `original_`. */
const RESERVED = new Set([
  'col_ts',
  'index_ts',
  'repo_name',
  'logpoint_name',
  'collected_at',
  'ingest_flags',
  '_offset',
  '_identifier',
  '_streamID',
  '_tz',
  '_enrich_policy',
  '_searcherAddress',
  '_fromV550',
  '_type_str',
  '_type_num',
  '_type_ip',
  '_group',
  '_participating_events',
]);

/** The name under which an event has a member of a line. */
export const foreignName = (name: string): string => (RESERVED.has(name) ? `original_${name}` : name);

/**
 * Gathers the fields of one event within the limits. The first value of a name stays; what is cut or left out is
 * counted and named in the event's field `ingest_flags`.
 */
export class EventBuilder {
  readonly fields = newFields();
  #count = 0;
  droppedFields = 0;
  truncatedValues = 0;
  #flags = '';
  /** Own time of the event, Unix ms; null = the time of receipt. */
  eventAtMs: number | null = null;
  isTimeClamped = false;

  has(name: string): boolean {
    return this.fields[name] !== undefined;
  }

  get(name: string): string | undefined {
    return this.fields[name];
  }

  /** Sets a field of the event itself (not from hostile text) over any value. */
  overwrite(name: string, value: string): void {
    if (this.fields[name] === undefined) this.#count += 1;
    this.fields[name] = value;
  }

  /** False when the name has another value already: nothing was stored. */
  put(name: string, value: string): boolean {
    const held = this.fields[name];
    if (held !== undefined) return held === value;
    if (this.#count >= FIELD_COUNT_MAX || name.length > FIELD_NAME_LENGTH_MAX || name === '') {
      this.droppedFields += 1;
      return true;
    }
    this.#count += 1;
    this.fields[name] = value.length > FIELD_VALUE_LENGTH_MAX ? this.#cut(value, FIELD_VALUE_LENGTH_MAX) : value;
    return true;
  }

  /** A field from a line, whose name may be one that only Tocsin gives. */
  putForeign(name: string, value: string): boolean {
    return this.put(foreignName(name), value);
  }

  /** As `putForeign`; a name that has another value already gets a number. */
  putBeside(name: string, value: string): void {
    if (this.putForeign(name, value)) return;
    for (let i = 2; i < 10; i += 1) if (this.putForeign(`${name}_${i}`, value)) return;
    this.droppedFields += 1;
  }

  putMsg(text: string, lengthMax: number): void {
    this.overwrite('msg', text.length > lengthMax ? this.#cut(text, lengthMax) : text);
  }

  flag(name: string): void {
    this.#flags = this.#flags === '' ? name : `${this.#flags} ${name}`;
  }

  /** Takes the time when it is believable; else the event keeps the text and says so. */
  setTime(timeMs: number | null, text: string, minMs: number, maxMs: number): boolean {
    if (timeMs !== null && timeMs >= minMs && timeMs <= maxMs) {
      this.eventAtMs = timeMs;
      return true;
    }
    if (!this.isTimeClamped) {
      this.isTimeClamped = true;
      this.put('original_time', text);
    }
    return false;
  }

  /** Adds the field that says what was done to the event. */
  finish(): void {
    if (this.eventAtMs === null && this.isTimeClamped) this.flag('time_clamped');
    if (this.droppedFields > 0) this.flag(`fields_dropped:${this.droppedFields}`);
    if (this.truncatedValues > 0) this.flag(`values_truncated:${this.truncatedValues}`);
    if (this.#flags !== '') this.overwrite('ingest_flags', this.#flags);
  }

  #cut(value: string, lengthMax: number): string {
    this.truncatedValues += 1;
    const last = value.charCodeAt(lengthMax - 1);
    const isHalfPair = last >= 0xd800 && last <= 0xdbff;
    return value.slice(0, isHalfPair ? lengthMax - 1 : lengthMax);
  }
}

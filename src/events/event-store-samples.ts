import * as fc from 'fast-check';
import { type EventFields, type LogEvent, newFields } from './event.ts';
import { EVENT_SELECT, fieldSql } from './event-layout.ts';
import type { StoreParam, StoreSearch } from './event-store.ts';

// Events and searches for the contract suite and for the fault loops that use it.

/** Noon, so that a few hours either way stay on the day. */
export const NOON_MS = Date.UTC(2026, 5, 15, 12);
export const DAY = 86_400_000;

export function fieldsOf(entries: Iterable<readonly [string, string]>): EventFields {
  const fields = newFields();
  for (const [name, value] of entries) fields[name] = value;
  return fields;
}

export function sampleEvent(seq: number, fields: Record<string, string> = {}, over: Partial<LogEvent> = {}): LogEvent {
  const eventAtMs = NOON_MS + seq;
  return {
    seq,
    repo: 'default',
    eventAtMs,
    receivedAtMs: eventAtMs + 7,
    fields: fieldsOf(Object.entries(fields)),
    ...over,
  };
}

export const sampleBatch = (fromSeq: number, count: number): LogEvent[] =>
  Array.from({ length: count }, (_, i) => sampleEvent(fromSeq + i, { msg: `line ${fromSeq + i}`, user: `u${i % 7}` }));

/** Builds a search the way the compiler does: text around placeholders, values beside it. */
export function searchFor(build: (bind: (value: string) => string) => string): StoreSearch {
  const params: Record<string, StoreParam> = {};
  const bind = (value: string): string => {
    const name = `p${Object.keys(params).length + 1}`;
    params[name] = { type: 'String', value };
    return `{${name}:String}`;
  };
  return { sql: build(bind), params };
}

/** Whole events that satisfy a condition, in the order of their `seq`. */
export const eventsWhere = (condition: (bind: (value: string) => string) => string): StoreSearch =>
  searchFor((bind) => `SELECT ${EVENT_SELECT} FROM {events} WHERE ${condition(bind)} ORDER BY seq`);

export const fieldEquals = (field: string, value: string): StoreSearch =>
  eventsWhere((bind) => `${fieldSql(field, bind).text} = ${bind(value)}`);
export const fieldPresent = (field: string): StoreSearch => eventsWhere((bind) => fieldSql(field, bind).isPresent);

export const everything = eventsWhere(() => '1');

const hostileName = fc.constantFrom(
  '__proto__',
  'constructor',
  "it's",
  'back\\slash',
  'nul\0nul',
  'emoji😀',
  '',
  ' ',
  'a.b',
  '{p1:String}',
  "x'] OR 1=1 --",
  'label',
  'user',
  'msg',
  'log_ts',
  '7',
);
const hostileText = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    "'",
    '\\',
    '\\N',
    '\0',
    '\t\r\n',
    '😀',
    '\u2028',
    '{events}',
    'NULL',
    '0',
    '-1.5e3',
    '10.0.0.1',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ maxLength: 200 }),
);

/** Events with names and values that quoting, JSON, SQL and prototypes are known to trip over. */
export const hostileEvents: fc.Arbitrary<LogEvent[]> = fc
  .array(
    fc.record({
      fields: fc.array(fc.tuple(fc.oneof(hostileName, fc.string({ maxLength: 12 })), hostileText), { maxLength: 12 }),
      eventAtMs: fc.oneof(
        fc.integer({ min: NOON_MS - 3 * DAY, max: NOON_MS + DAY / 2 }),
        fc.constantFrom(0, -1, Date.UTC(9999, 11, 31), Date.UTC(1900, 0, 1), 8.64e15),
      ),
      repo: fc.constantFrom('default', '_logpoint', "o'neil\\ 😀"),
    }),
    { minLength: 1, maxLength: 20 },
  )
  .map((shapes) =>
    shapes.map(({ fields, eventAtMs, repo }, i) => ({
      seq: i + 1,
      repo,
      eventAtMs,
      receivedAtMs: NOON_MS + i,
      fields: fieldsOf(fields),
    })),
  );

import { isIP } from 'node:net';
import type { Json, JsonObject } from '../shared/json.ts';
import { type LogEvent, newFields, numericValue } from './event.ts';
import type { FieldConstants } from './event-layout.ts';
import type { StoreRow } from './event-store.ts';
import { LaidOutEvent } from './laid-out-event.ts';

/** What a row shows beside the event: the node that holds it. */
export type RowContext = {
  readonly logpointName: string;
  /** Address of the node; with the index searcher's port it is `_searcherAddress`. */
  readonly logpointIp: string;
};

/** Named in no type hint: the row's own bookkeeping. Source: seed, response of FetchIncidentData. */
const UNHINTED = new Set(['index_ts', '_streamID', '_searcherAddress']);

const SEARCHER_PORT = 5504;

/** Fields that every row of a logpoint shows unless the event has its own. */
export function rowConstants(context: RowContext): FieldConstants {
  return {
    _tz: 'UTC',
    _enrich_policy: 'None',
    _identifier: '0',
    _fromV550: 't',
    _searcherAddress: `${context.logpointIp}:${SEARCHER_PORT}`,
    collected_at: context.logpointName,
    logpoint_name: context.logpointName,
  };
}

const seconds = (ms: number): number => Math.floor(ms / 1000);

/** Fields that belong to the row whatever the event's own fields say. */
function rowColumns(event: LogEvent): { readonly [name: string]: string | number } {
  return {
    log_ts: seconds(event.eventAtMs),
    col_ts: seconds(event.receivedAtMs),
    index_ts: seconds(event.receivedAtMs),
    repo_name: event.repo,
    _offset: event.seq,
    _streamID: 0,
  };
}

/**
 * The value of a field as searches see it, `undefined` when the event lacks it: the in-memory twin of `fieldSql`.
 */
export function fieldText(event: LogEvent, field: string, constants: FieldConstants = {}): string | undefined {
  switch (field) {
    case 'log_ts':
      return String(seconds(event.eventAtMs));
    case 'col_ts':
    case 'index_ts':
      return String(seconds(event.receivedAtMs));
    case 'repo_name':
      return event.repo;
    case '_offset':
      return String(event.seq);
    case '_streamID':
      return '0';
  }
  if (event instanceof LaidOutEvent) {
    const place = event.layout.placeOf(field);
    if (place !== undefined) return event.valueAt(place);
  } else if (Object.hasOwn(event.fields, field)) return event.fields[field];
  return Object.hasOwn(constants, field) ? constants[field] : undefined;
}

/**
 * The flat event of `_participating_events` and of search rows: text, except the integers of `INTEGER_FIELDS`. `msg`
 * comes first, then the event's fields in their order. The hints name each field once as `_type_num` or `_type_str`,
 * and again in `_type_ip` when its value is an IPv4 or IPv6 address; they are functions of the values.
 */
export function toRow(event: LogEvent, context: RowContext): JsonObject {
  const row: { [name: string]: Json } = Object.create(null) as { [name: string]: Json };
  const { msg } = event.fields;
  if (msg !== undefined) row['msg'] = msg;
  for (const [name, value] of Object.entries(event.fields)) row[name] = value;
  for (const [name, value] of Object.entries(rowConstants(context))) row[name] ??= value;
  for (const [name, value] of Object.entries(rowColumns(event))) row[name] = value;
  return Object.assign(row, typeHints(row));
}

function typeHints(row: JsonObject): { readonly _type_str: string; readonly _type_num: string; _type_ip: string } {
  const texts: string[] = [];
  const numbers: string[] = [];
  const addresses: string[] = [];
  for (const [name, value] of Object.entries(row)) {
    if (UNHINTED.has(name) || name.startsWith('_type_')) continue;
    if (typeof value === 'number' || numericValue(String(value)) !== undefined) numbers.push(name);
    else texts.push(name);
    if (typeof value === 'string' && isAddress(value)) addresses.push(name);
  }
  return { _type_str: texts.join(' '), _type_num: numbers.join(' '), _type_ip: addresses.join(' ') };
}

/** A zone (`fe80::1%eth0`) means something on one machine only, so it makes no address here. */
const isAddress = (text: string): boolean => text.length <= 45 && !text.includes('%') && isIP(text) !== 0;

/**
 * The event in a row of a search whose select list is `EVENT_SELECT`.
 *
 * @throws Error when the row has another shape
 */
export function eventFromStore(stored: StoreRow): LogEvent {
  const fields = newFields();
  const { msg, fields: map, empty_fields: empty } = stored;
  if (typeof msg !== 'string' || typeof map !== 'object' || map === null || !Array.isArray(empty)) {
    throw new Error(`not a row of a search for events: ${Object.keys(stored).join(', ')}`);
  }
  if (msg !== '' || empty.includes('msg')) fields['msg'] = msg;
  for (const [name, value] of Object.entries(map)) fields[name] = String(value);
  return {
    seq: Number(stored['seq']),
    repo: String(stored['repo']),
    eventAtMs: Number(stored['event_at_ms']),
    receivedAtMs: Number(stored['received_at_ms']),
    fields,
  };
}

/** The flat event of a stored row: the same that `toRow` gives for the event before it was stored. */
export const rowFromStore = (stored: StoreRow, context: RowContext): JsonObject =>
  toRow(eventFromStore(stored), context);

/** One event as the values of `EVENT_INSERT_COLUMNS`. Map and list are what JSON makes of them. */
export function storeTupleOf(event: LogEvent): readonly Json[] {
  const map = newFields();
  const empty: string[] = [];
  for (const [name, value] of Object.entries(event.fields)) {
    if (value === '') empty.push(name);
    if (name !== 'msg') map[name] = value;
  }
  return [event.seq, event.repo, event.eventAtMs, event.receivedAtMs, event.fields['msg'] ?? '', map, empty];
}

import { isUtf8 } from 'node:buffer';
import { type EventFields, type LogEvent, newFields } from '../events/event.ts';
import { DEAD_LETTER_REPO } from '../tenancy/logpoint.ts';
import { decodeAccessLine } from './decode-access.ts';
import { decodeJson } from './decode-json.ts';
import { decodeSyslog, looksLikeSyslog } from './decode-syslog.ts';
import { type Decoding, type RejectionCode, Undecodable } from './decoding.ts';
import { EventBuilder } from './event-builder.ts';
import { DEAD_LETTER_LINE_LENGTH_MAX, LINE_BYTES_MAX, MSG_LENGTH_MAX } from './limits.ts';
import type { RecordContext, Records } from './record.ts';

export type Rejected = {
  /** 0-based place among the records. */
  readonly index: number;
  readonly code: RejectionCode;
  readonly detail: string;
};

/** All events of one frame, dead letters among them, one a record: event i has the number `firstSeq + i`. */
export type DecodedEntry = {
  readonly events: readonly LogEvent[];
  readonly rejected: readonly Rejected[];
  readonly truncatedValues: number;
  readonly droppedFields: number;
  readonly clampedTimes: number;
  readonly reencodedLines: number;
};

/**
 * Decodes every record of a frame. The result is a function of the arguments alone, so that a replay makes the very
 * same events.
 */
export function decodeEntry(context: RecordContext, records: Records, firstSeq: number): DecodedEntry {
  const { bytes, spans } = records;
  const isAllUtf8 = isUtf8(bytes);
  const events: LogEvent[] = [];
  const rejected: Rejected[] = [];
  const counts = { truncatedValues: 0, droppedFields: 0, clampedTimes: 0, reencodedLines: 0 };
  for (let i = 0; i + 1 < spans.length; i += 2) {
    const start = spans[i] ?? 0;
    const end = spans[i + 1] ?? 0;
    const event = new EventBuilder();
    const isValid = isAllUtf8 || isUtf8(bytes.subarray(start, end));
    const text = bytes.toString(isValid ? 'utf8' : 'latin1', start, Math.min(end, start + LINE_BYTES_MAX));
    const decoding: Decoding = { text, event, context };
    let repo = context.repo;
    let fields: EventFields = event.fields;
    try {
      if (end - start > LINE_BYTES_MAX) {
        throw new Undecodable('line_too_long', `${end - start} bytes, at most ${LINE_BYTES_MAX}`);
      }
      decodeRecord(decoding, isValid);
      if (!isValid) counts.reencodedLines += 1;
    } catch (error) {
      const rejection = rejectionOf(error, i >> 1);
      rejected.push(rejection);
      repo = DEAD_LETTER_REPO;
      fields = deadLetter(decoding, rejection);
    }
    counts.truncatedValues += event.truncatedValues;
    counts.droppedFields += event.droppedFields;
    if (event.isTimeClamped && event.eventAtMs === null) counts.clampedTimes += 1;
    const eventAtMs = repo === context.repo ? (event.eventAtMs ?? context.receivedAtMs) : context.receivedAtMs;
    events.push({ seq: firstSeq + (i >> 1), repo, eventAtMs, receivedAtMs: context.receivedAtMs, fields });
  }
  return { events, rejected, ...counts };
}

/** A decoder that stumbles over a line in a way it does not know loses that line to the dead letters, not the rest. */
function rejectionOf(error: unknown, index: number): Rejected {
  if (error instanceof Undecodable) return { index, code: error.code, detail: error.message };
  return { index, code: 'not_decodable', detail: error instanceof Error ? error.message.slice(0, 200) : String(error) };
}

function decodeRecord(decoding: Decoding, isValidUtf8: boolean): void {
  const { event, context, text } = decoding;
  if (context.format === 'internal') {
    decodeInternal(decoding);
    return;
  }
  const format = context.format === 'auto' ? detectFormat(text) : context.format;
  if (format === 'jsonl') {
    if (!isValidUtf8) throw new Undecodable('invalid_utf8', 'JSON must be UTF-8');
    decodeJson(decoding);
  } else if (format === 'syslog') {
    decodeSyslog(decoding, context.format === 'syslog' && context.colType !== 'syslog');
  } else {
    event.putMsg(text, MSG_LENGTH_MAX);
    const isAccess = format === 'web' && decodeAccessLine(decoding, text);
    if (context.format === 'web' && !isAccess) throw new Undecodable('not_access_line', 'not in the combined format');
  }
  // Syslog senders of old write Latin-1: every byte has a character there, so nothing is lost.
  if (!isValidUtf8) event.flag('latin1');
  putContext(event, context);
  event.finish();
  // A JSON escape may name half a surrogate pair, which no UTF-8 and no store can hold.
  if (/\\u[dD][89a-fA-F]/.test(text)) makeWellFormed(event);
}

/** What a line looks like. `text` when it is nothing that is known. */
export function detectFormat(text: string): 'jsonl' | 'syslog' | 'web' | 'text' {
  const first = text.charCodeAt(0);
  if (first === 123) return 'jsonl';
  if (first === 60 || looksLikeSyslog(text)) return PRI_LINE.test(text) || first !== 60 ? 'syslog' : 'text';
  return ACCESS_HINT.test(text) ? 'web' : 'text';
}

const PRI_LINE = /^<\d{1,3}>/;
const ACCESS_HINT = /^\S{1,255} \S.{0,600}? \[\d{2}\/[A-Za-z]{3}\/\d{4}:/;

function putContext(event: EventBuilder, context: RecordContext): void {
  event.put('device_ip', context.remoteIp);
  event.put('device_name', context.remoteIp);
  event.put('col_type', context.colType);
  event.put('source_name', context.sourceName);
}

function makeWellFormed(event: EventBuilder): void {
  for (const [name, value] of Object.entries(event.fields)) {
    const wellFormed = value.replace(/\p{Surrogate}/gu, '\ufffd');
    if (wellFormed !== value) event.overwrite(name, wellFormed);
  }
}

/** `{"eventAtMs":…,"fields":{…}}`, written by `acceptInternal`. */
function decodeInternal(decoding: Decoding): void {
  const record = JSON.parse(decoding.text) as { eventAtMs: number; fields: EventFields };
  for (const name in record.fields) decoding.event.put(name, record.fields[name] ?? '');
  decoding.event.eventAtMs = record.eventAtMs;
  if (!decoding.event.has('msg')) decoding.event.putMsg(JSON.stringify(record.fields), MSG_LENGTH_MAX);
  putContext(decoding.event, decoding.context);
  decoding.event.put('norm_id', 'Tocsin');
  decoding.event.finish();
}

function deadLetter(decoding: Decoding, rejection: Rejected): EventFields {
  const { context, text } = decoding;
  const fields = newFields();
  fields['msg'] = text.slice(0, DEAD_LETTER_LINE_LENGTH_MAX).replace(/\p{Surrogate}/gu, '\ufffd');
  fields['reason'] = rejection.code;
  fields['reason_detail'] = rejection.detail.replace(/\p{Surrogate}/gu, '\ufffd');
  fields['intended_repo'] = context.repo;
  if (text.length > DEAD_LETTER_LINE_LENGTH_MAX) fields['ingest_flags'] = 'values_truncated:1';
  fields['device_ip'] = context.remoteIp;
  fields['device_name'] = context.remoteIp;
  fields['col_type'] = context.colType;
  fields['source_name'] = context.sourceName;
  fields['norm_id'] = 'Tocsin';
  fields['label'] = 'Ingest Reject';
  return fields;
}

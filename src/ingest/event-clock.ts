import type { Json, JsonObject } from '../shared/json.ts';
import type { Decoding } from './decoding.ts';
import { parseEpoch, parseTime } from './event-time.ts';
import { leafText } from './flatten.ts';
import { EVENT_AHEAD_MS_MAX, EVENT_TIME_MIN_MS } from './limits.ts';

/** Members that may hold an event's own time, the surest first. Source: contract/cli.md, section Events. */
export const TIME_MEMBERS = [
  'log_ts',
  '@timestamp',
  'TimeCreated',
  'time',
  'UtcTime',
  'EventTime',
  'timestamp',
  // Azure and Office 365 name theirs so.
  'TimeGenerated',
  'CreationTime',
] as const;

/**
 * Gives the event its own time from the first member that holds a believable one. Answers that member's name, null when
 * none does; then the event has the time of receipt and, if something looked like a time, the text of it.
 */
export function takeTime(decoding: Decoding, record: JsonObject): string | null {
  for (const name of TIME_MEMBERS) {
    const value = record[name];
    if (value === undefined || value === null || value === '') continue;
    if (takeTimeValue(decoding, name, value)) return name;
  }
  return null;
}

/** True when the value was a believable time. */
export function takeTimeValue(decoding: Decoding, name: string, value: Json): boolean {
  const { event, context } = decoding;
  const timeMs =
    typeof value === 'number'
      ? parseEpoch(value)
      : typeof value === 'string'
        ? parseTime(value, context.timeZone)
        : null;
  // Words in a field that is called `time` are no broken clock.
  const isAttempt = timeMs !== null || name === 'log_ts' || name === '@timestamp' || name === 'TimeCreated';
  if (!isAttempt) return false;
  const text = leafText(decoding.text, name, value) ?? '';
  return event.setTime(timeMs, text, EVENT_TIME_MIN_MS, context.receivedAtMs + EVENT_AHEAD_MS_MAX);
}

/** For decoders that read the time themselves. */
export function putTime(decoding: Decoding, timeMs: number | null, text: string): void {
  decoding.event.setTime(timeMs, text, EVENT_TIME_MIN_MS, decoding.context.receivedAtMs + EVENT_AHEAD_MS_MAX);
}

import type { LogEvent } from '../../events/event.ts';
import { storeTupleOf } from '../../events/event-row.ts';

/** A batch as `JSONCompactEachRow`, one event a line. */
export function encodeBatch(batch: readonly LogEvent[]): Buffer {
  return Buffer.from(batch.map(encodeEvent).join('\n'));
}

function encodeEvent(event: LogEvent): string {
  const line = JSON.stringify(storeTupleOf(event));
  // Half a surrogate pair is no text: JSON writes it as an escape, which the engine refuses together with the whole batch.
  return line.includes('\\ud') ? line.replace(ESCAPE, wellFormed) : line;
}

/** Any escape, so that an escaped backslash before `ud800` is never taken for one. */
const ESCAPE = /\\(?:u[0-9a-f]{4}|.)/g;
const wellFormed = (found: string): string => (/^\\ud[89a-f]/.test(found) ? '\ufffd' : found);

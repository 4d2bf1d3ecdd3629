import type { EventBuilder } from './event-builder.ts';
import type { RecordContext } from './record.ts';

/** Why a record became a dead letter. Codes are metric labels and never change. */
export const REJECTION_CODES = [
  'invalid_json',
  'not_an_object',
  'too_deep',
  'invalid_utf8',
  'line_too_long',
  'not_syslog',
  'not_access_line',
  'not_decodable',
] as const;
export type RejectionCode = (typeof REJECTION_CODES)[number];

/** A record that cannot be an event. Thrown by decoders and caught in one place, `decodeEntry`. */
export class Undecodable extends Error {
  override readonly name = 'Undecodable';
  readonly code: RejectionCode;

  constructor(code: RejectionCode, detail: string) {
    super(detail);
    this.code = code;
  }
}

/** What a decoder fills: the event, the line it came from, and what the frame knows. */
export type Decoding = {
  readonly text: string;
  readonly event: EventBuilder;
  readonly context: RecordContext;
};

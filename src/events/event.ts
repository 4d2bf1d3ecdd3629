/**
 * One normalised log record: what rules match, what the event store keeps, what every answer shows.
 *
 * `fields` holds text under taxonomy names (`user`, `source_address`, `event_id`, …) together with the record's own
 * context (`msg`, `device_ip`, `device_name`, `col_type`, `source_name`, `norm_id`, `sig_id`, `label`). It has no
 * prototype, so a field called `__proto__` is a field like any other. `label` is a set, joined by single blanks.
 */
export type LogEvent = {
  /** Place of the record in the node's journal; unique on the node and growing. Shown as `_offset`. */
  readonly seq: number;
  /** Name of the repo inside its logpoint. */
  readonly repo: string;
  /** When it happened, when it reached us: Unix ms. Shown as `log_ts`, `col_ts` in whole seconds. */
  readonly eventAtMs: number;
  readonly receivedAtMs: number;
  readonly fields: EventFields;
};

export type EventFields = { readonly [name: string]: string };

export { newFields } from './event-fields.ts';

/** Fields that are integers in every row; the rest is text. Source: contract, Event in `_participating_events`. */
export const INTEGER_FIELDS = ['log_ts', 'col_ts', 'index_ts', '_offset', '_streamID'] as const;

/**
 * A number as a log writes it. The numeric twin of a field (`f > 5`, `f = 4625` for "4625.0") exists exactly when the
 * text has this form, so the hint `_type_num` is a function of the value and every store computes the same.
 */
export const NUMERIC_TEXT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
/** Longer digit strings (hashes, GUID parts) are text. */
export const NUMERIC_TEXT_LENGTH_MAX = 40;

/** The value of numeric text; `undefined` for any other text and for what overflows to infinity. */
export function numericValue(text: string): number | undefined {
  if (text.length === 0 || text.length > NUMERIC_TEXT_LENGTH_MAX || !NUMERIC_TEXT.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

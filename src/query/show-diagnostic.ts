import type { Json, JsonObject } from '../shared/json.ts';
import { type Diagnostic, formatDiagnostic, placeOf } from './diagnostics.ts';

/** Most characters of the query's own text that a diagnostic repeats. */
const SEEN_CHARS_MAX = 80;

/**
 * A diagnostic for a program: `start` and `end` are UTF-16 offsets (end exclusive), `line` and `column` count from 1;
 * `seen` is what stood there and `expected` what the grammar wanted, null when the mistake is of another kind; `text` is
 * the same as on the command line.
 */
export function diagnosticJson(text: string, diagnostic: Diagnostic): JsonObject {
  const { severity, message, span, suggestion } = diagnostic;
  const [, expected = null, saw = null] = /^expected ([\s\S]+?)(?:, saw ([\s\S]+))?$/.exec(message) ?? [];
  const { line, column } = placeOf(text, span.start);
  const seen: Json = saw ?? text.slice(span.start, Math.min(span.end, span.start + SEEN_CHARS_MAX));
  const place = { start: span.start, end: span.end, line, column };
  return { severity, message, ...place, seen, expected, suggestion, text: formatDiagnostic(text, diagnostic) };
}

import type { Command, Field, Value } from './ast.ts';
import type { Cursor } from './parse-cursor.ts';
import { parseName } from './parse-term.ts';
import { type PatternEnd, quotedEnd, regexEnd } from './pattern-end.ts';
import { describe, type Token } from './tokens.ts';

/** `rex [on field] pattern`: everything up to the next pipe outside brackets is the pattern, as written. */
export const parseRex = (cursor: Cursor, start: Token): Command | null => parsePattern(cursor, start, 'rex', regexEnd);

/** `norm [on field] pattern`: text with `<name:definer>` parts, up to the next pipe outside quotes. */
export const parseNorm = (cursor: Cursor, start: Token): Command | null =>
  parsePattern(cursor, start, 'norm', quotedEnd);

function parsePattern(cursor: Cursor, start: Token, kind: 'rex' | 'norm', endOf: PatternEnd): Command | null {
  let field: Field | null = null;
  if (cursor.takeKeyword('on') !== null) {
    field = parseName(cursor, 'a field after `on`');
    if (field === null) return null;
  }
  const { text } = cursor;
  const from = cursor.pos;
  const raw = text.slice(from, endOf(text, from, cursor.closing !== null));
  const begin = from + (raw.length - raw.trimStart().length);
  const trimmed = raw.trim();
  if (trimmed === '') {
    cursor.error(start.span, `expected a pattern after \`${kind}\`, saw ${describe(cursor.peek('name'))}`);
    return null;
  }
  const span = { start: begin, end: begin + trimmed.length };
  cursor.pos = span.end;
  const pattern: Value = { kind: 'value', span, text: trimmed, quote: null };
  return { kind, span: { start: start.span.start, end: span.end }, field, pattern };
}

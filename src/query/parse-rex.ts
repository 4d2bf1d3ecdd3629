import type { Command, Field, Value } from './ast.ts';
import { isBlank } from './lexer.ts';
import type { Cursor } from './parse-cursor.ts';
import { parseName } from './parse-term.ts';
import { isStreamEnd } from './stream-end.ts';
import { describe, type Token } from './tokens.ts';

/** `rex [on field] pattern`: everything up to the next pipe outside brackets is the pattern, as written. */
export const parseRex = (cursor: Cursor, start: Token): Command | null => parsePattern(cursor, start, 'rex', regexEnd);

/** `norm [on field] pattern`: text with `<name:definer>` parts, up to the next pipe outside quotes. */
export const parseNorm = (cursor: Cursor, start: Token): Command | null =>
  parsePattern(cursor, start, 'norm', quotedEnd);

function parsePattern(
  cursor: Cursor,
  start: Token,
  kind: 'rex' | 'norm',
  endOf: (text: string, from: number, isEnd: (at: number) => boolean) => number,
): Command | null {
  let field: Field | null = null;
  if (cursor.takeKeyword('on') !== null) {
    field = parseName(cursor, 'a field after `on`');
    if (field === null) return null;
  }
  const { text } = cursor;
  const from = cursor.pos;
  // Inside a stream the pattern ends where the stream does; a `]` of its own stands in a class or behind a backslash.
  const isEnd = (at: number): boolean =>
    cursor.closing !== null && (text.charAt(at) === ']' || (isBlank(text.charAt(at)) && isStreamEnd(text, at + 1)));
  const raw = text.slice(from, endOf(text, from, isEnd));
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

/** A pipe inside ( ) or [ ] is an alternative of the pattern; one after a backslash is a character. */
function regexEnd(text: string, from: number, isEnd: (at: number) => boolean): number {
  let depth = 0;
  let isInClass = false;
  for (let at = from; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === '\\') at++;
    else if (isInClass) isInClass = char !== ']';
    else if (char === '[') isInClass = true;
    else if (char === '(') depth++;
    else if (char === ')') depth--;
    else if (depth <= 0 && (char === '|' || isEnd(at))) return at;
  }
  return text.length;
}

function quotedEnd(text: string, from: number, isEnd: (at: number) => boolean): number {
  for (let at = from; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === '|' || isEnd(at)) return at;
    if (char !== '"' && char !== "'") continue;
    const close = text.indexOf(char, at + 1);
    // An apostrophe in plain text opens nothing.
    if (close >= 0) at = close;
  }
  return text.length;
}

import type { Token, TokenKind } from './tokens.ts';

/**
 * What the grammar expects decides how characters group:
 * - `term`: start of a term. `-` negates; a word ends at an operator, so that `a=b` is three tokens
 * - `value`: right after an operator or inside a list. A word runs on to a blank, bracket, comma, pipe, `=` or quote
 *   and may hold `< > ! - * ? \ : /`
 * - `name`: arguments of commands. A word is a name or a number; every other sign stands alone
 */
export type LexMode = 'term' | 'value' | 'name';

/** Quotes that a word processor or a web page has put in place of straight ones, and what closes them. */
const CURLY_PAIRS: ReadonlyMap<string, RegExp> = new Map([
  ['\u201c', /[^\n\u201c\u201d]{0,500}[\u201c\u201d]/y],
  ['\u201d', /[^\n\u201d]{0,500}\u201d/y],
  ['\u201e', /[^\n\u201c\u201d]{0,500}[\u201c\u201d]/y],
  ['\u2018', /[^\n\u2018\u2019]{0,500}[\u2018\u2019]/y],
]);
export const isCurlyQuote = (char: string): boolean => CURLY_PAIRS.has(char);

const BLANK = /[\s\u200b]/u;
const NAME_CHAR = /[\p{L}\p{M}\p{N}_.]/u;
const VALUE_STOP = new Set(['(', ')', '[', ']', ',', '|', '=', '"', "'"]);
const TERM_STOP = new Set([...VALUE_STOP, '<', '>']);

export const isBlank = (char: string): boolean =>
  char === ' ' || char === '\n' || char === '\t' || (char !== '' && BLANK.test(char));

/** First offset at or after `at` that is neither blank nor inside a comment. An unclosed comment reaches to the end. */
export function skipBlanks(text: string, at: number): number {
  let pos = at;
  for (;;) {
    while (pos < text.length && isBlank(text.charAt(pos))) pos++;
    if (!text.startsWith('/*', pos)) return pos;
    const close = text.indexOf('*/', pos + 2);
    pos = close < 0 ? text.length : close + 2;
  }
}

/** Where a comment opens that hides the rest of the text after `at`; null when none does. */
export function unclosedComment(text: string, at: number): number | null {
  let pos = at;
  for (;;) {
    while (pos < text.length && isBlank(text.charAt(pos))) pos++;
    if (!text.startsWith('/*', pos)) return null;
    const close = text.indexOf('*/', pos + 2);
    if (close < 0) return pos;
    pos = close + 2;
  }
}

/** The token at or after `at`. Pure: the same place and mode give the same token, so looking ahead is reading. */
export function readToken(text: string, at: number, mode: LexMode): Token {
  // A value that touches its operator may start with `/*`: a path with a wildcard, not a comment.
  const touches = mode === 'value' && text.startsWith('/*', at);
  const start = touches ? at : skipBlanks(text, at);
  if (start >= text.length) return token('end', '', text.length, text.length);
  const char = text.charAt(start);
  if (char === '"' || char === "'") return readQuoted(text, start, char);
  const curly = CURLY_PAIRS.get(char);
  if (curly !== undefined) {
    const quoted = readCurly(text, start, curly);
    if (quoted !== null) return quoted;
  }
  if (mode === 'name') return readName(text, start);
  if (mode === 'term') {
    if (char === '-') return token('minus', '-', start, start + 1);
    const operator = operatorAt(text, start);
    if (operator !== '') return token('operator', operator, start, start + operator.length);
  }
  if (VALUE_STOP.has(char)) {
    return char === '=' ? token('operator', '=', start, start + 1) : token('mark', char, start, start + 1);
  }
  return readWord(text, start, mode === 'term' ? TERM_STOP : VALUE_STOP);
}

/** The comparison operator at exactly `at`, or ''. */
export function operatorAt(text: string, at: number): string {
  const char = text.charAt(at);
  if (char === '=') return '=';
  if (char === '!') return text.charAt(at + 1) === '=' ? '!=' : '';
  if (char === '<' || char === '>') return text.charAt(at + 1) === '=' ? `${char}=` : char;
  return '';
}

function readWord(text: string, start: number, stops: ReadonlySet<string>): Token {
  let end = start;
  while (end < text.length) {
    const char = text.charAt(end);
    if (stops.has(char) || isBlank(char)) break;
    if (stops === TERM_STOP && char === '!' && text.charAt(end + 1) === '=') break;
    end++;
  }
  return token('word', text.slice(start, end), start, end);
}

function readName(text: string, start: number): Token {
  const operator = operatorAt(text, start);
  if (operator !== '') return token('operator', operator, start, start + operator.length);
  let end = start;
  while (end < text.length) {
    const char = String.fromCodePoint(text.codePointAt(end) ?? 0);
    if (!NAME_CHAR.test(char)) break;
    end += char.length;
  }
  if (end > start) return token('word', text.slice(start, end), start, end);
  const sign = String.fromCodePoint(text.codePointAt(start) ?? 0);
  return token('mark', sign, start, start + sign.length);
}

function readQuoted(text: string, start: number, quote: string): Token {
  const close = text.indexOf(quote, start + 1);
  if (close < 0) return token('unclosed', text.slice(start + 1), start, text.length);
  return token('quoted', text.slice(start + 1, close), start, close + 1);
}

/**
 * Null when it does not close within 500 characters of its line, which keeps reading linear where many of them open, and
 * when it holds both straight quotes, so that no straight pair could stand for it.
 */
function readCurly(text: string, start: number, closing: RegExp): Token | null {
  closing.lastIndex = start + 1;
  if (!closing.test(text)) return null;
  const end = closing.lastIndex;
  const inner = text.slice(start + 1, end - 1);
  return inner.includes('"') && inner.includes("'") ? null : token('quoted', inner, start, end);
}

const token = (kind: TokenKind, text: string, start: number, end: number): Token => ({
  kind,
  text,
  span: { start, end },
});

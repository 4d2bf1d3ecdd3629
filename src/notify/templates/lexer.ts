import { TemplateError } from './template-error.ts';

export type Token =
  | { readonly kind: 'name' | 'operator' | 'string'; readonly text: string; readonly at: number }
  | { readonly kind: 'number'; readonly value: number; readonly text: string; readonly at: number };

/** A template in pieces: literal text, `{{ … }}` and `{% … %}`, comments gone, whitespace control applied. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'output' | 'block';
      readonly tokens: readonly Token[];
      readonly at: number;
      readonly endAt: number;
    };

const OPEN = /\{\{|\{%|\{#/g;
const RAW_OPEN = /^\{%[-+]?\s*raw\s*-?%\}/;
const RAW_CLOSE = /\{%-?\s*endraw\s*[-+]?%\}/g;
const SPACE = /[ \t\r\n]/;
const NUMBER = /\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const NAME = /[\p{L}_][\p{L}\p{N}_]*/uy;
const OPERATOR = /\*\*|\/\/|==|!=|<=|>=|[-+*/%~<>=|.,:()[\]{}]/y;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\', "'": "'", '"': '"' };

/** @throws TemplateError */
export function readPieces(source: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let trimNext = false;
  const addText = (text: string, trimEnd: boolean): void => {
    let shown = trimNext ? text.trimStart() : text;
    if (trimEnd) shown = shown.trimEnd();
    if (shown !== '') pieces.push({ kind: 'text', text: shown });
  };
  for (;;) {
    OPEN.lastIndex = at;
    const open = OPEN.exec(source);
    if (open === null) {
      addText(source.slice(at), false);
      return pieces;
    }
    const start = open.index;
    addText(source.slice(at, start), source[start + 2] === '-');
    const raw = RAW_OPEN.exec(source.slice(start, start + 100));
    if (raw !== null) {
      RAW_CLOSE.lastIndex = start + raw[0].length;
      const close = RAW_CLOSE.exec(source);
      if (close === null) throw new TemplateError('expected {% endraw %} before the end', source, start);
      trimNext = raw[0].endsWith('-%}');
      addText(source.slice(start + raw[0].length, close.index), close[0].startsWith('{%-'));
      at = close.index + close[0].length;
      trimNext = close[0].endsWith('-%}');
      continue;
    }
    if (open[0] === '{#') {
      const end = source.indexOf('#}', start + 2);
      if (end < 0) throw new TemplateError('expected #} before the end', source, start);
      at = end + 2;
      trimNext = end > start + 2 && source[end - 1] === '-';
      continue;
    }
    const inner = readTokens(source, start, open[0] === '{{' ? '}}' : '%}');
    pieces.push({ kind: open[0] === '{{' ? 'output' : 'block', tokens: inner.tokens, at: start, endAt: inner.closeAt });
    at = inner.closeAt + 2;
    trimNext = inner.trims;
  }
}

type Inner = { readonly tokens: Token[]; readonly closeAt: number; readonly trims: boolean };

function readTokens(source: string, start: number, close: string): Inner {
  const tokens: Token[] = [];
  let depth = 0;
  let at = start + 2;
  if (source[at] === '-' || source[at] === '+') at += 1;
  while (at < source.length) {
    const char = source[at] ?? '';
    if (SPACE.test(char)) {
      at += 1;
      continue;
    }
    if (depth === 0 && source.startsWith(close, at)) return { tokens, closeAt: at, trims: false };
    if (depth === 0 && char === '-' && source.startsWith(close, at + 1)) {
      return { tokens, closeAt: at + 1, trims: true };
    }
    const token = readToken(source, at);
    tokens.push(token.token);
    if (token.token.kind === 'operator') {
      if ('([{'.includes(token.token.text)) depth += 1;
      if (')]}'.includes(token.token.text)) depth = Math.max(0, depth - 1);
    }
    at = token.endAt;
  }
  throw new TemplateError(`expected ${close} before the end`, source, start);
}

function readToken(source: string, at: number): { readonly token: Token; readonly endAt: number } {
  const quote = source[at];
  if (quote === '"' || quote === "'") return readString(source, at, quote);
  NUMBER.lastIndex = at;
  const number = NUMBER.exec(source);
  if (number !== null) {
    const value = Number(number[0].replaceAll('_', ''));
    return { token: { kind: 'number', value, text: number[0], at }, endAt: at + number[0].length };
  }
  NAME.lastIndex = at;
  const name = NAME.exec(source);
  if (name !== null) return { token: { kind: 'name', text: name[0], at }, endAt: at + name[0].length };
  OPERATOR.lastIndex = at;
  const operator = OPERATOR.exec(source);
  if (operator !== null) return { token: { kind: 'operator', text: operator[0], at }, endAt: at + operator[0].length };
  throw new TemplateError(`unexpected character ${JSON.stringify(source[at])}`, source, at);
}

function readString(source: string, start: number, quote: string): { readonly token: Token; readonly endAt: number } {
  let text = '';
  let at = start + 1;
  while (at < source.length) {
    const char = source[at] ?? '';
    if (char === quote) return { token: { kind: 'string', text, at: start }, endAt: at + 1 };
    if (char === '\\') {
      const next = source[at + 1] ?? '';
      text += ESCAPES[next] ?? `\\${next}`;
      at += 2;
      continue;
    }
    text += char;
    at += 1;
  }
  throw new TemplateError('text in quotes does not end', source, start);
}

import type { Span } from './diagnostics.ts';

/**
 * - `word`: an unquoted run (a field, a value, a keyword, a command name; the grammar decides)
 * - `quoted`: a value in quotes, whose `text` is what stands between them, unchanged: LPQL has no escapes
 * - `unclosed`: a quote that opens and never closes; `text` is the rest
 * - `operator`: = != < <= > >=
 * - `minus`: a `-` that starts a term, i.e. a negation
 * - `mark`: one of ( ) [ ] , | and, between commands' arguments, + - * / and any other single sign
 */
export type TokenKind = 'word' | 'quoted' | 'unclosed' | 'operator' | 'minus' | 'mark' | 'end';

export type Token = {
  readonly kind: TokenKind;
  readonly text: string;
  readonly span: Span;
};

export const COMPARISONS = ['=', '!=', '<', '<=', '>', '>='] as const;
export type Comparison = (typeof COMPARISONS)[number];

export const isComparison = (text: string): text is Comparison => (COMPARISONS as readonly string[]).includes(text);

/** Field names that must be quoted, in any case. Source: the vendor's converter quotes exactly these, and `not`. */
export const RESERVED_WORDS: ReadonlySet<string> = new Set([
  'process',
  'filter',
  'search',
  'chart',
  'and',
  'in',
  'or',
  'not',
]);

/** A field name that needs no quotes (unless it is reserved). Letters of every script; no leading digit. */
export const BARE_FIELD = /^[\p{L}_][\p{L}\p{M}\p{N}_.]*$/u;

/** The word `text` in any case. */
export const isKeyword = (token: Token, keyword: string): boolean =>
  token.kind === 'word' && token.text.length === keyword.length && token.text.toLowerCase() === keyword;

/** How a token reads in a message. */
export function describe(token: Token): string {
  if (token.kind === 'end') return 'the end of the query';
  const text = token.text.length > 40 ? `${token.text.slice(0, 40)}…` : token.text;
  return token.kind === 'quoted' || token.kind === 'unclosed' ? `"${text}"` : `\`${text}\``;
}

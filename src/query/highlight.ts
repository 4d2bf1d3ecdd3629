import type { Span } from './diagnostics.ts';
import type { TokenClass } from './scan-cursor.ts';
import { scanQuery } from './scan-query.ts';

/** `wildcard` is a `*` or `?` inside a value or text. */
export type HighlightClass = TokenClass | 'wildcard';
export type HighlightSpan = Span & { readonly kind: HighlightClass };

/**
 * Classes of the pieces of a query, in order and without overlap; blanks are left out. For colours only: it reads text
 * that is still being written, never throws and takes time linear in the text. Pure, runs in a browser.
 */
export function highlightQuery(text: string): HighlightSpan[] {
  return scanQuery(text).items.flatMap(({ span, kind }) =>
    kind === 'value' || kind === 'text' ? withWildcards(text, span, kind) : [{ ...span, kind }],
  );
}

function withWildcards(text: string, span: Span, kind: HighlightClass): HighlightSpan[] {
  const pieces: HighlightSpan[] = [];
  let from = span.start;
  for (const { index } of text.slice(span.start, span.end).matchAll(/[*?]+/g)) {
    const at = span.start + index;
    if (at > from) pieces.push({ start: from, end: at, kind });
    from = at;
    while (from < span.end && '*?'.includes(text.charAt(from))) from++;
    pieces.push({ start: at, end: from, kind: 'wildcard' });
  }
  if (from < span.end) pieces.push({ start: from, end: span.end, kind });
  return pieces;
}

import { highlightQuery } from '../../../src/query/highlight.ts';

/** Text that a query looks for: in one field, or anywhere when `field` is null. Lower case; `*` and `?` stand for any. */
export type MatchingTerm = { readonly field: string | null; readonly pattern: string };
export type TextPiece = { readonly text: string; readonly isMatch: boolean };

const TERMS_MAX = 200;
/** Longer text is shown without marks: finding them would hold up the page. */
const MARKED_CHARS_MAX = 20_000;

/** What an event of this query matched on: the values of its search, without those that it excludes. */
export function matchingTerms(query: string): MatchingTerm[] {
  const spans = highlightQuery(query);
  const terms: MatchingTerm[] = [];
  let field: string | null = null;
  let isExcluded = false;
  let pattern = '';
  let endsAt = -1;
  const finish = (): void => {
    const text = unquoted(pattern);
    if (!isExcluded && /[^*?\s]/.test(text)) terms.push({ field, pattern: text.toLowerCase() });
    pattern = '';
  };
  for (const { kind, start, end } of spans) {
    const piece = query.slice(start, end);
    const isValue = ['value', 'text', 'wildcard', 'number'].includes(kind);
    if (pattern !== '' && (!isValue || start !== endsAt)) finish();
    if (isValue) {
      if (kind === 'text' && pattern === '') field = null;
      pattern += piece;
      endsAt = end;
    } else if (kind === 'field') field = piece;
    else if (kind === 'operator') isExcluded = piece === '!=' || (piece === '-' ? true : isExcluded && piece === '=');
    else if (kind === 'keyword') {
      const word = piece.toUpperCase();
      if (word === 'NOT') isExcluded = true;
      else if (word === 'AND' || word === 'OR') {
        isExcluded = false;
        field = null;
      }
    } else if (kind === 'command') break;
  }
  if (pattern !== '') finish();
  return terms.slice(0, TERMS_MAX);
}

const unquoted = (text: string): string => text.replace(/^"|"$/g, '').replace(/\\(["\\])/g, '$1');

/** The value in pieces, those that a term matched marked. */
export function markMatches(field: string, value: string, terms: readonly MatchingTerm[]): TextPiece[] {
  if (value.length > MARKED_CHARS_MAX) return [{ text: value, isMatch: false }];
  const lower = value.toLowerCase();
  const marks: [number, number][] = [];
  for (const term of terms) {
    // The message holds what the fields were read from, so their values are marked in it, too.
    if (term.field !== null && term.field !== field && field !== 'msg' && field !== 'message') continue;
    for (const part of term.pattern.split(/[*?]+/)) {
      if (part.trim() === '' || (part.length < 2 && field === 'msg')) continue;
      for (let at = lower.indexOf(part); at >= 0; at = lower.indexOf(part, at + part.length)) {
        marks.push([at, at + part.length]);
      }
    }
  }
  return cut(value, marks);
}

function cut(value: string, marks: readonly [number, number][]): TextPiece[] {
  const pieces: TextPiece[] = [];
  let at = 0;
  for (const [start, end] of marks.toSorted((a, b) => a[0] - b[0])) {
    if (end <= at) continue;
    if (start > at) pieces.push({ text: value.slice(at, start), isMatch: false });
    pieces.push({ text: value.slice(Math.max(at, start), end), isMatch: true });
    at = end;
  }
  if (at < value.length) pieces.push({ text: value.slice(at), isMatch: false });
  return pieces;
}

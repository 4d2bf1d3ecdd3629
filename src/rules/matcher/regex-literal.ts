import { fold } from '../../query/fold.ts';
import { longestOf } from './literal.ts';

/**
 * Folded text that stands in the folded form of every text in which the RE2 expression finds something; '' when none is
 * sure. Reads the outermost sequence only: what stands in groups and classes, and what a quantifier may leave out, is
 * passed over, and an expression with anything unusual in it has no literal. Longer would be better, wrong never.
 */
export function regexLiteral(source: string): string {
  if (/\\[QE]/.test(source)) return '';
  // RE2 takes the Kelvin sign for a k and the long s for an s, which folding keeps apart; other scripts have such too.
  const breaks = /\(\?[a-zA-Z]*i/.test(source) ? /[ksKS]|[^\x20-\x7e]/ : /[\ud800-\udfff]/;
  const runs: string[] = [];
  let run = '';
  const end = (): void => {
    runs.push(run);
    run = '';
  };
  let at = 0;
  while (at < source.length) {
    const piece = pieceAt(source, at);
    if (piece === null) return '';
    at += piece.length;
    const quantifier = QUANTIFIER.exec(source.slice(at, at + QUANTIFIER_LENGTH_MAX))?.[0] ?? '';
    at += quantifier.length;
    const isLiteral = piece.char !== null && !breaks.test(piece.char);
    const isOnce = quantifier === '';
    if (isLiteral && (isOnce || /^(?:\+|\{[1-9])/.test(quantifier))) run += piece.char;
    if (!isLiteral || !isOnce) end();
  }
  end();
  return fold(longestOf(runs));
}

const QUANTIFIER = /^(?:[*+?]|\{\d+(?:,\d*)?\})[?+]?/;
const QUANTIFIER_LENGTH_MAX = 16;

/** One element of the sequence: its length in the source, and its character when it is a plain one. */
type Piece = { readonly length: number; readonly char: string | null };

/** Null when the expression has a choice at its outermost level or something that is not read here. */
function pieceAt(source: string, at: number): Piece | null {
  const char = source.charAt(at);
  switch (char) {
    case '|':
    case '*':
    case '+':
    case '?':
    case ')':
    case '{':
      return null;
    case '.':
    case '^':
    case '$':
      return { length: 1, char: null };
    case '[':
      return skipped(at, classEnd(source, at));
    case '(':
      return skipped(at, groupEnd(source, at));
    case '\\':
      return escapeAt(source, at);
    default:
      return { length: 1, char };
  }
}

const skipped = (from: number, end: number): Piece | null => (end < 0 ? null : { length: end - from, char: null });

function escapeAt(source: string, at: number): Piece | null {
  const char = source.charAt(at + 1);
  if (/[!-/:-@[-`{-~]/.test(char)) return { length: 2, char };
  return /[dDwWsSbBAztnrfv]/.test(char) ? { length: 2, char: null } : null;
}

/** Index behind the class that starts at `from`; -1 when it does not end. */
function classEnd(source: string, from: number): number {
  let at = from + 1;
  if (source.charAt(at) === '^') at += 1;
  // A bracket in first place is a member.
  if (source.charAt(at) === ']') at += 1;
  while (at < source.length) {
    const char = source.charAt(at);
    if (char === ']') return at + 1;
    if (char === '[' && source.charAt(at + 1) === ':') {
      const end = source.indexOf(':]', at + 2);
      if (end < 0) return -1;
      at = end + 2;
    } else {
      at += char === '\\' ? 2 : 1;
    }
  }
  return -1;
}

/** Index behind the group that starts at `from`; -1 when it does not end. */
function groupEnd(source: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < source.length) {
    const char = source.charAt(at);
    if (char === '[') {
      at = classEnd(source, at);
      if (at < 0) return -1;
      continue;
    }
    if (char === '(') depth += 1;
    if (char === ')') depth -= 1;
    at += char === '\\' ? 2 : 1;
    if (depth === 0) return at;
  }
  return -1;
}

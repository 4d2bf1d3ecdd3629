import { unreachable } from '../shared/assert.ts';
import { fold } from './fold.ts';

/**
 * What a value with `*` and `?` matches, over folded text and always the whole of it. `*` is any run of characters,
 * `?` exactly one (a code point); there is no escape. The frequent shapes have kinds of their own, which both
 * evaluators run without a general matcher.
 */
export type Pattern =
  | { readonly kind: 'any' }
  | { readonly kind: 'exact'; readonly text: string }
  | { readonly kind: 'prefix'; readonly text: string }
  | { readonly kind: 'suffix'; readonly text: string }
  | { readonly kind: 'contains'; readonly text: string }
  /** Any other shape; runs of `*` are one `*`. */
  | { readonly kind: 'glob'; readonly glob: string };

export type WildPattern = Exclude<Pattern, { kind: 'any' | 'exact' }>;

export function patternOf(value: string): Pattern {
  const text = fold(value).replace(/\*{2,}/g, '*');
  if (text === '*') return { kind: 'any' };
  if (!/[*?]/.test(text)) return { kind: 'exact', text };
  const startsOpen = text.startsWith('*');
  const endsOpen = text.endsWith('*');
  const inner = text.slice(startsOpen ? 1 : 0, endsOpen ? -1 : undefined);
  if (/[*?]/.test(inner)) return { kind: 'glob', glob: text };
  if (startsOpen && endsOpen) return { kind: 'contains', text: inner };
  return startsOpen ? { kind: 'suffix', text: inner } : { kind: 'prefix', text: inner };
}

/** A test of folded text. */
export function matcherOf(pattern: WildPattern): (folded: string) => boolean {
  switch (pattern.kind) {
    case 'prefix':
      return (folded) => folded.startsWith(pattern.text);
    case 'suffix':
      return (folded) => folded.endsWith(pattern.text);
    case 'contains':
      return (folded) => folded.includes(pattern.text);
    case 'glob':
      return globMatcher(pattern.glob);
    default:
      return unreachable(pattern);
  }
}

function globMatcher(glob: string): (folded: string) => boolean {
  if (glob.includes('?')) return (folded) => matchesGlob(glob, folded);
  const [head = '', ...rest] = glob.split('*');
  const tail = rest.pop() ?? '';
  return (folded) => {
    if (!folded.startsWith(head) || folded.length < head.length + tail.length || !folded.endsWith(tail)) return false;
    let from = head.length;
    for (const part of rest) {
      const found = folded.indexOf(part, from);
      if (found < 0) return false;
      from = found + part.length;
    }
    return from <= folded.length - tail.length;
  };
}

/** Walks both texts once and goes back only to the last `*`: time at most the product of both lengths, no recursion. */
function matchesGlob(glob: string, text: string): boolean {
  let at = 0;
  let mark = 0;
  let star = -1;
  let starAt = 0;
  while (at < text.length) {
    const sign = glob.charAt(mark);
    if (sign === '*') {
      star = mark++;
      starAt = at;
    } else if (sign === '?') {
      at += unitsAt(text, at);
      mark++;
    } else if (sign !== '' && sign === text.charAt(at)) {
      at++;
      mark++;
    } else if (star >= 0) {
      starAt += unitsAt(text, starAt);
      at = starAt;
      mark = star + 1;
    } else {
      return false;
    }
  }
  while (glob.charAt(mark) === '*') mark++;
  return mark === glob.length;
}

const unitsAt = (text: string, at: number): number => ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);

/** RE2 for a pattern over the whole of a folded text. */
export function patternRegex(pattern: WildPattern): string {
  const glob = pattern.kind === 'glob' ? pattern.glob : globOf(pattern);
  let body = '';
  for (const char of glob) body += char === '*' ? '.*' : char === '?' ? '.' : escapeRegex(char);
  return body;
}

function globOf(pattern: Exclude<WildPattern, { kind: 'glob' }>): string {
  if (pattern.kind === 'contains') return `*${pattern.text}*`;
  return pattern.kind === 'prefix' ? `${pattern.text}*` : `*${pattern.text}`;
}

export const escapeRegex = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|\-/]/g, '\\$&');

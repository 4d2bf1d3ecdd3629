import { fold } from './fold.ts';
import { escapeRegex, matcherOf, patternOf, type WildPattern } from './pattern.ts';

/**
 * Free text, looked for in `msg`, folded. The definition, in this one place:
 *
 * - A word is a longest run of word characters: ASCII letters and digits, `_`, and every character beyond ASCII.
 * - Text matches where its words stand one after the other in the message, each a whole word; what separates them (at
 *   least one other character) may differ: `"account locked"` finds `account-locked`.
 * - `*` is any run of characters, over word borders too, `?` one word character: `log?n*` finds `logins`,
 *   `"Trojan*FOUND"` finds `Trojan.Agent FOUND`.
 * - Separators at either end of the text say nothing. Text without any word character is looked for as it stands.
 */
export type TextPattern =
  /** `*` alone: every event. */
  | { readonly kind: 'anything' }
  /** No word character in it: the text as it stands, anywhere. */
  | { readonly kind: 'pattern'; readonly pattern: WildPattern }
  /** Parts between `*`; each is a list of words to be found in a row. */
  | {
      readonly kind: 'words';
      /** The text began (ended) with `*`, so that its first (last) word may be the end (start) of a longer one. */
      readonly startsOpen: boolean;
      readonly endsOpen: boolean;
      readonly parts: readonly TextPart[];
    };

export type TextPart = {
  /** Folded words with `?`. */
  readonly words: readonly string[];
  /** A separator stands before the first (after the last) word. */
  readonly startsApart: boolean;
  readonly endsApart: boolean;
};

const WORD = '0-9a-z_\\u0080-\\u{10ffff}';
const WORD_RE2 = '0-9a-z_\\x{80}-\\x{10FFFF}';
const WORD_CHAR = new RegExp(`[${WORD}?]`, 'u');

export function textPatternOf(value: string): TextPattern {
  const text = fold(value).replace(/\*{2,}/g, '*');
  if (text === '*') return { kind: 'anything' };
  const trimmed = trimSeparators(text);
  if (!new RegExp(`[${WORD}]`, 'u').test(trimmed)) {
    const pattern = patternOf(`*${text}*`);
    return pattern.kind === 'any' || pattern.kind === 'exact' ? { kind: 'anything' } : { kind: 'pattern', pattern };
  }
  const pieces = trimmed.split('*');
  const startsOpen = pieces[0] === '';
  const endsOpen = pieces.at(-1) === '';
  const parts = pieces.filter((piece) => piece !== '').map(partOf);
  return { kind: 'words', startsOpen, endsOpen, parts };
}

const trimSeparators = (text: string): string =>
  text.replace(new RegExp(`^[^${WORD}*?]+`, 'u'), '').replace(new RegExp(`[^${WORD}*?]+$`, 'u'), '');

function partOf(piece: string): TextPart {
  const words = piece.split(new RegExp(`[^${WORD}?]+`, 'u')).filter((word) => word !== '');
  return {
    words,
    startsApart: !WORD_CHAR.test(String.fromCodePoint(piece.codePointAt(0) ?? 0)),
    endsApart: !WORD_CHAR.test(piece.slice(-1)),
  };
}

/** A test of folded text. Each part is searched from where the one before ended: no backtracking over `*`. */
export function textMatcherOf(pattern: TextPattern): (folded: string) => boolean {
  if (pattern.kind === 'anything') return () => true;
  if (pattern.kind === 'pattern') return matcherOf(pattern.pattern);
  const last = pattern.parts.length - 1;
  const searches = pattern.parts.map((part, index) => {
    const before = index === 0 && !pattern.startsOpen ? `(?<![${WORD}])` : '';
    const after = index === last && !pattern.endsOpen ? `(?![${WORD}])` : '';
    return new RegExp(before + partRegex(part, WORD) + after, 'gu');
  });
  return (folded) => {
    let from = 0;
    for (const search of searches) {
      search.lastIndex = from;
      if (!search.test(folded)) return false;
      from = search.lastIndex;
    }
    return true;
  };
}

/** RE2 that finds the words anywhere in folded text. */
export function textRegex(pattern: Extract<TextPattern, { kind: 'words' }>): string {
  const start = pattern.startsOpen ? '' : `(?:^|[^${WORD_RE2}])`;
  const end = pattern.endsOpen ? '' : `(?:$|[^${WORD_RE2}])`;
  return `(?s)${start}${pattern.parts.map((part) => partRegex(part, WORD_RE2)).join('.*')}${end}`;
}

function partRegex(part: TextPart, word: string): string {
  const separator = `[^${word}]`;
  const words = part.words.map((text) =>
    [...text].map((char) => (char === '?' ? `[${word}]` : escapeRegex(char))).join(''),
  );
  return (part.startsApart ? separator : '') + words.join(`${separator}+`) + (part.endsApart ? separator : '');
}

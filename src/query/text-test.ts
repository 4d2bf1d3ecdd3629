import { unreachable } from '../shared/assert.ts';
import { fold } from './fold.ts';
import { matcherOf, type WildPattern } from './pattern.ts';
import { compileRegex } from './regex.ts';

/** Any of these, over the whole of a value. */
export type TextSet = { readonly exact: readonly string[]; readonly patterns: readonly WildPattern[] };

/**
 * A test of one value: `folded` and `cased` compare with texts and wildcards, without and with regard to case; `regex`
 * finds a pattern in RE2 syntax somewhere in the value, case counts.
 */
export type TextTest =
  | { readonly kind: 'folded' | 'cased'; readonly texts: TextSet }
  | { readonly kind: 'regex'; readonly regex: string };

/** A test of one text: `folded` tests are given folded text, all others the text as it stands. */
export function textTestOf(test: TextTest): (text: string) => boolean {
  switch (test.kind) {
    case 'folded':
    case 'cased':
      return textSetTest(test.texts);
    case 'regex': {
      const regex = compileRegex(test.regex);
      return (text) => regex.finds(text);
    }
    default:
      return unreachable(test);
  }
}

/** A test of one text against all of a set, both folded or both as they stand. */
export function textSetTest(texts: TextSet): (text: string) => boolean {
  const tests = texts.patterns.map(matcherOf);
  const [exact] = texts.exact;
  if (exact !== undefined && texts.exact.length === 1) tests.unshift((text) => text === exact);
  else if (texts.exact.length > 1) {
    const known = new Set(texts.exact);
    tests.unshift((text) => known.has(text));
  }
  const [only] = tests;
  if (tests.length === 1 && only !== undefined) return only;
  return (text) => {
    for (const holds of tests) if (holds(text)) return true;
    return false;
  };
}

/** How one text stands to another; an empty text is at the start and end of every text and in it. */
export const TEXT_RELATIONS = ['equals', 'contains', 'starts-with', 'ends-with'] as const;
export type TextRelation = (typeof TEXT_RELATIONS)[number];

const RELATION: Readonly<Record<TextRelation, (text: string, other: string) => boolean>> = {
  equals: (text, other) => text === other,
  contains: (text, other) => text.includes(other),
  'starts-with': (text, other) => text.startsWith(other),
  'ends-with': (text, other) => text.endsWith(other),
};

export function relationTest(
  relation: TextRelation,
  isCased: boolean,
): (text: string | undefined, other: string | undefined) => boolean {
  const holds = RELATION[relation];
  return (text, other) => {
    if (text === undefined || other === undefined) return false;
    return isCased ? holds(text, other) : holds(fold(text), fold(other));
  };
}

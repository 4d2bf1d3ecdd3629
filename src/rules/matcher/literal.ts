import type { TextPattern } from '../../query/free-text.ts';
import type { WildPattern } from '../../query/pattern.ts';
import { unreachable } from '../../shared/assert.ts';

/** Folded text that stands in a folded value: as the whole of it, at its start, at its end or anywhere. Never empty. */
export type Literal = {
  readonly place: 'whole' | 'start' | 'end' | 'anywhere';
  readonly text: string;
};

/** A literal that every value has which the pattern matches; null when the pattern has none. */
export function patternLiteral(pattern: WildPattern): Literal | null {
  switch (pattern.kind) {
    case 'prefix':
      return literal('start', pattern.text);
    case 'suffix':
      return literal('end', pattern.text);
    case 'contains':
      return literal('anywhere', pattern.text);
    case 'glob':
      return globLiteral(pattern.glob);
    default:
      return unreachable(pattern);
  }
}

const literal = (place: Literal['place'], text: string): Literal | null => (text === '' ? null : { place, text });

function globLiteral(glob: string): Literal | null {
  const pieces = glob.split(/[*?]/);
  const longest = longestOf(pieces);
  if (longest === pieces[0]) return literal('start', longest);
  return literal(longest === pieces.at(-1) ? 'end' : 'anywhere', longest);
}

/** The longest run of text that every message has which the free text matches. */
export function freeTextLiteral(text: TextPattern): Literal | null {
  if (text.kind === 'anything') return null;
  if (text.kind === 'pattern') return patternLiteral(text.pattern);
  const words = text.parts.flatMap((part) => part.words.flatMap((word) => word.split('?')));
  return literal('anywhere', longestOf(words));
}

/** The first of the longest; '' of none. */
export function longestOf(texts: readonly string[]): string {
  let longest = '';
  for (const text of texts) if (text.length > longest.length) longest = text;
  return longest;
}

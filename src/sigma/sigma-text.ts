import { fold } from '../query/fold.ts';
import { escapeRegex, type WildPattern } from '../query/pattern.ts';

/** A text of a rule: runs of characters and, between them, `*` (any run), `?` (one character), dashes, placeholders. */
export type SigmaText = readonly TextPart[];
export type TextPart =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'one' }
  /** Any of the dashes that Windows programs take for the sign of an option. */
  | { readonly kind: 'dash' }
  | { readonly kind: 'placeholder'; readonly name: string };

export const ANY: TextPart = { kind: 'any' };
const ONE: TextPart = { kind: 'one' };

/** Hyphen, slash, en dash, em dash, horizontal bar. Source: Sigma specification 2.0, modifier `windash`. */
export const DASHES = ['-', '/', '\u2013', '\u2014', '\u2015'] as const;

export const literal = (text: string): SigmaText => (text === '' ? [] : [{ kind: 'literal', text }]);

/**
 * Reads a value as Sigma writes it: `*` and `?` are wildcards; `\*`, `\?` and `\\` are the characters themselves; any
 * other backslash is a backslash. So `\\*` is a backslash and a wildcard, `\\\*` a backslash and a star.
 * Source: Sigma specification 2.0, "Escaping".
 */
export function parseSigmaText(text: string): SigmaText {
  const parts: TextPart[] = [];
  let run = '';
  const end = (): void => {
    if (run !== '') parts.push({ kind: 'literal', text: run });
    run = '';
  };
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '\\' && ['*', '?', '\\'].includes(text.charAt(at + 1))) {
      run += text.charAt(at + 1);
      at += 1;
    } else if (char === '*' || char === '?') {
      end();
      parts.push(char === '*' ? ANY : ONE);
    } else run += char;
  }
  end();
  return parts;
}

/** The text without wildcards and placeholders in it; null when it has some. */
export function plainText(text: SigmaText): string | null {
  let plain = '';
  for (const part of text) {
    if (part.kind !== 'literal') return null;
    plain += part.text;
  }
  return plain;
}

/** Literal runs joined, runs of `*` as one. */
export function normalise(text: SigmaText): SigmaText {
  const parts: TextPart[] = [];
  for (const part of text) {
    const last = parts.at(-1);
    if (part.kind === 'any' && last?.kind === 'any') continue;
    if (part.kind === 'literal' && last?.kind === 'literal') {
      parts[parts.length - 1] = { kind: 'literal', text: last.text + part.text };
    } else if (part.kind !== 'literal' || part.text !== '') parts.push(part);
  }
  return parts;
}

/** What a text matches over the whole of a value: the shapes of `WildPattern`, or a regular expression for the rest. */
export type SigmaPattern =
  | { readonly kind: 'everything' }
  | { readonly kind: 'exact'; readonly text: string }
  | { readonly kind: 'wild'; readonly pattern: WildPattern }
  /** Many dashes; stars and question marks that are meant as such beside wildcards: patterns have no escape. */
  | { readonly kind: 'regex'; readonly regex: string };

export function patternOfText(text: SigmaText, isCased: boolean): SigmaPattern {
  const parts = normalise(text).map((part) =>
    part.kind === 'literal' && !isCased ? { ...part, text: fold(part.text) } : part,
  );
  if (parts.length === 1 && parts[0]?.kind === 'any') return { kind: 'everything' };
  const plain = plainText(parts);
  if (plain !== null) return { kind: 'exact', text: plain };
  const startsOpen = parts[0]?.kind === 'any';
  const endsOpen = parts.at(-1)?.kind === 'any';
  const inner = plainText(parts.slice(startsOpen ? 1 : 0, endsOpen ? -1 : undefined));
  if (inner !== null) {
    const kind = startsOpen && endsOpen ? 'contains' : startsOpen ? 'suffix' : 'prefix';
    return { kind: 'wild', pattern: { kind, text: inner } };
  }
  const isBeyondPatterns = (part: TextPart): boolean =>
    part.kind === 'dash' || (part.kind === 'literal' && /[*?]/.test(part.text));
  if (parts.some(isBeyondPatterns)) {
    const start = startsOpen ? '' : '^';
    const end = endsOpen ? '' : '$';
    const inside = normalise(text).slice(startsOpen ? 1 : 0, endsOpen ? -1 : undefined);
    return { kind: 'regex', regex: `${isCased ? '(?s)' : '(?is)'}${start}${inside.map(partRegex).join('')}${end}` };
  }
  const glob = parts.map((part) => (part.kind === 'literal' ? part.text : part.kind === 'any' ? '*' : '?')).join('');
  return { kind: 'wild', pattern: { kind: 'glob', glob } };
}

function partRegex(part: TextPart): string {
  if (part.kind === 'literal') return escapeRegex(part.text);
  if (part.kind === 'dash') return `[${DASHES.map(escapeRegex).join('')}]`;
  return part.kind === 'any' ? '.*' : '.';
}

/** As a rule would write it. */
export const printText = (text: SigmaText): string =>
  text
    .map((part) => {
      if (part.kind === 'literal') return part.text;
      if (part.kind === 'placeholder') return `%${part.name}%`;
      if (part.kind === 'dash') return '-';
      return part.kind === 'any' ? '*' : '?';
    })
    .join('');

/** A text for each choice of its dashes while they are few; else the text itself, which then becomes an expression. */
export function spellOutDashes(text: SigmaText, dashesMax: number): readonly SigmaText[] {
  const dashes = text.filter((part) => part.kind === 'dash').length;
  if (dashes === 0 || dashes > dashesMax) return [text];
  let spelled: TextPart[][] = [[]];
  for (const part of text) {
    const choices: readonly TextPart[] =
      part.kind === 'dash' ? DASHES.map((dash) => ({ kind: 'literal', text: dash }) as const) : [part];
    spelled = spelled.flatMap((before) => choices.map((choice) => [...before, choice]));
  }
  return spelled.map(normalise);
}

/**
 * Marks the dashes of options: a `-` or `/` that no letter, digit or `_` precedes and one follows.
 * Source: Sigma specification 2.0, modifier `windash`.
 */
export const markDashes = (text: SigmaText): SigmaText =>
  text.flatMap((part): readonly TextPart[] => {
    if (part.kind !== 'literal') return [part];
    const pieces = part.text.split(/(?<![\p{L}\p{N}_])[-/](?=[\p{L}\p{N}_])/u);
    return pieces.flatMap((piece, i) => [...(i === 0 ? [] : [{ kind: 'dash' } as const]), ...literal(piece)]);
  });

/**
 * Case folding: the one meaning of "case-insensitive", the same in memory and in the event store.
 *
 * Lower case of every script, one character for one character, with no regard to what stands around it (so `Σ σ ς` are
 * one letter), and no foreign letter becomes an ASCII letter (the Kelvin sign and the dotted capital I stay outside
 * ASCII). That last point lets the store fold ASCII patterns with the far cheaper `lower`. A test compares every code
 * point with the engine.
 */
export function fold(text: string): string {
  return SPECIAL.test(text)
    ? text.replace(SPECIALS, (char) => STAND_INS[char] ?? char).toLowerCase()
    : text.toLowerCase();
}

/** İ folds to ı, the Kelvin sign to ĸ, both sigmas to σ. */
const SPECIAL_FROM = '\u0130\u212a\u03a3\u03c2';
const SPECIAL_TO = '\u0131\u0138\u03c3\u03c3';
const SPECIAL = new RegExp(`[${SPECIAL_FROM}]`);
const SPECIALS = new RegExp(`[${SPECIAL_FROM}]`, 'g');
const STAND_INS: Readonly<Record<string, string>> = Object.fromEntries(
  [...SPECIAL_FROM].map((char, index) => [char, SPECIAL_TO.charAt(index)]),
);

/** SQL that folds `text` far enough to be compared with `pattern`, which is folded already. */
export function foldSql(text: string, ...patterns: readonly string[]): string {
  if (patterns.every(isAscii)) return `lower(${text})`;
  return `lowerUTF8(translateUTF8(${text}, '${SPECIAL_FROM}', '${SPECIAL_TO}'))`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the whole of ASCII is meant
const ASCII = /^[\x00-\x7f]*$/;
const isAscii = (text: string): boolean => ASCII.test(text);

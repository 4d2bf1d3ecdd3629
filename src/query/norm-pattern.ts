import { escapeRegex } from './pattern.ts';

/** What a definer stands for. Any other definer is a regular expression itself. Source: vendor's page on signatures. */
const DEFINERS: ReadonlyMap<string, string> = new Map([
  ['word', '\\S+'],
  ['words', '\\S+(?:\\s+\\S+)*'],
  ['int', '[+-]?\\d+'],
  ['float', '[+-]?\\d+(?:\\.\\d+)?'],
  ['ip', '[0-9a-fA-F]*[.:][0-9a-fA-F.:]+'],
  ['all', '.*'],
]);

const PART = /<([\p{L}_][\p{L}\p{N}_.]*)?:(?:"([^"]*)"|'([^']*)'|([^>]*))>|(\s+)|([^<\s]+|<)/gu;

/**
 * The regular expression (RE2) that a `norm` pattern means: `<name:definer>` extracts, `<:definer>` skips, blanks stand
 * for any run of blanks, and the rest for itself.
 */
export function normRegex(pattern: string): string {
  let regex = '';
  for (const [, name, double, single, definer, blank, literal] of pattern.matchAll(PART)) {
    if (blank !== undefined) regex += '\\s+';
    else if (literal !== undefined) regex += escapeRegex(literal);
    else {
      const body = double ?? single ?? DEFINERS.get(definer ?? '') ?? definer ?? '';
      regex += name === undefined ? `(?:${body})` : `(?P<${name}>${body})`;
    }
  }
  return regex;
}

/** The regular expression of a `rex` pattern, which may stand between slashes or in double quotes. */
export function rexRegex(pattern: string): string {
  if (pattern.length > 1 && pattern.startsWith('"') && pattern.endsWith('"')) return pattern.slice(1, -1);
  if (!pattern.startsWith('/')) return pattern;
  return pattern.slice(1, pattern.length > 1 && pattern.endsWith('/') ? -1 : undefined);
}

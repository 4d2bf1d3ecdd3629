import { GROK_PATTERNS } from './grok-patterns.ts';
import { nearest } from './nearest.ts';
import { compileRegex, regexPatternCharsMax } from './regex.ts';

/** A grok pattern as a regular expression (RE2), and the number of the group that each field is read from. */
export type Grok = { readonly regex: string; readonly fields: ReadonlyMap<string, number> };

export type GrokMistake = { readonly message: string; readonly help: string };

const REFERENCE = /%\{([A-Z0-9_]+)(?::((?:\[[^\]{}]+\])+|[^:{}]+))?(?::\w+)?\}/g;

/**
 * Reads `%{IP:source_address} …`: text outside of `%{…}` is a regular expression. `%{NAME:field}` makes a field,
 * `%{NAME}` only matches; a third part (`:int`) is read and means nothing, for every value is a text. Of several parts
 * with one field the first that took part counts.
 */
export function readGrok(pattern: string): Grok | GrokMistake {
  const names: string[] = [];
  const mistake = unknownPattern(pattern);
  if (mistake !== null) return mistake;
  const regex = expand(pattern, names);
  if (regex.length > regexPatternCharsMax) {
    return tooLong(regex.length);
  }
  try {
    const groups = compileRegex(regex).names;
    const fields = new Map<string, number>();
    for (const [name, group] of groups) {
      const [, place] = /^_grok(\d+)$/.exec(name) ?? [];
      const field = place === undefined ? name : names[Number(place)];
      if (field !== undefined && !fields.has(field)) fields.set(field, group);
    }
    if (fields.size > 0) return { regex, fields };
    return { message: 'expected a field in the grok pattern, saw none', help: 'write `%{IP:source_address}`' };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { message: `expected a grok pattern: ${why}`, help: 'around `%{…}` stands a pattern in RE2 syntax' };
  }
}

const tooLong = (chars: number): GrokMistake => ({
  message: `expected a grok pattern that comes to at most ${regexPatternCharsMax} characters, saw ${chars}`,
  help: 'use fewer parts, or `%{DATA}`',
});

function unknownPattern(pattern: string): GrokMistake | null {
  for (const [, name = ''] of pattern.matchAll(REFERENCE)) {
    if (GROK_PATTERNS.has(name)) continue;
    const near = nearest(
      name.toLowerCase(),
      [...GROK_PATTERNS.keys()].map((known) => known.toLowerCase()),
    );
    const help = near === null ? 'docs/lpql.md lists them' : `write \`%{${near.toUpperCase()}}\``;
    return { message: `expected the name of a grok pattern, saw the unknown "${name.slice(0, 60)}"`, help };
  }
  return null;
}

/** The patterns name only patterns of the same table, and none itself, so this ends. */
function expand(pattern: string, names: string[]): string {
  return pattern.replaceAll(REFERENCE, (_, name: string, field: string | undefined) => {
    const body = GROK_PATTERNS.get(name) ?? '';
    if (field === undefined) return `(?:${expand(body, names)})`;
    const place = names.push(field.startsWith('[') ? field.slice(1, -1).replaceAll('][', '.') : field) - 1;
    return `(?P<_grok${place}>${expand(body, names)})`;
  });
}

import { RE2JS } from 're2js';

/** Longer patterns are refused: compiling takes memory in proportion. The longest of the converted rules has 1.5 kB. */
export const regexPatternCharsMax = 10_000;

/** A pattern of a query, in RE2 syntax: time linear in the text. `names` are its named groups and their numbers. */
export type CompiledRegex = {
  readonly names: ReadonlyMap<string, number>;
  finds(text: string): boolean;
  /** The group's text in the first match, '' when the group took no part; undefined without a match. */
  capture(text: string, group: number): string | undefined;
};

const known = new Map<string, CompiledRegex>();
const KNOWN_MAX = 1_000;

/** @throws Error with what is wrong in the pattern */
export function compileRegex(pattern: string): CompiledRegex {
  const compiled = known.get(pattern);
  if (compiled !== undefined) return compiled;
  if (pattern.length > regexPatternCharsMax) throw new Error(`it is longer than ${regexPatternCharsMax} characters`);
  const regex = RE2JS.compile(pattern);
  const fresh: CompiledRegex = {
    names: new Map(Object.entries(regex.namedGroups())),
    finds: (text) => regex.test(text),
    capture: (text, group) => {
      const matcher = regex.matcher(text);
      return matcher.find() ? (matcher.group(group) ?? '') : undefined;
    },
  };
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(pattern, fresh);
  return fresh;
}

/** The pattern for the store, whose `.` would otherwise match a line feed. */
export const storeRegex = (pattern: string): string => `(?-s)${pattern}`;

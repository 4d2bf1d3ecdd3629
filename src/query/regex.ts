import { RE2JS } from 're2js';
import { regexSize } from './regex-size.ts';

/** Longer patterns are refused: compiling takes memory in proportion. The longest of the converted rules has 1.5 kB. */
export const regexPatternCharsMax = 10_000;
/** A thousand times `a{999}` took six seconds to compile; this many steps take a quarter of one. */
export const regexStepsMax = 50_000;

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
  const steps = regexSize(pattern);
  if (steps > regexStepsMax)
    throw new Error(`its repeats come to about ${steps} steps, expected at most ${regexStepsMax}`);
  withoutGroupNames(pattern);
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

/**
 * The pattern for the store: `.` does not match a line feed, as in memory, and groups have no names. ClickHouse's `match`
 * takes the name of a group for text that must occur (seen on 26.7), so a named group would find nothing.
 */
export const storeRegex = (pattern: string): string => `(?-s)${withoutGroupNames(pattern)}`;

const GROUP_NAME = /\?P?<[A-Za-z_]\w*>/y;

/** @throws Error on `\Q…\E`, which the store reads in another way */
function withoutGroupNames(pattern: string): string {
  let plain = '';
  let isInClass = false;
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern.charAt(at);
    plain += char;
    if (char === '\\') {
      at++;
      if (pattern.charAt(at) === 'Q') throw new Error('it holds \\Q; escape the characters one by one instead');
      plain += pattern.charAt(at);
    } else if (isInClass) isInClass = char !== ']';
    else if (char === '[') {
      isInClass = true;
      // A bracket right after the opening stands for itself.
      const first = /\^?\]?/y;
      first.lastIndex = at + 1;
      const [taken = ''] = first.exec(pattern) ?? [];
      plain += taken;
      at += taken.length;
    } else if (char === '(') {
      GROUP_NAME.lastIndex = at + 1;
      if (GROUP_NAME.test(pattern)) at = GROUP_NAME.lastIndex - 1;
    }
  }
  return plain;
}

import { type JqNode, parseJqProgram } from './jq-parse.ts';
import { JqMistake, runJq } from './jq-run.ts';

/** Results of one program over one value; more are left out. */
export const jqResultsMax = 10_000;

export type ParsedJq =
  | { readonly program: JqNode; readonly mistake: null }
  | { readonly program: null; readonly mistake: JqFault };
/** `at` is the offset in the program. */
export type JqFault = { readonly at: number; readonly message: string };

const known = new Map<string, ParsedJq>();
const KNOWN_MAX = 200;

/** Reads a program in the part of jq that docs/lpql.md describes. Never throws. */
export function parseJq(text: string): ParsedJq {
  const before = known.get(text);
  if (before !== undefined) return before;
  const parsed = parseJqProgram(text);
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(text, parsed);
  return parsed;
}

/**
 * What the program makes of a JSON text: one result as text, several as a JSON array. Nothing when the text is no JSON,
 * when there is no result or null, and when the program fails on this value (`.a` of a number, say).
 */
export function jqAnswer(program: JqNode, text: string): string | undefined {
  try {
    const results = runJq(program, JSON.parse(text) as unknown, jqResultsMax).filter((result) => result !== null);
    if (results.length === 0) return undefined;
    const [only] = results;
    return results.length > 1 ? JSON.stringify(results) : typeof only === 'string' ? only : JSON.stringify(only);
  } catch (error) {
    // Not JSON, or deeper than can be written out; the rest are bugs.
    if (error instanceof JqMistake || error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

/**
 * A pattern may hold its own quotes, so it ends at the first one after which the rest of the call follows: a comma, the
 * field, perhaps a mode, the parenthesis, and a pipe or the end.
 */
export const REGEX_REST =
  /\s*,\s*(?:[\p{L}_][\p{L}\p{M}\p{N}_.]*|"[^"]*"|'[^']*')\s*(?:,\s*(?:"filter=\w+"|'filter=\w+')\s*)?\)\s*(?=$|[|\]]|having\s+same\s|within\s+\d)/uy;
/** What follows the assignment of an `eval`. */
export const EVAL_REST = /\s*\)\s*(?=$|[|\]]|having\s+same\s|within\s+\d)/y;

/** Offset of the quote that closes the one at `open`: the first after which `rest` follows; -1 when there is none. */
export function rawEnd(text: string, open: number, rest: RegExp): number {
  const quote = text.charAt(open);
  for (let close = text.indexOf(quote, open + 1); close >= 0; close = text.indexOf(quote, close + 1)) {
    rest.lastIndex = close + 1;
    if (rest.test(text)) return close;
  }
  return -1;
}

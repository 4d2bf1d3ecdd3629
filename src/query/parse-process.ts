import type { Command, Field, Value } from './ast.ts';
import { skipBlanks } from './lexer.ts';
import { nearest } from './nearest.ts';
import { parseArguments } from './parse-arguments.ts';
import type { Cursor } from './parse-cursor.ts';
import { parseEvalBody } from './parse-eval.ts';
import { quoteOf, reportUnclosed } from './parse-term.ts';
import { EVAL_REST, REGEX_REST, rawEnd } from './raw-argument.ts';
import { describe, type Token } from './tokens.ts';

/** Processors of the language, as they are written. */
export const PROCESSORS: readonly string[] = [
  ...['regex', 'eval', 'geoip', 'dns', 'domain', 'compare', 'ti', 'lookup', 'json_parser', 'jq_parser', 'json_expand'],
  ...['ascii_converter', 'clean_char', 'codec', 'compare_network', 'toList', 'toTable', 'count_char', 'current_time'],
  ...['difference', 'dns_cleanup', 'domain_lookup', 'entropy', 'grok', 'in_range', 'ip_lookup', 'list_length', 'next'],
  ...['percentile', 'sort_list', 'string_concat', 'summation', 'whoislookup', 'experimental', 'median', 'quantile'],
];

/** Names that the vendor's pages use for some of them. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ['diff', 'difference'],
  ['sum', 'summation'],
  ['concat', 'string_concat'],
  ['whois_lookup', 'whoislookup'],
]);

/** `process name(…)`, after the word `process`; `keep` reads a processor that is not evaluated yet. */
export function parseProcess(cursor: Cursor, start: Token): Command | null {
  const name = cursor.peek('name');
  const lower = name.text.toLowerCase();
  if (name.kind !== 'word') {
    cursor.error(
      name.kind === 'end' ? start.span : name.span,
      `expected a processor after \`process\`, saw ${describe(name)}`,
    );
    return null;
  }
  const processor = OTHER_NAMES.get(lower) ?? PROCESSORS.find((known) => known.toLowerCase() === lower);
  if (processor === undefined) {
    const near = nearest(lower, PROCESSORS);
    cursor.error(
      name.span,
      `expected a processor after \`process\`, saw ${describe(name)}`,
      near === null ? `processors are ${PROCESSORS.join(', ')}` : `write \`process ${near}\``,
    );
    return null;
  }
  cursor.next('name');
  if (cursor.takeMark('(') === null) {
    cursor.error(name.span, `expected \`(\` after \`process ${processor}\`, saw ${describe(cursor.peek('name'))}`);
    return null;
  }
  if (processor === 'regex') return parseRegex(cursor, start);
  return processor === 'eval' ? parseEval(cursor, start) : parseArguments(cursor, start, processor);
}

function parseRegex(cursor: Cursor, start: Token): Command | null {
  const pattern = readRaw(cursor, start, REGEX_REST, 'a pattern in quotes, then a comma and a field');
  if (pattern === null) return null;
  cursor.takeMark(',');
  // `REGEX_REST` has seen a name here. The vendor's converter does not quote reserved words in this place.
  const name = cursor.next('name');
  const field: Field = { kind: 'field', span: name.span, name: name.text, quote: quoteOf(cursor, name) };
  let mode: Value | null = null;
  if (cursor.takeMark(',') !== null) {
    const token = cursor.next('name');
    const quote = cursor.text.charAt(token.span.start) === "'" ? "'" : '"';
    mode = { kind: 'value', span: token.span, text: token.text, quote };
  }
  cursor.takeMark(')');
  return { kind: 'regex', span: { start: start.span.start, end: cursor.pos }, pattern, field, mode };
}

function parseEval(cursor: Cursor, start: Token): Command | null {
  const body = readRaw(cursor, start, EVAL_REST, 'an assignment in quotes');
  if (body === null) return null;
  cursor.takeMark(')');
  const parsed = parseEvalBody(cursor, body);
  return parsed === null ? null : { kind: 'eval', span: { start: start.span.start, end: cursor.pos }, body, ...parsed };
}

function readRaw(cursor: Cursor, start: Token, rest: RegExp, expected: string): Value | null {
  const { text } = cursor;
  const open = skipBlanks(text, cursor.pos);
  const quote = text.charAt(open);
  if (quote !== '"' && quote !== "'") {
    cursor.error(
      cursor.isAtCommandEnd() ? start.span : cursor.peek('value').span,
      `expected ${expected}, saw ${describe(cursor.peek('value'))}`,
    );
    return null;
  }
  const close = rawEnd(text, open, rest);
  if (close >= 0) {
    cursor.pos = close + 1;
    return { kind: 'value', span: { start: open, end: close + 1 }, text: text.slice(open + 1, close), quote };
  }
  const token = cursor.peek('value');
  if (token.kind === 'unclosed') return reportUnclosed(cursor, token);
  cursor.error({ start: open, end: open + 1 }, `expected ${expected}, and \`)\` before the next command`);
  return null;
}

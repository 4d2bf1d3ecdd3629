import { numericValue } from '../events/event.ts';
import { AGGREGATE_NAMES } from './ast.ts';
import { OPERAND_FUNCTIONS } from './parse-term.ts';
import type { Place, ScanCursor, TokenClass } from './scan-cursor.ts';
import { isStreamEnd } from './stream-end.ts';
import { isKeyword, type Token } from './tokens.ts';

const FUNCTIONS: ReadonlySet<string> = new Set([...OPERAND_FUNCTIONS, ...AGGREGATE_NAMES]);

/** A search expression, up to a pipe or a bracket that belongs to what surrounds it. */
export function scanExpression(cursor: ScanCursor, closesWith: ')' | null): void {
  let depth = 0;
  for (;;) {
    const token = cursor.peek('term');
    if (token.kind === 'end' || (token.kind === 'mark' && token.text === '|')) return;
    if (cursor.isInStream && (token.text === ']' || isStreamEnd(cursor.text, token.span.start))) return;
    if (token.kind === 'mark') {
      if (token.text === ')' && depth === 0 && closesWith === ')') return;
      depth += token.text === '(' ? 1 : token.text === ')' && depth > 0 ? -1 : 0;
      cursor.take('term', 'mark', token.text === ')' ? 'after-term' : 'term');
    } else if (token.kind === 'minus') cursor.take('term', 'operator', 'term');
    else if (isKeyword(token, 'not') || isKeyword(token, 'and') || isKeyword(token, 'or')) {
      cursor.take('term', 'keyword', 'term');
    } else if (token.kind === 'operator') {
      cursor.take('term', 'mistake', 'value');
    } else scanTerm(cursor, token);
  }
}

function scanTerm(cursor: ScanCursor, token: Token): void {
  const { text } = cursor;
  const isCall =
    token.kind === 'word' && text.charAt(token.span.end) === '(' && FUNCTIONS.has(token.text.toLowerCase());
  if (isCall) {
    cursor.take('term', 'function', 'nothing');
    scanCallArguments(cursor, 'operator');
    cursor.field = null;
    scanComparison(cursor);
    return;
  }
  // What follows decides what the word was; it is read again after the word is taken.
  const place = cursor.place;
  cursor.take('term', 'text', 'after-term');
  const taken = cursor.items.length - 1;
  const after = cursor.peek('term');
  const isTable = isKeyword(token, 'table') && (after.kind === 'quoted' || after.kind === 'unclosed');
  if (isTable) {
    reclass(cursor, taken, 'keyword', place);
    cursor.place = 'table';
    cursor.take('term', 'list', 'after-term');
  } else if (token.kind !== 'unclosed' && (after.kind === 'operator' || isKeyword(after, 'in'))) {
    reclass(cursor, taken, 'field', place);
    cursor.field = token.text;
    scanComparison(cursor);
  }
}

function reclass(cursor: ScanCursor, index: number, kind: TokenClass, place: Place): void {
  const item = cursor.items[index];
  if (item !== undefined) cursor.items[index] = { ...item, kind, place };
}

/** An operator and a value, or IN and a list. */
function scanComparison(cursor: ScanCursor): void {
  const after = cursor.peek('term');
  if (after.kind === 'operator') {
    cursor.take('term', 'operator', 'value');
    const value = cursor.peek('value');
    if (value.kind === 'word' || value.kind === 'quoted' || value.kind === 'unclosed') takeValue(cursor, 'after-term');
  } else if (isKeyword(after, 'in')) {
    cursor.take('term', 'keyword', 'set');
    scanSet(cursor);
  }
  if (cursor.place !== 'value' && cursor.place !== 'list-value' && cursor.place !== 'after-list-value')
    cursor.field = null;
}

function takeValue(cursor: ScanCursor, next: Place): void {
  const token = cursor.peek('value');
  const isNumber = token.kind === 'word' && numericValue(token.text) !== undefined;
  cursor.take('value', isNumber ? 'number' : 'value', next);
}

function scanSet(cursor: ScanCursor): void {
  const open = cursor.peek('value');
  if (open.kind === 'word' || open.kind === 'quoted' || open.kind === 'unclosed') {
    cursor.take('value', 'list', 'after-term');
    return;
  }
  if (open.text !== '[') return;
  cursor.take('value', 'mark', 'list-value');
  for (;;) {
    const token = cursor.peek('value');
    if (token.kind === 'end' || token.text === '|') return;
    if (token.kind === 'mark' || token.kind === 'operator') {
      const isKnown = token.text === ',' || token.text === ']';
      cursor.take('value', isKnown ? 'mark' : 'mistake', token.text === ']' ? 'after-term' : 'list-value');
      if (token.text === ']') return;
    } else takeValue(cursor, 'after-list-value');
  }
}

/** `(field, 5)` of a function or an aggregate other than `count`. */
export function scanCallArguments(cursor: ScanCursor, next: Place): void {
  if (!cursor.takeMark('(', 'measured')) return;
  let depth = 1;
  while (depth > 0) {
    const token = cursor.peek('name');
    if (token.kind === 'end' || token.text === '|' || (cursor.isInStream && token.text === ']')) return;
    if (token.kind === 'word' || token.kind === 'quoted' || token.kind === 'unclosed') {
      const isNumber = token.kind === 'word' && numericValue(token.text) !== undefined;
      cursor.take('name', isNumber ? 'number' : 'field', 'nothing');
      continue;
    }
    depth += token.text === '(' ? 1 : token.text === ')' ? -1 : 0;
    const isSign = '+-*/'.includes(token.text);
    cursor.take('name', isSign ? 'operator' : 'mark', depth === 0 ? next : token.text === ')' ? 'nothing' : 'measured');
  }
}

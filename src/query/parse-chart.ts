import {
  AGGREGATE_NAMES,
  type Aggregate,
  type AggregateArgument,
  type AggregateName,
  type ChartCommand,
  type Duration,
  type Limit,
  type Operand,
  type SortKey,
  TIME_UNITS,
  type TimechartCommand,
} from './ast.ts';
import { nearest } from './nearest.ts';
import { type Cursor, spanOver } from './parse-cursor.ts';
import { parseExpression } from './parse-expression.ts';
import { parseNumberExpression } from './parse-number.ts';
import { parseName, parseOperand } from './parse-term.ts';
import { describe, type Token } from './tokens.ts';

/** `chart count() as n, max(size) by user order by n desc limit 10`, after the word `chart`. */
export function parseChart(cursor: Cursor, start: Token): ChartCommand | null {
  const counted = parseCounted(cursor);
  const tail = counted === null ? null : parseTail(cursor);
  if (counted === null || tail === null) return null;
  return { kind: 'chart', span: { start: start.span.start, end: cursor.pos }, ...counted, ...tail };
}

/** `timechart count() by user every 1 hour`, after the word `timechart`. */
export function parseTimechart(cursor: Cursor, start: Token): TimechartCommand | null {
  const counted = parseCounted(cursor);
  if (counted === null) return null;
  const word = cursor.takeKeyword('every');
  const every = word === null ? null : parseDuration(cursor, word);
  if (word !== null && every === null) return null;
  const tail = parseTail(cursor);
  if (tail === null) return null;
  return { kind: 'timechart', span: { start: start.span.start, end: cursor.pos }, ...counted, every, ...tail };
}

function parseCounted(cursor: Cursor): { aggregates: Aggregate[]; groups: Operand[] } | null {
  const aggregates: Aggregate[] = [];
  do {
    const aggregate = parseAggregate(cursor, 'with-alias');
    if (aggregate === null) return null;
    aggregates.push(aggregate);
  } while (cursor.takeMark(',') !== null);
  const groups: Operand[] = [];
  if (cursor.takeKeyword('by') === null) return { aggregates, groups };
  do {
    const group = parseOperand(cursor);
    if (group === null) return null;
    groups.push(group);
  } while (cursor.takeMark(',') !== null);
  return { aggregates, groups };
}

function parseTail(cursor: Cursor): { order: SortKey[]; limit: Limit | null } | null {
  const order = cursor.takeKeyword('order') === null ? [] : parseOrderKeys(cursor);
  if (order === null) return null;
  const word = cursor.takeKeyword('limit');
  const limit = word === null ? null : parseLimitCount(cursor, word);
  return word !== null && limit === null ? null : { order, limit };
}

/** `1 hour`, after the word `every` or `within`. */
export function parseDuration(cursor: Cursor, word: Token): Duration | null {
  const number = cursor.next('name');
  const count = /^\d{1,6}$/.test(number.text) ? Number(number.text) : 0;
  const unit = cursor.peek('name');
  const name = unit.text.toLowerCase().replace(/s$/, '');
  const known = TIME_UNITS.find((one) => one === name);
  if (number.kind === 'word' && count > 0 && known !== undefined) {
    cursor.next('name');
    return { kind: 'duration', span: spanOver(number.span, unit.span), count, unit: known };
  }
  const wrong = count > 0 ? unit : number;
  const message = `expected a time such as \`5 minutes\` after ${describe(word)}, saw ${describe(wrong)}`;
  cursor.error(wrong.kind === 'end' ? word.span : wrong.span, message, `units are ${TIME_UNITS.join(', ')}`);
  return null;
}

const AGGREGATES: ReadonlySet<string> = new Set(AGGREGATE_NAMES);
const isAggregateName = (text: string): text is AggregateName => AGGREGATES.has(text);

function nearAggregate(name: string): string {
  const near = nearest(name, AGGREGATE_NAMES);
  return near === null ? 'write `| chart count() by field`' : `write \`${near}(${near === 'count' ? '' : 'field'})\``;
}

/** The next tokens are `count(` and the like; a column may be called by them. */
export function isAtAggregate(cursor: Cursor): boolean {
  const token = cursor.peek('name');
  if (token.kind !== 'word' || !isAggregateName(token.text.toLowerCase())) return false;
  return /^\s*\(/.test(cursor.text.slice(token.span.end, token.span.end + 80));
}

export function parseAggregate(cursor: Cursor, form: 'with-alias' | 'bare'): Aggregate | null {
  const token = cursor.next('name');
  const name = token.text.toLowerCase();
  if (token.kind !== 'word' || !isAggregateName(name)) {
    cursor.error(
      token.span,
      `expected one of ${AGGREGATE_NAMES.join(', ')}, saw ${describe(token)}`,
      nearAggregate(name),
    );
    return null;
  }
  if (cursor.takeMark('(') === null) {
    cursor.error(
      token.span,
      `expected \`(\` after ${describe(token)}, saw ${describe(cursor.peek('name'))}`,
      `write \`${name}()\``,
    );
    return null;
  }
  const argument = parseArgument(cursor, name, token);
  if (argument === 'failed') return null;
  const close = cursor.next('name');
  if (close.kind !== 'mark' || close.text !== ')') {
    const where = close.kind === 'end' ? token.span : close.span;
    cursor.error(where, `expected \`)\` after \`${name}(\`, saw ${describe(close)}`);
    return null;
  }
  const alias =
    form === 'with-alias' && cursor.takeKeyword('as') !== null ? parseName(cursor, 'a name after `as`') : undefined;
  if (alias === null) return null;
  const end = alias === undefined ? close.span : alias.span;
  return { kind: 'aggregate', span: spanOver(token.span, end), name, argument, alias: alias ?? null };
}

function parseArgument(cursor: Cursor, name: AggregateName, token: Token): AggregateArgument | null | 'failed' {
  const next = cursor.peek('name');
  const isEmpty = next.kind === 'mark' && next.text === ')';
  if (name === 'count') {
    if (isEmpty) return null;
    const condition = parseExpression(cursor, { closesWith: ')', allowsColumns: false });
    return condition === null ? 'failed' : { kind: 'condition', span: condition.span, condition };
  }
  if (isEmpty) {
    cursor.error(token.span, `expected a field inside \`${name}()\`, saw nothing`, `write \`${name}(field)\``);
    return 'failed';
  }
  const expression = parseNumberExpression(cursor);
  return expression === null ? 'failed' : { kind: 'number-expression', span: expression.span, expression };
}

/** `by n desc, user`, after the word `order`. */
export function parseOrderKeys(cursor: Cursor): SortKey[] | null {
  const by = cursor.peek('name');
  if (cursor.takeKeyword('by') === null) {
    cursor.error(by.span, `expected \`by\` after \`order\`, saw ${describe(by)}`);
    return null;
  }
  const keys: SortKey[] = [];
  do {
    const sign = cursor.peek('name');
    if (sign.kind === 'mark' && (sign.text === '-' || sign.text === '+')) {
      cursor.error(
        sign.span,
        `expected a column, saw ${describe(sign)}`,
        'the direction follows the column: `order by n desc`',
      );
      return null;
    }
    const key: Operand | Aggregate | null = isAtAggregate(cursor)
      ? parseAggregate(cursor, 'bare')
      : parseOperand(cursor);
    if (key === null) return null;
    const word = cursor.takeKeyword('asc') ?? cursor.takeKeyword('desc');
    const direction = word?.text.toLowerCase() === 'desc' ? 'desc' : 'asc';
    keys.push({ kind: 'sort-key', span: word === null ? key.span : spanOver(key.span, word.span), key, direction });
  } while (cursor.takeMark(',') !== null);
  return keys;
}

/** The whole number after the word `limit`. */
export function parseLimitCount(cursor: Cursor, word: Token): Limit | null {
  const token = cursor.peek('name');
  const count = /^\d{1,9}$/.test(token.text) ? Number(token.text) : Number.NaN;
  if (token.kind !== 'word' || Number.isNaN(count) || count < 1) {
    const where = token.kind === 'end' ? word.span : token.span;
    cursor.error(where, `expected a whole number from 1 to 999999999 after \`limit\`, saw ${describe(token)}`);
    return null;
  }
  cursor.next('name');
  return { kind: 'limit-count', span: token.span, count };
}

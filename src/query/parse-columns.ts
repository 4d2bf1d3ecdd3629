import type {
  Aggregate,
  Field,
  FieldsCommand,
  LatestCommand,
  LimitCommand,
  Operand,
  OrderCommand,
  RenameCommand,
  RenamePair,
} from './ast.ts';
import { isAtAggregate, parseAggregate, parseLimitCount, parseOrderKeys } from './parse-chart.ts';
import { type Cursor, spanOver } from './parse-cursor.ts';
import { parseName, parseOperand } from './parse-term.ts';
import { describe, type Token } from './tokens.ts';

/** `fields log_ts, user, count()`; commas may be left out. */
export function parseFields(cursor: Cursor, start: Token): FieldsCommand | null {
  const columns: (Field | Aggregate)[] = [];
  do {
    const column = isAtAggregate(cursor) ? parseAggregate(cursor, 'bare') : parseName(cursor, 'a column');
    if (column === null) return null;
    columns.push(column);
    cursor.takeMark(',');
  } while (!cursor.isAtCommandEnd() && !closesSurrounding(cursor));
  return { kind: 'fields', span: { start: start.span.start, end: cursor.pos }, columns };
}

const closesSurrounding = (cursor: Cursor): boolean => cursor.peek('name').text === ']';

/** `rename a as b, c as "d"`. */
export function parseRename(cursor: Cursor, start: Token): RenameCommand | null {
  const pairs: RenamePair[] = [];
  do {
    const from = parseName(cursor, 'a field to rename');
    if (from === null) return null;
    if (cursor.takeKeyword('as') === null) {
      const seen = cursor.peek('name');
      cursor.error(
        seen.kind === 'end' ? from.span : seen.span,
        `expected \`as\` after the field, saw ${describe(seen)}`,
        'write `rename old as new`',
      );
      return null;
    }
    const to = parseName(cursor, 'a new name');
    if (to === null) return null;
    pairs.push({ kind: 'rename-pair', span: spanOver(from.span, to.span), from, to });
  } while (cursor.takeMark(',') !== null);
  return { kind: 'rename', span: { start: start.span.start, end: cursor.pos }, pairs };
}

export function parseOrder(cursor: Cursor, start: Token): OrderCommand | null {
  const keys = parseOrderKeys(cursor);
  if (keys === null) return null;
  return { kind: 'order', span: { start: start.span.start, end: cursor.pos }, keys };
}

/** `latest by user, host`. */
export function parseLatest(cursor: Cursor, start: Token): LatestCommand | null {
  const groups: Operand[] = [];
  if (cursor.takeKeyword('by') === null) {
    const seen = cursor.peek('name');
    const where = seen.kind === 'end' ? start.span : seen.span;
    cursor.error(where, `expected \`by\` after \`latest\`, saw ${describe(seen)}`, 'write `latest by user`');
    return null;
  }
  do {
    const group = parseOperand(cursor);
    if (group === null) return null;
    groups.push(group);
  } while (cursor.takeMark(',') !== null);
  return { kind: 'latest', span: { start: start.span.start, end: cursor.pos }, groups };
}

export function parseLimit(cursor: Cursor, start: Token): LimitCommand | null {
  const limit = parseLimitCount(cursor, start);
  return limit === null ? null : { kind: 'limit', span: spanOver(start.span, limit.span), limit };
}

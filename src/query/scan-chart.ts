import { AGGREGATE_NAMES, TIME_UNITS } from './ast.ts';
import { OPERAND_FUNCTIONS } from './parse-term.ts';
import { BUCKET_COLUMN } from './plan-chart.ts';
import type { Place, ScanCursor } from './scan-cursor.ts';
import { scanCallArguments, scanExpression } from './scan-expression.ts';

const AGGREGATES: ReadonlySet<string> = new Set(AGGREGATE_NAMES);
const UNITS: ReadonlySet<string> = new Set(TIME_UNITS.flatMap((unit) => [unit, `${unit}s`]));

const UNFINISHED: ReadonlySet<Place> = new Set<Place>([
  'group',
  'aggregate',
  'measured',
  'term',
  'after-term',
  'value',
]);

/** What follows `chart` or `timechart`. From here on only its columns are left. */
export function scanChart(cursor: ScanCursor, isOverTime: boolean): void {
  const columns: string[] = [];
  cursor.place = 'aggregate';
  do {
    const aggregate = scanAggregate(cursor, isOverTime ? 'after-bucket' : 'after-aggregate');
    if (aggregate === null) break;
    columns.push(aggregate);
  } while (cursor.takeMark(',', 'aggregate'));
  const groups: string[] = [];
  if (cursor.takeKeyword('by', 'group')) {
    do {
      const group = scanOperand(cursor, isOverTime ? 'after-time-group' : 'after-group');
      if (group === null) break;
      groups.push(group);
    } while (cursor.takeMark(',', 'group'));
  }
  // Where the text ends amid groups, the cursor is still before the chart.
  if (cursor.peek('name').kind === 'end' && UNFINISHED.has(cursor.place)) return;
  cursor.names.clear();
  cursor.columns = [...(isOverTime ? [BUCKET_COLUMN] : []), ...groups, ...columns];
  if (isOverTime && cursor.takeKeyword('every', 'number')) scanDuration(cursor, 'after-group');
  if (cursor.takeKeyword('order', 'by')) scanOrder(cursor);
  if (cursor.takeKeyword('limit', 'number')) scanNumber(cursor, 'nothing');
}

/** An aggregate with its alias: the name of its column. Null when none stands there. */
function scanAggregate(cursor: ScanCursor, next: Place): string | null {
  const token = cursor.peek('name');
  if (token.kind !== 'word') return null;
  const name = token.text.toLowerCase();
  cursor.take('name', AGGREGATES.has(name) ? 'function' : 'mistake', 'nothing');
  const from = token.span.start;
  scanAggregateArgument(cursor, name, next);
  const text = cursor.text.slice(from, cursor.pos);
  if (!cursor.takeKeyword('as', 'new-name')) return text;
  return cursor.takeName('name', next)?.text ?? text;
}

function scanAggregateArgument(cursor: ScanCursor, name: string, next: Place): void {
  if (name !== 'count') {
    scanCallArguments(cursor, next);
    return;
  }
  if (!cursor.takeMark('(', 'term')) return;
  scanExpression(cursor, ')');
  cursor.takeMark(')', next);
}

/** A field or a function over one: its name as a column. */
export function scanOperand(cursor: ScanCursor, next: Place): string | null {
  const token = cursor.peek('name');
  if (token.kind !== 'word' && token.kind !== 'quoted' && token.kind !== 'unclosed') return null;
  const name = token.text.toLowerCase();
  const isCall =
    token.kind === 'word' &&
    /^\s*\(/.test(cursor.text.slice(token.span.end, token.span.end + 80)) &&
    (OPERAND_FUNCTIONS.has(name) || AGGREGATES.has(name));
  if (!isCall) return cursor.take('name', 'field', next).text;
  cursor.take('name', 'function', 'nothing');
  if (AGGREGATES.has(name)) scanAggregateArgument(cursor, name, next);
  else scanCallArguments(cursor, next);
  return cursor.text.slice(token.span.start, cursor.pos);
}

/** `by n desc, user`, after the word `order`. */
export function scanOrder(cursor: ScanCursor): void {
  if (!cursor.takeKeyword('by', 'sort-key')) return;
  do {
    if (scanOperand(cursor, 'after-sort-key') === null) return;
    if (!cursor.takeKeyword('asc', 'after-order')) cursor.takeKeyword('desc', 'after-order');
  } while (cursor.takeMark(',', 'sort-key'));
}

export function scanNumber(cursor: ScanCursor, next: Place): void {
  const token = cursor.peek('name');
  if (token.kind === 'word') cursor.take('name', /^\d+$/.test(token.text) ? 'number' : 'mistake', next);
}

/** `5 minutes`. */
export function scanDuration(cursor: ScanCursor, next: Place): void {
  scanNumber(cursor, 'unit');
  const unit = cursor.peek('name');
  if (unit.kind === 'word') cursor.take('name', UNITS.has(unit.text.toLowerCase()) ? 'keyword' : 'mistake', next);
}

import { STREAM_OPERATIONS } from './ast-stream.ts';
import { COMMANDS } from './parse-command.ts';
import { scanChart, scanDuration, scanNumber, scanOperand, scanOrder } from './scan-chart.ts';
import { ScanCursor } from './scan-cursor.ts';
import { scanExpression } from './scan-expression.ts';
import { scanPattern, scanProcess } from './scan-process.ts';
import type { Token } from './tokens.ts';

/** Walks a whole query, finished or not; never throws and takes time linear in the text. */
export function scanQuery(text: string): ScanCursor {
  const cursor = new ScanCursor(text);
  const first = cursor.peek('term');
  if (first.kind === 'mark' && first.text === '[') scanStreams(cursor);
  else scanExpression(cursor, null);
  scanCommands(cursor);
  cursor.finish();
  return cursor;
}

function scanCommands(cursor: ScanCursor): void {
  for (;;) {
    cursor.skipRest();
    const pipe = cursor.peek('value');
    if (pipe.kind === 'end' || pipe.text !== '|') return;
    cursor.take('value', 'mark', 'command');
    scanCommand(cursor);
  }
}

function scanCommand(cursor: ScanCursor): void {
  const token = cursor.peek('name');
  if (token.kind !== 'word') return;
  const name = token.text.toLowerCase();
  cursor.take('name', COMMANDS.has(name) ? 'command' : 'mistake', 'nothing');
  SCANNERS.get(name)?.(cursor);
}

const scanCondition = (cursor: ScanCursor): void => {
  cursor.place = 'term';
  scanExpression(cursor, null);
};

const SCANNERS: ReadonlyMap<string, (cursor: ScanCursor) => void> = new Map<string, (cursor: ScanCursor) => void>([
  ['search', scanCondition],
  ['filter', scanCondition],
  ['chart', (cursor) => scanChart(cursor, false)],
  ['timechart', (cursor) => scanChart(cursor, true)],
  ['fields', scanFields],
  ['rename', scanRename],
  ['latest', scanLatest],
  ['process', scanProcessCommand],
  ['norm', (cursor) => scanPattern(cursor, 'norm')],
  ['rex', (cursor) => scanPattern(cursor, 'rex')],
  ['order', scanOrderCommand],
  ['limit', scanLimitCommand],
]);

function scanOrderCommand(cursor: ScanCursor): void {
  cursor.place = 'by';
  scanOrder(cursor);
}

function scanLimitCommand(cursor: ScanCursor): void {
  cursor.place = 'number';
  scanNumber(cursor, 'nothing');
}

function scanProcessCommand(cursor: ScanCursor): void {
  cursor.place = 'processor';
  scanProcess(cursor);
}

function scanFields(cursor: ScanCursor): void {
  cursor.place = 'field';
  while (scanOperand(cursor, 'after-field') !== null) cursor.takeMark(',', 'field');
}

function scanRename(cursor: ScanCursor): void {
  cursor.place = 'field';
  do {
    const from = cursor.takeName('field', 'as');
    if (from === null || !cursor.takeKeyword('as', 'new-name')) return;
    const to = cursor.takeName('name', 'nothing');
    if (to === null) return;
    if (cursor.columns === null) cursor.names.add(to.text);
    else cursor.columns = cursor.columns.map((column) => (column === from.text ? to.text : column));
  } while (cursor.takeMark(',', 'field'));
}

function scanLatest(cursor: ScanCursor): void {
  cursor.place = 'by';
  if (!cursor.takeKeyword('by', 'field')) return;
  while (scanOperand(cursor, 'nothing') !== null && cursor.takeMark(',', 'field'));
}

function scanStreams(cursor: ScanCursor): void {
  scanStream(cursor);
  for (;;) {
    const words = operationAt(cursor, cursor.peek('name'));
    if (words === 0) break;
    for (let word = 0; word < words; word++)
      cursor.take('name', 'keyword', word < words - 1 ? 'nothing' : 'stream-start');
    scanStream(cursor);
    scanLinkTail(cursor);
  }
}

/** How many words of a stream operation stand here; 0 for none. */
function operationAt(cursor: ScanCursor, start: Token): number {
  const text = cursor.text.slice(start.span.start, start.span.start + 200).toLowerCase();
  const found = STREAM_OPERATIONS.find((name) => new RegExp(`^${name.replaceAll(' ', '\\s+')}(?![\\w.])`).test(text));
  return found === undefined ? 0 : found.split(' ').length;
}

function scanLinkTail(cursor: ScanCursor): void {
  for (;;) {
    if (cursor.takeKeyword('within', 'number')) scanDuration(cursor, 'after-link');
    else if (cursor.takeKeyword('on', 'field')) scanPairs(cursor);
    else return;
  }
}

function scanPairs(cursor: ScanCursor): void {
  do {
    if (cursor.takeName('field', 'nothing') === null) return;
    if (cursor.peek('name').kind !== 'operator') return;
    cursor.take('name', 'operator', 'field');
    if (cursor.takeName('field', 'after-link') === null) return;
  } while (cursor.takeMark(',', 'field') || cursor.takeKeyword('and', 'field'));
}

function scanStream(cursor: ScanCursor): void {
  if (cursor.peek('value').text !== '[') return;
  cursor.take('value', 'mark', 'term');
  cursor.isInStream = true;
  const count = cursor.peek('value');
  if (count.kind === 'word' && /^\d{1,6}$/.test(count.text)) cursor.take('value', 'number', 'term');
  scanExpression(cursor, null);
  scanCommands(cursor);
  scanStreamEnd(cursor);
  cursor.skipRest();
  cursor.isInStream = false;
  cursor.columns = null;
  if (!cursor.takeMark(']', 'after-stream')) return;
  if (!cursor.takeKeyword('as', 'new-name')) return;
  const name = cursor.takeName('name', 'after-link');
  if (name !== null) cursor.streams.add(name.text);
}

function scanStreamEnd(cursor: ScanCursor): void {
  for (;;) {
    if (cursor.takeKeyword('within', 'number')) scanDuration(cursor, 'nothing');
    else if (cursor.takeKeyword('having', 'same')) {
      if (!cursor.takeKeyword('same', 'field')) return;
      while (cursor.takeName('field', 'nothing') !== null && cursor.takeMark(',', 'field'));
    } else return;
  }
}

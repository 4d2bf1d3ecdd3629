import type { Span } from './diagnostics.ts';
import { skipBlanks } from './lexer.ts';
import { EVAL_TOKEN } from './parse-eval.ts';
import { PROCESSORS } from './parse-process.ts';
import { quotedEnd, regexEnd } from './pattern-end.ts';
import { EVAL_REST, REGEX_REST, rawEnd } from './raw-argument.ts';
import type { Place, ScanCursor } from './scan-cursor.ts';

const KNOWN: ReadonlySet<string> = new Set(PROCESSORS.map((name) => name.toLowerCase()));
/** Processors whose first argument is not a field. */
const FIRST_ARGUMENTS: ReadonlyMap<string, Place> = new Map<string, Place>([
  ['tolist', 'list-argument'],
  ['totable', 'table-argument'],
  ['lookup', 'table-argument'],
]);

/** What follows the word `process`. */
export function scanProcess(cursor: ScanCursor): void {
  const token = cursor.peek('name');
  if (token.kind !== 'word') return;
  const name = token.text.toLowerCase();
  cursor.take('name', KNOWN.has(name) ? 'processor' : 'mistake', 'nothing');
  if (!cursor.takeMark('(', FIRST_ARGUMENTS.get(name) ?? 'argument')) return;
  if (name === 'regex') scanRegex(cursor);
  else if (name === 'eval') scanEval(cursor);
  else scanArguments(cursor);
}

function scanArguments(cursor: ScanCursor): void {
  while (!cursor.takeMark(')', 'after-process')) {
    if (cursor.isAtEnd()) return;
    const token = cursor.peek('name');
    if (token.kind === 'mark') cursor.take('name', 'mark', token.text === ',' ? 'argument' : 'nothing');
    else if (token.kind === 'operator') cursor.take('name', 'operator', 'nothing');
    else {
      const isSource = cursor.place === 'list-argument' || cursor.place === 'table-argument';
      const isNumber = token.kind === 'word' && /^\d/.test(token.text);
      const kind = isSource ? 'list' : isNumber ? 'number' : token.kind === 'word' ? 'field' : 'value';
      cursor.take('name', kind, 'nothing');
    }
  }
  if (!cursor.takeKeyword('as', 'new-name')) return;
  do {
    const target = cursor.takeName('name', 'nothing');
    if (target === null) return;
    cursor.names.add(target.text);
  } while (cursor.takeMark(',', 'new-name'));
}

/** The quoted argument at the cursor, whose text may hold its own quotes; null when none starts here. */
function rawArgument(cursor: ScanCursor, rest: RegExp): Span | null {
  const open = skipBlanks(cursor.text, cursor.pos);
  const quote = cursor.text.charAt(open);
  if (quote !== '"' && quote !== "'") return null;
  const search = `${quote}${rest.source}`;
  const close = cursor.unending.has(search) ? -1 : rawEnd(cursor.text, open, rest);
  if (close >= 0) return { start: open, end: close + 1 };
  cursor.unending.add(search);
  const token = cursor.peek('value');
  return token.kind === 'quoted' ? token.span : { start: open, end: cursor.text.length };
}

function scanRegex(cursor: ScanCursor): void {
  cursor.place = 'nothing';
  const span = rawArgument(cursor, REGEX_REST);
  if (span === null) return;
  addGroupNames(cursor, span);
  cursor.mark(span, 'pattern', 'nothing');
  while (cursor.takeMark(',', 'argument')) {
    const argument = cursor.peek('name');
    if (argument.kind === 'word' || argument.kind === 'quoted') cursor.take('name', 'field', 'nothing');
  }
  cursor.takeMark(')', 'after-term');
  cursor.place = 'nothing';
}

/** The quotes, and what stands between them, piece by piece. */
function scanEval(cursor: ScanCursor): void {
  cursor.place = 'nothing';
  const span = rawArgument(cursor, EVAL_REST);
  if (span === null) return;
  const isClosed = span.end - span.start > 1 && cursor.text.charAt(span.end - 1) === cursor.text.charAt(span.start);
  const end = isClosed ? span.end - 1 : span.end;
  cursor.mark({ start: span.start, end: span.start + 1 }, 'mark', 'new-name');
  scanEvalBody(cursor, cursor.text.slice(span.start + 1, end), span.start + 1);
  if (!isClosed) {
    cursor.pos = end;
    return;
  }
  cursor.mark({ start: end, end: span.end }, 'mark', 'nothing');
  cursor.takeMark(')', 'nothing');
}

function scanEvalBody(cursor: ScanCursor, body: string, offset: number): void {
  let isTarget = true;
  EVAL_TOKEN.lastIndex = 0;
  for (let match = EVAL_TOKEN.exec(body); match !== null; match = EVAL_TOKEN.exec(body)) {
    const [whole, text, number, name, sign] = match;
    const next = EVAL_TOKEN.lastIndex;
    const span = { start: offset + next - whole.trimStart().length, end: offset + next };
    if (text !== undefined) cursor.mark(span, 'value', 'nothing');
    else if (number !== undefined) cursor.mark(span, 'number', 'nothing');
    else if (name !== undefined) {
      if (isTarget) cursor.names.add(name);
      const isCall = /^\s*\(/.test(body.slice(next, next + 80));
      cursor.mark(span, isTarget ? 'name' : isCall ? 'function' : 'field', 'nothing');
      isTarget = false;
    } else {
      const isMark = sign === '(' || sign === ')' || sign === ',';
      cursor.mark(span, isMark ? 'mark' : 'operator', sign === ')' ? 'nothing' : 'eval-value');
    }
    EVAL_TOKEN.lastIndex = next;
  }
}

/** `rex` and `norm`: a pattern as written, over `msg` unless a field is named. */
export function scanPattern(cursor: ScanCursor, kind: 'rex' | 'norm'): void {
  cursor.place = 'pattern-start';
  if (cursor.takeKeyword('on', 'field') && cursor.takeName('field', 'nothing') === null) return;
  const { text, pos } = cursor;
  const end = (kind === 'rex' ? regexEnd : quotedEnd)(text, pos, cursor.isInStream);
  const raw = text.slice(pos, end);
  const start = pos + raw.length - raw.trimStart().length;
  const span = { start, end: start + raw.trim().length };
  if (span.end <= span.start) return;
  addGroupNames(cursor, span);
  cursor.mark(span, 'pattern', 'nothing');
}

const GROUP_NAME = /\(\?P?<([\p{L}_][\p{L}\p{N}_]*)>|<([\p{L}_][\p{L}\p{N}_.]*):/gu;

function addGroupNames(cursor: ScanCursor, { start, end }: Span): void {
  for (const [, regexName, normName] of cursor.text.slice(start, end).matchAll(GROUP_NAME)) {
    cursor.names.add(regexName ?? normName ?? '');
  }
}

import type { Duration, Field } from './ast.ts';
import { STREAM_OPERATIONS, type Stream, type StreamLink, type StreamPair, type StreamSource } from './ast-stream.ts';
import { parseDuration } from './parse-chart.ts';
import { parseCommands } from './parse-command.ts';
import { type Cursor, spanOver } from './parse-cursor.ts';
import { parseExpression } from './parse-expression.ts';
import { parseName } from './parse-term.ts';
import { describe, type Token } from './tokens.ts';

/** Reads streams up to the first pipe behind them; null after a mistake, which is reported. */
export function parseStreams(cursor: Cursor): StreamSource | null {
  const first = parseStream(cursor);
  if (first === null) return null;
  const links: StreamLink[] = [];
  for (;;) {
    const operation = takeOperation(cursor);
    if (operation === null) break;
    const link = parseLink(cursor, operation);
    if (link === null) return null;
    links.push(link);
  }
  if (!cursor.isAtCommandEnd()) {
    const seen = cursor.peek('name');
    const expected = links.length === 0 ? '`as`, `join`, `followed by`' : '`as`, `on`, `within`';
    cursor.error(seen.span, `expected ${expected}, \`|\` or the end after \`]\`, saw ${describe(seen)}`);
    return null;
  }
  const span = { start: first.span.start, end: (links.at(-1) ?? first).span.end };
  return { kind: 'streams', span, first, links };
}

type Operation = { readonly name: StreamLink['operation']; readonly start: Token };

/** Two or three words, with any blanks between them. */
function takeOperation(cursor: Cursor): Operation | null {
  const start = cursor.peek('name');
  const words = cursor.text.slice(start.span.start, start.span.start + 200).toLowerCase();
  for (const name of STREAM_OPERATIONS) {
    if (!new RegExp(`^${name.replaceAll(' ', '\\s+')}(?![\\w.])`).test(words)) continue;
    for (const _ of name.split(' ')) cursor.next('name');
    return { name, start };
  }
  return null;
}

function parseLink(cursor: Cursor, { name, start }: Operation): StreamLink | null {
  const stream = parseStream(cursor);
  if (stream === null) return null;
  let within: Duration | null = null;
  const on: StreamPair[] = [];
  for (;;) {
    const word = cursor.takeKeyword('within');
    if (word !== null) {
      within = parseDuration(cursor, word);
      if (within === null) return null;
      continue;
    }
    if (cursor.takeKeyword('on') === null) break;
    do {
      const pair = parsePair(cursor);
      if (pair === null) return null;
      on.push(pair);
    } while (cursor.takeMark(',') !== null || cursor.takeKeyword('and') !== null);
  }
  return { kind: 'link', span: { start: start.span.start, end: cursor.pos }, operation: name, stream, within, on };
}

function parsePair(cursor: Cursor): StreamPair | null {
  const left = parseName(cursor, 'a field of a stream, such as s1.user');
  if (left === null) return null;
  const equals = cursor.peek('name');
  if (equals.kind !== 'operator' || equals.text !== '=') {
    const where = equals.kind === 'end' ? left.span : equals.span;
    cursor.error(where, `expected \`=\` between the fields of two streams, saw ${describe(equals)}`);
    return null;
  }
  cursor.next('name');
  const right = parseName(cursor, 'a field of a stream, such as s1.user');
  return right === null ? null : { kind: 'pair', span: spanOver(left.span, right.span), left, right };
}

function parseStream(cursor: Cursor): Stream | null {
  const open = cursor.peek('name');
  if (open.kind !== 'mark' || open.text !== '[') {
    cursor.error(open.span, `expected a stream in \`[…]\`, saw ${describe(open)}`);
    return null;
  }
  cursor.next('name');
  const count = takeCount(cursor);
  const outer = cursor.closing;
  cursor.closing = ']';
  const filter = parseExpression(cursor, { closesWith: ']', allowsColumns: false });
  const commands = parseCommands(cursor);
  const end = parseEnd(cursor);
  cursor.closing = outer;
  if (end === null || cursor.hasStopped) return null;
  const close = cursor.peek('name');
  if (cursor.takeMark(']') === null) {
    cursor.error(open.span, `\`[\` is never closed, saw ${describe(close)}`, 'close it with `]`');
    return null;
  }
  const name = cursor.takeKeyword('as') === null ? undefined : parseName(cursor, 'a name of the stream');
  if (name === null) return null;
  const span = { start: open.span.start, end: cursor.pos };
  return { kind: 'stream', span, count, filter, commands, ...end, name: name ?? null };
}

/** The number in `[3 label=Fail …]`; a number that is looked for in `msg` stands in quotes. */
function takeCount(cursor: Cursor): number | null {
  const token = cursor.peek('value');
  if (token.kind !== 'word' || !/^\d{1,6}$/.test(token.text) || Number(token.text) < 1) return null;
  cursor.next('value');
  return Number(token.text);
}

/** `having same a, b` and `within 5 minutes`, in either order. */
function parseEnd(cursor: Cursor): { same: Field[]; within: Duration | null } | null {
  const same: Field[] = [];
  let within: Duration | null = null;
  for (;;) {
    const word = cursor.takeKeyword('within');
    if (word !== null) {
      within = parseDuration(cursor, word);
      if (within === null) return null;
      continue;
    }
    const having = cursor.takeKeyword('having');
    if (having === null) return { same, within };
    if (cursor.takeKeyword('same') === null) {
      cursor.error(having.span, 'expected `same` after `having`', 'write `having same user`');
      return null;
    }
    do {
      const field = parseName(cursor, 'a field');
      if (field === null) return null;
      same.push(field);
    } while (cursor.takeMark(',') !== null);
  }
}

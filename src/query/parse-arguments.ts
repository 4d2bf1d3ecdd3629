import type { Field } from './ast.ts';
import type { ProcessArgument, ProcessCommand } from './ast-process.ts';
import { type Cursor, spanOver } from './parse-cursor.ts';
import { parseName, quoteOf, reportUnclosed } from './parse-term.ts';
import { describe, type Token } from './tokens.ts';

/** What follows `process name`: `(a, "b", CIDR=16) as x, y`. */
export function parseArguments(cursor: Cursor, start: Token, name: string): ProcessCommand | null {
  const args: ProcessArgument[] = [];
  if (cursor.takeMark(')') === null) {
    do {
      const argument = parseArgument(cursor, name);
      if (argument === null) return null;
      args.push(argument);
    } while (cursor.takeMark(',') !== null);
    if (cursor.takeMark(')') === null) {
      const seen = cursor.peek('name');
      const where = seen.kind === 'end' ? start.span : seen.span;
      cursor.error(where, `expected \`,\` or \`)\` in \`process ${name}(…)\`, saw ${describe(seen)}`);
      return null;
    }
  }
  const targets: Field[] = [];
  if (cursor.takeKeyword('as') !== null) {
    do {
      const target = parseName(cursor, 'a name after `as`');
      if (target === null) return null;
      targets.push(target);
    } while (cursor.takeMark(',') !== null);
  }
  return { kind: 'process', span: { start: start.span.start, end: cursor.pos }, name, args, targets };
}

function parseArgument(cursor: Cursor, name: string): ProcessArgument | null {
  const first = cursor.next('name');
  if (first.kind === 'word' && cursor.peek('name').text === '=' && cursor.peek('name').kind === 'operator') {
    cursor.next('name');
    const value = parseConstant(cursor, cursor.next('name'), name);
    return value === null
      ? null
      : { ...value, span: spanOver(first.span, value.span), option: first.text.toLowerCase() };
  }
  return parseConstant(cursor, first, name);
}

function parseConstant(cursor: Cursor, token: Token, name: string): ProcessArgument | null {
  if (token.kind === 'unclosed') return reportUnclosed(cursor, token);
  const { span } = token;
  if (token.kind === 'quoted') {
    return { kind: 'argument', span, option: null, text: token.text, quote: quoteOf(cursor, token) };
  }
  if (token.kind === 'word' || token.text === '*') {
    return { kind: 'argument', span, option: null, text: token.text, quote: null };
  }
  if (token.text === '-') {
    const digits = cursor.peek('name');
    if (digits.kind === 'word' && digits.span.start === span.end) {
      cursor.next('name');
      return {
        kind: 'argument',
        span: spanOver(span, digits.span),
        option: null,
        text: `-${digits.text}`,
        quote: null,
      };
    }
  }
  cursor.error(
    token.kind === 'end' ? { start: Math.max(0, span.start - 1), end: span.end } : span,
    `expected a field or a value in \`process ${name}(…)\`, saw ${describe(token)}`,
  );
  return null;
}

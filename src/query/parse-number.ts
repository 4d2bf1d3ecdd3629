import type { NumberExpr } from './ast.ts';
import { type Cursor, spanOver } from './parse-cursor.ts';
import { nestingMax } from './parse-expression.ts';
import { fieldOf } from './parse-term.ts';
import { describe, type Token } from './tokens.ts';

type Sign = '+' | '-' | '*' | '/';
const RANK: Record<Sign, number> = { '+': 1, '-': 1, '*': 2, '/': 2 };
const isSign = (token: Token): boolean => token.kind === 'mark' && token.text in RANK;

/** Arithmetic over fields and numbers, up to a bracket or comma that belongs to what surrounds it. */
export function parseNumberExpression(cursor: Cursor): NumberExpr | null {
  return parseSum(cursor, 1, { levels: 0 });
}

/** Precedence climbing. `depth.levels` counts open calls, bounded like the nesting of conditions. */
function parseSum(cursor: Cursor, rankMin: number, depth: { levels: number }): NumberExpr | null {
  let left = parseFactor(cursor, depth);
  let operations = 0;
  while (left !== null) {
    const token = cursor.peek('name');
    const rank = isSign(token) ? RANK[token.text as Sign] : 0;
    if (rank < rankMin) return left;
    cursor.next('name');
    const right = parseSum(cursor, rank + 1, depth);
    if (right === null) return null;
    if (++operations > nestingMax) return stopTooDeep(cursor, token);
    left = { kind: 'arithmetic', span: spanOver(left.span, right.span), op: token.text as Sign, left, right };
  }
  return null;
}

function parseFactor(cursor: Cursor, depth: { levels: number }): NumberExpr | null {
  const token = cursor.next('name');
  if (++depth.levels > nestingMax) return stopTooDeep(cursor, token);
  const factor = parseOne(cursor, token, depth);
  depth.levels--;
  return factor;
}

function parseOne(cursor: Cursor, token: Token, depth: { levels: number }): NumberExpr | null {
  if (token.kind === 'mark' && token.text === '(') {
    const inner = parseSum(cursor, 1, depth);
    if (inner === null) return null;
    const close = cursor.next('name');
    if (close.kind === 'mark' && close.text === ')') return { ...inner, span: spanOver(token.span, close.span) };
    cursor.error(close.kind === 'end' ? token.span : close.span, `expected \`)\`, saw ${describe(close)}`);
    return null;
  }
  if (token.kind === 'mark' && token.text === '-') {
    const operand = parseFactor(cursor, depth);
    return operand === null ? null : { kind: 'negate', span: spanOver(token.span, operand.span), operand };
  }
  if (token.kind === 'word' && /^(\d+\.?\d*|\.\d+)$/.test(token.text)) {
    return { kind: 'number', span: token.span, text: token.text };
  }
  if (token.kind !== 'word' && token.kind !== 'quoted') {
    cursor.error(token.span, `expected a field or number, saw ${describe(token)}`);
    return null;
  }
  const field = fieldOf(cursor, token);
  return field === null ? null : { kind: 'number-field', span: field.span, field };
}

function stopTooDeep(cursor: Cursor, token: Token): null {
  cursor.error(token.span, `expected at most ${nestingMax} levels of arithmetic, saw more`);
  cursor.stop();
  return null;
}

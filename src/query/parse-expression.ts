import { present } from '../shared/assert.ts';
import type { Expr } from './ast.ts';
import type { Span } from './diagnostics.ts';
import { type Cursor, spanOver } from './parse-cursor.ts';
import { parsePrimary, type TermContext } from './parse-term.ts';
import { isStreamEnd } from './stream-end.ts';
import { describe, isKeyword, type Token } from './tokens.ts';

/**
 * AND, OR and NOT may nest this deep (parentheses alone do not count, they leave no node). Everything after the parser
 * walks trees by recursion, and the event store has a depth limit of its own; the deepest of 2,160 converted detection
 * rules has 8 levels.
 */
export const nestingMax = 200;
/** Parentheses that may be open at once. They cost memory even where they leave no node. */
export const parenthesesMax = 100_000;

/** An expression together with how deep it nests. */
type Sized = { readonly expr: Expr; readonly depth: number };

/** One open parenthesis (or the whole expression): what has been read inside it so far. */
type Frame = {
  readonly open: Span | null;
  readonly ands: Sized[];
  ors: Sized[];
  /** Negations that wait for their operand, outermost first. */
  nots: Span[];
  /** The AND or OR that still needs an operand on its right. */
  dangling: Token | null;
};

const openFrame = (open: Span | null): Frame => ({ open, ands: [], ors: [], nots: [], dangling: null });

/**
 * Reads an expression up to a pipe, a closing bracket that belongs to someone else, or the end; null when nothing is
 * there. Parentheses are kept on a list instead of the call stack, so that no input is too deep to be read.
 */
export function parseExpression(cursor: Cursor, context: TermContext): Expr | null {
  const frames: Frame[] = [openFrame(null)];
  while (!cursor.hasStopped) {
    const frame = present(frames.at(-1), 'frame');
    const token = cursor.peek('term');
    if (token.kind === 'mark' && token.text === '(') {
      cursor.next('term');
      frames.push(openFrame(token.span));
      if (frames.length > parenthesesMax) {
        cursor.error(token.span, `expected at most ${parenthesesMax} open parentheses, saw more`);
        cursor.stop();
      }
    } else if (token.kind === 'mark' && token.text === ')') {
      if (frames.length === 1) {
        if (context.closesWith === ')') break;
        cursor.next('term');
        cursor.error(token.span, '`)` closes nothing', 'delete it, or open a parenthesis before it');
      } else {
        cursor.next('term');
        closeFrame(cursor, frames, token);
      }
    } else if (endsExpression(cursor, token, context)) {
      break;
    } else {
      parseStep(cursor, frame, token, context);
    }
  }
  return finish(cursor, frames);
}

function endsExpression(cursor: Cursor, token: Token, context: TermContext): boolean {
  if (token.kind === 'end') return true;
  if (cursor.closing !== null && token.kind === 'word' && isStreamEnd(cursor.text, token.span.start)) return true;
  return (
    token.kind === 'mark' && (token.text === '|' || token.text === context.closesWith || token.text === cursor.closing)
  );
}

function parseStep(cursor: Cursor, frame: Frame, token: Token, context: TermContext): void {
  if (token.kind === 'minus' || isKeyword(token, 'not')) {
    cursor.next('term');
    startOperand(frame);
    frame.nots.push(token.span);
    if (frame.nots.length > nestingMax) stopTooDeep(cursor, token.span);
    return;
  }
  const isOr = isKeyword(token, 'or');
  if (isOr || isKeyword(token, 'and')) {
    cursor.next('term');
    if (frame.ors.length === 0 || frame.dangling !== null || frame.nots.length > 0) {
      reportMissingTerm(cursor, token.span, token);
      return;
    }
    frame.dangling = token;
    if (!isOr) closeOrs(frame);
    return;
  }
  startOperand(frame);
  const expr = parsePrimary(cursor, context);
  if (expr === null) {
    frame.nots = [];
    frame.dangling = null;
    return;
  }
  addOperand(cursor, frame, { expr, depth: 1 });
}

/** Juxtaposition is AND: an operand that follows no OR starts a new or-run. */
function startOperand(frame: Frame): void {
  if (frame.nots.length > 0) return;
  if (frame.dangling === null || !isKeyword(frame.dangling, 'or')) closeOrs(frame);
}

function addOperand(cursor: Cursor, frame: Frame, operand: Sized): void {
  let { expr, depth } = operand;
  for (const not of frame.nots.reverse()) {
    expr = { kind: 'not', span: spanOver(not, expr.span), operand: expr };
    depth++;
  }
  if (depth > nestingMax) stopTooDeep(cursor, expr.span);
  frame.nots = [];
  frame.dangling = null;
  frame.ors.push({ expr, depth });
}

function closeOrs(frame: Frame): void {
  const run = frame.ors;
  if (run.length === 0) return;
  frame.ands.push(join('or', run));
  frame.ors = [];
}

function join(kind: 'and' | 'or', parts: readonly Sized[]): Sized {
  const [first] = parts;
  const last = parts[parts.length - 1];
  if (first === undefined || last === undefined) throw new Error('an empty run was joined');
  if (parts.length === 1) return first;
  const operands = parts.map((part) => part.expr);
  let depth = 0;
  for (const part of parts) depth = Math.max(depth, part.depth);
  return { expr: { kind, span: spanOver(first.expr.span, last.expr.span), operands }, depth: depth + 1 };
}

/** What a frame holds, or null when it is empty. Complains about an operator that lacks its right side. */
function closeContent(cursor: Cursor, frame: Frame, end: Token): Sized | null {
  const waiting = frame.nots[frame.nots.length - 1];
  if (waiting !== undefined) {
    cursor.error(waiting, `expected a term after the negation, saw ${describe(end)}`, NEGATION_HELP);
  } else if (frame.dangling !== null) {
    cursor.error(frame.dangling.span, `expected a term after ${describe(frame.dangling)}, saw ${describe(end)}`);
  }
  closeOrs(frame);
  return frame.ands.length === 0 ? null : join('and', frame.ands);
}

const NEGATION_HELP = 'a lone `-` is looked for with msg="-"';

function closeFrame(cursor: Cursor, frames: Frame[], close: Token): void {
  const frame = present(frames.pop(), 'frame');
  const parent = present(frames.at(-1), 'frame');
  const content = closeContent(cursor, frame, close);
  const open = present(frame.open, 'parenthesis');
  if (content === null) {
    if (frame.nots.length === 0) cursor.error(spanOver(open, close.span), 'expected a term inside the parentheses');
    parent.nots = [];
    parent.dangling = null;
    return;
  }
  startOperand(parent);
  addOperand(cursor, parent, content);
}

function finish(cursor: Cursor, frames: Frame[]): Expr | null {
  if (cursor.hasStopped) return null;
  const end = cursor.peek('term');
  // One message: the outermost parenthesis that stays open; those inside it most often follow from it.
  const unclosed = frames[1]?.open;
  if (unclosed !== undefined && unclosed !== null) {
    const count = frames.length - 1;
    const which = count === 1 ? '`(` is never closed' : `${count} parentheses are never closed`;
    cursor.error(
      unclosed,
      `${which}, saw ${describe(end)}`,
      `write ${count === 1 ? '`)`' : `${count} \`)\``} where the group ends`,
    );
    return null;
  }
  return closeContent(cursor, present(frames[0], 'frame'), end)?.expr ?? null;
}

function stopTooDeep(cursor: Cursor, span: Span): void {
  cursor.error(
    { start: span.start, end: Math.min(span.end, span.start + 1) },
    `expected at most ${nestingMax} nested levels of AND, OR and NOT, saw more`,
  );
  cursor.stop();
}

function reportMissingTerm(cursor: Cursor, span: Span, token: Token): void {
  cursor.error(span, `expected a term before ${describe(token)}`, `to look for the word, write "${token.text}"`);
}

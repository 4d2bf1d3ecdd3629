import type { Field, Value } from './ast.ts';
import { EVAL_OPERATORS, type EvalExpr, type EvalOperator } from './ast-eval.ts';
import type { Span } from './diagnostics.ts';
import type { Cursor } from './parse-cursor.ts';

/** Calls and parentheses may nest this deep. */
export const evalNestingMax = 50;

type EvalToken = {
  readonly kind: 'text' | 'number' | 'name' | 'sign' | 'end';
  readonly text: string;
  readonly span: Span;
};

/** One token of a body; groups: text in quotes, number, name, sign, anything else. Sticky. */
export const EVAL_TOKEN =
  /\s*(?:'([^']*)'|(\d+(?:\.\d+)?)|([\p{L}_][\p{L}\p{M}\p{N}_.]*)|(->|\|\||&&|==|!=|<=|>=|[<>=!(),+*/-])|(.))/suy;

/** Thrown inside this file only, to leave the recursion at the first mistake. */
class EvalMistake {
  readonly span: Span;
  readonly message: string;
  constructor(span: Span, message: string) {
    this.span = span;
    this.message = message;
  }
}

/** The body of `process eval`: `name=expression`. Null after a mistake, which is reported at its place in the query. */
export function parseEvalBody(cursor: Cursor, body: Value): { target: Field; expression: EvalExpr } | null {
  const reader = new EvalReader(body.text, body.span.start + 1);
  try {
    return reader.assignment();
  } catch (error) {
    if (!(error instanceof EvalMistake)) throw error;
    cursor.error(error.span, error.message);
    return null;
  }
}

class EvalReader {
  readonly #text: string;
  readonly #offset: number;
  #pos = 0;
  #token: EvalToken;
  #depth = 0;

  constructor(text: string, offset: number) {
    this.#text = text;
    this.#offset = offset;
    this.#token = this.#read();
  }

  assignment(): { target: Field; expression: EvalExpr } {
    const name = this.#take('name', 'a name');
    this.#takeSign('=');
    const expression = this.#binary(0);
    if (this.#token.kind !== 'end') this.#fail('the end of the expression');
    const quote = null;
    return { target: { kind: 'field', span: name.span, name: name.text, quote }, expression };
  }

  /** `||`, then `&&`, then comparisons; each level holds on to its left side. */
  #binary(level: number): EvalExpr {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const op = operatorOf(this.#token);
      if (op === null || !operators.includes(op)) return left;
      this.#next();
      const right = this.#binary(level + 1);
      left = { kind: 'eval-binary', span: { start: left.span.start, end: right.span.end }, op, left, right };
    }
  }

  #unary(): EvalExpr {
    const start = this.#token;
    if (++this.#depth > evalNestingMax)
      throw new EvalMistake(start.span, `expected at most ${evalNestingMax} nested calls, saw more`);
    const expr = this.#isSign('!') ? this.#not(start.span) : this.#primary();
    this.#depth--;
    return expr;
  }

  #not(from: Span): EvalExpr {
    this.#next();
    const operand = this.#unary();
    return { kind: 'eval-not', span: { start: from.start, end: operand.span.end }, operand };
  }

  #primary(): EvalExpr {
    const token = this.#token;
    if (token.kind === 'text' || token.kind === 'number') {
      this.#next();
      return { kind: token.kind === 'text' ? 'eval-text' : 'eval-number', span: token.span, text: token.text };
    }
    if (this.#isSign('(')) {
      this.#next();
      const inner = this.#binary(0);
      this.#takeSign(')');
      return inner;
    }
    const name = this.#take('name', "a field, a call, a number or text in '…'");
    if (!this.#isSign('(')) {
      return {
        kind: 'eval-field',
        span: name.span,
        field: { kind: 'field', span: name.span, name: name.text, quote: null },
      };
    }
    this.#next();
    return name.text.toLowerCase() === 'case' ? this.#case(name.span) : this.#call(name);
  }

  #call(name: EvalToken): EvalExpr {
    const args: EvalExpr[] = [];
    if (!this.#isSign(')')) {
      args.push(this.#binary(0));
      while (this.#isSign(',')) {
        this.#next();
        args.push(this.#binary(0));
      }
    }
    const end = this.#takeSign(')');
    return {
      kind: 'eval-call',
      span: { start: name.span.start, end: end.span.end },
      name: name.text.toLowerCase(),
      args,
    };
  }

  #case(from: Span): EvalExpr {
    const arms: { condition: EvalExpr; value: EvalExpr }[] = [];
    let otherwise: EvalExpr | null = null;
    for (;;) {
      const first = this.#binary(0);
      if (this.#isSign('->')) {
        this.#next();
        arms.push({ condition: first, value: this.#binary(0) });
      } else otherwise = first;
      if (otherwise !== null || !this.#isSign(',')) break;
      this.#next();
    }
    const end = this.#takeSign(')');
    return { kind: 'eval-case', span: { start: from.start, end: end.span.end }, arms, otherwise };
  }

  #isSign(sign: string): boolean {
    return this.#token.kind === 'sign' && this.#token.text === sign;
  }

  #takeSign(sign: string): EvalToken {
    return this.#isSign(sign) ? this.#next() : this.#fail(`\`${sign}\``);
  }

  #take(kind: EvalToken['kind'], expected: string): EvalToken {
    return this.#token.kind === kind ? this.#next() : this.#fail(expected);
  }

  #fail(expected: string): never {
    const { kind, text, span } = this.#token;
    throw new EvalMistake(
      span,
      `expected ${expected} in \`process eval\`, saw ${kind === 'end' ? 'its end' : `\`${text}\``}`,
    );
  }

  #next(): EvalToken {
    const token = this.#token;
    this.#token = this.#read();
    return token;
  }

  #read(): EvalToken {
    EVAL_TOKEN.lastIndex = this.#pos;
    const match = EVAL_TOKEN.exec(this.#text);
    if (match === null) return { kind: 'end', text: '', span: this.#span(this.#text.length, this.#text.length) };
    this.#pos = EVAL_TOKEN.lastIndex;
    const [whole, text, number, name, sign, other] = match;
    const span = this.#span(this.#pos - whole.trimStart().length, this.#pos);
    if (text !== undefined) return { kind: 'text', text, span };
    if (number !== undefined) return { kind: 'number', text: number, span };
    if (name !== undefined) return { kind: 'name', text: name, span };
    return { kind: 'sign', text: sign ?? other ?? '', span };
  }

  #span(start: number, end: number): Span {
    return { start: this.#offset + start, end: this.#offset + end };
  }
}

const LEVELS: readonly (readonly EvalOperator[])[] = [['||'], ['&&'], ['==', '!=', '<', '<=', '>', '>=']];

/** A single `=` compares too, beyond the assignment. */
function operatorOf(token: EvalToken): EvalOperator | null {
  if (token.kind !== 'sign') return null;
  return EVAL_OPERATORS.find((operator) => operator === (token.text === '=' ? '==' : token.text)) ?? null;
}

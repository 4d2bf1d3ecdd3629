import { FILTERS } from './filters.ts';
import type { Token } from './lexer.ts';
import { METHODS } from './methods.ts';
import type { Arguments, BinaryOperator, Expr } from './template-ast.ts';
import { TemplateError } from './template-error.ts';
import { VALUE_TESTS } from './value-tests.ts';

/** Deepest nesting of expressions and blocks. */
export const DEPTH_MAX = 64;

const COMPARE: readonly string[] = ['==', '!=', '<', '<=', '>', '>='];
const RESERVED = new Set(['and', 'or', 'not', 'in', 'is', 'if', 'else']);
const CONSTANTS = new Map<string, boolean | null>([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['none', null],
  ['None', null],
]);

/** Jinja's expression grammar, by recursive descent over the tokens of one tag. */
export class ExpressionParser {
  readonly #source: string;
  readonly #tokens: readonly Token[];
  readonly #endAt: number;
  #next = 0;
  #depth = 0;

  constructor(source: string, tokens: readonly Token[], endAt: number) {
    this.#source = source;
    this.#tokens = tokens;
    this.#endAt = endAt;
  }

  fail(message: string, at: number = this.at): never {
    throw new TemplateError(message, this.#source, at);
  }

  get at(): number {
    return this.#tokens[this.#next]?.at ?? this.#endAt;
  }

  peek(): Token | undefined {
    return this.#tokens[this.#next];
  }

  /** Takes the next token when it is this operator or name. */
  accept(kind: 'operator' | 'name', text: string): boolean {
    const token = this.peek();
    if (token?.kind !== kind || token.text !== text) return false;
    this.#next += 1;
    return true;
  }

  expect(kind: 'operator' | 'name', text: string): void {
    if (!this.accept(kind, text)) this.fail(`expected ${text} but found ${this.#found()}`);
  }

  name(what: string): string {
    const token = this.peek();
    if (token?.kind !== 'name' || RESERVED.has(token.text)) this.fail(`expected ${what} but found ${this.#found()}`);
    this.#next += 1;
    return token.text;
  }

  end(): void {
    if (this.peek() !== undefined) this.fail(`expected the end of the tag but found ${this.#found()}`);
  }

  #found(): string {
    const token = this.peek();
    return token === undefined ? 'the end of the tag' : JSON.stringify(token.text.slice(0, 40));
  }

  /** `a if b else c`, down to names. `allowChoice` is off where `if` belongs to a `for`. */
  expression(allowChoice = true): Expr {
    this.#depth += 1;
    if (this.#depth > DEPTH_MAX) this.fail(`nested deeper than ${DEPTH_MAX}`);
    let expr = this.#or();
    while (allowChoice && this.accept('name', 'if')) {
      const test = this.#or();
      const otherwise: Expr | null = this.accept('name', 'else') ? this.expression() : null;
      expr = { kind: 'choice', test, chosen: expr, otherwise, at: expr.at };
    }
    this.#depth -= 1;
    return expr;
  }

  #or(): Expr {
    let left = this.#and();
    while (this.accept('name', 'or')) left = { kind: 'or', left, right: this.#and(), at: left.at };
    return left;
  }

  #and(): Expr {
    let left = this.#not();
    while (this.accept('name', 'and')) left = { kind: 'and', left, right: this.#not(), at: left.at };
    return left;
  }

  #not(): Expr {
    const { at } = this;
    let negations = 0;
    while (this.accept('name', 'not')) negations += 1;
    const operand = this.#compare();
    if (negations === 0) return operand;
    const once: Expr = { kind: 'not', operand, at };
    return negations % 2 === 1 ? once : { kind: 'not', operand: once, at };
  }

  #compare(): Expr {
    let left = this.#sum();
    for (;;) {
      const token = this.peek();
      const { at } = this;
      if (token?.kind === 'operator' && COMPARE.includes(token.text)) {
        this.#next += 1;
        left = { kind: 'binary', operator: token.text as BinaryOperator, left, right: this.#sum(), at };
      } else if (this.accept('name', 'in')) {
        left = { kind: 'binary', operator: 'in', left, right: this.#sum(), at };
      } else if (token?.kind === 'name' && token.text === 'not' && this.#tokens[this.#next + 1]?.text === 'in') {
        this.#next += 2;
        const operand: Expr = { kind: 'binary', operator: 'in', left, right: this.#sum(), at };
        left = { kind: 'not', operand, at };
      } else {
        return left;
      }
    }
  }

  #binary(operators: readonly BinaryOperator[], operand: () => Expr): Expr {
    let left = operand();
    for (;;) {
      const { at } = this;
      const operator = operators.find((text) => this.accept('operator', text));
      if (operator === undefined) return left;
      left = { kind: 'binary', operator, left, right: operand(), at };
    }
  }

  #sum(): Expr {
    return this.#binary(['~'], () => this.#binary(['+', '-'], () => this.#product()));
  }

  #product(): Expr {
    return this.#binary(['*', '/', '//', '%'], () => this.#unary());
  }

  #unary(): Expr {
    const { at } = this;
    if (this.accept('operator', '-')) {
      this.#deeper();
      const operand = this.#unary();
      this.#depth -= 1;
      return { kind: 'negate', operand, at };
    }
    if (this.accept('operator', '+')) return this.#filtered(this.#power());
    return this.#filtered(this.#power());
  }

  #deeper(): void {
    this.#depth += 1;
    if (this.#depth > DEPTH_MAX) this.fail(`nested deeper than ${DEPTH_MAX}`);
  }

  #power(): Expr {
    return this.#binary(['**'], () => this.#postfix(this.#primary()));
  }

  /** Filters and tests bind tighter than arithmetic, as in Jinja. */
  #filtered(start: Expr): Expr {
    let expr = start;
    for (;;) {
      const { at } = this;
      if (this.accept('operator', '|')) {
        const name = this.name('the name of a filter');
        if (!FILTERS.has(name)) this.fail(`unknown filter ${JSON.stringify(name.slice(0, 40))}`, at);
        const args = this.accept('operator', '(') ? this.#arguments() : NO_ARGUMENTS;
        expr = this.#postfix({ kind: 'filter', object: expr, name, args, at });
      } else if (this.accept('name', 'is')) {
        const negated = this.accept('name', 'not');
        expr = this.#test(expr, at);
        if (negated) expr = { kind: 'not', operand: expr, at };
      } else {
        return expr;
      }
    }
  }

  #test(object: Expr, at: number): Expr {
    const isIn = this.accept('name', 'in');
    const token = this.peek();
    const name = isIn
      ? 'in'
      : token?.kind === 'name'
        ? token.text
        : this.fail(`expected a test but found ${this.#found()}`);
    if (!isIn) this.#next += 1;
    if (!VALUE_TESTS.has(name)) this.fail(`unknown test ${JSON.stringify(name.slice(0, 40))}`, at);
    if (this.accept('operator', '(')) return { kind: 'test', object, name, args: this.#arguments(), at };
    const following = this.peek();
    const hasOperand =
      following !== undefined &&
      (following.kind === 'number' ||
        following.kind === 'string' ||
        (following.kind === 'name' && !RESERVED.has(following.text)));
    const positional = hasOperand ? [this.#postfix(this.#primary())] : [];
    return { kind: 'test', object, name, args: { positional, named: [] }, at };
  }

  #arguments(): Arguments {
    const positional: Expr[] = [];
    const named: { readonly name: string; readonly value: Expr }[] = [];
    while (!this.accept('operator', ')')) {
      if (positional.length + named.length > 0) this.expect('operator', ',');
      if (this.accept('operator', ')')) break;
      const token = this.peek();
      const equals = this.#tokens[this.#next + 1];
      if (token?.kind === 'name' && equals?.kind === 'operator' && equals.text === '=') {
        this.#next += 2;
        named.push({ name: token.text, value: this.expression() });
      } else {
        positional.push(this.expression());
      }
    }
    return { positional, named };
  }

  #postfix(start: Expr): Expr {
    let expr = start;
    for (;;) {
      const { at } = this;
      if (this.accept('operator', '.')) expr = this.#member(expr, at);
      else if (this.accept('operator', '[')) expr = this.#subscript(expr, at);
      else if (this.peek()?.text === '(' && this.peek()?.kind === 'operator')
        this.fail('only methods such as items() can be called');
      else return expr;
    }
  }

  #member(object: Expr, at: number): Expr {
    const token = this.peek();
    if (token?.kind === 'number' && /^\d+$/.test(token.text)) {
      this.#next += 1;
      return { kind: 'item', object, key: { kind: 'literal', value: token.value, at }, at };
    }
    if (token?.kind !== 'name') this.fail(`expected a name after the dot but found ${this.#found()}`);
    this.#next += 1;
    if (this.accept('operator', '(')) {
      if (!METHODS.has(token.text)) this.fail(`unknown method ${JSON.stringify(token.text.slice(0, 40))}()`, at);
      return { kind: 'call', object, method: token.text, args: this.#arguments(), at };
    }
    return { kind: 'item', object, key: { kind: 'literal', value: token.text, at }, at };
  }

  #subscript(object: Expr, at: number): Expr {
    const from = this.peek()?.text === ':' && this.peek()?.kind === 'operator' ? null : this.expression();
    if (this.accept('operator', ':')) {
      const to = this.accept('operator', ']') ? null : this.expression();
      if (to !== null) this.expect('operator', ']');
      return { kind: 'slice', object, from, to, at };
    }
    this.expect('operator', ']');
    return { kind: 'item', object, key: from ?? this.fail('expected an index'), at };
  }

  #primary(): Expr {
    const token = this.peek();
    const { at } = this;
    if (token === undefined) this.fail('expected a value but found the end of the tag');
    if (token.kind === 'number') {
      this.#next += 1;
      return { kind: 'literal', value: token.value, at };
    }
    if (token.kind === 'string') return { kind: 'literal', value: this.#adjacentStrings(), at };
    if (token.kind === 'name' && CONSTANTS.has(token.text)) {
      this.#next += 1;
      return { kind: 'literal', value: CONSTANTS.get(token.text) ?? null, at };
    }
    if (token.kind === 'name') return { kind: 'name', name: this.name('a value'), at };
    if (this.accept('operator', '(')) return this.#parenthesis(at);
    if (this.accept('operator', '[')) return { kind: 'list', items: this.#items(']'), at };
    if (this.accept('operator', '{')) return this.#dict(at);
    return this.fail(`expected a value but found ${this.#found()}`);
  }

  #adjacentStrings(): string {
    let text = '';
    for (let token = this.peek(); token?.kind === 'string'; token = this.peek()) {
      text += token.text;
      this.#next += 1;
    }
    return text;
  }

  #parenthesis(at: number): Expr {
    if (this.accept('operator', ')')) return { kind: 'list', items: [], at };
    const first = this.expression();
    if (this.accept('operator', ')')) return first;
    this.expect('operator', ',');
    return { kind: 'list', items: [first, ...this.#items(')')], at };
  }

  #items(close: string): Expr[] {
    const items: Expr[] = [];
    while (!this.accept('operator', close)) {
      if (items.length > 0) this.expect('operator', ',');
      if (this.accept('operator', close)) break;
      items.push(this.expression());
    }
    return items;
  }

  #dict(at: number): Expr {
    const entries: { readonly key: Expr; readonly value: Expr }[] = [];
    while (!this.accept('operator', '}')) {
      if (entries.length > 0) this.expect('operator', ',');
      if (this.accept('operator', '}')) break;
      const key = this.expression();
      this.expect('operator', ':');
      entries.push({ key, value: this.expression() });
    }
    return { kind: 'dict', entries, at };
  }
}

const NO_ARGUMENTS: Arguments = { positional: [], named: [] };

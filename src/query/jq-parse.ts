import type { ParsedJq } from './jq.ts';

/** A program of the jq subset. */
export type JqNode =
  | { readonly kind: 'identity' }
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'key'; readonly of: JqNode; readonly key: JqNode }
  | { readonly kind: 'slice'; readonly of: JqNode; readonly from: number | null; readonly to: number | null }
  | { readonly kind: 'each'; readonly of: JqNode }
  | { readonly kind: 'try'; readonly body: JqNode }
  | { readonly kind: 'pipe' | 'comma' | 'alternative' | 'and' | 'or'; readonly left: JqNode; readonly right: JqNode }
  | { readonly kind: 'compare'; readonly op: JqComparison; readonly left: JqNode; readonly right: JqNode }
  | { readonly kind: 'array'; readonly body: JqNode | null }
  | { readonly kind: 'call'; readonly name: JqFunction; readonly args: readonly JqNode[] };

const COMPARISONS = ['==', '!=', '<', '<=', '>', '>='] as const;
export type JqComparison = (typeof COMPARISONS)[number];

/** Functions and how many arguments each takes. */
const FUNCTIONS = {
  ...{ length: 0, keys: 0, values: 0, add: 0, first: 0, last: 0, type: 0, tostring: 0, tonumber: 0, not: 0, empty: 0 },
  ...{ ascii_downcase: 0, ascii_upcase: 0, unique: 0, sort: 0, reverse: 0, min: 0, max: 0, tojson: 0, fromjson: 0 },
  ...{ select: 1, map: 1, has: 1, join: 1, split: 1, startswith: 1, endswith: 1, contains: 1, test: 1 },
} as const;
export type JqFunction = keyof typeof FUNCTIONS;
const isFunction = (name: string): name is JqFunction => Object.hasOwn(FUNCTIONS, name);

const TOKEN =
  /\s*(?:(\.\.|\/\/|==|!=|<=|>=|[.[\](){}|,:?<>+*/%$;-])|("(?:[^"\\]|\\.)*")|(\d+(?:\.\d+)?)|([A-Za-z_]\w*))/y;
const programCharsMax = 10_000;
const nestingMax = 100;

class JqFailure extends Error {
  readonly at: number;
  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

type Token = { readonly kind: 'sign' | 'text' | 'number' | 'name' | 'end'; readonly text: string; readonly at: number };

export function parseJqProgram(text: string): ParsedJq {
  try {
    if (text.length > programCharsMax) throw new JqFailure(0, `it is longer than ${programCharsMax} characters`);
    const parser = new JqParser(tokensOf(text));
    return { program: parser.program(), mistake: null };
  } catch (error) {
    if (error instanceof JqFailure) return { program: null, mistake: { at: error.at, message: error.message } };
    throw error;
  }
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match === null) {
      const rest = text.slice(at).trim();
      const end = text.length - text.slice(at).trimStart().length;
      if (rest !== '') throw new JqFailure(end, `expected a jq program, saw \`${rest.slice(0, 20)}\``);
      tokens.push({ kind: 'end', text: 'the end of the program', at: text.length });
      return tokens;
    }
    const [whole, sign, quoted, number, name] = match;
    const value = sign ?? quoted ?? number ?? name ?? '';
    const kind = sign !== undefined ? 'sign' : quoted !== undefined ? 'text' : number !== undefined ? 'number' : 'name';
    tokens.push({ kind, text: value, at: at + whole.length - value.length });
    at += whole.length;
  }
}

/** Loosest first: `|`, `,`, `//`, `or`, `and`, comparisons, terms with `.key`, `[…]` and `?`. */
class JqParser {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  program(): JqNode {
    const node = this.#peek.kind === 'end' ? ({ kind: 'identity' } as const) : this.#pipe();
    if (this.#peek.kind !== 'end') throw this.#unexpected('the end of the program');
    return node;
  }

  get #peek(): Token {
    const token = this.#tokens[this.#next] ?? this.#tokens.at(-1);
    if (token === undefined) throw new Error('a program without an end');
    return token;
  }

  #take(text: string): boolean {
    if (this.#peek.text !== text || this.#peek.kind === 'text' || this.#peek.kind === 'end') return false;
    this.#next++;
    return true;
  }

  #expect(text: string): void {
    if (!this.#take(text)) throw this.#unexpected(`\`${text}\``);
  }

  #unexpected(expected: string): JqFailure {
    const { kind, text, at } = this.#peek;
    const seen = kind === 'end' ? text : `\`${text.slice(0, 20)}\``;
    return new JqFailure(at, `expected ${expected} in the jq program, saw ${seen}`);
  }

  #binary(kind: 'pipe' | 'comma' | 'alternative' | 'and' | 'or', sign: string, operand: () => JqNode): JqNode {
    let left = operand();
    while (this.#take(sign)) left = { kind, left, right: operand() };
    return left;
  }

  #pipe(): JqNode {
    if (++this.#depth > nestingMax) throw new JqFailure(this.#peek.at, `it nests deeper than ${nestingMax} levels`);
    const node = this.#binary('pipe', '|', () => this.#binary('comma', ',', () => this.#alternative()));
    this.#depth--;
    return node;
  }

  #alternative(): JqNode {
    return this.#binary('alternative', '//', () =>
      this.#binary('or', 'or', () => this.#binary('and', 'and', () => this.#comparison())),
    );
  }

  #comparison(): JqNode {
    const left = this.#postfix();
    const op = COMPARISONS.find((sign) => this.#take(sign));
    return op === undefined ? left : { kind: 'compare', op, left, right: this.#postfix() };
  }

  #postfix(): JqNode {
    let node = this.#term();
    for (;;) {
      if (this.#take('?')) node = { kind: 'try', body: node };
      else if (this.#peek.text === '[' && this.#peek.kind === 'sign') node = this.#bracket(node);
      else if (this.#take('.')) node = this.#peek.text === '[' ? this.#bracket(node) : this.#key(node);
      else return node;
    }
  }

  #key(of: JqNode): JqNode {
    const { kind, text } = this.#peek;
    if (kind !== 'name' && kind !== 'text') throw this.#unexpected('a key after `.`');
    this.#next++;
    return { kind: 'key', of, key: { kind: 'literal', value: kind === 'text' ? this.#unquote(text) : text } };
  }

  #bracket(of: JqNode): JqNode {
    this.#expect('[');
    if (this.#take(']')) return { kind: 'each', of };
    if (this.#take(':')) return this.#slice(of, null);
    const number = this.#number();
    if (number !== null && this.#take(':')) return this.#slice(of, number);
    const key: JqNode = number === null ? this.#pipe() : { kind: 'literal', value: number };
    this.#expect(']');
    return { kind: 'key', of, key };
  }

  #slice(of: JqNode, from: number | null): JqNode {
    const to = this.#number();
    this.#expect(']');
    return { kind: 'slice', of, from, to };
  }

  #number(): number | null {
    const isNegative = this.#take('-');
    const { kind, text } = this.#peek;
    if (kind !== 'number') {
      if (isNegative) throw this.#unexpected('a number');
      return null;
    }
    this.#next++;
    return isNegative ? -Number(text) : Number(text);
  }

  #unquote(text: string): string {
    try {
      return JSON.parse(text) as string;
    } catch {
      throw new JqFailure(this.#peek.at, `expected text in "…" with JSON's escapes, saw ${text.slice(0, 20)}`);
    }
  }

  #term(): JqNode {
    const { kind, text, at } = this.#peek;
    const number = this.#number();
    if (number !== null) return { kind: 'literal', value: number };
    if (kind === 'text') {
      this.#next++;
      return { kind: 'literal', value: this.#unquote(text) };
    }
    if (this.#take('(')) {
      const node = this.#pipe();
      this.#expect(')');
      return node;
    }
    if (this.#take('[')) {
      if (this.#take(']')) return { kind: 'array', body: null };
      const body = this.#pipe();
      this.#expect(']');
      return { kind: 'array', body };
    }
    if (this.#take('.')) {
      const after = this.#peek;
      if (after.kind === 'name' || after.kind === 'text') return this.#key({ kind: 'identity' });
      return { kind: 'identity' };
    }
    if (kind !== 'name') throw this.#unexpected('a filter such as `.a`, `.[0]` or `.[]`');
    this.#next++;
    return this.#named(text, at);
  }

  #named(name: string, at: number): JqNode {
    if (name === 'null') return { kind: 'literal', value: null };
    if (name === 'true' || name === 'false') return { kind: 'literal', value: name === 'true' };
    if (!isFunction(name)) {
      throw new JqFailure(at, `\`${name}\` is not among the jq functions here: ${Object.keys(FUNCTIONS).join(', ')}`);
    }
    const args: JqNode[] = [];
    if (FUNCTIONS[name] === 1) {
      this.#expect('(');
      args.push(this.#pipe());
      this.#expect(')');
    }
    return { kind: 'call', name, args };
  }
}

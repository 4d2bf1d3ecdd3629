import { CONDITION_DEPTH_MAX, CONDITION_TOKENS_MAX } from './limits.ts';
import { shown } from './problem.ts';

/** A condition as written, before selections are put in their places. */
export type ConditionExpr =
  | { readonly kind: 'and' | 'or'; readonly operands: readonly ConditionExpr[] }
  | { readonly kind: 'not'; readonly operand: ConditionExpr }
  | { readonly kind: 'selection'; readonly name: string }
  /** `1 of them`, `all of sel_*`, `2 of …`; pattern null is `them`. */
  | { readonly kind: 'quantified'; readonly count: number | 'all'; readonly pattern: string | null };

/** A condition that cannot be read; the message says what was seen and what was expected. */
export class ConditionError extends Error {}

/**
 * Reads `selection and not 1 of filter_*`. `not` binds tightest, then `and`, then `or`; words in any case.
 *
 * @throws ConditionError
 */
export function parseCondition(text: string): ConditionExpr {
  const tokens = text.match(/[()|]|[^\s()|]+/g) ?? [];
  if (tokens.length > CONDITION_TOKENS_MAX) {
    throw new ConditionError(`the condition has ${tokens.length} parts, expected at most ${CONDITION_TOKENS_MAX}`);
  }
  const parser = new Parser(tokens);
  const expr = parser.or(1);
  const rest = parser.peek();
  if (rest === '|') {
    throw new ConditionError(
      'aggregations after `|` (count, near, …) are gone from Sigma: expected a correlation rule',
    );
  }
  if (rest !== null) throw new ConditionError(`expected and, or or the end of the condition, saw ${shown(rest)}`);
  return expr;
}

const WORDS = new Set(['and', 'or', 'not', 'of', '(', ')', '|']);

class Parser {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  peek(): string | null {
    return this.#tokens[this.#at] ?? null;
  }

  #word(): string {
    return (this.peek() ?? '').toLowerCase();
  }

  or(depth: number): ConditionExpr {
    return this.#joined('or', () => this.#joined('and', () => this.#not(depth)));
  }

  #joined(kind: 'and' | 'or', operand: () => ConditionExpr): ConditionExpr {
    const operands = [operand()];
    while (this.#word() === kind) {
      this.#at += 1;
      operands.push(operand());
    }
    const [only] = operands;
    return only !== undefined && operands.length === 1 ? only : { kind, operands };
  }

  #not(depth: number): ConditionExpr {
    if (depth > CONDITION_DEPTH_MAX) throw new ConditionError(`nested more than ${CONDITION_DEPTH_MAX} levels deep`);
    if (this.#word() === 'not') {
      this.#at += 1;
      return { kind: 'not', operand: this.#not(depth + 1) };
    }
    if (this.peek() !== '(') return this.#selection();
    this.#at += 1;
    const inner = this.or(depth + 1);
    if (this.peek() !== ')') throw new ConditionError(`expected ), saw ${this.#seen()}`);
    this.#at += 1;
    return inner;
  }

  #selection(): ConditionExpr {
    const token = this.peek();
    if (token === null || WORDS.has(token.toLowerCase())) {
      throw new ConditionError(`expected a selection, saw ${this.#seen()}`);
    }
    this.#at += 1;
    if (this.#word() !== 'of') return { kind: 'selection', name: token };
    this.#at += 1;
    const pattern = this.peek();
    if (pattern === null || WORDS.has(pattern.toLowerCase())) {
      throw new ConditionError(`expected them or a pattern of selections after of, saw ${this.#seen()}`);
    }
    this.#at += 1;
    return {
      kind: 'quantified',
      count: quantity(token),
      pattern: pattern.toLowerCase() === 'them' ? null : pattern,
    };
  }

  #seen(): string {
    const token = this.peek();
    return token === null ? 'the end of the condition' : shown(token);
  }
}

function quantity(token: string): number | 'all' {
  const word = token.toLowerCase();
  if (word === 'all') return 'all';
  if (word === 'any') return 1;
  const count = /^\d{1,4}$/.test(word) ? Number(word) : 0;
  if (count === 0) throw new ConditionError(`expected 1, all, any or another number before of, saw ${shown(token)}`);
  return count;
}

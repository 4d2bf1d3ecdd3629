import { numericValue } from '../../events/event.ts';
import { fold } from '../../query/fold.ts';
import type { Literal } from './literal.ts';
import { buildScanner, type LiteralScanner } from './literal-scanner.ts';
import type { Clue } from './witness.ts';

/** Rules by number, each once, ascending. */
export type RuleNumbers = Int32Array;

export const NO_RULES: RuleNumbers = new Int32Array(0);

/** From a value to the rules for which it is a clue: a superset of those that it makes hold. */
export class ValueIndex {
  readonly #present: RuleNumbers;
  readonly #whole: ReadonlyMap<string, RuleNumbers>;
  readonly #numbers: ReadonlyMap<number, RuleNumbers>;
  readonly #scanner: LiteralScanner | null;
  /** By length: 1 where a whole value has it. */
  readonly #wholeLengths: Uint8Array;
  /** No shorter value finds a rule. */
  readonly lengthMin: number;

  constructor(parts: {
    readonly present: RuleNumbers;
    readonly whole: ReadonlyMap<string, RuleNumbers>;
    readonly numbers: ReadonlyMap<number, RuleNumbers>;
    readonly scanner: LiteralScanner | null;
    readonly lengthMin: number;
  }) {
    this.#present = parts.present;
    this.#whole = parts.whole;
    this.#numbers = parts.numbers;
    this.#scanner = parts.scanner;
    let longest = -1;
    for (const text of parts.whole.keys()) longest = Math.max(longest, text.length);
    this.#wholeLengths = new Uint8Array(longest + 1);
    for (const text of parts.whole.keys()) this.#wholeLengths[text.length] = 1;
    this.lengthMin = parts.lengthMin;
  }

  get scannerBytes(): number {
    return this.#scanner?.stateBytes ?? 0;
  }

  /** False for many values that find nothing: they need not be looked up, nor remembered. */
  canFind(value: string): boolean {
    if (value.length < this.lengthMin) return false;
    if (this.#scanner !== null || this.#present.length > 0 || this.#wholeLengths[value.length] === 1) return true;
    return this.#numbers.size > 0 && NUMBER_STARTS[value.charCodeAt(0)] === 1;
  }

  find(value: string): RuleNumbers {
    if (!this.canFind(value)) return NO_RULES;
    const lists: RuleNumbers[] = this.#present.length === 0 ? [] : [this.#present];
    // Folding changes no length.
    if (this.#wholeLengths[value.length] === 1) push(lists, this.#whole.get(fold(value)));
    if (this.#numbers.size > 0 && NUMBER_STARTS[value.charCodeAt(0)] === 1) {
      const number = numericValue(value);
      if (number !== undefined) push(lists, this.#numbers.get(number));
    }
    this.#scanner?.scan(value, (rules) => lists.push(rules));
    const [only] = lists;
    if (only === undefined) return NO_RULES;
    return lists.length === 1 ? only : merged(lists);
  }
}

/** By unit: 1 where numeric text may begin with it. */
const NUMBER_STARTS = Uint8Array.from({ length: 128 }, (_, unit) =>
  '+-.0123456789'.includes(String.fromCharCode(unit)) ? 1 : 0,
);

function push(lists: RuleNumbers[], list: RuleNumbers | undefined): void {
  if (list !== undefined) lists.push(list);
}

function merged(lists: readonly RuleNumbers[]): RuleNumbers {
  const all = new Set<number>();
  for (const list of lists) for (const rule of list) all.add(rule);
  return Int32Array.from(all).sort();
}

/** Gathers the clues of all rules that speak of one field, or of all values. */
export class ValueIndexBuilder {
  readonly #present = new Set<number>();
  readonly #whole = new Map<string, Set<number>>();
  readonly #numbers = new Map<number, Set<number>>();
  readonly #parts: { readonly literal: Literal; readonly rule: number }[] = [];

  add(clue: Clue, rule: number): void {
    if (clue.kind === 'present') {
      this.#present.add(rule);
      return;
    }
    for (const literal of clue.literals) {
      if (literal.place === 'whole') addTo(this.#whole, literal.text, rule);
      else this.#parts.push({ literal, rule });
    }
    if (clue.kind === 'anywhere') return;
    for (const number of clue.numbers) addTo(this.#numbers, number, rule);
  }

  *build(): Generator<void, ValueIndex> {
    const scanner = this.#parts.length === 0 ? null : yield* buildScanner(this.#parts);
    return new ValueIndex({
      present: sorted(this.#present),
      whole: new Map([...this.#whole].map(([text, rules]) => [text, sorted(rules)])),
      numbers: new Map([...this.#numbers].map(([number, rules]) => [number, sorted(rules)])),
      scanner,
      lengthMin: this.#lengthMin(),
    });
  }

  #lengthMin(): number {
    if (this.#present.size > 0) return 0;
    let least = this.#numbers.size > 0 ? 1 : Number.POSITIVE_INFINITY;
    for (const text of this.#whole.keys()) least = Math.min(least, text.length);
    for (const { literal } of this.#parts) least = Math.min(least, literal.text.length);
    return least;
  }
}

const sorted = (rules: ReadonlySet<number>): RuleNumbers => Int32Array.from(rules).sort();

function addTo<K>(map: Map<K, Set<number>>, key: K, rule: number): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, new Set([rule]));
  else known.add(rule);
}

import type { FieldIndex } from './matcher-parts.ts';
import type { RuleMeter } from './rule-meter.ts';
import { NO_RULES, type RuleNumbers } from './value-index.ts';
import { ValueMemo } from './value-memo.ts';
import { ValueSubject } from './value-test.ts';

/**
 * The index of one field as events see it of which the same routes hold: what it finds for a value is only rules whose
 * route holds and of which all that they say of this field holds too. Found once for each value that comes again.
 */
export class RoutedIndex {
  readonly field: FieldIndex;
  /** One bit for each rule: whether its route holds. Null: not known. */
  readonly #routed: Int32Array | null;
  readonly #meter: RuleMeter;
  readonly #memo = new ValueMemo<RuleNumbers>();

  constructor(field: FieldIndex, routed: Int32Array | null, meter: RuleMeter) {
    this.field = field;
    this.#routed = routed;
    this.#meter = meter;
  }

  /** `isView`: as for the memo. */
  candidates(value: string, isView: boolean): RuleNumbers {
    const { values } = this.field;
    if (!values.canFind(value)) return NO_RULES;
    const known = this.#memo.get(value);
    if (known !== undefined) return known;
    const found = this.#possible(values.find(value), value);
    this.#memo.set(value, found, isView);
    return found;
  }

  /** The same for a value that has hardly come before. */
  candidatesOfNew(value: string): RuleNumbers {
    return this.#possible(this.field.values.find(value), value);
  }

  #possible(rules: RuleNumbers, value: string): RuleNumbers {
    if (rules.length === 0) return NO_RULES;
    const subject = new ValueSubject(value);
    const { tests } = this.field;
    const routed = this.#routed;
    const possible: number[] = [];
    for (const rule of rules) {
      if (routed !== null && ((routed[rule >> 5] ?? 0) & (1 << (rule & 31))) === 0) continue;
      const test = tests.get(rule);
      if (test === undefined || this.#meter.look(rule, test, subject)) possible.push(rule);
    }
    return possible.length === 0 ? NO_RULES : Int32Array.from(possible);
  }
}

import type { RuleCost } from './matcher-rule.ts';

/** One look in so many is timed: a clock for each would cost as much as the look. */
const TIMED_ONE_IN = 64;

/** Counts looks and matches of each rule, and times a sample of the looks. */
export class RuleMeter {
  readonly #tried: Float64Array;
  readonly #matched: Float64Array;
  readonly #timedMs: Float64Array;
  readonly #timed: Float64Array;
  #untilTimed = TIMED_ONE_IN;

  constructor(rules: number) {
    this.#tried = new Float64Array(rules);
    this.#matched = new Float64Array(rules);
    this.#timedMs = new Float64Array(rules);
    this.#timed = new Float64Array(rules);
  }

  matched(rule: number): void {
    this.#matched[rule] = (this.#matched[rule] ?? 0) + 1;
  }

  /** Runs a test of the rule, of an event or of one value. */
  look<S>(rule: number, test: (subject: S) => boolean, subject: S): boolean {
    this.#tried[rule] = (this.#tried[rule] ?? 0) + 1;
    this.#untilTimed -= 1;
    return this.#untilTimed === 0 ? this.#time(rule, test, subject) : test(subject);
  }

  /** The rules that were looked at or matched, dearest first. */
  costs<K>(keys: readonly K[]): RuleCost<K>[] {
    const costs: RuleCost<K>[] = [];
    for (const [rule, key] of keys.entries()) {
      const [tried = 0, matched = 0, timed = 0] = [this.#tried[rule], this.#matched[rule], this.#timed[rule]];
      if (tried === 0 && matched === 0) continue;
      const estimatedUs = timed === 0 ? 0 : ((this.#timedMs[rule] ?? 0) / timed) * tried * 1000;
      costs.push({ key, tried, matched, estimatedUs });
    }
    return costs.sort((a, b) => b.estimatedUs - a.estimatedUs || b.tried - a.tried);
  }

  #time<S>(rule: number, test: (subject: S) => boolean, subject: S): boolean {
    this.#untilTimed = TIMED_ONE_IN;
    const from = performance.now();
    const holds = test(subject);
    this.#timedMs[rule] = (this.#timedMs[rule] ?? 0) + performance.now() - from;
    this.#timed[rule] = (this.#timed[rule] ?? 0) + 1;
    return holds;
  }
}

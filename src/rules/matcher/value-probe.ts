import type { RoutedIndex } from './routed-index.ts';
import type { StrideScanner } from './stride-scanner.ts';
import { NO_RULES, type RuleNumbers } from './value-index.ts';

/** Values that a probe remembers beside the last one. */
const OLDER_VALUES_MAX = 3;
/** Longer values are seldom seen twice; call traces and commands of a kilobyte often are. */
const VALUE_UNITS_MAX = 2_048;
/** The engine keeps shorter parts of a text as texts of their own. */
const VIEW_UNITS_MIN = 13;
/** UTF-16 units that all probes of a matcher remember; beyond, they start anew. */
const UNITS_MAX = 4 * 1024 * 1024;

/** Bounds what the probes of one matcher remember, however many layouts and kinds hostile logs make up. */
export class ProbeMemory {
  /** Values that no probe remembered. */
  searched = 0;
  #holders: ValueProbe[] = [];
  #units = 0;

  /** `probe` is to remember so many units more; `isNew`: it remembers nothing yet. */
  take(probe: ValueProbe, units: number, isNew: boolean): void {
    if (this.#units + units > UNITS_MAX) {
      for (const holder of this.#holders) holder.forget();
      this.#holders = [probe];
      this.#units = 0;
    } else if (isNew) this.#holders.push(probe);
    this.#units += units;
  }

  /** What was taken is remembered no longer. */
  give(units: number): void {
    this.#units -= units;
  }
}

/**
 * What is looked for in the values that events of one layout and kind have at one place. Most fields of an event have
 * the value that they had in one of the events before: to see that costs less than to look anything up.
 */
export class ValueProbe {
  readonly at: number;
  /** UTF-16 units: no shorter value finds anything. */
  readonly lengthMin: number;
  /** The value that was found last, and what it finds. */
  last: string | null = null;
  lastRules: RuleNumbers = NO_RULES;
  readonly #indexes: readonly RoutedIndex[];
  readonly #strides: readonly StrideScanner[];
  readonly #isSkipped: (value: string) => boolean;
  readonly #anywhere: readonly RoutedIndex[];
  readonly #memory: ProbeMemory;
  readonly #older: (string | null)[] = new Array<string | null>(OLDER_VALUES_MAX).fill(null);
  readonly #olderRules: RuleNumbers[] = new Array<RuleNumbers>(OLDER_VALUES_MAX).fill(NO_RULES);
  #oldest = 0;

  /** `isSkipped`: text without a field is not looked for in such a value. */
  constructor(parts: {
    readonly at: number;
    readonly indexes: readonly RoutedIndex[];
    readonly strides: readonly StrideScanner[];
    readonly anywhere: readonly RoutedIndex[];
    readonly isSkipped: (value: string) => boolean;
    readonly memory: ProbeMemory;
  }) {
    this.at = parts.at;
    this.#indexes = parts.indexes;
    this.#strides = parts.strides;
    this.#anywhere = parts.anywhere;
    this.#isSkipped = parts.isSkipped;
    this.#memory = parts.memory;
    this.lengthMin = Math.min(
      ...[...parts.indexes, ...parts.anywhere].map(({ field }) => field.values.lengthMin),
      ...parts.strides.map(({ lengthMin }) => lengthMin),
    );
  }

  /** True when such a value finds nothing, whatever stands behind its first unit. */
  isBlindTo(value: string): boolean {
    return this.#indexes.length === 0 && this.#isSkipped(value);
  }

  /** What looks for literals anywhere in the value, when nothing else does; else null. */
  get onlyStrides(): readonly StrideScanner[] | null {
    return this.#indexes.length + this.#anywhere.length === 0 ? this.#strides : null;
  }

  /** The rules that a value finds, for one who remembers them. */
  rulesOf(value: string): RuleNumbers {
    this.#memory.searched += 1;
    let found = NO_RULES;
    for (const index of this.#indexes) found = joinedRules(found, index.candidatesOfNew(value));
    return this.#isSkipped(value)
      ? found
      : this.#searchEverywhere(value, found, (index) => index.candidatesOfNew(value));
  }

  /** The rules that a value finds which is not the last one. `isView`: it may be a part of a longer text. */
  find(value: string, isView: boolean): RuleNumbers {
    const older = this.#older;
    for (let i = 0; i < OLDER_VALUES_MAX; i += 1) {
      if (older[i] !== value) continue;
      const rules = this.#olderRules[i] ?? NO_RULES;
      older[i] = this.last;
      this.#olderRules[i] = this.lastRules;
      this.last = value;
      this.lastRules = rules;
      return rules;
    }
    this.#memory.searched += 1;
    const rules = this.#search(value, isView);
    if (value.length <= VALUE_UNITS_MAX && (!isView || value.length < VIEW_UNITS_MIN)) this.#keep(value, rules);
    return rules;
  }

  forget(): void {
    this.last = null;
    this.#older.fill(null);
  }

  #keep(value: string, rules: RuleNumbers): void {
    const oldest = this.#oldest;
    const gone = this.#older[oldest];
    if (gone !== null && gone !== undefined) this.#memory.give(gone.length);
    this.#memory.take(this, value.length, this.last === null);
    this.#older[oldest] = this.last;
    this.#olderRules[oldest] = this.lastRules;
    this.#oldest = oldest + 1 === OLDER_VALUES_MAX ? 0 : oldest + 1;
    this.last = value;
    this.lastRules = rules;
  }

  #search(value: string, isView: boolean): RuleNumbers {
    let found = NO_RULES;
    for (const index of this.#indexes) found = joinedRules(found, index.candidates(value, isView));
    return this.#isSkipped(value)
      ? found
      : this.#searchEverywhere(value, found, (index) => index.candidates(value, isView));
  }

  #searchEverywhere(value: string, already: RuleNumbers, ask: (index: RoutedIndex) => RuleNumbers): RuleNumbers {
    let found = already;
    for (const scanner of this.#strides) {
      scanner.scan(value, (rules) => {
        found = joinedRules(found, rules);
      });
    }
    for (const index of this.#anywhere) found = joinedRules(found, ask(index));
    return found;
  }
}

/** A rule may be in it twice. */
export function joinedRules(some: RuleNumbers, more: RuleNumbers): RuleNumbers {
  if (more.length === 0) return some;
  if (some.length === 0) return more;
  const all = new Int32Array(some.length + more.length);
  all.set(some);
  all.set(more, some.length);
  return all;
}

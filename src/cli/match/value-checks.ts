import type { LineScanner } from '../../ingest/line-scanner.ts';
import type { StrideScanner } from '../../rules/matcher/stride-scanner.ts';
import { NO_RULES, type RuleNumbers } from '../../rules/matcher/value-index.ts';
import { joinedRules, type ValueProbe } from '../../rules/matcher/value-probe.ts';

/** How many values all checks of a matcher remember. */
export type KnownTally = { values: number };

/** The rules for which the value of one member is a clue, found once for each value that has a number. */
export abstract class ValueCheck {
  readonly member: number;
  readonly #tally: KnownTally;
  #last = -1;
  #lastRules: RuleNumbers = NO_RULES;
  readonly #known = new Map<number, RuleNumbers | null>();
  #generation = -1;

  constructor(member: number, tally: KnownTally) {
    this.member = member;
    this.#tally = tally;
  }

  /** Null for a value of which this cannot be told. */
  rulesOf(scanner: LineScanner, members: number, generation: number): RuleNumbers | null {
    const number = scanner.numberAt(members, this.member);
    if (generation !== this.#generation) this.#forget(generation);
    if (number < 0) return this.find(scanner, members);
    if (number === this.#last) return this.#lastRules;
    let rules = this.#known.get(number);
    if (rules === undefined) {
      rules = this.find(scanner, members);
      this.#known.set(number, rules);
      this.#tally.values += 1;
    }
    if (rules !== null) {
      this.#last = number;
      this.#lastRules = rules;
    }
    return rules;
  }

  protected abstract find(scanner: LineScanner, members: number): RuleNumbers | null;

  #forget(generation: number): void {
    this.#tally.values -= this.#known.size;
    this.#known.clear();
    this.#last = -1;
    this.#generation = generation;
  }
}

/** Of a member that gives its value to fields as it is. */
export class PlainCheck extends ValueCheck {
  readonly #probes: readonly ValueProbe[];
  /** No shorter value is a clue. */
  readonly #lengthMin: number;
  /** When they are all that looks for anything: they need no text. */
  readonly #strides: readonly StrideScanner[] | null;

  constructor(member: number, tally: KnownTally, probes: readonly ValueProbe[]) {
    super(member, tally);
    this.#probes = probes;
    this.#lengthMin = Math.min(...probes.map(({ lengthMin }) => lengthMin));
    this.#strides = plainStrides(probes);
  }

  protected override find(scanner: LineScanner, members: number): RuleNumbers {
    // The text of a list is not what is written.
    if (!scanner.isListAt(members, this.member) && this.#findsNothingIn(scanner, members)) return NO_RULES;
    const text = scanner.textAt(members, this.member);
    let found = NO_RULES;
    for (const probe of this.#probes) found = joinedRules(found, probe.rulesOf(text));
    return found;
  }

  #findsNothingIn(scanner: LineScanner, members: number): boolean {
    if (scanner.bytesAt(members, this.member) < this.#lengthMin) return true;
    const { ascii } = scanner;
    if (ascii === null || this.#strides === null) return false;
    const [start, end] = [scanner.startAt(members, this.member), scanner.endAt(members, this.member)];
    return !this.#strides.some((strides) => strides.mayFindIn(ascii, start, end));
  }
}

/** Null when something else looks for something. */
function plainStrides(probes: readonly ValueProbe[]): readonly StrideScanner[] | null {
  const all: StrideScanner[] = [];
  for (const { onlyStrides } of probes) {
    if (onlyStrides === null || onlyStrides.some(({ isPlain }) => !isPlain)) return null;
    all.push(...onlyStrides);
  }
  return all;
}

/** Of `NAME=value,NAME=value`, whose parts are values of fields of their own. */
export class HashesCheck extends ValueCheck {
  readonly #names: readonly string[];
  readonly #parts: readonly (readonly ValueProbe[])[];

  /** `names`: those of the parts, in their order; of a text with others nothing is told. */
  constructor(member: number, tally: KnownTally, names: readonly string[], parts: readonly (readonly ValueProbe[])[]) {
    super(member, tally);
    this.#names = names;
    this.#parts = parts;
  }

  protected override find(scanner: LineScanner, members: number): RuleNumbers | null {
    const parts = scanner.textAt(members, this.member).split(',');
    if (parts.length !== this.#names.length) return null;
    let found = NO_RULES;
    for (const [at, name] of this.#names.entries()) {
      const part = parts[at] ?? '';
      if (part.indexOf('=') !== name.length || !part.startsWith(name)) return null;
      for (const probe of this.#parts[at] ?? []) found = joinedRules(found, probe.rulesOf(part.slice(name.length + 1)));
    }
    return found;
  }
}

import { TIME_MEMBERS } from '../../ingest/event-clock.ts';
import type { LineKind, LinePlan, Pair } from '../../ingest/line-plan.ts';
import type { LineScanner } from '../../ingest/line-scanner.ts';
import type { MatchingWork } from '../../rules/matcher/matcher.ts';
import type { ValueCheck } from './value-checks.ts';

/** Lines with the same members in the same order. */
export type LineShape = {
  readonly number: number;
  readonly names: readonly string[];
  readonly eventIdAt: number;
  readonly channelAt: number;
  /** -1: no member holds hashes. */
  readonly hashesAt: number;
  /** -1: no member holds a time. */
  readonly timeAt: number;
  readonly kinds: Map<string, ShapeKind>;
  lastEventId: number;
  lastChannel: number;
  lastKind: ShapeKind | null;
  /** Lines that taught nothing, less those of which something was known. */
  failures: number;
};

/** Of one event id and channel. */
export type ShapeKind = {
  readonly pairs: readonly PairCheck[];
  /** By which members that have a name in common have the same value: one plan each. */
  readonly planned: Map<number, PlannedKind>;
};

export type PlannedKind = {
  readonly plan: LinePlan;
  /** Names of the hashes for which the plan is. */
  readonly hashes: string;
  /** Members that tell which rules can hold at all. */
  readonly telling: readonly number[];
  readonly lastTelling: number[];
  lastProof: LineProof | null;
  /** By the values of those members. */
  readonly proofs: Map<string, LineProof>;
};

/** The members whose values decide which rules are tried; null when they do not decide it alone. */
export type LineProof = {
  readonly work: MatchingWork;
  readonly checks: readonly ValueCheck[] | null;
};

export const kindKey = ({ eventId, channel }: Pick<LineKind, 'eventId' | 'channel'>): string =>
  `${eventId}\n${channel}`;

/** Null for lines of which nothing can be told. */
export function newShape(number: number, names: readonly string[]): LineShape | null {
  // As an object has them: each once, and numbers first.
  const ordered = Object.keys(Object.fromEntries(names.map((name) => [name, null])));
  if (ordered.length !== names.length || ordered.some((name, at) => name !== names[at])) return null;
  const eventIdAt = names.indexOf('EventID');
  const channelAt = names.indexOf('Channel');
  if (eventIdAt < 0 || channelAt < 0 || names.includes('msg')) return null;
  return {
    number,
    names,
    eventIdAt,
    channelAt,
    hashesAt: names.indexOf('Hashes'),
    timeAt: names.indexOf(TIME_MEMBERS.find((name) => names.includes(name)) ?? ''),
    kinds: new Map(),
    lastEventId: -1,
    lastChannel: -1,
    lastKind: null,
    failures: 0,
  };
}

/** The numbers of values mean nothing any more. */
export function forgetNumbers(shape: LineShape): void {
  shape.lastKind = null;
  for (const { pairs, planned } of shape.kinds.values()) {
    for (const pair of pairs) pair.forget();
    for (const kind of planned.values()) kind.lastProof = null;
  }
}

/** One bit for each pair, as plans have them; null when a list is among them. */
export function equalPairs(pairs: readonly PairCheck[], scanner: LineScanner, members: number): number | null {
  let equal = 0;
  for (const pair of pairs) {
    const isEqual = pair.isEqual(scanner, members);
    if (isEqual === null) return null;
    equal = (equal << 1) | (isEqual ? 1 : 0);
  }
  return equal;
}

/** Whether two members have one value. */
export class PairCheck {
  readonly #pair: Pair;
  #first = -1;
  #second = -1;
  #isEqual = false;

  constructor(pair: Pair) {
    this.#pair = pair;
  }

  /** Null for lists. */
  isEqual(scanner: LineScanner, members: number): boolean | null {
    const { first, second } = this.#pair;
    const [a, b] = [scanner.numberAt(members, first), scanner.numberAt(members, second)];
    if (a >= 0 && a === this.#first && b >= 0 && b === this.#second) return this.#isEqual;
    if (scanner.isListAt(members, first) || scanner.isListAt(members, second)) return null;
    // One value may be written in two ways.
    this.#isEqual = (a >= 0 && a === b) || scanner.textAt(members, first) === scanner.textAt(members, second);
    this.#first = a;
    this.#second = b;
    return this.#isEqual;
  }

  forget(): void {
    this.#first = -1;
    this.#second = -1;
  }
}

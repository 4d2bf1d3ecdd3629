import { numericValue } from '../events/event.ts';
import { type CorrelatedMatch, type Correlation, leastOf, partsHold, sinceOf, thresholdsHold } from './correlation.ts';
import { ExactSum } from './exact-sum.ts';

/**
 * What is remembered of one group between two matches. Matches come in order; the answer is whether the condition holds
 * on the window that ends with the match. A fold: the matches of the last span alone make the same state.
 */
export type TrailingState = {
  accept(match: CorrelatedMatch): boolean;
  /** Forgets everything: what was counted has been used up. */
  clear(): void;
  /** Numbers and texts held, a measure of memory. */
  readonly cells: number;
};

export function openState(correlation: Correlation): TrailingState {
  switch (correlation.kind) {
    case 'event_count':
      return new EventCount(correlation);
    case 'value_count':
      return new ValueCount(correlation);
    case 'value_sum':
    case 'value_avg':
      return new ValueSum(correlation);
    case 'value_percentile':
    case 'value_median':
      return new ValueRank(correlation);
    case 'temporal':
      return new PartsSeen(correlation);
    case 'temporal_ordered':
      return new PartsInOrder(correlation);
    case 'pairs':
      return new Pairs(correlation);
    case 'unfollowed':
      throw new Error('an absence is judged by a timer');
  }
}

/** The oldest of a list are taken from its beginning without moving the others each time. */
class Queue<T> {
  #items: T[] = [];
  #from = 0;

  get length(): number {
    return this.#items.length - this.#from;
  }

  get first(): T | undefined {
    return this.#items[this.#from];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): void {
    this.#from += 1;
    if (this.#from * 2 < this.#items.length) return;
    this.#items = this.#items.slice(this.#from);
    this.#from = 0;
  }

  clear(): void {
    this.#items = [];
    this.#from = 0;
  }
}

/** The times of the last so many matches as the condition needs. */
class EventCount implements TrailingState {
  readonly #correlation: Correlation;
  readonly #needed: number;
  readonly #times = new Queue<number>();

  constructor(correlation: Correlation) {
    this.#correlation = correlation;
    this.#needed = leastOf(correlation.thresholds);
  }

  get cells(): number {
    return this.#times.length;
  }

  accept({ eventAtMs }: CorrelatedMatch): boolean {
    const times = this.#times;
    const sinceMs = sinceOf(this.#correlation, eventAtMs);
    times.push(eventAtMs);
    while ((times.first ?? eventAtMs) < sinceMs || times.length > this.#needed) times.shift();
    return times.length >= this.#needed;
  }

  clear(): void {
    this.#times.clear();
  }
}

/** The most recently seen values with the time when each was seen last, as many as the condition needs. */
class ValueCount implements TrailingState {
  readonly #correlation: Correlation;
  readonly #needed: number;
  readonly #lastSeen = new Map<string, number>();

  constructor(correlation: Correlation) {
    this.#correlation = correlation;
    this.#needed = leastOf(correlation.thresholds);
  }

  get cells(): number {
    return this.#lastSeen.size * 2;
  }

  accept({ eventAtMs, value }: CorrelatedMatch): boolean {
    if (value === null) return false;
    const seen = this.#lastSeen;
    const sinceMs = sinceOf(this.#correlation, eventAtMs);
    // A map keeps the order of insertion: the one seen longest ago comes first.
    seen.delete(value);
    seen.set(value, eventAtMs);
    for (const [oldest, atMs] of seen) {
      if (atMs >= sinceMs && seen.size <= this.#needed) break;
      seen.delete(oldest);
    }
    return seen.size >= this.#needed;
  }

  clear(): void {
    this.#lastSeen.clear();
  }
}

type Timed = { readonly atMs: number; readonly number: number };

class ValueSum implements TrailingState {
  readonly #correlation: Correlation;
  readonly #held = new Queue<Timed>();
  #sum = new ExactSum();

  constructor(correlation: Correlation) {
    this.#correlation = correlation;
  }

  get cells(): number {
    return this.#held.length * 2;
  }

  accept({ eventAtMs, value }: CorrelatedMatch): boolean {
    const number = value === null ? undefined : numericValue(value);
    if (number === undefined) return false;
    const { kind, thresholds } = this.#correlation;
    const sinceMs = sinceOf(this.#correlation, eventAtMs);
    this.#held.push({ atMs: eventAtMs, number });
    this.#sum.add(number);
    for (let oldest = this.#held.first; oldest !== undefined && oldest.atMs < sinceMs; oldest = this.#held.first) {
      this.#sum.take(oldest.number);
      this.#held.shift();
    }
    const sum = this.#sum.value;
    return thresholdsHold(thresholds, kind === 'value_sum' ? sum : sum / this.#held.length);
  }

  clear(): void {
    this.#held.clear();
    this.#sum = new ExactSum();
  }
}

/** The numbers of the window, sorted. */
class ValueRank implements TrailingState {
  readonly #correlation: Correlation;
  readonly #held = new Queue<Timed>();
  #sorted: number[] = [];

  constructor(correlation: Correlation) {
    this.#correlation = correlation;
  }

  get cells(): number {
    return this.#held.length * 3;
  }

  accept({ eventAtMs, value }: CorrelatedMatch): boolean {
    const number = value === null ? undefined : numericValue(value);
    if (number === undefined) return false;
    const sinceMs = sinceOf(this.#correlation, eventAtMs);
    this.#held.push({ atMs: eventAtMs, number });
    this.#sorted.splice(placeOf(this.#sorted, number), 0, number);
    for (let oldest = this.#held.first; oldest !== undefined && oldest.atMs < sinceMs; oldest = this.#held.first) {
      this.#sorted.splice(placeOf(this.#sorted, oldest.number), 1);
      this.#held.shift();
    }
    const { kind, percentile, thresholds } = this.#correlation;
    return thresholdsHold(thresholds, kind === 'value_median' ? median(this.#sorted) : rank(this.#sorted, percentile));
  }

  clear(): void {
    this.#held.clear();
    this.#sorted = [];
  }
}

/** The first place whose number is not less. */
function placeOf(sorted: readonly number[], number: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? Number.POSITIVE_INFINITY) < number) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Nearest rank: the least number that so many per cent of them do not exceed. */
const rank = (sorted: readonly number[], percentile: number | null): number =>
  sorted[Math.max(1, Math.ceil(((percentile ?? 0) * sorted.length) / 100)) - 1] ?? Number.NaN;

/** The mean of the two in the middle when there is no single one. */
const median = (sorted: readonly number[]): number => {
  const [low, high] = [sorted[(sorted.length - 1) >> 1] ?? Number.NaN, sorted[sorted.length >> 1] ?? Number.NaN];
  return low === high ? low : low / 2 + high / 2;
};

export const partsIn = (bits: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, part) => part).filter((part) => (bits & (1 << part)) !== 0);

/** When each part was seen last. */
class PartsSeen implements TrailingState {
  readonly #correlation: Correlation;
  readonly #lastSeen: number[];

  constructor(correlation: Correlation) {
    this.#correlation = correlation;
    this.#lastSeen = Array.from({ length: correlation.parts }, () => Number.NEGATIVE_INFINITY);
  }

  get cells(): number {
    return this.#lastSeen.length;
  }

  accept({ eventAtMs, parts }: CorrelatedMatch): boolean {
    const sinceMs = sinceOf(this.#correlation, eventAtMs);
    for (const part of partsIn(parts, this.#lastSeen.length)) this.#lastSeen[part] = eventAtMs;
    return seenHolds(this.#correlation, (part) => (this.#lastSeen[part] ?? Number.NEGATIVE_INFINITY) >= sinceMs);
  }

  clear(): void {
    this.#lastSeen.fill(Number.NEGATIVE_INFINITY);
  }
}

/** The condition of a temporal rule: its expression, the number of its parts, or all of them. */
export function seenHolds({ parts, thresholds, expression }: Correlation, seen: (part: number) => boolean): boolean {
  if (expression !== null) return partsHold(expression, seen);
  const count = Array.from({ length: parts }, (_, part) => part).filter(seen).length;
  return thresholds.length === 0 ? count === parts : thresholdsHold(thresholds, count);
}

/** For each length of the chain of parts, the latest time at which one that is complete so far began. */
class PartsInOrder implements TrailingState {
  readonly #correlation: Correlation;
  readonly #began: number[];

  constructor(correlation: Correlation) {
    this.#correlation = correlation;
    this.#began = Array.from({ length: correlation.parts }, () => Number.NEGATIVE_INFINITY);
  }

  get cells(): number {
    return this.#began.length;
  }

  accept({ eventAtMs, parts }: CorrelatedMatch): boolean {
    const began = this.#began;
    const last = began.length - 1;
    const sinceMs = sinceOf(this.#correlation, eventAtMs);
    // From the end of the chain, so that one event takes one step, even when it satisfies two parts.
    let isComplete = false;
    for (let part = last; part >= 0; part -= 1) {
      if ((parts & (1 << part)) === 0) continue;
      const fromMs = part === 0 ? eventAtMs : (began[part - 1] ?? Number.NEGATIVE_INFINITY);
      began[part] = Math.max(began[part] ?? Number.NEGATIVE_INFINITY, fromMs);
      if (part === last) isComplete = fromMs >= sinceMs;
    }
    return isComplete;
  }

  clear(): void {
    this.#began.fill(Number.NEGATIVE_INFINITY);
  }
}

/** The latest event of part 0 that none of part 1 has followed yet. */
class Pairs implements TrailingState {
  readonly #correlation: Correlation;
  #waitingMs = Number.NEGATIVE_INFINITY;

  constructor(correlation: Correlation) {
    this.#correlation = correlation;
  }

  get cells(): number {
    return 1;
  }

  accept({ eventAtMs, parts }: CorrelatedMatch): boolean {
    const isFollower = (parts & 2) !== 0;
    const isPair = isFollower && this.#waitingMs >= sinceOf(this.#correlation, eventAtMs);
    if (isFollower) this.#waitingMs = Number.NEGATIVE_INFINITY;
    if ((parts & 1) !== 0) this.#waitingMs = eventAtMs;
    return isPair;
  }

  clear(): void {
    this.#waitingMs = Number.NEGATIVE_INFINITY;
  }
}

import { numericValue } from '../events/event.ts';
import { type CorrelatedMatch, type Correlation, thresholdsHold } from './correlation.ts';
import { ExactSum } from './exact-sum.ts';
import { seenHolds } from './trailing-state.ts';

/**
 * What a whole window holds, for conditions that the next match may undo. Windows are as long as the span and begin at
 * its multiples since 1970; `unfollowed` has the span after one event instead.
 */
export class WindowTally {
  readonly #correlation: Correlation;
  readonly #values = new Set<string>();
  readonly #sum = new ExactSum();
  #count = 0;
  #seen = 0;

  constructor(correlation: Correlation) {
    this.#correlation = correlation;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  add({ parts, value }: CorrelatedMatch): void {
    this.#count += 1;
    this.#seen |= parts;
    const { kind } = this.#correlation;
    if (value === null) return;
    if (kind === 'value_count') this.#values.add(value);
    else if (kind === 'value_sum') this.#sum.add(numericValue(value) ?? 0);
  }

  holds(): boolean {
    const { kind, thresholds } = this.#correlation;
    switch (kind) {
      case 'event_count':
        return thresholdsHold(thresholds, this.#count);
      case 'value_count':
        return thresholdsHold(thresholds, this.#values.size);
      case 'value_sum':
        return thresholdsHold(thresholds, this.#sum.value);
      case 'temporal':
        return seenHolds(this.#correlation, (part) => (this.#seen & (1 << part)) !== 0);
      case 'unfollowed':
        return (this.#seen & 2) === 0;
      default:
        throw new Error(`${kind} is judged at its matches`);
    }
  }
}

/** The end of the aligned window that the instant lies in. */
export const windowEndOf = ({ spanMs }: Correlation, atMs: number): number => (Math.floor(atMs / spanMs) + 1) * spanMs;

/** Whether a window without any match can hold: then the first one after a match is judged as well. */
export const holdsEmpty = (correlation: Correlation): boolean =>
  correlation.kind !== 'unfollowed' && new WindowTally(correlation).holds();

import type { Clock } from '../../shared/clock.ts';

/** Keys that are watched at one time; the one that was seen longest ago goes first, and begins anew when it comes back. */
export const BUCKETS_MAX = 20_000;

/** Token buckets by key: so many at once, refilled at a rate. */
export class Buckets {
  readonly #perSecond: number | null;
  readonly #capacity: number;
  readonly #clock: Clock;
  readonly #left = new Map<string, { left: number; atMs: number }>();
  #refused = 0;

  /** `perSecond` null: nothing is ever refused. */
  constructor(perSecond: number | null, capacity: number, clock: Clock) {
    this.#perSecond = perSecond;
    this.#capacity = Math.max(1, capacity);
    this.#clock = clock;
  }

  get refused(): number {
    return this.#refused;
  }

  get size(): number {
    return this.#left.size;
  }

  /** Takes one. Answers 0, or the seconds until there is one again. */
  take(key: string): number {
    const waitSeconds = this.#wait(key, 1);
    if (waitSeconds > 0) this.#refused += 1;
    return waitSeconds;
  }

  /** As `take`, without taking. */
  look(key: string): number {
    const waitSeconds = this.#wait(key, 0);
    if (waitSeconds > 0) this.#refused += 1;
    return waitSeconds;
  }

  #wait(key: string, count: 0 | 1): number {
    if (this.#perSecond === null) return 0;
    const nowMs = this.#clock();
    const known = this.#left.get(key);
    if (known === undefined && count === 0) return 0;
    const passed = known === undefined ? 0 : Math.max(0, nowMs - known.atMs) / 1000;
    const left = Math.min(this.#capacity, (known?.left ?? this.#capacity) + passed * this.#perSecond);
    if (left < 1) {
      this.#put(key, left, nowMs);
      return (1 - left) / this.#perSecond;
    }
    this.#put(key, left - count, nowMs);
    return 0;
  }

  /** Put at the end, so that the first key is the one that was seen longest ago. */
  #put(key: string, left: number, atMs: number): void {
    this.#left.delete(key);
    this.#left.set(key, { left, atMs });
    if (this.#left.size <= BUCKETS_MAX) return;
    const [oldest] = this.#left.keys();
    if (oldest !== undefined) this.#left.delete(oldest);
  }
}

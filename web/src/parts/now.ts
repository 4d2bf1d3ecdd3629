import { useSyncExternalStore } from 'react';

/** One clock for all that tick at the same step: a table of times has one timer, not one a row. */
class Clock {
  readonly #stepMs: number;
  readonly #listeners = new Set<() => void>();
  #nowMs = Date.now();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(stepMs: number) {
    this.#stepMs = stepMs;
  }

  readonly now = (): number => {
    // A clock that nobody watched has stood still.
    if (this.#listeners.size === 0 && Date.now() - this.#nowMs > this.#stepMs) this.#nowMs = Date.now();
    return this.#nowMs;
  };

  readonly subscribe = (onTick: () => void): (() => void) => {
    this.#listeners.add(onTick);
    this.#timer ??= setInterval(() => {
      this.#nowMs = Date.now();
      for (const listener of this.#listeners) listener();
    }, this.#stepMs);
    return () => {
      this.#listeners.delete(onTick);
      if (this.#listeners.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  };
}

const clocks = new Map<number, Clock>();

/** Unix milliseconds, told anew each `stepMs`. */
export function useNow(stepMs: number): number {
  const clock = clocks.get(stepMs) ?? new Clock(stepMs);
  clocks.set(stepMs, clock);
  return useSyncExternalStore(clock.subscribe, clock.now);
}

import { setTimeout as pause } from 'node:timers/promises';
import { type Clock, systemClock } from '../shared/clock.ts';

/** Receipt of the oldest event that is on its way into the store; null when there is none. */
export type WaitingSince = () => Promise<number | null>;

/** How long a fresh search waits for events that are durable and not yet searchable; after a backlog they take longer. */
export const FRESH_WAIT_MS_MAX = 5_000;
const FRESH_LOOK_MS = 20;

type FreshWaitTime = { readonly clock: Clock; readonly pause: (ms: number) => Promise<unknown> };

const systemTime: FreshWaitTime = { clock: systemClock, pause: (ms) => pause(ms) };

/** The wait of a search for what was received before it, counted. */
export class FreshWait {
  waitingSinceMs: WaitingSince = () => Promise.resolve(null);
  readonly #time: FreshWaitTime;
  #waits = 0;
  #ranOut = 0;

  constructor(time: FreshWaitTime = systemTime) {
    this.#time = time;
  }

  /** For metrics: waits, and those after which events were still on their way. */
  get counts(): { readonly freshWaits: number; readonly freshWaitsRanOut: number } {
    return { freshWaits: this.#waits, freshWaitsRanOut: this.#ranOut };
  }

  /** True once what was received by now can be found; false when it has waited too long, or nobody waits any more. */
  async caughtUp(signal?: AbortSignal): Promise<boolean> {
    const nowMs = this.#time.clock();
    for (let looks = 0; ; looks += 1) {
      const sinceMs = await this.waitingSinceMs();
      if (sinceMs === null || sinceMs > nowMs) return true;
      if (looks === 0) this.#waits += 1;
      if (signal?.aborted === true) return false;
      if (this.#time.clock() - nowMs >= FRESH_WAIT_MS_MAX) {
        this.#ranOut += 1;
        return false;
      }
      await this.#time.pause(FRESH_LOOK_MS);
    }
  }
}

import { AppError } from '../shared/errors.ts';

/** Passwords that are checked at one time: each takes a core and 19 MiB for tens of milliseconds. */
export type GateLimits = { readonly runningMax: number; readonly waitingMax: number };

const RETRY_AFTER_SECONDS = 2;

/**
 * Lets a few checks of passwords run at a time, and those of one name one after another: what a check has counted is
 * there before the next one of the name starts, and a flood of logins leaves cores to everything else.
 */
export class PasswordGate {
  readonly #limits: GateLimits;
  readonly #tails = new Map<string, Promise<void>>();
  readonly #free: (() => void)[] = [];
  #running = 0;
  #waiting = 0;
  #refused = 0;

  constructor(limits: GateLimits) {
    this.#limits = limits;
  }

  get counts(): { readonly running: number; readonly waiting: number; readonly refused: number } {
    return { running: this.#running, waiting: this.#waiting, refused: this.#refused };
  }

  /** @throws AppError `LOGIN_BUSY` when too many wait */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= this.#limits.waitingMax) {
      this.#refused += 1;
      const message = `${this.#limits.waitingMax} logins are waiting already`;
      throw new AppError('overloaded', 'LOGIN_BUSY', message, { retryAfterSeconds: RETRY_AFTER_SECONDS });
    }
    const before = this.#tails.get(key);
    let done = (): void => {};
    const tail = new Promise<void>((resolve) => {
      done = resolve;
    });
    this.#tails.set(key, tail);
    this.#waiting += 1;
    await before;
    if (this.#running >= this.#limits.runningMax) await new Promise<void>((resolve) => this.#free.push(resolve));
    else this.#running += 1;
    this.#waiting -= 1;
    try {
      return await work();
    } finally {
      // Whoever waits takes the place over; it is never free in between.
      const next = this.#free.shift();
      if (next === undefined) this.#running -= 1;
      else next();
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
      done();
    }
  }
}

import { accessKeysFailed } from '../../accounts/registry.ts';
import type { ControlStore } from '../../control/control-store.ts';
import type { ObjectId } from '../../shared/ids.ts';

const WRITE_EVERY_MS = 1_000;

/**
 * Counts requests with a wrong access key, and adds them to the users' `failed_login_count` now and then: a write for
 * each would let anybody cost the server a sync per request. Nobody is locked out by it, since keys of 256 random bits
 * cannot be guessed and a lock would let anybody shut a user out.
 */
export class KeyFailures {
  readonly #control: Pick<ControlStore, 'write'>;
  readonly #onError: (error: unknown) => void;
  readonly #waiting = new Map<ObjectId, number>();
  readonly #timer: NodeJS.Timeout;
  #total = 0;

  constructor(control: Pick<ControlStore, 'write'>, onError: (error: unknown) => void) {
    this.#control = control;
    this.#onError = onError;
    this.#timer = setInterval(() => void this.flush(), WRITE_EVERY_MS);
    this.#timer.unref();
  }

  /** Since the start. */
  get total(): number {
    return this.#total;
  }

  /** `userId` is null when the name is unknown. */
  count(userId: ObjectId | null): void {
    this.#total += 1;
    if (userId !== null) this.#waiting.set(userId, (this.#waiting.get(userId) ?? 0) + 1);
  }

  async flush(): Promise<void> {
    if (this.#waiting.size === 0) return;
    const failures = [...this.#waiting].map(([userId, count]) => ({ userId, count }));
    this.#waiting.clear();
    try {
      await this.#control.write(accessKeysFailed, failures);
    } catch (error) {
      for (const { userId, count } of failures) this.#waiting.set(userId, (this.#waiting.get(userId) ?? 0) + count);
      this.#onError(error);
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }
}

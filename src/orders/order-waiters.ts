import type { RequestId } from '../shared/ids.ts';

/** Polls that may be held at one time; beyond it they are answered at once. */
export const WAITERS_MAX = 2000;

/** Polls that wait for an order of this process to end. */
export class OrderWaiters {
  readonly #waiters = new Map<RequestId, Set<() => void>>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /**
   * Resolves when the order ends, after `waitMs`, when `cancel` is called or at the end of the server. It is
   * registered at once, so an order that ends after this call is never missed.
   */
  wait(orderId: RequestId, waitMs: number): { readonly ended: Promise<void>; readonly cancel: () => void } {
    let cancel = (): void => {};
    const ended = new Promise<void>((resolve) => {
      if (this.#count >= WAITERS_MAX) return resolve();
      const waiters = this.#waiters.get(orderId) ?? new Set();
      this.#waiters.set(orderId, waiters);
      const done = (): void => {
        if (!waiters.delete(done)) return;
        this.#count -= 1;
        clearTimeout(timer);
        if (waiters.size === 0) this.#waiters.delete(orderId);
        resolve();
      };
      const timer = setTimeout(done, waitMs);
      cancel = done;
      waiters.add(done);
      this.#count += 1;
    });
    return { ended, cancel: () => cancel() };
  }

  wake(orderId: RequestId): void {
    for (const done of [...(this.#waiters.get(orderId) ?? [])]) done();
  }

  wakeAll(): void {
    for (const orderId of [...this.#waiters.keys()]) this.wake(orderId);
  }
}

import { setTimeout as pause } from 'node:timers/promises';
import { type ChdbEventStore, type EventStoreEndpoint, openChdbEventStore } from './adapters/chdb/chdb-event-store.ts';
import type { LogEvent } from './events/event.ts';
import type { EventStore, RepoSize, SearchOptions, StoreAnswer, StoreSearch } from './events/event-store.ts';
import { AppError } from './shared/errors.ts';

const RETRY_MS_FIRST = 500;
const RETRY_MS_MAX = 15_000;
/** How long a fresh search waits for events that are durable and not yet searchable; after a backlog they take longer. */
const FRESH_WAIT_MS_MAX = 5_000;
const FRESH_LOOK_MS = 20;

export type OpeningListener = {
  /** It did not start, or it died and is started again. */
  onTrouble(message: string): void;
};

/**
 * The event store while it opens and after: the API answers from the first moment, and what needs events is told to
 * come back. A store that does not start is tried again for as long as the server lives.
 */
export class OpeningEventStore implements EventStore {
  readonly #opening: Promise<ChdbEventStore>;
  readonly #stop = new AbortController();
  #store: ChdbEventStore | null = null;
  #trouble = 'the event store is starting';
  #restarts = 0;
  #waitingSinceMs: () => Promise<number | null> = () => Promise.resolve(null);

  constructor(dataDir: string, listener: OpeningListener) {
    this.#opening = this.#open(dataDir, listener);
    // Nobody may be waiting for it when the server ends early.
    this.#opening.catch(() => undefined);
  }

  /** Resolves once the store has opened. @throws AppError when the server ends before */
  async endpoint(): Promise<EventStoreEndpoint> {
    return (await this.#opening).endpoint;
  }

  /** Tells of the receipt of the oldest event that is on its way into the store; null when there is none. */
  expect(waitingSinceMs: () => Promise<number | null>): void {
    this.#waitingSinceMs = waitingSinceMs;
  }

  /** Why it is not ready. */
  get trouble(): string {
    return this.#trouble;
  }

  get restarts(): number {
    return this.#restarts;
  }

  isReady(): boolean {
    return this.#store?.isReady() ?? false;
  }

  async openLogpoint(logpoint: string): Promise<void> {
    await this.#opened().openLogpoint(logpoint);
  }

  async append(logpoint: string, batch: readonly LogEvent[], token: string): Promise<void> {
    await this.#opened().append(logpoint, batch, token);
  }

  async search(logpoint: string, search: StoreSearch, options: SearchOptions): Promise<StoreAnswer> {
    const store = this.#opened();
    if (options.isFresh === true) await this.#caughtUp(options.signal);
    return store.search(logpoint, search, options);
  }

  /** What was received before now can be found, or has waited too long. */
  async #caughtUp(signal: AbortSignal | undefined): Promise<void> {
    const nowMs = Date.now();
    while (signal?.aborted !== true && Date.now() < nowMs + FRESH_WAIT_MS_MAX) {
      const sinceMs = await this.#waitingSinceMs();
      if (sinceMs === null || sinceMs > nowMs) return;
      await pause(FRESH_LOOK_MS);
    }
  }

  async dropBefore(logpoint: string, repo: string, beforeMs: number): Promise<{ readonly dropped: number }> {
    return this.#opened().dropBefore(logpoint, repo, beforeMs);
  }

  async repoSizes(logpoint: string): Promise<readonly RepoSize[]> {
    return this.#opened().repoSizes(logpoint);
  }

  async freeze(into: string): Promise<void> {
    await this.#opened().freeze(into);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    const store = await this.#opening.catch(() => null);
    await store?.close();
  }

  #opened(): ChdbEventStore {
    if (this.#store !== null) return this.#store;
    throw new AppError('unavailable', 'EVENT_STORE_UNAVAILABLE', this.#trouble, { retryAfterSeconds: 1 });
  }

  async #open(dataDir: string, listener: OpeningListener): Promise<ChdbEventStore> {
    for (let delayMs = RETRY_MS_FIRST; ; delayMs = Math.min(delayMs * 2, RETRY_MS_MAX)) {
      try {
        this.#store = await openChdbEventStore({
          dataDir,
          onRestart: (reason, restartDelayMs) => {
            this.#restarts += 1;
            this.#trouble = `the event store died and starts again in ${restartDelayMs} ms`;
            listener.onTrouble(`${this.#trouble}: ${reason}`);
          },
        });
        return this.#store;
      } catch (error) {
        if (this.#stop.signal.aborted || !(error instanceof AppError)) throw error;
        this.#trouble = error.message;
        listener.onTrouble(`${error.message}; next try in ${delayMs} ms`);
        await pause(delayMs, undefined, { signal: this.#stop.signal });
      }
    }
  }
}

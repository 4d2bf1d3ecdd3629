import { setTimeout as pause } from 'node:timers/promises';
import { type ChdbEventStore, type EventStoreEndpoint, openChdbEventStore } from './adapters/chdb/chdb-event-store.ts';
import type { Counts } from './apis/http/part-status.ts';
import type { LogEvent } from './events/event.ts';
import type { EventStore, RepoSize, SearchOptions, StoreAnswer, StoreSearch } from './events/event-store.ts';
import { FreshWait, type WaitingSince } from './events/fresh-wait.ts';
import { AppError } from './shared/errors.ts';

const RETRY_MS_FIRST = 500;
const RETRY_MS_MAX = 15_000;

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
  readonly #fresh = new FreshWait();

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
  expect(waitingSinceMs: WaitingSince): void {
    this.#fresh.waitingSinceMs = waitingSinceMs;
  }

  caughtUp(signal?: AbortSignal): Promise<boolean> {
    return this.#fresh.caughtUp(signal);
  }

  /** For metrics. */
  get counts(): Counts {
    return { restarts: this.#restarts, ...this.#fresh.counts };
  }

  /** Why it is not ready. */
  get trouble(): string {
    return this.#trouble;
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
    return this.#opened().search(logpoint, search, options);
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

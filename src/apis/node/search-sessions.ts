import { randomUUID } from 'node:crypto';
import type { Clock } from '../../shared/clock.ts';
import { AppError } from '../../shared/errors.ts';

/** Searches of this API that run at one time, and that may wait for a place. */
const RUNNING_MAX = 4;
const WAITING_MAX = 100;
/** Searches that one user may have at one time, running or held. */
const SESSIONS_OF_USER_MAX = 50;
/** Time that a result is held for its first reader, and after it for one that asks again. */
const UNREAD_MS = 10 * 60_000;
const READ_MS = 60_000;
/** UTF-16 units of all results that are held; beyond them the oldest go first. */
const HELD_CHARS_MAX = 128 * 1024 * 1024;

/** Words that clients know for the end of a search. Source: contract/incident-api.md, A.1. */
const CLIENT_WORDS: Readonly<Record<string, string>> = { SEARCH_TIMEOUT: 'timeout', SEARCH_CANCELLED: 'cancelled' };

/** What a search gave: text of the answer that ends it. */
export type SearchOutcome =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly message: string };

export type SearchSession = {
  readonly id: string;
  /** Logpoint and user: nobody else can ask for it. */
  readonly owner: string;
  /** Epoch seconds. */
  readonly timeRange: readonly [number, number];
  readonly queryType: string;
  /** Unix ms; null while it runs. */
  readonly endedAtMs: number | null;
  /** Resolves when the search has ended; never rejects. */
  readonly ended: Promise<SearchOutcome>;
};

type Held = Omit<SearchSession, 'endedAtMs'> & {
  endedAtMs: number | null;
  outcome: SearchOutcome | null;
  forgetAtMs: number;
};

export type NewSearch = Pick<SearchSession, 'owner' | 'timeRange' | 'queryType'> & {
  /** Given for searches that are found again by a name of their own; else a new one. */
  readonly id?: string | undefined;
  /** Answers the text of the final answer. An `AppError` becomes its message. */
  work(signal: AbortSignal): Promise<string>;
};

/** Searches between the request that starts them and those that ask for their rows. They live as long as the process. */
export class SearchSessions {
  readonly #clock: Clock;
  readonly #onBug: (error: unknown) => void;
  readonly #held = new Map<string, Held>();
  readonly #queue: (() => void)[] = [];
  readonly #stopping = new AbortController();
  #running = 0;

  constructor(clock: Clock, onBug: (error: unknown) => void) {
    this.#clock = clock;
    this.#onBug = onBug;
  }

  /** For metrics. */
  status(): { readonly running: number; readonly waiting: number; readonly held: number } {
    return { running: this.#running, waiting: this.#queue.length, held: this.#held.size };
  }

  /** Runs work when there is a place. @throws AppError `SEARCHES_FULL`, and what the work throws */
  async run<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    await this.#takePlace();
    try {
      return await work(this.#stopping.signal);
    } finally {
      // The place goes to who waits longest, so that nobody who comes in between takes it.
      const next = this.#queue.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  /** @throws AppError `SEARCHES_OF_USER_FULL` */
  start(search: NewSearch): SearchSession {
    this.#forgetOld();
    const own = [...this.#held.values()].filter(({ owner }) => owner === search.owner);
    if (own.length >= SESSIONS_OF_USER_MAX) {
      const ended = own.find(({ outcome }) => outcome !== null);
      if (ended === undefined) {
        const message = `the user has ${own.length} searches running, at most ${SESSIONS_OF_USER_MAX} are allowed`;
        throw new AppError('overloaded', 'SEARCHES_OF_USER_FULL', message);
      }
      this.#held.delete(ended.id);
    }
    const { owner, timeRange, queryType, id = randomUUID() } = search;
    const ended = this.#outcomeOf(() => this.run(search.work));
    const held: Held = {
      id,
      owner,
      timeRange,
      queryType,
      endedAtMs: null,
      ended,
      outcome: null,
      forgetAtMs: Number.POSITIVE_INFINITY,
    };
    this.#held.set(id, held);
    void ended.then((outcome) => {
      held.outcome = outcome;
      held.endedAtMs = this.#clock();
      held.forgetAtMs = held.endedAtMs + UNREAD_MS;
      this.#forgetOld();
    });
    return held;
  }

  /** Null when it is unknown, forgotten or another user's. */
  find(owner: string, id: string): SearchSession | null {
    this.#forgetOld();
    const held = this.#held.get(id);
    return held !== undefined && held.owner === owner ? held : null;
  }

  /** The reader has the outcome: it is held only a little longer. */
  read(session: SearchSession): void {
    const held = this.#held.get(session.id);
    if (held !== undefined) held.forgetAtMs = Math.min(held.forgetAtMs, this.#clock() + READ_MS);
  }

  close(): void {
    this.#stopping.abort(new AppError('unavailable', 'STOPPING', 'cancelled'));
    this.#held.clear();
  }

  async #takePlace(): Promise<void> {
    if (this.#running >= RUNNING_MAX) {
      if (this.#queue.length >= WAITING_MAX) {
        throw new AppError('overloaded', 'SEARCHES_FULL', `${WAITING_MAX} searches wait already: try again later`);
      }
      await new Promise<void>((resolve) => this.#queue.push(resolve));
      return;
    }
    this.#running += 1;
  }

  async #outcomeOf(work: () => Promise<string>): Promise<SearchOutcome> {
    try {
      return { ok: true, text: await work() };
    } catch (error) {
      if (error instanceof AppError) {
        return { ok: false, message: CLIENT_WORDS[error.code] ?? error.message };
      }
      this.#onBug(error);
      return { ok: false, message: 'internal error' };
    }
  }

  #forgetOld(): void {
    const nowMs = this.#clock();
    let chars = 0;
    for (const [id, held] of [...this.#held].reverse()) {
      chars += held.outcome?.ok === true ? held.outcome.text.length : 0;
      if (held.outcome !== null && (held.forgetAtMs <= nowMs || chars > HELD_CHARS_MAX)) this.#held.delete(id);
    }
  }
}

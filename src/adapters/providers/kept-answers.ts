import type { ProviderAnswer, ProviderAnswers } from '../../query/query-providers.ts';

/** What a provider counts since the start; `/metrics` shows it as `tocsin_provider_*`. */
export class ProviderCounts {
  calls = 0;
  failures = 0;
  milliseconds = 0;
  cacheHits = 0;
}

export type Asking = {
  readonly counts: ProviderCounts;
  /** Questions at one time, and time that all questions of one step may take. */
  readonly atOnce: number;
  readonly totalMs: number;
  /** How long an answer is kept, "unknown" too. What failed is kept as unknown for a shorter time. */
  readonly keptMs: number;
  /** Null: the one who was asked does not know the key. @throws when it did not answer */
  question(key: string, signal: AbortSignal | undefined): Promise<ProviderAnswer | null>;
};

const KEPT_MAX = 10_000;
/** A server that is down is not asked about the same key again at once. */
const FAILED_KEPT_MS = 30_000;

type Kept = { readonly answer: ProviderAnswer | null; readonly untilMs: number };

/** Asks about each key once and keeps the answers for a while. */
export class KeptAnswers {
  readonly #asking: Asking;
  readonly #kept = new Map<string, Kept>();

  constructor(asking: Asking) {
    this.#asking = asking;
  }

  /** `isCut` when the time did not suffice, or a question failed: the rest stays unknown. */
  async ask(keys: readonly string[], signal: AbortSignal | undefined): Promise<ProviderAnswers> {
    const answers = new Map<string, ProviderAnswer>();
    const untilMs = performance.now() + this.#asking.totalMs;
    const next = keys.values();
    let isCut = false;
    const work = async (): Promise<void> => {
      // The workers share one iterator: each takes the next key that nobody has taken.
      for (const key of next) {
        signal?.throwIfAborted();
        if (performance.now() > untilMs) {
          isCut = true;
          return;
        }
        const { answer, hasFailed } = await this.#answer(key, signal);
        if (hasFailed) isCut = true;
        if (answer !== null) answers.set(key, answer);
      }
    };
    await Promise.all(Array.from({ length: this.#asking.atOnce }, work));
    return { answers, isCut };
  }

  async #answer(
    key: string,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly answer: ProviderAnswer | null; readonly hasFailed: boolean }> {
    const { counts, keptMs, question } = this.#asking;
    const known = this.#kept.get(key);
    const startedMs = performance.now();
    if (known !== undefined && startedMs < known.untilMs) {
      counts.cacheHits += 1;
      return { answer: known.answer, hasFailed: false };
    }
    counts.calls += 1;
    try {
      const answer = await question(key, signal);
      this.#keep(key, answer, keptMs);
      return { answer, hasFailed: false };
    } catch {
      signal?.throwIfAborted();
      counts.failures += 1;
      this.#keep(key, null, FAILED_KEPT_MS);
      return { answer: null, hasFailed: true };
    } finally {
      counts.milliseconds += performance.now() - startedMs;
    }
  }

  #keep(key: string, answer: ProviderAnswer | null, forMs: number): void {
    if (this.#kept.size >= KEPT_MAX) this.#kept.clear();
    this.#kept.set(key, { answer, untilMs: performance.now() + forMs });
  }
}

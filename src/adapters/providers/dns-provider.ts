import { Resolver } from 'node:dns/promises';
import type { ProviderAnswer, ProviderAnswers } from '../../query/query-providers.ts';
import { ipVersion } from '../../shared/ip-version.ts';

export type DnsSettings = {
  /** Addresses with an optional port; none = those of the system. */
  readonly servers: readonly string[];
  /** For one question, and for all questions of one step of a query. */
  readonly timeoutMs: number;
  readonly totalMs: number;
};

/** Answers that are kept, how long, and questions at one time. */
const KEPT_MAX = 10_000;
const KEPT_MS = 300_000;
const QUESTIONS_AT_ONCE = 16;
const COLUMN = 'host';

/** Names of addresses, and addresses of names. An answer that is late or missing is none, and is kept as such. */
export class DnsProvider {
  readonly columns = [COLUMN];
  readonly #resolver: Resolver;
  readonly #totalMs: number;
  readonly #kept = new Map<string, { readonly name: string | null; readonly atMs: number }>();

  constructor({ servers, timeoutMs, totalMs }: DnsSettings) {
    this.#resolver = new Resolver({ timeout: timeoutMs, tries: 1 });
    this.#totalMs = totalMs;
    if (servers.length > 0) this.#resolver.setServers(servers);
  }

  async ask(keys: readonly string[], signal: AbortSignal | undefined): Promise<ProviderAnswers> {
    const answers = new Map<string, ProviderAnswer>();
    const untilMs = performance.now() + this.#totalMs;
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
        const name = await this.#resolve(key);
        if (name !== null) answers.set(key, { [COLUMN]: name });
      }
    };
    await Promise.all(Array.from({ length: QUESTIONS_AT_ONCE }, work));
    return { answers, isCut };
  }

  async #resolve(key: string): Promise<string | null> {
    const known = this.#kept.get(key);
    if (known !== undefined && performance.now() - known.atMs < KEPT_MS) return known.name;
    const name = await this.#question(key);
    if (this.#kept.size >= KEPT_MAX) this.#kept.clear();
    this.#kept.set(key, { name, atMs: performance.now() });
    return name;
  }

  async #question(key: string): Promise<string | null> {
    try {
      if (ipVersion(key) !== 0) return (await this.#resolver.reverse(key))[0] ?? null;
      if (!/^[\w.-]{1,253}$/.test(key)) return null;
      return (await this.#resolver.resolve4(key))[0] ?? null;
    } catch {
      return null;
    }
  }
}

import { Resolver } from 'node:dns/promises';
import { addressHex } from '../../query/network.ts';
import type { ProviderAnswer, ProviderAnswers } from '../../query/query-providers.ts';
import { ipVersion } from '../../shared/ip-version.ts';
import { KeptAnswers, ProviderCounts } from './kept-answers.ts';

export type DnsSettings = {
  /** Addresses with an optional port; none = those of the system. */
  readonly servers: readonly string[];
  /** For one question, and for all questions of one step of a query. */
  readonly timeoutMs: number;
  readonly totalMs: number;
};

const KEPT_MS = 300_000;
const QUESTIONS_AT_ONCE = 16;
const COLUMN = 'host';
/** What a name server says of a name that is not there; everything else is no answer. */
const UNKNOWN = new Set(['ENOTFOUND', 'ENODATA', 'ENONAME']);

/** Names of addresses, and addresses of names. */
export class DnsProvider {
  readonly columns: readonly string[] = [COLUMN];
  readonly counts = new ProviderCounts();
  readonly #resolver: Resolver;
  readonly #kept: KeptAnswers;

  constructor({ servers, timeoutMs, totalMs }: DnsSettings) {
    this.#resolver = new Resolver({ timeout: timeoutMs, tries: 1 });
    if (servers.length > 0) this.#resolver.setServers(servers);
    this.#kept = new KeptAnswers({
      counts: this.counts,
      atOnce: QUESTIONS_AT_ONCE,
      totalMs,
      keptMs: KEPT_MS,
      question: (key) => this.#question(key),
    });
  }

  ask(keys: readonly string[], signal: AbortSignal | undefined): Promise<ProviderAnswers> {
    return this.#kept.ask(keys, signal);
  }

  async #question(key: string): Promise<ProviderAnswer | null> {
    try {
      const [name] = await this.#names(key);
      return name === undefined ? null : { [COLUMN]: name };
    } catch (error) {
      if (error instanceof Error && 'code' in error && UNKNOWN.has(String(error.code))) return null;
      throw error;
    }
  }

  async #names(key: string): Promise<readonly string[]> {
    // Not `reverse`, which says of a server that does not answer that the name is not there.
    if (ipVersion(key) !== 0) return this.#resolver.resolvePtr(pointerName(key));
    return /^[\w.-]{1,253}$/.test(key) ? this.#resolver.resolve4(key) : [];
  }
}

/** The name under which the DNS keeps the name of an address. */
function pointerName(address: string): string {
  if (!address.includes(':')) return `${address.split('.').reverse().join('.')}.in-addr.arpa`;
  const digits = [...(addressHex(address) ?? '').toLowerCase()].reverse();
  return `${digits.join('.')}.ip6.arpa`;
}

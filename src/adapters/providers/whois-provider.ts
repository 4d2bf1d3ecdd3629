import { once } from 'node:events';
import type { EgressPolicy } from '../../notify/egress-policy.ts';
import type { ProviderAnswer, ProviderAnswers } from '../../query/query-providers.ts';
import { connectGuarded } from '../net/guarded-socket.ts';
import { KeptAnswers, ProviderCounts } from './kept-answers.ts';
import { readWhois, WHOIS_COLUMNS } from './whois-text.ts';

export type WhoisSettings = {
  /** The server that is asked first, `host` or `host:port`; it says who knows more. */
  readonly server: string;
  /** For one server, and for all questions of one step of a query. */
  readonly timeoutMs: number;
  readonly totalMs: number;
  readonly egress: EgressPolicy;
};

export const WHOIS_PORT = 43;
const KEPT_MS = 3_600_000;
/** Registries answer few questions at a time, and shut out who asks more. */
const QUESTIONS_AT_ONCE = 2;
const ANSWER_BYTES_MAX = 256 * 1024;
/** Servers that are asked about one key, each named by the one before. */
const SERVERS_MAX = 3;

/** Who an address or a domain is registered to, by the protocol of RFC 3912. Each server is subject to the egress policy. */
export class WhoisProvider {
  readonly columns = WHOIS_COLUMNS;
  readonly counts = new ProviderCounts();
  readonly #settings: WhoisSettings;
  readonly #kept: KeptAnswers;

  constructor(settings: WhoisSettings) {
    this.#settings = settings;
    this.#kept = new KeptAnswers({
      counts: this.counts,
      atOnce: QUESTIONS_AT_ONCE,
      totalMs: settings.totalMs,
      keptMs: KEPT_MS,
      question: (key, signal) => this.#question(key, signal),
    });
  }

  ask(keys: readonly string[], signal: AbortSignal | undefined): Promise<ProviderAnswers> {
    return this.#kept.ask(keys, signal);
  }

  /** The later server knows more than the one that named it. */
  async #question(key: string, signal: AbortSignal | undefined): Promise<ProviderAnswer | null> {
    if (!/^[\p{L}\p{N}.:-]{1,253}$/u.test(key)) return null;
    const asked = new Set<string>();
    const answer: Record<string, string> = {};
    for (let next: string | null = this.#settings.server; next !== null && asked.size < SERVERS_MAX; ) {
      asked.add(next);
      const { fields, referral } = readWhois(await this.#textOf(next, key, signal));
      Object.assign(answer, fields);
      next = referral === null || asked.has(referral) ? null : referral;
    }
    return Object.keys(answer).length === 0 ? null : answer;
  }

  async #textOf(server: string, key: string, signal: AbortSignal | undefined): Promise<string> {
    const [, host = server, port] = /^(.*?)(?::(\d{1,5}))?$/.exec(server) ?? [];
    const { egress, timeoutMs } = this.#settings;
    const deadline = AbortSignal.timeout(timeoutMs);
    const both = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
    const socket = await connectGuarded({ host, port: Number(port ?? WHOIS_PORT), egress }, timeoutMs, both);
    const stop = (): void => {
      socket.destroy(new Error('no whole answer in time'));
    };
    both.addEventListener('abort', stop, { once: true });
    try {
      const pieces: Buffer[] = [];
      let bytes = 0;
      socket.on('data', (piece: Buffer) => {
        bytes += piece.length;
        pieces.push(piece);
        // What a registry says of one key is a few thousand; the rest is not waited for.
        if (bytes > ANSWER_BYTES_MAX) socket.end().destroy();
      });
      const closed = once(socket, 'close');
      socket.write(`${key}\r\n`);
      await closed;
      return Buffer.concat(pieces).subarray(0, ANSWER_BYTES_MAX).toString('utf8');
    } finally {
      both.removeEventListener('abort', stop);
      socket.destroy();
    }
  }
}

import { Client } from 'ldapts';
import type { EgressPolicy } from '../../notify/egress-policy.ts';
import type { ProviderAnswer, ProviderAnswers } from '../../query/query-providers.ts';
import { addressGuarded } from '../net/guarded-socket.ts';
import { KeptAnswers, ProviderCounts } from './kept-answers.ts';

export type LdapSettings = {
  /** `ldaps://host:port`, or `ldap://…` without encryption. */
  readonly url: string;
  readonly base: string;
  /** Null binds as nobody. */
  readonly bindDn: string | null;
  readonly password: string;
  /** Filter of RFC 4515 in which `{key}` is the value that is asked about. */
  readonly filter: string;
  /** Attributes that become columns, in this order. */
  readonly attributes: readonly string[];
  /** PEM of an authority beside the usual ones; '' for none. */
  readonly ca: string;
  /** For connecting and for one question, and for all questions of one step of a query. */
  readonly timeoutMs: number;
  readonly totalMs: number;
  readonly egress: EgressPolicy;
};

const KEPT_MS = 300_000;
const QUESTIONS_AT_ONCE = 4;
const KEY_CHARS_MAX = 1_000;
const VALUE_CHARS_MAX = 2_000;

/** Entries of a directory by a value, for `process lookup(LDAP, field)`. One connection a step. */
export class LdapProvider {
  readonly columns: readonly string[];
  readonly counts = new ProviderCounts();
  readonly #settings: LdapSettings;
  readonly #kept: KeptAnswers;
  /** The connection of those steps that run now, and how many they are. */
  #open: Promise<Client> | null = null;
  #users = 0;

  constructor(settings: LdapSettings) {
    this.#settings = settings;
    this.columns = settings.attributes;
    this.#kept = new KeptAnswers({
      counts: this.counts,
      atOnce: QUESTIONS_AT_ONCE,
      totalMs: settings.totalMs,
      keptMs: KEPT_MS,
      question: (key) => this.#question(key),
    });
  }

  async ask(keys: readonly string[], signal: AbortSignal | undefined): Promise<ProviderAnswers> {
    this.#users += 1;
    try {
      return await this.#kept.ask(keys, signal);
    } finally {
      this.#users -= 1;
      if (this.#users === 0) await this.#close();
    }
  }

  async #question(key: string): Promise<ProviderAnswer | null> {
    if (key === '' || key.length > KEY_CHARS_MAX) return null;
    this.#open ??= this.#connect();
    const client = await this.#open;
    const { base, filter, attributes, timeoutMs } = this.#settings;
    const { searchEntries } = await client.search(base, {
      scope: 'sub',
      filter: filter.replaceAll('{key}', () => escapeFilter(key)),
      attributes: [...attributes],
      sizeLimit: 2,
      timeLimit: Math.ceil(timeoutMs / 1000),
    });
    const [entry] = searchEntries;
    if (entry === undefined) return null;
    const answer: Record<string, string> = Object.create(null);
    for (const attribute of attributes) {
      const value = textOf(entry[attribute]);
      if (value !== '') answer[attribute] = value.slice(0, VALUE_CHARS_MAX);
    }
    return answer;
  }

  /** Connects to the address that was checked, so that a second answer of the name server cannot come between. */
  async #connect(): Promise<Client> {
    const { url, bindDn, password, ca, timeoutMs, egress } = this.#settings;
    const { protocol, hostname, port } = new URL(url);
    const host = hostname.replace(/^\[|\]$/g, '');
    const isSecure = protocol === 'ldaps:';
    const found = await addressGuarded({ host, port: Number(port), egress });
    const address = found.family === 6 ? `[${found.address}]` : found.address;
    const client = new Client({
      url: `${protocol}//${address}${port === '' ? '' : `:${port}`}`,
      timeout: timeoutMs,
      connectTimeout: timeoutMs,
      strictDN: false,
      ...(isSecure
        ? { tlsOptions: { ...(found.address === host ? {} : { servername: host }), ...(ca === '' ? {} : { ca }) } }
        : {}),
    });
    if (bindDn !== null) await client.bind(bindDn, password);
    return client;
  }

  async #close(): Promise<void> {
    const open = this.#open;
    this.#open = null;
    const client = await open?.catch(() => null);
    await client?.unbind().catch(() => undefined);
  }
}

const textOf = (value: unknown): string => {
  if (Array.isArray(value)) return value.map(textOf).join(', ');
  if (Buffer.isBuffer(value)) return value.toString('hex');
  return typeof value === 'string' ? value : '';
};

/** A value inside a filter. Source: RFC 4515, section 3. */
export const escapeFilter = (text: string): string =>
  text.replaceAll(/[\\*()\0]/g, (sign) => `\\${sign.charCodeAt(0).toString(16).padStart(2, '0')}`);

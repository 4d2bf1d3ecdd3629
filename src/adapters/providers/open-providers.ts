import type { ProviderName } from '../../query/plan.ts';
import { providerTable } from '../../query/plan-provider.ts';
import type { ProviderAnswer, ProviderAnswers, QueryProviders } from '../../query/query-providers.ts';
import { DnsProvider, type DnsSettings } from './dns-provider.ts';
import { ProviderCounts } from './kept-answers.ts';
import { LdapProvider, type LdapSettings } from './ldap-provider.ts';
import { type ProviderTable, ProviderTables } from './provider-tables.ts';
import { WhoisProvider, type WhoisSettings } from './whois-provider.ts';

export type ProviderSettings = {
  /** Those that are on: option `query.providers`. */
  readonly on: readonly string[];
  /** Folder of CSV and MMDB files: option `query.tables`. */
  readonly tablesDir: string | null;
  readonly dns: DnsSettings;
  readonly whois: WhoisSettings;
  /** Null without a directory. */
  readonly ldap: LdapSettings | null;
  readonly onTrouble: (message: string) => void;
};

export type OpenProviders = QueryProviders & {
  /** What each provider that is on has counted. */
  counts(): ReadonlyMap<string, ProviderCounts>;
};

/** What a name of a column has in front of it in rows of `ti`. Source: contract/query-language.md, section 1.5. */
const TI_PREFIX = 'et_';

/** A provider that answers keys one by one. */
type Asked = Pick<DnsProvider, 'columns' | 'counts' | 'ask'>;

/** Providers of searches as the settings turn them on. What needs a table that is not there counts as off. */
export async function openProviders(settings: ProviderSettings): Promise<OpenProviders> {
  const tables = settings.tablesDir === null ? null : new ProviderTables(settings.tablesDir, settings.onTrouble);
  await tables?.refresh();
  const asked = new Map<ProviderName, Asked>();
  if (settings.on.includes('dns')) asked.set('dns', new DnsProvider(settings.dns));
  if (settings.on.includes('whois')) asked.set('whois', new WhoisProvider(settings.whois));
  if (settings.on.includes('ldap') && settings.ldap !== null) asked.set('ldap', new LdapProvider(settings.ldap));
  const counts = new Map(settings.on.map((name) => [name, new ProviderCounts()]));
  for (const [name, one] of asked) counts.set(name, one.counts);
  const tableOf = (provider: ProviderName, source: string | null): ProviderTable | undefined => {
    const name = providerTable(provider, source);
    return settings.on.includes(provider) && name !== null ? tables?.get(name) : undefined;
  };
  return {
    columns: (provider, source) => {
      const own = asked.get(provider)?.columns;
      if (own !== undefined) return own;
      const columns = tableOf(provider, source)?.columns;
      // The vendor's rows name the address first.
      if (columns === undefined || provider !== 'ti') return columns;
      return [`${TI_PREFIX}ip_address`, ...columns.map((column) => nameOf(provider, column))];
    },
    table: (name) => {
      const isTi = name.toLowerCase() === providerTable('ti', null) && settings.on.includes('ti');
      return isTi || settings.on.includes('lookup') ? tables?.get(name)?.all() : undefined;
    },
    ask: async (provider, source, keys, signal) => {
      const own = asked.get(provider);
      if (own !== undefined) return own.ask(keys, signal);
      const table = tableOf(provider, source);
      if (table === undefined) return { answers: new Map(), isCut: false };
      return answersOf(table, keys, provider, counts.get(provider) ?? new ProviderCounts());
    },
    counts: () => counts,
  };
}

const nameOf = (provider: ProviderName, column: string): string =>
  provider === 'ti' && !column.startsWith(TI_PREFIX) ? `${TI_PREFIX}${column}` : column;

function answersOf(
  table: ProviderTable,
  keys: readonly string[],
  provider: ProviderName,
  counts: ProviderCounts,
): ProviderAnswers {
  const startedMs = performance.now();
  const answers = new Map<string, ProviderAnswer>();
  let isCut = false;
  for (const key of keys) {
    counts.calls += 1;
    const found = findIn(table, key);
    if (found === null) {
      counts.failures += 1;
      isCut = true;
    } else if (found !== undefined) {
      const named = Object.entries(found).map(([column, text]): [string, string] => [nameOf(provider, column), text]);
      answers.set(key, Object.fromEntries(provider === 'ti' ? [[`${TI_PREFIX}ip_address`, key], ...named] : named));
    }
  }
  counts.milliseconds += performance.now() - startedMs;
  return { answers, isCut };
}

/** Null where the file turns out to be broken, as a database of places may be in one of its records. */
function findIn(table: ProviderTable, key: string): ProviderAnswer | undefined | null {
  try {
    return table.find(key);
  } catch {
    return null;
  }
}

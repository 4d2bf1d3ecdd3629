import type { ProviderName } from '../../query/plan.ts';
import { providerTable } from '../../query/plan-provider.ts';
import type { ProviderAnswer, ProviderAnswers, QueryProviders } from '../../query/query-providers.ts';
import { DnsProvider, type DnsSettings } from './dns-provider.ts';
import { type ProviderTable, ProviderTables } from './provider-tables.ts';

export type ProviderSettings = {
  /** Those that are on: option `query.providers`. */
  readonly on: readonly string[];
  /** Folder of CSV files: option `query.tables`. */
  readonly tablesDir: string | null;
  readonly dns: DnsSettings;
  readonly onTrouble: (message: string) => void;
};

/** What a name of a column has in front of it in rows of `ti`. Source: contract/query-language.md, section 1.5. */
const TI_PREFIX = 'et_';

/** Providers of searches as the settings turn them on. What needs a table that is not there counts as off. */
export async function openProviders(settings: ProviderSettings): Promise<QueryProviders> {
  const tables = settings.tablesDir === null ? null : new ProviderTables(settings.tablesDir, settings.onTrouble);
  await tables?.refresh();
  const dns = settings.on.includes('dns') ? new DnsProvider(settings.dns) : null;
  const tableOf = (provider: ProviderName, source: string | null): ProviderTable | undefined => {
    const name = providerTable(provider, source);
    return settings.on.includes(provider) && name !== null ? tables?.get(name) : undefined;
  };
  const nameOf = (provider: ProviderName, column: string): string =>
    provider === 'ti' && !column.startsWith(TI_PREFIX) ? `${TI_PREFIX}${column}` : column;
  return {
    columns: (provider, source) => {
      if (provider === 'dns') return dns?.columns;
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
      if (provider === 'dns' && dns !== null) return dns.ask(keys, signal);
      const table = tableOf(provider, source);
      return table === undefined ? { answers: new Map(), isCut: false } : answersOf(table, keys, provider);
    },
  };

  function answersOf(table: ProviderTable, keys: readonly string[], provider: ProviderName): ProviderAnswers {
    const answers = new Map<string, ProviderAnswer>();
    for (const key of keys) {
      const found = table.find(key);
      if (found === undefined) continue;
      const named = Object.entries(found).map(([column, text]): [string, string] => [nameOf(provider, column), text]);
      answers.set(key, Object.fromEntries(provider === 'ti' ? [[`${TI_PREFIX}ip_address`, key], ...named] : named));
    }
    return { answers, isCut: false };
  }
}

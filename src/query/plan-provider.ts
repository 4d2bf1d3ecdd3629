import type { ProviderName, Ref } from './plan.ts';
import type { Processed, ProcessorCall } from './plan-processor.ts';

type Provided = { readonly form: string; readonly provider: ProviderName; readonly keepsAsked: boolean };

/** Processors that ask outside of the events, and whom. An address that dns does not know stays what it is. */
export const PROVIDED: ReadonlyMap<string, Provided> = new Map<string, Provided>([
  ['dns', { form: 'dns(field) as name', provider: 'dns', keepsAsked: true }],
  ['domain_lookup', { form: 'domain_lookup(field) as name', provider: 'dns', keepsAsked: false }],
  ['geoip', { form: 'geoip(field) as country, city', provider: 'geoip', keepsAsked: false }],
  ['ip_lookup', { form: 'ip_lookup(field) as name', provider: 'geoip', keepsAsked: false }],
  ['ti', { form: 'ti(field, field, filter)', provider: 'ti', keepsAsked: false }],
  ['lookup', { form: 'lookup(TABLE, field)', provider: 'lookup', keepsAsked: false }],
  ['whoislookup', { form: 'whoislookup(field) as name', provider: 'whois', keepsAsked: false }],
]);

/** The source of `lookup` that is the directory of the provider `ldap`. */
const DIRECTORY = 'LDAP';

/** The option that turns providers on. */
export const PROVIDERS_OPTION = 'query.providers';

/** A processor that asks a provider; when that one is off, the diagnostic says how it is turned on. */
export function planProvided(call: ProcessorCall): Processed | null {
  const provided = PROVIDED.get(call.command.name);
  if (provided === undefined) throw new Error(`no provider for ${call.command.name}`);
  const { keepsAsked } = provided;
  const isLookup = provided.provider === 'lookup';
  const isDirectory = isLookup && call.argument(0)?.text.toUpperCase() === DIRECTORY;
  const columnsOf = call.planner.context.providerColumns;
  // A directory that is off may still be there as a file.
  const provider = isDirectory && columnsOf?.('ldap', null) !== undefined ? 'ldap' : provided.provider;
  const isTi = provider === 'ti';
  if (!call.takes(isLookup ? 2 : 1, isLookup ? 2 : isTi ? 20 : 1)) return null;
  const source = isLookup ? (call.argument(0)?.text ?? null) : null;
  const last = call.argument(call.count - 1)?.text.toLowerCase();
  const hasMode = isTi && (last === 'all' || last === 'filter');
  const refs: Ref[] = [];
  for (let index = isLookup ? 1 : 0; index < call.count - (hasMode ? 1 : 0); index++) {
    const ref = call.argument(index)?.text === '*' ? null : call.field(index);
    if (ref === null && call.argument(index)?.text === '*')
      return call.mistake('saw `*`; name the fields with addresses');
    if (ref === null) return null;
    refs.push(ref);
  }
  const answers = columnsOf?.(provider, source);
  if (answers === undefined) {
    call.planner.diagnostics.error(
      call.command.span,
      `\`process ${call.command.name}\` asks the provider \`${provider}\`, which is off here`,
      isDirectory ? adviceFor('ldap', null) : adviceFor(provider, source),
    );
    return null;
  }
  const { targets } = call.command;
  const columns = answers.map((answer, index) => ({
    answer,
    name: targets[index]?.name ?? answer,
  }));
  return {
    kind: 'step',
    step: { kind: 'provide', provider, source, refs, columns, isFilter: isTi && last !== 'all', keepsAsked },
    names: columns.map(({ name }) => name),
  };
}

/** The table that a provider reads from the folder of the option `query.tables`; null for one that reads none. */
export function providerTable(provider: ProviderName, source: string | null): string | null {
  if (provider === 'lookup') return source;
  return provider === 'geoip' ? 'geoip' : provider === 'ti' ? 'threat_intelligence' : null;
}

function adviceFor(provider: ProviderName, source: string | null): string {
  const table = providerTable(provider, source);
  const file = table === null ? '' : ` and the folder of \`query.tables\` holds \`${table}.csv\``;
  return `searches may ask it when the option \`${PROVIDERS_OPTION}\` names \`${provider}\`${file}; rules never do`;
}

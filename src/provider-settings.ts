import { readFile } from 'node:fs/promises';
import type { OpenProviders, ProviderSettings } from './adapters/providers/open-providers.ts';
import type { PartSeries, PartStatus } from './apis/http/part-status.ts';
import type { Settings } from './config/options.ts';
import { createEgressPolicy } from './notify/egress-policy.ts';
import { AppError } from './shared/errors.ts';

/** @throws AppError `CONFIG_INVALID` for a file of a setting that cannot be read */
export async function providerSettings(
  settings: Settings,
  onTrouble: ProviderSettings['onTrouble'],
): Promise<ProviderSettings> {
  const egress = createEgressPolicy(settings['egress.allow']);
  const url = settings['query.ldap.url'];
  return {
    on: settings['query.providers'],
    tablesDir: settings['query.tables'],
    dns: {
      servers: settings['query.dns.servers'],
      timeoutMs: settings['query.dns.timeoutMs'],
      totalMs: settings['query.dns.totalMs'],
    },
    whois: {
      server: settings['query.whois.server'],
      timeoutMs: settings['query.whois.timeoutMs'],
      totalMs: settings['query.whois.totalMs'],
      egress,
    },
    ldap:
      url === null
        ? null
        : {
            url,
            base: settings['query.ldap.base'],
            bindDn: settings['query.ldap.bindDn'],
            password: (await textOfFile('query.ldap.passwordFile', settings['query.ldap.passwordFile'])).trim(),
            ca: await textOfFile('query.ldap.caFile', settings['query.ldap.caFile']),
            filter: settings['query.ldap.filter'],
            attributes: settings['query.ldap.attributes'],
            timeoutMs: settings['query.ldap.timeoutMs'],
            totalMs: settings['query.ldap.totalMs'],
            egress,
          },
    onTrouble,
  };
}

async function textOfFile(option: string, path: string | null): Promise<string> {
  if (path === null) return '';
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('invalid', 'CONFIG_INVALID', `${option} names a file that cannot be read: ${why}`);
  }
}

/** For `/metrics`: `tocsin_provider_calls{provider="dns"}` and its neighbours. */
export function providerStatus(providers: OpenProviders): PartStatus {
  const series = [...providers.counts()].flatMap(([provider, counts]): PartSeries[] => {
    const labels = { provider };
    return [
      { name: 'calls', labels, value: counts.calls },
      { name: 'failures', labels, value: counts.failures },
      { name: 'seconds', labels, value: counts.milliseconds / 1000 },
      { name: 'cache_hits', labels, value: counts.cacheHits },
    ];
  });
  return { isReady: true, counts: {}, series };
}

import { cloudFieldNames, fieldAliases } from '../events/taxonomy.ts';
import { allOf, anyOf } from '../query/join-conditions.ts';
import { nearest } from '../query/nearest.ts';
import type { Condition } from '../query/plan.ts';
import { isOneOf } from './conditions.ts';
import {
  LINUX_FIELDS,
  LINUX_PROGRAMS,
  linuxAudit,
  linuxEvents,
  PRODUCTS,
  PROXY_FIELDS,
  WEB_FIELDS,
} from './other-sources.ts';
import type { LogSource } from './sigma-rule.ts';
import { type FieldNames, plainScope, type SourceScope, windowsScope } from './source-scope.ts';
import { CHANNEL_CATEGORIES, CHANNEL_SERVICES, PROVIDER_CATEGORIES, SYSMON_CATEGORIES } from './windows-sources.ts';

/** The events that a rule is about; or, for a log source that nothing is known of, what is wrong with it. */
export type Routed = { readonly scopes: readonly SourceScope[] } | { readonly unknown: string };

/**
 * Which events a log source means: none of its parts is ever taken for nothing, as that would widen or narrow the rule
 * in silence.
 */
export function routeLogSource(source: LogSource): Routed {
  const key = JSON.stringify([source.product, source.category, source.service]);
  const known = routes.get(key);
  if (known !== undefined) return known;
  const routed = route(source);
  if (routes.size >= ROUTES_MAX) routes.clear();
  routes.set(key, routed);
  return routed;
}

/** Thousands of rules share a hundred log sources. Names come from files: made-up ones must not fill the memory. */
const routes = new Map<string, Routed>();
const ROUTES_MAX = 1_000;

function route({ product, category, service }: LogSource): Routed {
  if (product === 'windows') return routeWindows(category, service);
  if (product === 'linux' || product === 'unix') return routeLinux(category, service);
  if (product === 'macos') return routeMacos(category, service);
  if (product !== null) return routeProduct(product, category, service);
  if (category !== null) return routeCategory(category, service);
  return service === null ? unknown('log source', '', []) : routeService(service);
}

function unknown(what: string, name: string, known: Iterable<string>): Routed {
  const near = nearest(name, [...known]);
  return { unknown: `unknown ${what} ${JSON.stringify(name)}${near === null ? '' : `; did it mean ${near}?`}` };
}

const together = (...parts: readonly string[]): Routed => ({ unknown: `nothing is known of ${parts.join(' with ')}` });

function routeWindows(category: string | null, service: string | null): Routed {
  if (category !== null && service !== null && !(service === 'sysmon' && SYSMON_CATEGORIES.has(category))) {
    return together(`category ${category}`, `service ${service}`);
  }
  if (category !== null) return routeWindowsCategory(category, service === 'sysmon');
  if (service === null) {
    const all = { channels: null, eventIds: null };
    return {
      scopes: [windowsScope({ normId: 'WindowsSysmon', ...all }), windowsScope({ normId: 'WinServer', ...all })],
    };
  }
  if (service === 'sysmon')
    return { scopes: [windowsScope({ normId: 'WindowsSysmon', channels: null, eventIds: null })] };
  const channels = CHANNEL_SERVICES.get(service);
  if (channels === undefined) return unknown('service of windows', service, CHANNEL_SERVICES.keys());
  return { scopes: [windowsScope({ normId: 'WinServer', channels, eventIds: null })] };
}

function routeWindowsCategory(category: string, isSysmonOnly: boolean): Routed {
  const scopes: SourceScope[] = [];
  const sysmonIds = SYSMON_CATEGORIES.get(category);
  if (sysmonIds !== undefined) {
    scopes.push(windowsScope({ normId: 'WindowsSysmon', channels: null, eventIds: sysmonIds }));
  }
  const elsewhere = CHANNEL_CATEGORIES.get(category);
  if (elsewhere !== undefined && !isSysmonOnly) scopes.push(windowsScope({ normId: 'WinServer', ...elsewhere }));
  const traced = PROVIDER_CATEGORIES.get(category);
  if (traced !== undefined) {
    const scope = windowsScope({ normId: 'WinServer', channels: null, eventIds: traced.eventIds });
    scopes.push(withCondition(scope, isOneOf('event_source', [traced.provider])));
  }
  if (scopes.length > 0) return { scopes };
  return unknown('category of windows', category, [
    ...SYSMON_CATEGORIES.keys(),
    ...CHANNEL_CATEGORIES.keys(),
    ...PROVIDER_CATEGORIES.keys(),
  ]);
}

/** The events of a scope for which one more thing holds. */
const withCondition = ({ condition, shapes }: SourceScope, more: Condition): SourceScope => ({
  condition: allOf([condition, more]),
  shapes: shapes.map((shape) => ({ ...shape, condition: allOf([shape.condition, more]) })),
});

const LINUX_SYSMON = 'Linux-Sysmon/Operational';

function routeLinux(category: string | null, service: string | null): Routed {
  if (category !== null && service !== null) return together(`category ${category}`, `service ${service}`);
  const sysmonIds = category === null ? null : (SYSMON_CATEGORIES.get(category) ?? null);
  const sysmon = windowsScope({ normId: 'WinServer', channels: [LINUX_SYSMON], eventIds: sysmonIds });
  if (category !== null) {
    return sysmonIds === null ? unknown('category of linux', category, SYSMON_CATEGORIES.keys()) : { scopes: [sysmon] };
  }
  const audit = plainScope(linuxAudit, namesFrom(LINUX_FIELDS));
  if (service === null) return { scopes: [plainScope(linuxEvents, namesFrom(LINUX_FIELDS)), sysmon] };
  if (service === 'auditd') return { scopes: [audit] };
  const programs = LINUX_PROGRAMS.get(service);
  if (programs === undefined) return unknown('service of linux', service, [...LINUX_PROGRAMS.keys(), 'auditd']);
  return { scopes: [plainScope(programs, ownNames)] };
}

function routeMacos(category: string | null, service: string | null): Routed {
  const macos = isOneOf('norm_id', ['MacOS']);
  if (service !== null) return unknown('service of macos', service, []);
  if (category === null) return { scopes: [plainScope(macos, ownNames)] };
  if (!SYSMON_CATEGORIES.has(category)) return unknown('category of macos', category, SYSMON_CATEGORIES.keys());
  return { scopes: [plainScope(allOf([macos, isOneOf('event_category', [category])]), ownNames)] };
}

function routeProduct(product: string, category: string | null, service: string | null): Routed {
  const known = PRODUCTS.get(product);
  if (known === undefined) return unknown('product', product, [...PRODUCTS.keys(), 'windows', 'linux', 'macos']);
  const conditions: Condition[] = [known.condition];
  if (category !== null && category !== 'application' && known.categories?.includes(category) !== true) {
    return together(`product ${product}`, `category ${category}`);
  }
  if (service !== null) {
    const narrowed = known.services?.get(service);
    if (narrowed === undefined) return unknown(`service of ${product}`, service, known.services?.keys() ?? []);
    conditions.push(narrowed);
  }
  return { scopes: [plainScope(allOf(conditions), known.isCloud === true ? cloudNames : ownNames)] };
}

function routeCategory(category: string, service: string | null): Routed {
  if (service !== null) return together(`category ${category}`, `service ${service}`);
  const known = CATEGORIES.get(category);
  return known === undefined ? unknown('category', category, CATEGORIES.keys()) : { scopes: [known] };
}

function routeService(service: string): Routed {
  const known = SERVICES.get(service);
  return known === undefined ? unknown('service', service, SERVICES.keys()) : { scopes: [known] };
}

/** Under its own name, then under those of the taxonomy. */
const ownNames: FieldNames = (field) => [field, ...fieldAliases(field).filter((alias) => alias !== field)];

const namesFrom =
  (table: ReadonlyMap<string, readonly string[]>): FieldNames =>
  (field) => {
    const [own, ...aliases] = ownNames(field);
    return [own, ...new Set([...(table.get(field) ?? []), ...aliases].filter((name) => name !== own))];
  };

/** Azure and Office 365 records store some members under taxonomy names, others as they come, dots and all. */
const cloudNames: FieldNames = (field) => {
  const stored = cloudFieldNames.get(field);
  const [own, ...aliases] = ownNames(field);
  return stored === undefined || stored === own ? [own, ...aliases] : [stored, own];
};

const category = (normIds: readonly string[], names: FieldNames = ownNames): SourceScope =>
  plainScope(isOneOf('norm_id', normIds), names);

const WEB_SERVERS = ['WebServer', 'IIS', 'Apache', 'Nginx'];

const CATEGORIES: ReadonlyMap<string, SourceScope> = new Map([
  ['antivirus', category(['Antivirus'])],
  ['database', category(['Database'])],
  ['dns', category(['DNS', 'DNSServer', 'Bind'])],
  ['firewall', category(['Firewall', 'FortiOS', 'PaloAltoNetworkFirewall', 'CiscoASA'])],
  ['proxy', category(['Proxy', 'Squid', 'BlueCoat', 'Zscaler'], namesFrom(PROXY_FIELDS))],
  ['webserver', category(WEB_SERVERS, namesFrom(WEB_FIELDS))],
]);

const webService = (normId: string, programs: readonly string[]): SourceScope =>
  plainScope(anyOf([isOneOf('norm_id', ['WebServer', normId]), isOneOf('program', programs)]), namesFrom(WEB_FIELDS));

const SERVICES: ReadonlyMap<string, SourceScope> = new Map([
  ['apache', webService('Apache', ['apache', 'apache2', 'httpd'])],
  ['nginx', webService('Nginx', ['nginx'])],
  ['netflow', category(['NetFlow'])],
]);

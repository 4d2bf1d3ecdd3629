import { accountsMigrations } from './accounts/migrations.ts';
import { accountsEntries } from './accounts/registry.ts';
import { attackMigrations } from './attack/migrations.ts';
import { attackRegistry } from './attack/registry.ts';
import { auditMigrations } from './audit/migrations.ts';
import { auditEntries } from './audit/registry.ts';
import { type Command, type Migration, type Query, type Registry, registryOf } from './control/control-store.ts';
import type { IncidentDeps } from './incidents/change-incident.ts';
import { incidentMigrations } from './incidents/migrations.ts';
import { incidentEntries } from './incidents/registry.ts';
import type { ResolvePolicy } from './incidents/rights.ts';
import { listMigrations } from './lists/migrations.ts';
import { listEntries } from './lists/registry.ts';
import { notifyMigrations } from './notify/migrations.ts';
import { notifyOnIncident } from './notify/notify-on-incident.ts';
import { checkTargetsCommand, noteMailboxCommand, notifyEntries, takeReplyCommand } from './notify/registry.ts';
import { ordersMigrations } from './orders/migrations.ts';
import { createOrderKinds } from './orders/order-kinds.ts';
import { orderEntries } from './orders/registry.ts';
import { ruleMigrations } from './rules/migrations.ts';
import { ruleEntries } from './rules/registry.ts';
import { sigmaMigrations } from './sigma/migrations.ts';
import { tenancyMigrations } from './tenancy/migrations.ts';
import { tenancyEntries } from './tenancy/registry.ts';

/** What commands and queries must know of the configuration. Plain data: it crosses to the store's threads. */
export type RegistrySettings = {
  readonly incidents: {
    /** Setting `close_unresolved`. */
    readonly closeUnresolved: boolean;
    /** Setting `resolve_policy`. */
    readonly resolvePolicy: ResolvePolicy;
  };
  readonly rules?: {
    /** Setting `rules.latenessSeconds`, in ms. */
    readonly latenessMs: number;
  };
  readonly notifications: {
    /** Of `loadSecretKey`; null where notifications of rules are never set. */
    readonly secretKey: Uint8Array | null;
  };
};

export const DEFAULT_REGISTRY_SETTINGS: RegistrySettings = {
  incidents: { closeUnresolved: false, resolvePolicy: 'manageable' },
  notifications: { secretKey: null },
};

/** What every way to change an incident needs: the settings, and who is told in the same transaction. */
export const incidentDeps = (settings: RegistrySettings): IncidentDeps => ({
  ...settings.incidents,
  latenessMs: settings.rules?.latenessMs,
  listeners: [notifyOnIncident],
});

/** What only `prepare` steps of orders use, and those run on the main thread with the real settings. */
const NOT_PREPARED_HERE = { rowsMax: 0, dataBytesMax: 0, searchTimeoutMs: 0, linkHost: () => '' };

/** Every command and query of the program, by name. Each feature adds one line. */
export function createRegistry(settings: RegistrySettings): Registry {
  const deps = incidentDeps(settings);
  const kinds = createOrderKinds(deps, { ...NOT_PREPARED_HERE, ...settings.notifications });
  const entries: (Command<never, unknown> | Query<never, unknown>)[] = [
    ...accountsEntries,
    ...attackRegistry,
    ...auditEntries,
    ...incidentEntries(deps),
    ...listEntries,
    ...notifyEntries,
    checkTargetsCommand(deps),
    noteMailboxCommand(deps),
    takeReplyCommand(deps, settings.notifications.secretKey),
    ...orderEntries(kinds),
    ...ruleEntries,
    ...tenancyEntries,
  ];
  return registryOf(entries);
}

/** Every step of the control schema. Each feature adds one line; the ids order them. */
export const migrations: readonly Migration[] = [
  ...accountsMigrations,
  ...attackMigrations,
  ...auditMigrations,
  ...incidentMigrations,
  ...listMigrations,
  ...notifyMigrations,
  ...ordersMigrations,
  ...ruleMigrations,
  ...sigmaMigrations,
  ...tenancyMigrations,
];

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openInProcessControlStore } from '../../src/adapters/sqlite/in-process-control-store.ts';
import { auditMigrations } from '../../src/audit/migrations.ts';
import { auditEntries } from '../../src/audit/registry.ts';
import { type Command, type ControlStore, command, type Query, registryOf } from '../../src/control/control-store.ts';
import type { IncidentListener } from '../../src/incidents/incident-change.ts';
import { incidentMigrations } from '../../src/incidents/migrations.ts';
import { extendIncident, raiseIncident } from '../../src/incidents/raise-incident.ts';
import { type AlertRule, plainSettings } from '../../src/rules/alert-rule.ts';
import type { Firing } from '../../src/rules/firing.ts';
import { digestHex } from '../../src/shared/ids.ts';

export const LOGPOINT = '1'.repeat(32);
export const OTHER_LOGPOINT = '2'.repeat(32);
export const objectId = (n: number): string => n.toString(16).padStart(24, '0');

export const context = { logpointName: 'LogPoint', logpointIp: '10.45.9.198', linkHost: 'logpoint' };

export function aRule(part: Partial<AlertRule> = {}): AlertRule {
  const id = part.id ?? objectId(1);
  return {
    id,
    logpointId: LOGPOINT,
    alertruleId: digestHex(['alertrule', id], 32),
    ownerId: objectId(100),
    active: true,
    mode: 'stream',
    version: 1,
    matchVersion: 1,
    createdAtMs: 0,
    updatedAtMs: 0,
    name: 'Unusual_Login_Time',
    description: 'Out of the ordinary user login time.',
    query: 'device_name=*',
    repos: ['_LogPointAlerts', '_logpoint'],
    ...plainSettings,
    risk: 'medium',
    ...part,
  };
}

export function aFiring(part: Partial<Firing> & { readonly key: string }): Firing {
  const { key, ...rest } = part;
  const detectedAtMs = part.detectedAtMs ?? 1_753_951_894_526;
  const windowToMs = Math.floor(detectedAtMs / 60_000) * 60_000;
  return {
    logpointId: LOGPOINT,
    ruleId: objectId(1),
    ruleVersion: 1,
    firingKey: digestHex([key], 32),
    detectedAtMs,
    windowFromMs: windowToMs - 60_000,
    windowToMs,
    rowsCount: 3,
    hits: 3,
    groupKey: '',
    ...rest,
  };
}

export type TestClock = { nowMs: number };

let listeners: readonly IncidentListener[] = [];
/** Listeners of the commands below; an in-process store runs them in this thread. */
export const listenWith = (...list: readonly IncidentListener[]): void => {
  listeners = list;
};

export const raise = command('test.raise', (tx, input: { rule: AlertRule; firing: Firing }) =>
  raiseIncident(tx, input.firing, input.rule, listeners),
);
export const raiseMany = command(
  'test.raiseMany',
  async (tx, inputs: readonly { rule: AlertRule; firing: Firing }[]) => {
    const ids: string[] = [];
    for (const { firing, rule } of inputs) ids.push(await raiseIncident(tx, firing, rule, listeners));
    return ids;
  },
);
export const extend = command('test.extend', (tx, input: { id: string; firing: Firing }) =>
  extendIncident(tx, input.id, input.firing, listeners),
);

export type World = {
  readonly store: ControlStore;
  readonly clock: TestClock;
  readonly dir: string;
  close(): Promise<void>;
};

/** A real store in a new folder that goes when the world is closed. */
export async function openWorld(
  entries: readonly (Command<never, unknown> | Query<never, unknown>)[] = [],
  migrations = [...auditMigrations, ...incidentMigrations],
): Promise<World> {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-incidents-'));
  const clock = { nowMs: 1_753_952_000_000 };
  const store = await openInProcessControlStore({
    dir,
    registry: registryOf([...auditEntries, raise, raiseMany, extend, ...entries]),
    migrations,
    clock: () => clock.nowMs,
  });
  const close = async (): Promise<void> => {
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  };
  return { store, clock, dir, close };
}

import { afterAll, beforeAll, expect, test } from 'vitest';
import { accountsMigrations } from '../../src/accounts/migrations.ts';
import { attackMigrations } from '../../src/attack/migrations.ts';
import { auditMigrations } from '../../src/audit/migrations.ts';
import { auditVerify } from '../../src/audit/registry.ts';
import { command, query } from '../../src/control/control-store.ts';
import { fetchIncidents } from '../../src/incidents/fetch-incidents.ts';
import { incidentMigrations } from '../../src/incidents/migrations.ts';
import { incidentCommands, incidentEntries } from '../../src/incidents/registry.ts';
import { listMigrations } from '../../src/lists/migrations.ts';
import type { AlertRule } from '../../src/rules/alert-rule.ts';
import { ruleMigrations } from '../../src/rules/migrations.ts';
import { insertRule } from '../../src/rules/rule-store.ts';
import { tenancyMigrations } from '../../src/tenancy/migrations.ts';
import { aRule, context, LOGPOINT, objectId, openWorld, type World } from './world.ts';

// Matches of the stream become incidents in one transaction with the stream's cursor: a batch that comes again, alone
// or within a longer one, changes nothing.

const deps = { listeners: [] };
const { applyMatches } = incidentCommands(deps);
const addRule = command('test.addRule', (tx, rule: AlertRule) => insertRule(tx, rule));
const rows = query(
  'test.rows',
  async (tx, _: null) => (await fetchIncidents(tx, { logpointId: LOGPOINT, input: {}, rowsMax: 100, context })).rows,
);
const settleIncident = command('test.settleIncident', async (tx, id: string) => {
  await tx.run('update incidents set status = 1 where id = ?', [id]);
});

let world: World;
const rule = aRule({ id: objectId(0x51), name: 'one is enough', mode: 'stream' });
beforeAll(async () => {
  world = await openWorld(
    [addRule, rows, settleIncident, ...incidentEntries(deps)],
    [
      tenancyMigrations,
      accountsMigrations,
      attackMigrations,
      listMigrations,
      ruleMigrations,
      auditMigrations,
      incidentMigrations,
    ].flat(),
  );
  await world.store.write(addRule, rule);
});
afterAll(() => world.close());

const T0 = 1_753_951_860_000;
const match = (seq: number) => ({
  logpointId: LOGPOINT,
  ruleId: rule.id,
  ruleVersion: 1,
  seq,
  eventAtMs: T0 + seq * 1000,
  repo: 'default',
  throttleValue: null,
});
const batch = (fromSeq: number, toSeq: number) => ({
  stream: 'journal',
  fromSeq,
  toSeq,
  matches: Array.from({ length: toSeq - fromSeq + 1 }, (_, i) => match(fromSeq + i)),
});

test('matches raise an incident, later ones extend it, and a repeated batch changes nothing', async () => {
  await world.store.write(applyMatches, batch(1, 3));
  const first = await world.store.read(rows, null);
  expect(first).toMatchObject([{ name: 'one is enough', status: 'unresolved', hits: 3, alert_obj_id: rule.id }]);
  await world.store.write(applyMatches, batch(1, 3));
  expect(await world.store.read(rows, null)).toEqual(first);
  await world.store.write(applyMatches, batch(2, 5));
  expect(await world.store.read(rows, null)).toMatchObject([{ id: first[0]?.['id'], hits: 5 }]);
});

test('a match after the incident was resolved raises a new one of the same series', async () => {
  const [before] = await world.store.read(rows, null);
  await world.store.write(settleIncident, String(before?.['id']));
  await world.store.write(applyMatches, batch(6, 6));
  const after = await world.store.read(rows, null);
  expect(after).toHaveLength(2);
  const raised = after.find((row) => row['id'] !== before?.['id']);
  expect(raised).toMatchObject({ status: 'unresolved', hits: 1, incident_id: before?.['incident_id'] });
  expect((await world.store.read(auditVerify, LOGPOINT)).fault).toBeNull();
});

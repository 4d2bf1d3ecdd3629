import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { accountsMigrations } from '../accounts/migrations.ts';
import { openInProcessControlStore } from '../adapters/sqlite/in-process-control-store.ts';
import { auditMigrations } from '../audit/migrations.ts';
import { ownEventsWaiting } from '../audit/registry.ts';
import { type ControlStore, command, query, registryOf } from '../control/control-store.ts';
import { incidentMigrations } from '../incidents/migrations.ts';
import { newHex32, newObjectId } from '../shared/ids.ts';
import { tenancyMigrations } from '../tenancy/migrations.ts';
import type { HttpSettings } from './channel-settings.ts';
import type { MessageContent } from './message-content.ts';
import { notifyMigrations } from './migrations.ts';
import { notifyOnIncident } from './notify-on-incident.ts';
import { enqueueNotifications } from './outbox.ts';
import {
  checkTargetsCommand,
  claimCommand,
  countsQuery,
  finishCommand,
  notifyEntries,
  targetsQuery,
} from './registry.ts';
import { setRuleNotification } from './rule-notification.ts';
import type { SendOutcome } from './send-outcome.ts';

const LOGPOINT = newHex32();
const OTHER = newHex32();
const OWNER = newObjectId(0);
const MINUTE = 60_000;

const settings: HttpSettings = {
  channel: 'http',
  url: 'http://receiver.example/hook',
  method: 'POST',
  queryString: '',
  body: '',
  authType: null,
  authKey: '',
};

const raise = command('test.raise', async (tx, logpointId: string) => {
  const ruleId = newObjectId(0);
  await setRuleNotification(tx, {
    ...{ logpointId, ruleId, dispatchOption: 'auto', settings, thresholdMs: 0, notifyOn: [], sealedSecrets: null },
  });
  const content: MessageContent = {
    ...{ logpointId, incidentId: newObjectId(0), ruleId, seriesId: newHex32(), number: 'INC-1', ownerId: OWNER },
    ...{ alertName: 'x', description: '', detectedAtMs: 0, risk: 'low', status: 'unresolved', rowsCount: 1, hits: 1 },
    ...{ query: '', repos: [], limit: 1, windowFromMs: 0, windowToMs: 1, attackIds: [], attackTags: [] },
    ...{ attackCategories: [], logSources: [], metadata: [] },
  };
  const { incidentId } = content;
  await enqueueNotifications(tx, { logpointId, incidentId, ruleId, cause: 'raised', content: () => content });
});
const incidents = query('test.incidents', (tx, _: null) =>
  tx.all<{ logpoint_id: string; assigned_to: string; source_json: string }>(
    `select i.logpoint_id, i.assigned_to, s.source_json from incidents i join incident_sources s on s.id = i.source_id
     order by i.detected_at`,
  ),
);
const checkTargets = checkTargetsCommand({ listeners: [notifyOnIncident] });

let dir: string;
let store: ControlStore;
let nowMs: number;
beforeEach(async () => {
  nowMs = 1_700_000_000_000;
  dir = mkdtempSync(join(tmpdir(), 'tocsin-target-health-'));
  store = await openInProcessControlStore({
    dir,
    registry: registryOf([...notifyEntries, checkTargets, raise, incidents, ownEventsWaiting]),
    migrations: [
      ...tenancyMigrations,
      ...accountsMigrations,
      ...auditMigrations,
      ...incidentMigrations,
      ...notifyMigrations,
    ],
    clock: () => nowMs,
  });
});
afterEach(async () => {
  await store.close();
  rmSync(dir, { recursive: true, force: true });
});

async function attemptAll(kind: SendOutcome['kind']): Promise<void> {
  const claim = { node: 'a', leaseMs: 1000, batchMax: 100, perTargetMax: 100, inFlight: [] };
  for (const { deliveryId, attempt } of (await store.write(claimCommand, claim)).claimed) {
    const error = kind === 'delivered' ? null : 'ECONNREFUSED';
    const outcome: SendOutcome = { kind, status: null, request: '', answer: '', error, retryAfterMs: null };
    await store.write(finishCommand, { deliveryId, attempt, durationMs: 1, outcome, backoffBaseMs: 1, random: 0.5 });
  }
}
const check = () => store.write(checkTargets, { downMs: 15 * MINUTE });

test('a target that takes nothing for the limit raises one incident in each logpoint it owes something', async () => {
  await store.write(raise, LOGPOINT);
  await store.write(raise, OTHER);
  await attemptAll('retry');
  nowMs += 14 * MINUTE;
  await attemptAll('retry');
  expect(await check()).toBe(0);
  nowMs += MINUTE;
  expect(await check()).toBe(2);
  const raised = await store.read(incidents, null);
  expect(raised.map(({ logpoint_id }) => logpoint_id).sort()).toEqual([LOGPOINT, OTHER].sort());
  expect(raised.map(({ assigned_to }) => assigned_to)).toEqual([OWNER, OWNER]);
  expect(JSON.parse(raised[0]?.source_json ?? '')).toMatchObject({
    type: 'Alert',
    name: 'Notifications do not arrive',
    risk: 'high',
    description: expect.stringContaining('http://receiver.example has taken nothing since 2023-11-14'),
  });
  const told = (await store.read(ownEventsWaiting, 10)).filter(({ repo }) => repo === '_logpoint');
  expect(told.map(({ logpointId, fields }) => [logpointId, fields['action']]).sort()).toEqual(
    [
      [LOGPOINT, 'down'],
      [OTHER, 'down'],
    ].sort(),
  );
  expect(await store.read(countsQuery, nowMs)).toMatchObject({
    downTargets: 1,
    queued: 2,
    oldestQueuedMs: 15 * MINUTE,
  });
  nowMs += 60 * MINUTE;
  await attemptAll('retry');
  expect(await check()).toBe(0);
});

test('after it has answered, the next outage is another incident', async () => {
  await store.write(raise, LOGPOINT);
  await attemptAll('retry');
  nowMs += 15 * MINUTE;
  expect(await check()).toBe(1);
  nowMs += MINUTE;
  await attemptAll('delivered');
  expect(await store.read(targetsQuery, LOGPOINT)).toMatchObject([
    { target: 'http://receiver.example', queued: 0, failures: 0, circuit: 'closed', failingSinceMs: null },
  ]);
  await store.write(raise, LOGPOINT);
  await attemptAll('retry');
  nowMs += 14 * MINUTE;
  expect(await check()).toBe(0);
  nowMs += MINUTE;
  expect(await check()).toBe(1);
  expect(await store.read(incidents, null)).toHaveLength(2);
});

test('a logpoint sees its own targets only', async () => {
  await store.write(raise, LOGPOINT);
  expect(await store.read(targetsQuery, OTHER)).toEqual([]);
});

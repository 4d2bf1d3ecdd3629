import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { accountsMigrations } from '../accounts/migrations.ts';
import { openInProcessControlStore } from '../adapters/sqlite/in-process-control-store.ts';
import { auditMigrations } from '../audit/migrations.ts';
import { type ControlStore, command, registryOf } from '../control/control-store.ts';
import type { IncidentChange } from '../incidents/incident-change.ts';
import { newHex32, newObjectId } from '../shared/ids.ts';
import { tenancyMigrations } from '../tenancy/migrations.ts';
import { BACKOFF_MS_MAX, backoffMs, nextAttemptAtMs } from './backoff.ts';
import type { EmailSettings, HttpSettings } from './channel-settings.ts';
import type { DeliveriesOf } from './delivery-pages.ts';
import { notifyMigrations } from './migrations.ts';
import { notifyOnIncident } from './notify-on-incident.ts';
import { DELIVERY_LIFE_MS, DIGEST_ITEMS_MAX } from './outbox.ts';
import { CIRCUIT_FAILURES, type ClaimedDelivery } from './outbox-claims.ts';
import {
  claimCommand,
  deliveriesQuery,
  finishCommand,
  freeClaimsCommand,
  incidentDeliveriesQuery,
  notifyEntries,
  resendCommand,
  sweepCommand,
} from './registry.ts';
import { type RuleNotification, setRuleNotification } from './rule-notification.ts';
import type { SendOutcome } from './send-outcome.ts';

const LOGPOINT = newHex32();
const RULE = newObjectId(0);
const START_MS = 1_700_000_000_000;

const announceCommand = command('test.announce', async (tx, input: { change: IncidentChange; fails?: boolean }) => {
  const queued = await notifyOnIncident(tx, input.change);
  if (input.fails === true) throw new Error('rolled back');
  return queued;
});
const setCommand = command('test.set', async (tx, input: RuleNotification) =>
  setRuleNotification(tx, { ...input, sealedSecrets: null }),
);

let dir: string;
let store: ControlStore;
let nowMs: number;

beforeEach(async () => {
  nowMs = START_MS;
  dir = mkdtempSync(join(tmpdir(), 'tocsin-outbox-'));
  store = await openInProcessControlStore({
    dir,
    registry: registryOf([...notifyEntries, announceCommand, setCommand]),
    migrations: [...tenancyMigrations, ...accountsMigrations, ...auditMigrations, ...notifyMigrations],
    clock: () => nowMs,
  });
});
afterEach(async () => {
  await store.close();
  rmSync(dir, { recursive: true, force: true });
});

const http = (url: string): HttpSettings => ({
  channel: 'http',
  url,
  method: 'POST',
  queryString: '',
  body: '',
  authType: null,
  authKey: '',
});

const notification = (given: Partial<RuleNotification> = {}): RuleNotification => ({
  logpointId: LOGPOINT,
  ruleId: RULE,
  dispatchOption: 'auto',
  settings: http('http://receiver.example/hook'),
  thresholdMs: 0,
  notifyOn: [],
  ...given,
});

function change(kind: IncidentChange['kind'], incidentId = newObjectId(nowMs), ruleId = RULE): IncidentChange {
  return {
    kind,
    previousStatus: 'unresolved',
    userId: null,
    atMs: nowMs,
    incident: {
      id: incidentId,
      logpointId: LOGPOINT,
      number: 1,
      status: 'unresolved',
      assignedTo: newObjectId(0),
      detectedAtMs: nowMs,
      windowFromMs: nowMs - 60_000,
      windowToMs: nowMs,
      eventsFromMs: nowMs - 60_000,
      eventsToMs: nowMs,
      groupKey: '',
      rowsCount: 3,
      hits: 3,
      lastHitAtMs: nowMs,
      updatedAtMs: nowMs,
      commentsCount: 0,
      lastAction: null,
      changeNo: 0,
      disposition: null,
      dispositionReason: null,
      mergedInto: null,
      sla: { acknowledgeDueMs: null, resolveDueMs: null, acknowledgedAtMs: null, resolvedAtMs: null, breaches: 0 },
      source: {
        logpointId: LOGPOINT,
        type: 'Alert',
        ruleId,
        ruleVersion: 1,
        alertRuleId: newHex32(),
        incidentId: newHex32(),
        ownerId: newObjectId(0),
        name: 'sshd brute force',
        description: '',
        risk: 'high',
        query: 'user=root',
        repos: ['default'],
        limit: 100,
        throttleEnabled: false,
        attackIds: [],
        attackTags: [],
        attackCategories: [],
        logSource: [],
        metadata: [],
        manageableBy: [],
      },
    },
  };
}

const outcome = (kind: SendOutcome['kind'], given: Partial<SendOutcome> = {}): SendOutcome => ({
  kind,
  status: null,
  request: 'POST http://receiver.example/hook',
  answer: '',
  error: kind === 'delivered' ? null : 'no answer',
  retryAfterMs: null,
  ...given,
});

type ClaimGiven = {
  perTargetMax?: number;
  inFlight?: { target: string; count: number }[];
  node?: string;
  ratePerMinute?: number;
};
const claim = (given: ClaimGiven = {}) =>
  store.write(claimCommand, { node: 'a', leaseMs: 1000, batchMax: 100, perTargetMax: 4, inFlight: [], ...given });

const finish = (delivery: ClaimedDelivery, result: SendOutcome) =>
  store.write(finishCommand, {
    deliveryId: delivery.deliveryId,
    attempt: delivery.attempt,
    durationMs: 5,
    outcome: result,
    backoffBaseMs: 100,
    random: 0.5,
  });

const raise = (given: IncidentChange = change('raised')) => store.write(announceCommand, { change: given });

async function claimOne(): Promise<ClaimedDelivery> {
  const { claimed } = await claim();
  expect(claimed).toHaveLength(1);
  const [only] = claimed;
  if (only === undefined) throw new Error('nothing was claimed');
  return only;
}

test('a raised incident queues the automatic notifications, an investigation the manual ones', async () => {
  await store.write(setCommand, notification());
  expect(await raise()).toBe(1);
  expect(await raise(change('investigation'))).toBe(0);
  await store.write(setCommand, notification({ dispatchOption: 'manual' }));
  expect(await raise()).toBe(0);
  expect(await raise(change('investigation'))).toBe(1);
  expect(await raise(change('resolved'))).toBe(0);
});

test('a later change is told when the notification asks for it, after the raising, and no threshold holds it back', async () => {
  await store.write(setCommand, notification({ notifyOn: ['resolved', 'commented'], thresholdMs: 3_600_000 }));
  const incidentId = newObjectId(nowMs);
  expect(await raise(change('raised', incidentId))).toBe(1);
  const commented: IncidentChange = { ...change('commented', incidentId), comment: 'looks bad' };
  expect(await raise(commented)).toBe(1);
  expect(await raise(change('resolved', incidentId))).toBe(1);
  expect(await raise(change('closed', incidentId))).toBe(0);
  expect(await raise(change('extended', incidentId))).toBe(0);
  const causes: string[] = [];
  for (let i = 0; i < 3; i += 1) {
    const delivery = await claimOne();
    causes.push(`${delivery.cause}: ${delivery.content.change?.comment ?? 'by a rule'}`);
    await finish(delivery, outcome('delivered'));
  }
  expect(causes).toEqual(['raised: by a rule', 'commented: looks bad', 'resolved: ']);
});

const digest: EmailSettings = {
  ...{ channel: 'email', emails: ['soc@example.com'], subject: '', template: '', linkDisable: false },
  ...{ logoEnable: false, logo: '', digestMinutes: 10 },
};

test('a digest collects the changes of its time into one delivery, in order, and is in the log of each incident', async () => {
  await store.write(setCommand, notification({ settings: digest, notifyOn: ['resolved'] }));
  const [first, second] = [newObjectId(nowMs), newObjectId(nowMs)];
  await raise(change('raised', first));
  nowMs += 5 * 60_000;
  await raise(change('raised', second));
  await raise(change('resolved', first));
  expect(await claim()).toMatchObject({ claimed: [], nextDueAtMs: START_MS + 10 * 60_000 });
  nowMs += 5 * 60_000;
  const delivery = await claimOne();
  expect(delivery.items.map(({ cause, content }) => [cause, content.incidentId])).toEqual([
    ['raised', first],
    ['raised', second],
    ['resolved', first],
  ]);
  for (const incidentId of [first, second]) {
    expect(await store.read(incidentDeliveriesQuery, { logpointId: LOGPOINT, incidentId })).toMatchObject([
      { deliveryId: delivery.deliveryId, digestItems: 3, incidentId: first },
    ]);
  }
  // What happens while it is under way begins the next one, which keeps its own time.
  await raise();
  await finish(delivery, outcome('delivered'));
  expect(await claim()).toMatchObject({ claimed: [], nextDueAtMs: nowMs + 10 * 60_000 });
});

test('a full digest begins the next one, which follows it', async () => {
  await store.write(setCommand, notification({ settings: digest }));
  for (let i = 0; i <= DIGEST_ITEMS_MAX; i += 1) await raise();
  nowMs += 10 * 60_000;
  const one = await claimOne();
  expect(one.items).toHaveLength(DIGEST_ITEMS_MAX);
  await finish(one, outcome('delivered'));
  expect((await claimOne()).items).toHaveLength(1);
});

test('a change that is rolled back leaves nothing to send', async () => {
  await store.write(setCommand, notification());
  await expect(store.write(announceCommand, { change: change('raised'), fails: true })).rejects.toThrow('rolled back');
  expect((await claim()).claimed).toEqual([]);
});

test('the id stays the same over all attempts, and every attempt is logged', async () => {
  await store.write(setCommand, notification());
  const raised = change('raised');
  await raise(raised);
  const first = await claimOne();
  expect(await finish(first, outcome('retry', { status: 503 }))).toBe('retry');
  expect((await claim()).claimed).toEqual([]);
  nowMs += 100;
  const second = await claimOne();
  expect([second.deliveryId, second.attempt]).toEqual([first.deliveryId, 2]);
  expect(await finish(second, outcome('delivered', { status: 200 }))).toBe('delivered');
  const [delivery] = await store.read(incidentDeliveriesQuery, {
    logpointId: LOGPOINT,
    incidentId: raised.incident.id,
  });
  expect(delivery?.state).toBe('delivered');
  expect(delivery?.attempts.map(({ attempt, outcome, status }) => [attempt, outcome, status])).toEqual([
    [1, 'retry', 503],
    [2, 'delivered', 200],
  ]);
  expect(await store.read(incidentDeliveriesQuery, { logpointId: newHex32(), incidentId: raised.incident.id })).toEqual(
    [],
  );
});

test('a lease that runs out frees the delivery, uses the attempt up and shuts the late answer out', async () => {
  await store.write(setCommand, notification());
  await raise();
  const lost = await claimOne();
  nowMs += 999;
  expect((await claim()).claimed).toEqual([]);
  nowMs += 1;
  const again = await claimOne();
  expect(again.attempt).toBe(2);
  expect(await finish(lost, outcome('dead'))).toBe('late');
  expect(await finish(again, outcome('delivered'))).toBe('delivered');
  expect((await claim()).nextDueAtMs).toBeNull();
});

test('a node that starts again frees its own claims at once and no others', async () => {
  await store.write(setCommand, notification());
  await raise();
  await claimOne();
  expect(await store.write(freeClaimsCommand, { node: 'b' })).toBe(0);
  expect(await store.write(freeClaimsCommand, { node: 'a' })).toBe(1);
  expect((await claimOne()).attempt).toBe(2);
});

test('what belongs to one incident and channel goes out in order, nothing overtakes', async () => {
  await store.write(setCommand, notification());
  const id = newObjectId(nowMs);
  await raise(change('raised', id));
  await raise(change('raised', id));
  const first = await claimOne();
  await finish(first, outcome('retry'));
  expect((await claim()).claimed).toEqual([]);
  nowMs += 100;
  expect((await claimOne()).deliveryId).toBe(first.deliveryId);
  await finish({ ...first, attempt: 2 }, outcome('dead', { status: 400 }));
  const second = await claimOne();
  expect(second.deliveryId).not.toBe(first.deliveryId);
  expect(second.attempt).toBe(1);
});

test('a target with a long queue takes only its share, another target is served at once', async () => {
  const other = newObjectId(1);
  await store.write(setCommand, notification());
  await store.write(setCommand, notification({ ruleId: other, settings: http('https://other.example') }));
  for (let i = 0; i < 20; i += 1) await raise();
  nowMs += 1;
  await raise(change('raised', newObjectId(nowMs), other));
  const first = await claim();
  expect(first.claimed.map(({ target }) => target).sort()).toEqual([
    ...Array.from({ length: 4 }, () => 'http://receiver.example'),
    'https://other.example',
  ]);
  expect((await claim({ inFlight: [{ target: 'http://receiver.example', count: 4 }] })).claimed).toEqual([]);
});

test('failures in a row open the circuit of a target; one answer closes it and makes all of it due', async () => {
  await store.write(setCommand, notification());
  for (let i = 0; i < CIRCUIT_FAILURES + 2; i += 1) await raise();
  const { claimed } = await claim({ perTargetMax: CIRCUIT_FAILURES });
  for (const delivery of claimed) await finish(delivery, outcome('retry', { retryAfterMs: 60_000 }));
  const shut = await claim();
  expect(shut.claimed).toEqual([]);
  expect(shut.nextDueAtMs).toBe(START_MS + 60_000);
  nowMs += 60_000;
  const probe = await claimOne();
  await finish(probe, outcome('delivered'));
  expect((await claim({ perTargetMax: 100 })).claimed).toHaveLength(CIRCUIT_FAILURES + 1);
});

test('a delivery that never arrives is a dead letter after 24 hours, and can be sent again under its id', async () => {
  await store.write(setCommand, notification());
  await raise();
  let attempts = 0;
  let last = '';
  for (let result = 'retry'; result === 'retry'; ) {
    const { claimed, nextDueAtMs } = await claim();
    const [delivery] = claimed;
    if (delivery === undefined) {
      if (nextDueAtMs === null) throw new Error('the delivery is gone');
      nowMs = nextDueAtMs;
      continue;
    }
    attempts += 1;
    last = delivery.deliveryId;
    result = await finish(delivery, outcome('retry'));
  }
  expect(nowMs - START_MS).toBe(DELIVERY_LIFE_MS);
  expect(attempts).toBeGreaterThan(15);
  const dead = (await store.read(deliveriesQuery, { logpointId: LOGPOINT, choice: { of: 'dead' } })).rows[0];
  expect(dead?.reason).toBe('given up: no answer');
  await store.write(resendCommand, { logpointId: LOGPOINT, deliveryId: last });
  nowMs += 60_000;
  expect((await claimOne()).deliveryId).toBe(last);
  await expect(store.write(resendCommand, { logpointId: LOGPOINT, deliveryId: last })).rejects.toThrow('not found');
});

test('a threshold lets one automatic notification through in its time and logs the others as suppressed', async () => {
  await store.write(setCommand, notification({ thresholdMs: 60_000 }));
  expect(await raise()).toBe(1);
  nowMs += 59_999;
  const held = change('raised');
  expect(await raise(held)).toBe(0);
  nowMs += 1;
  expect(await raise()).toBe(1);
  const [suppressed] = await store.read(incidentDeliveriesQuery, {
    logpointId: LOGPOINT,
    incidentId: held.incident.id,
  });
  expect(suppressed?.state).toBe('suppressed');
  expect(suppressed?.reason).toContain('threshold');
});

test('the sweep forgets what was finished long ago and nothing that waits', async () => {
  await store.write(setCommand, notification());
  await raise();
  await finish(await claimOne(), outcome('delivered'));
  nowMs += 10;
  await raise();
  expect(await store.write(sweepCommand, { beforeMs: nowMs })).toBe(1);
  expect((await claim()).claimed).toHaveLength(1);
});

test('waits double up to four hours, spread by a fifth, and a receiver can only lengthen them', () => {
  expect([1, 2, 3].map((attempts) => backoffMs(attempts, 5000, 0.5))).toEqual([5000, 10_000, 20_000]);
  expect(backoffMs(50, 5000, 0.5)).toBe(BACKOFF_MS_MAX);
  expect(backoffMs(1, 5000, 0)).toBe(4000);
  const failure = { nowMs: 0, expiresAtMs: DELIVERY_LIFE_MS, attempts: 1, baseMs: 5000, random: 0.5 };
  expect(nextAttemptAtMs({ ...failure, retryAfterMs: 1000 })).toBe(5000);
  expect(nextAttemptAtMs({ ...failure, retryAfterMs: 7000 })).toBe(7000);
  expect(nextAttemptAtMs({ ...failure, nowMs: DELIVERY_LIFE_MS, retryAfterMs: null })).toBeNull();
});

test('a target gets no more attempts in a minute than its rate, after a restart neither', async () => {
  await store.write(setCommand, notification());
  for (let i = 0; i < 25; i += 1) await raise();
  // Ten at once, then one every two seconds.
  const rate = { ratePerMinute: 30, perTargetMax: 100 };
  const first = await claim(rate);
  expect(first.claimed).toHaveLength(10);
  for (const delivery of first.claimed) await finish(delivery, outcome('delivered'));
  expect(await claim(rate)).toMatchObject({ claimed: [], nextDueAtMs: nowMs + 2_000 });
  // What a node knows after it has begun anew is what the store knows.
  await store.write(freeClaimsCommand, { node: 'a' });
  expect((await claim(rate)).claimed).toHaveLength(0);
  nowMs += 2_000;
  const next = await claim(rate);
  expect(next.claimed).toHaveLength(1);
  for (const delivery of next.claimed) await finish(delivery, outcome('delivered'));
  nowMs += 7_000;
  expect((await claim(rate)).claimed).toHaveLength(3);
  expect((await claim({ perTargetMax: 100 })).claimed).toHaveLength(11);
});

test('a notification with a rate of its own waits for it and holds up no other of the target', async () => {
  const other = newObjectId(nowMs);
  await store.write(setCommand, notification({ ratePerMinute: 1 }));
  await store.write(setCommand, notification({ ruleId: other }));
  for (let i = 0; i < 8; i += 1) await raise();
  for (let i = 0; i < 3; i += 1) await raise(change('raised', newObjectId(nowMs), other));
  const { claimed, nextDueAtMs } = await claim({ perTargetMax: 4 });
  expect(claimed.map(({ ruleId }) => ruleId === other)).toEqual([false, true, true, true]);
  expect(claimed.every(({ attempt }) => attempt === 1)).toBe(true);
  expect(nextDueAtMs).toBe(nowMs + 1_000);
  for (const delivery of claimed) await finish(delivery, outcome('delivered'));
  nowMs += 59_000;
  expect((await claim()).claimed).toHaveLength(0);
  nowMs += 1_000;
  const next = await claim();
  expect(next.claimed.map(({ attempt }) => attempt)).toEqual([1]);
});

test('a clock that ran out is told to those that ask for it, as done by nobody', async () => {
  await store.write(setCommand, notification({ dispatchOption: 'manual', notifyOn: ['sla_breached'] }));
  expect(await raise(change('sla_breached'))).toBe(1);
  const delivery = await claimOne();
  expect([delivery.cause, delivery.content.change?.by]).toEqual(['sla_breached', '']);
  await store.write(setCommand, notification());
  expect(await raise(change('sla_breached'))).toBe(0);
});

test('deliveries come in pages, counted on request, and as what changed since', async () => {
  await store.write(setCommand, notification());
  const [incidentId, other] = [newObjectId(START_MS), newObjectId(START_MS)];
  for (const id of [incidentId, incidentId, other]) {
    await store.write(announceCommand, { change: change('raised', id) });
    nowMs += 1000;
  }
  const seenOf = async (choice: DeliveriesOf): Promise<number[]> => {
    const seen: number[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await store.read(deliveriesQuery, { logpointId: LOGPOINT, choice, limit: 1, cursor, total: true });
      seen.push(...page.rows.map(({ enqueuedAtMs }) => enqueuedAtMs - START_MS));
      expect(page.rows).toHaveLength(1);
      if (page.nextCursor === null) {
        expect(page.total).toBe(seen.length);
        return seen;
      }
      cursor = page.nextCursor;
    }
  };
  expect(await seenOf({ of: 'rule', ruleId: RULE })).toEqual([2000, 1000, 0]);
  expect(await seenOf({ of: 'incident', incidentId })).toEqual([0, 1000]);
  const rule = { logpointId: LOGPOINT, choice: { of: 'rule', ruleId: RULE } } as const;
  const since = await store.read(deliveriesQuery, { ...rule, changedFromMs: START_MS + 1000, total: true });
  expect([since.rows.length, since.total, since.nextCursor]).toEqual([2, 2, null]);
  for (const cursor of ['x', 'bnVsbA', Buffer.from('[1,{}]').toString('base64url')])
    await expect(store.read(deliveriesQuery, { ...rule, cursor })).rejects.toMatchObject({ code: 'CURSOR_INVALID' });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { foundPool } from '../../src/accounts/found-pool.ts';
import { createUser, deactivateUser } from '../../src/accounts/users.ts';
import { openInProcessControlStore } from '../../src/adapters/sqlite/in-process-control-store.ts';
import { ensureCatalogue, listAttackEntries } from '../../src/attack/attack-store.ts';
import { builtInCatalogue } from '../../src/attack/built-in.ts';
import { listAudit } from '../../src/audit/list-audit.ts';
import { type ControlStore, command, query, registryOf } from '../../src/control/control-store.ts';
import { createRegistry, DEFAULT_REGISTRY_SETTINGS, migrations } from '../../src/control-registry.ts';
import type { OrderContext, TransactionKind } from '../../src/orders/order-kind.ts';
import { fetchRulesOrders, type RuleList, ruleListOrders } from '../../src/orders/rule-list-orders.ts';
import {
  activateRuleOrder,
  createRuleOrder,
  deactivateRuleOrder,
  editRuleOrder,
  ruleOrders,
  trashRuleOrder,
} from '../../src/orders/rule-orders.ts';
import { noDefinitions } from '../../src/query/definitions.ts';
import { ruleGet, rulesDue, streamRules } from '../../src/rules/registry.ts';
import { getSchedule } from '../../src/rules/schedule-store.ts';
import { AppError } from '../../src/shared/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/shared/json.ts';

const BY = { actor: 'console' };
const MINUTE = 60_000;

type RunOrder = { readonly action: string; readonly ctx: OrderContext; readonly input: JsonObject };
const kinds = new Map<string, TransactionKind<never>>(
  [...ruleOrders, ...ruleListOrders].map((kind) => [kind.action, kind]),
);
const runOrder = command('test.order', async (tx, { action, ctx, input }: RunOrder) => {
  const kind = kinds.get(action);
  if (kind === undefined) throw new Error(`there is no order ${action}`);
  return kind.run(tx, ctx, input as never);
});
const found = command('test.found', async (tx, _: null) => {
  await ensureCatalogue(tx, builtInCatalogue());
  const one = await foundPool(tx, foundation('acme', 'lp1', '10.0.0.1'));
  const two = await foundPool(tx, foundation('other', 'lp2', '10.0.0.2'));
  const analyst = await createUser(tx, one.logpoint.id, person('analyst', one.administratorsId), BY);
  const gone = await createUser(tx, one.logpoint.id, person('gone', one.administratorsId), BY);
  await deactivateUser(tx, one.logpoint.id, gone.id, BY);
  return { one, two, analyst, gone };
});
const reads = {
  audit: query('test.audit', (tx, logpointId: string) => listAudit(tx, { logpointId, objectType: 'alert rule' })),
  attack: query('test.attack', (tx, _: null) => listAttackEntries(tx)),
  schedule: query('test.schedule', (tx, ruleId: string) => getSchedule(tx, ruleId)),
};

const person = (username: string, group: string) => ({
  username,
  email: `${username}@example.org`,
  firstname: username,
  lastname: 'Person',
  passwordHash: 'x',
  usergroup: [group],
});
const foundation = (poolName: string, logpointName: string, ip: string) => ({
  poolName,
  logpointName,
  ip,
  admin: { username: 'admin', email: 'admin@example.org', passwordHash: 'x', accessKeyHash: logpointName },
  role: 'root' as const,
  by: BY,
});

const dir = { path: '' };
let nowMs = Date.UTC(2026, 10, 2, 8, 3);
let store: ControlStore;
let world: Awaited<ReturnType<typeof found.run>>;
let ctx: OrderContext;

beforeEach(async () => {
  nowMs = Date.UTC(2026, 10, 2, 8, 3);
  dir.path = mkdtempSync(join(tmpdir(), 'tocsin-rule-orders-'));
  const full = createRegistry(DEFAULT_REGISTRY_SETTINGS);
  store = await openInProcessControlStore({
    dir: dir.path,
    registry: registryOf([
      ...full.commands.values(),
      ...full.queries.values(),
      runOrder,
      found,
      ...Object.values(reads),
    ]),
    migrations,
    clock: () => nowMs,
  });
  world = await store.write(found, null);
  const { pool, logpoint } = world.one;
  ctx = {
    orderId: '00000000-0000-4000-8000-000000000001',
    poolId: pool.id,
    logpointId: logpoint.id,
    actor: { tokenId: 'f'.repeat(24), name: 'console', role: 'root', pools: null },
    acceptedAtMs: nowMs,
  };
});
afterEach(async () => {
  await store.close();
  rmSync(dir.path, { recursive: true, force: true });
});

const data = (changes: JsonObject = {}): JsonObject => ({
  searchname: 'Failed logins',
  owner: world.one.admin.id,
  repos: ['10.0.0.1:5504/default'],
  limit: 25,
  timerange_minute: 10,
  condition_option: 'greaterthan',
  condition_value: 4,
  risk: 'high',
  aggregate: 'max',
  query: 'label=Login label=Fail',
  ...changes,
});

const order = (kind: { action: string }, input: JsonObject, context = ctx): Promise<JsonObject> =>
  store.write(runOrder, { action: kind.action, ctx: context, input });
const create = async (changes: JsonObject = {}): Promise<string> =>
  String((await order(createRuleOrder, { data: data(changes) }))['id']);
const rows = async (filter: JsonObject = {}, list: RuleList = 'MyAlertRules'): Promise<readonly Json[]> => {
  const found = (await order(fetchRulesOrders[list], { data: filter }))['rows'];
  return Array.isArray(found) ? found : [];
};
const rule = async (ruleId: string) => {
  const known = await store.read(ruleGet, { logpointId: ctx.logpointId, ruleId });
  if (known === null) throw new Error(`rule ${ruleId} is gone`);
  return known;
};
async function refusal(attempt: Promise<unknown>): Promise<AppError> {
  const error = await attempt.then(
    () => new Error('the order was carried out'),
    (reason: unknown) => reason,
  );
  if (error instanceof AppError) return error;
  throw error;
}

test('a new rule is active, has its ids, and is handed to the stream at once', async () => {
  const changes: Json[] = [];
  store.onSignal('rules.changed', (payload) => changes.push(payload));
  const answer = await order(createRuleOrder, {
    data: data({ throttling_enabled: 'on', throttling_field: 'user', throttling_time_range: '30' }),
  });
  expect(answer).toEqual({
    message: 'Alert rule created',
    id: expect.stringMatching(/^[0-9a-f]{24}$/),
    alertrule_id: expect.stringMatching(/^[0-9a-f]{32}$/),
  });
  const ruleId = String(answer['id']);
  expect(await rule(ruleId)).toMatchObject({ active: true, version: 1, mode: 'stream', repos: ['default'] });
  expect(await store.read(streamRules, null)).toEqual([
    {
      definitions: noDefinitions,
      ruleId,
      ruleVersion: 1,
      logpointId: ctx.logpointId,
      query: 'label=Login label=Fail',
      repos: ['default'],
      throttlingField: 'user',
    },
  ]);
  await expect.poll(() => changes).toEqual([{ logpointId: ctx.logpointId, ruleId }]);
});

test('everything that a rule names is looked up, and all mistakes are told at once', async () => {
  const { one, two, gone } = world;
  await create();
  const error = await refusal(
    order(createRuleOrder, {
      data: data({
        owner: two.admin.id,
        assigned_to: gone.id,
        manageable_by: ['a'.repeat(24)],
        repos: ['default', 'nowhere', '10.0.0.2:5504/default'],
        attack_tag: ['T9999'],
        query: 'user=',
        search_interval_minute: 3,
        risk: 'severe',
      }),
    }),
  );
  expect(error).toMatchObject({ kind: 'refused', code: 'RULE_INVALID' });
  expect(error.fields).toMatchObject({
    searchname: ['an alert rule named "Failed logins" already exists'],
    owner: [`owner "${two.admin.id}" is not an active user of this logpoint`],
    assigned_to: [`assigned_to "${gone.id}" is not an active user of this logpoint`],
    manageable_by: [expect.stringContaining('is not an incident user group of this logpoint')],
    repos: [
      'repo "nowhere" does not exist on this logpoint',
      'repo "10.0.0.2:5504/default" does not exist on this logpoint',
    ],
    attack_tag: ['attack_tag "T9999" is not in the ATT&CK table'],
    search_interval_minute: [expect.stringContaining('3 does not divide 10')],
    risk: [expect.stringContaining('"severe"')],
    query: [expect.stringMatching(/^1:\d+: error: /)],
  });
  expect(await rows()).toHaveLength(1);
  expect(one.admin.active).toBe(true);
});

test('ATT&CK tags are taken by hash or id and shown again', async () => {
  const [first, second] = await store.read(reads.attack, null);
  const ruleId = await create({ attack_tag: [first?.hash ?? '', second?.id ?? ''] });
  expect((await rule(ruleId)).attack).toMatchObject([
    { attackId: first?.attackId, attackCategory: first?.attackCategory },
    { attackId: second?.attackId },
  ]);
  const [row] = await rows();
  expect(row).toMatchObject({ settings: { attack_tag: [first?.hash, second?.hash] } });
});

test('an edit changes what it names, keeps the rest and the owner, and forgets counts only of another search', async () => {
  const ruleId = await create({ description: 'as it was', log_source: ['sshd'] });
  const edit = (changes: JsonObject) => order(editRuleOrder, { ruleId, data: changes });
  expect(
    await edit({ owner: world.analyst.id, risk: 'low', id: 'f'.repeat(24), version: 70, active: false }),
  ).toMatchObject({ message: 'Alert rule edited', id: ruleId });
  expect(await rule(ruleId)).toMatchObject({
    ownerId: world.one.admin.id,
    risk: 'low',
    description: 'as it was',
    logSource: ['sshd'],
    active: true,
    version: 2,
    matchVersion: 1,
  });
  await edit({ timerange_hour: 1, description: '' });
  expect(await rule(ruleId)).toMatchObject({ rangeMinutes: 60, description: '', version: 3, matchVersion: 1 });
  await edit({ query: 'label=Login' });
  expect(await rule(ruleId)).toMatchObject({ version: 4, matchVersion: 4 });
  expect(await refusal(order(editRuleOrder, { ruleId: 'e'.repeat(24), data: {} }))).toMatchObject({
    message: 'Alert rule not found',
  });
});

test('a rule of another logpoint is unknown', async () => {
  const ruleId = await create();
  const { pool, logpoint } = world.two;
  const other = { ...ctx, poolId: pool.id, logpointId: logpoint.id };
  for (const kind of [trashRuleOrder, activateRuleOrder, deactivateRuleOrder]) {
    expect(await refusal(order(kind, { ruleId }, other))).toMatchObject({ message: 'Alert rule not found' });
  }
  expect((await order(fetchRulesOrders.MyAlertRules, { data: {} }, other))['rows']).toEqual([]);
  expect((await rule(ruleId)).active).toBe(true);
});

test('a deactivated rule leaves the stream and the schedule, and comes back with activate', async () => {
  const streaming = await create();
  const scheduled = await create({
    searchname: 'Logins by user',
    query: 'label=Login | chart count() by user',
    search_interval_minute: 5,
  });
  expect(await store.read(rulesDue, nowMs + 60 * MINUTE)).toMatchObject({ rules: [{ rule: { id: scheduled } }] });
  expect(await store.read(reads.schedule, scheduled)).toMatchObject({ toMs: Date.UTC(2026, 10, 2, 8, 0) });
  nowMs += 10 * MINUTE;
  for (const ruleId of [streaming, scheduled]) await order(deactivateRuleOrder, { ruleId });
  expect(await store.read(streamRules, null)).toEqual([]);
  expect(await store.read(rulesDue, nowMs + 60 * MINUTE)).toEqual({ rules: [], sinceMs: null });
  nowMs += 60 * MINUTE;
  for (const ruleId of [streaming, scheduled, scheduled]) await order(activateRuleOrder, { ruleId });
  expect(await store.read(streamRules, null)).toHaveLength(1);
  expect(await store.read(reads.schedule, scheduled)).toMatchObject({ toMs: Date.UTC(2026, 10, 2, 9, 10) });
  const row = (await rows()).find((candidate) => isJsonObject(candidate) && candidate['id'] === scheduled);
  expect(row).toMatchObject({
    gaps: [
      {
        from: Date.UTC(2026, 10, 2, 8, 0) / 1000,
        to: Date.UTC(2026, 10, 2, 8, 10) / 1000,
        reason: 'the rule was switched off or changed before these windows were evaluated',
      },
    ],
  });
});

test('an edit may move a rule from the stream to the schedule and back, and leaves no window out silently', async () => {
  const ruleId = await create({ search_interval_minute: 5 });
  await order(editRuleOrder, { ruleId, data: { query: 'label=Login | chart count() by user' } });
  expect(await rule(ruleId)).toMatchObject({ mode: 'schedule', version: 2 });
  expect(await store.read(streamRules, null)).toEqual([]);
  expect(await store.read(reads.schedule, ruleId)).toMatchObject({ toMs: Date.UTC(2026, 10, 2, 8, 0) });
  nowMs += 20 * MINUTE;
  await order(editRuleOrder, { ruleId, data: { risk: 'low', search_interval_minute: 10 } });
  expect(await store.read(reads.schedule, ruleId)).toMatchObject({ toMs: Date.UTC(2026, 10, 2, 8, 0) });
  await order(editRuleOrder, { ruleId, data: { query: 'label=Login' } });
  expect(await store.read(streamRules, null)).toMatchObject([{ ruleId, ruleVersion: 4 }]);
  expect(await rows()).toMatchObject([{ mode: 'stream', gaps: [{ reason: expect.stringContaining('switched off') }] }]);
});

test('the lists filter by active and by log source, and rows have the stored shape', async () => {
  const ruleId = await create({ log_source: ['sshd', 'Linux'], metadata: [{ field: 'team', value: 'blue' }] });
  const quiet = await create({ searchname: 'Another', log_source: ['nginx'] });
  await order(deactivateRuleOrder, { ruleId: quiet });
  const names = async (filter: JsonObject) =>
    (await rows(filter)).map((row) => (isJsonObject(row) ? row['name'] : null));
  expect(await names({})).toEqual(['Another', 'Failed logins']);
  expect(await names({ active: 'on' })).toEqual(['Failed logins']);
  expect(await names({ active: false })).toEqual(['Another']);
  expect(await names({ log_source: ['Linux', 'sshd'] })).toEqual(['Failed logins']);
  expect(await names({ log_source: ['Linux', 'nginx'] })).toEqual([]);
  expect(await refusal(rows({ active: 'maybe' }))).toMatchObject({ code: 'RULE_FILTER' });
  for (const list of ['SharedAlertRules', 'UsedAlertRules', 'UsedSharedAlertRules'] as const) {
    expect(await rows({}, list)).toEqual([]);
  }
  expect((await rows())[1]).toMatchObject({
    id: ruleId,
    name: 'Failed logins',
    settings: {
      active: true,
      condition: { condition_option: 'greaterthan', condition_value: 4 },
      livesearch_data: { query: 'label=Login label=Fail', timerange_minute: 10, limit: 25, generated_by: 'alert' },
      repos: ['10.0.0.1:5504/default'],
      time_range_seconds: 600,
      user: world.one.admin.id,
      assigned_to: world.one.admin.id,
      metadata: [{ field: 'team', value: 'blue' }],
      version: 1,
    },
    statistics: { hits: 0, raised: 0 },
    gaps: [],
  });
});

test('each change is audited with what it changed, in the name of the token', async () => {
  const ruleId = await create();
  await order(editRuleOrder, { ruleId, data: { risk: 'low' } });
  await order(deactivateRuleOrder, { ruleId });
  await order(deactivateRuleOrder, { ruleId });
  await order(trashRuleOrder, { ruleId });
  expect(await rows()).toEqual([]);
  const { events } = await store.read(reads.audit, ctx.logpointId);
  expect(events.map(({ action }) => action)).toEqual([
    'alert rule trashed',
    'alert rule deactivated',
    'alert rule edited',
    'alert rule created',
  ]);
  expect(events[2]).toMatchObject({ actor: 'console', order_id: ctx.orderId, object_id: ruleId });
  expect(JSON.parse(events[2]?.before_json ?? '{}')).toMatchObject({ risk: 'high', version: 1 });
  expect(JSON.parse(events[2]?.after_json ?? '{}')).toMatchObject({ risk: 'low', version: 2 });
});

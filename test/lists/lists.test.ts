import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { foundPool } from '../../src/accounts/found-pool.ts';
import { openInProcessControlStore } from '../../src/adapters/sqlite/in-process-control-store.ts';
import { listAudit } from '../../src/audit/list-audit.ts';
import { type ControlStore, command, query, registryOf } from '../../src/control/control-store.ts';
import { createRegistry, DEFAULT_REGISTRY_SETTINGS, migrations } from '../../src/control-registry.ts';
import { type LogEvent, newFields } from '../../src/events/event.ts';
import { RuleSet } from '../../src/ingest/rule-set.ts';
import { LIST_ITEMS_MAX, LISTS_CHANGED } from '../../src/lists/list.ts';
import { collectValues } from '../../src/lists/list-edits.ts';
import { listsNextExpiry, queryDefinitions } from '../../src/lists/registry.ts';
import { listOrders } from '../../src/orders/list-orders.ts';
import type { OrderContext, TransactionKind } from '../../src/orders/order-kind.ts';
import { ruleOrders } from '../../src/orders/rule-orders.ts';
import type { Match } from '../../src/rules/match.ts';
import { streamRules } from '../../src/rules/registry.ts';
import type { JsonObject } from '../../src/shared/json.ts';

const START_MS = 1_800_000_000_000;
const kinds = new Map<string, TransactionKind<never>>(
  [...listOrders, ...ruleOrders].map((kind) => [kind.action, kind]),
);
const runOrder = command('test.order', async (tx, given: { action: string; ctx: OrderContext; input: JsonObject }) => {
  const kind = kinds.get(given.action);
  if (kind === undefined) throw new Error(`there is no order ${given.action}`);
  return kind.run(tx, given.ctx, given.input as never);
});
const found = command('test.found', (tx, _: null) =>
  foundPool(tx, {
    poolName: 'acme',
    logpointName: 'lp1',
    ip: '10.0.0.1',
    admin: { username: 'admin', email: 'admin@example.org', passwordHash: 'x', accessKeyHash: 'x' },
    role: 'root',
    by: { actor: 'test' },
  }),
);
const collect = command(
  'test.collect',
  (tx, { logpointId, ...what }: { logpointId: string; name: string; values: readonly string[] }) =>
    collectValues(tx, logpointId, what, { actor: 'rule x' }),
);
const audit = query('test.audit', (tx, logpointId: string) => listAudit(tx, { logpointId }));

let dir: string;
let store: ControlStore;
let nowMs = START_MS;
let ctx: OrderContext;
let ownerId: string;
let changes = 0;

beforeEach(async () => {
  nowMs = START_MS;
  changes = 0;
  dir = mkdtempSync(join(tmpdir(), 'tocsin-lists-'));
  const { commands, queries } = createRegistry(DEFAULT_REGISTRY_SETTINGS);
  store = await openInProcessControlStore({
    dir,
    registry: registryOf([...commands.values(), ...queries.values(), runOrder, found, collect, audit]),
    migrations,
    clock: () => nowMs,
  });
  store.onSignal(LISTS_CHANGED, () => changes++);
  const one = await store.write(found, null);
  ownerId = one.admin.id;
  ctx = {
    orderId: '00000000-0000-4000-8000-000000000000',
    poolId: one.pool.id,
    logpointId: one.logpoint.id,
    actor: { tokenId: 'f'.repeat(24), name: 'console', role: 'root', pools: null },
    acceptedAtMs: START_MS,
  };
});
afterEach(async () => {
  await store.close();
  rmSync(dir, { recursive: true, force: true });
});

const order = (action: string, input: JsonObject): Promise<JsonObject> => store.write(runOrder, { action, ctx, input });

const rule = (searchname: string, text: string): Promise<JsonObject> =>
  order('/AlertRules/create', {
    data: {
      searchname,
      owner: ownerId,
      query: text,
      repos: ['default'],
      limit: 25,
      timerange_minute: 5,
      condition_option: 'greaterthan',
      condition_value: 0,
      risk: 'low',
      aggregate: 'max',
    },
  } as JsonObject);

/** Whether the rules as they are now match an event with these fields. */
async function matches(fields: Record<string, string>): Promise<number> {
  const event: LogEvent = {
    seq: 1,
    repo: 'default',
    eventAtMs: nowMs,
    receivedAtMs: nowMs,
    fields: Object.assign(newFields(), fields),
  };
  const out: Match[] = [];
  const { poolId, logpointId } = ctx;
  const rules = RuleSet.compile(structuredClone(await store.read(streamRules, null)));
  expect(rules.report.refused).toEqual([]);
  rules.matcherOf({ poolId, logpointId, logpointName: 'lp1', repo: 'default' })?.match(event, out);
  return out.length;
}

test('a rule follows its list: values, wildcards and networks, from one change to the next', async () => {
  const { id } = await order('/Lists/create', { name: 'BAD_HOSTS', items: ['10.0.0.0/8', 'evil*', '192.0.2.7'] });
  await rule('bad host', 'source_address IN bad_hosts');
  expect(await matches({ source_address: '10.200.3.4' })).toBe(1);
  expect(await matches({ source_address: 'EVIL.example' })).toBe(1);
  expect(await matches({ source_address: '11.0.0.1' })).toBe(0);
  const edited = await order('/Lists/edit', { id: String(id), add: ['11.0.0.0/24'], remove: ['10.0.0.0/8'] });
  expect(edited).toMatchObject({ message: 'List BAD_HOSTS edited', version: 2 });
  expect(await matches({ source_address: '10.200.3.4' })).toBe(0);
  expect(await matches({ source_address: '11.0.0.1' })).toBe(1);
  expect(changes).toBe(2);
});

test('a value of a dynamic list counts until it is as old as the limit, from when it was last added', async () => {
  const { id } = await order('/Lists/create', { name: 'SEEN', type: 'dynamic', age_limit: 60, items: ['bob', 'eve'] });
  await rule('seen', 'user IN SEEN');
  nowMs += 30_000;
  await order('/Lists/edit', { id: String(id), add: ['eve'] });
  nowMs += 30_000;
  expect([await matches({ user: 'bob' }), await matches({ user: 'eve' })]).toEqual([0, 1]);
  expect(await store.read(listsNextExpiry, {})).toBe(START_MS + 90_000);
  nowMs += 30_000;
  expect(await matches({ user: 'eve' })).toBe(0);
  expect(await store.read(listsNextExpiry, {})).toBeNull();
});

test('a list that a rule or a label needs is neither trashed nor renamed', async () => {
  const { id } = await order('/Lists/create', { name: 'ADMINS', items: ['root'] });
  const made = await rule('admins', '-user IN ADMINS');
  await expect(order('/Lists/trash', { id: String(id) })).rejects.toThrow('used by the alert rule "admins"');
  await expect(order('/Lists/edit', { id: String(id), name: 'OTHERS' })).rejects.toThrow('used by the alert rule');
  await order('/AlertRules/trash', { ruleId: String(made['id']) });
  const labels = await order('/LabelPackages/create', {
    name: 'people',
    definitions: [{ query: 'user IN admins', labels: ['Admin'] }],
  });
  await expect(order('/Lists/trash', { id: String(id) })).rejects.toThrow('used by the definition of label Admin');
  await order('/LabelPackages/trash', { id: String(labels['id']) });
  expect(await order('/Lists/trash', { id: String(id) })).toMatchObject({ message: 'List ADMINS trashed' });
});

test('rules see the labels that a package gives, built on other labels and lists', async () => {
  await order('/Lists/create', { name: 'ADMINS', items: ['root', 'adm*'] });
  const labels = await order('/LabelPackages/create', {
    name: 'windows',
    definitions: [
      { query: 'event_id IN [4624, 4625]', labels: ['Login', 'User'] },
      { query: 'label=Login user IN ADMINS', labels: ['AdminLogin'] },
    ],
  });
  await rule('admin login', 'label=adminlogin label=user');
  expect(await matches({ event_id: '4624', user: 'ADMIN' })).toBe(1);
  expect(await matches({ event_id: '4624', user: 'bob' })).toBe(0);
  expect(await matches({ label: 'AdminLogin User' })).toBe(1);
  await order('/LabelPackages/edit', { id: String(labels['id']), active: false });
  expect(await matches({ event_id: '4624', user: 'ADMIN' })).toBe(0);
});

test('labels that need themselves are refused, within a package and across two', async () => {
  const create = (name: string, definitions: JsonObject[]): Promise<JsonObject> =>
    order('/LabelPackages/create', { name, definitions });
  await expect(create('one', [{ query: 'label=A', labels: ['A'] }])).rejects.toThrow('go round in a circle: A → A');
  await create('two', [{ query: 'label=B', labels: ['C'] }]);
  await expect(create('three', [{ query: 'label=C a=1', labels: ['B'] }])).rejects.toThrow('circle');
  await expect(create('four', [{ query: 'a=(', labels: ['B'] }])).rejects.toThrow('expected');
  await expect(create('five', [{ query: 'a=1 | limit 1', labels: ['B'] }])).rejects.toThrow('without commands');
  await expect(create('six', [{ query: 'a=1', labels: ['two words'] }])).rejects.toThrow('one word');
});

test('what a list may not be is told by field', async () => {
  const create = (input: JsonObject): Promise<JsonObject> => order('/Lists/create', input);
  await expect(create({ name: 'a-b' })).rejects.toMatchObject({ fields: { name: [expect.stringContaining('"a-b"')] } });
  await expect(create({ name: 'D', type: 'dynamic' })).rejects.toMatchObject({
    fields: { age_limit: [expect.anything()] },
  });
  await create({ name: 'Same' });
  await expect(create({ name: 'SAME' })).rejects.toThrow('List Same already exists');
  await expect(create({ name: 'LONG', items: ['x'.repeat(5_000)] })).rejects.toThrow('4096 characters');
  await expect(order('/Lists/edit', { id: '1'.repeat(24) })).rejects.toThrow('List not found');
  await expect(rule('no list', 'user IN NOWHERE')).rejects.toMatchObject({
    fields: { query: [expect.stringContaining('unknown list "NOWHERE"')] },
  });
});

test('a list of 100,000 items is made, read and matched; the audit has its digest only', async () => {
  const items = Array.from({ length: 100_000 }, (_, i) => `host-${i}`);
  await order('/Lists/create', { name: 'HOSTS', items });
  await rule('hosts', 'host IN HOSTS');
  expect([await matches({ host: 'HOST-99999' }), await matches({ host: 'host-100000' })]).toEqual([1, 0]);
  const { logpointId } = ctx;
  const other = await store.read(queryDefinitions, { logpointId, texts: ['user=x'] });
  expect([other.lists.size, other.listNames]).toEqual([0, ['HOSTS']]);
  const made = (await store.read(audit, logpointId)).events.find((entry) => entry.action === 'list created');
  expect(JSON.stringify(made)).toContain('items_digest');
  expect(JSON.stringify(made)).not.toContain('host-5');
});

test('what a rule collects is in the dynamic list for other queries, new values once in the audit chain', async () => {
  const made = await store.write(runOrder, {
    action: '/Lists/create',
    ctx,
    input: { name: 'SEEN', type: 'dynamic', description: '', age_limit: 60, items: ['old'] },
  });
  expect(made).toMatchObject({ id: expect.any(String) });
  const put = (name: string, values: readonly string[]) =>
    store.write(collect, { logpointId: ctx.logpointId, name, values });
  const items = async () => {
    const asked = { logpointId: ctx.logpointId, texts: ['user IN SEEN'] };
    return [...((await store.read(queryDefinitions, asked)).lists.get('seen') ?? [])].sort();
  };
  const before = changes;
  expect(await put('seen', ['root', 'eve', 'root', ''])).toBeNull();
  expect(await items()).toEqual(['eve', 'old', 'root']);
  expect(changes).toBe(before + 1);
  nowMs += 40_000;
  expect(await put('SEEN', ['root'])).toBeNull();
  expect(changes).toBe(before + 1);
  nowMs += 40_000;
  expect(await items()).toEqual(['root']);
  expect(await put('GONE', ['x'])).toMatch(/expected a dynamic list: nothing was kept/);
  const full = Array.from({ length: LIST_ITEMS_MAX + 2 }, (_, n) => `v${n}`);
  expect(await put('SEEN', full)).toMatch(/the list SEEN has 100000 values, the most: 3 new ones were left out/);
  const actions = (await store.read(audit, ctx.logpointId)).events.map(({ action }) => action);
  expect(actions.filter((action) => action === 'list collected')).toHaveLength(2);
}, 60_000);

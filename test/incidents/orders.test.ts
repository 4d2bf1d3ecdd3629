import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Role } from '../../src/accounts/actor.ts';
import { accountsEntries } from '../../src/accounts/registry.ts';
import { type ChdbEventStore, openChdbEventStore } from '../../src/adapters/chdb/chdb-event-store.ts';
import { command } from '../../src/control/control-store.ts';
import type { LogEvent } from '../../src/events/event.ts';
import { rowConstants, toRow } from '../../src/events/event-row.ts';
import type { EventStore } from '../../src/events/event-store.ts';
import { FreshWait } from '../../src/events/fresh-wait.ts';
import { incidentEntries, incidentsData } from '../../src/incidents/registry.ts';
import { listEntries } from '../../src/lists/registry.ts';
import { incidentOrderKinds } from '../../src/orders/incident-orders.ts';
import { keptWrites } from '../../src/orders/kept-writes.ts';
import { doneResponse } from '../../src/orders/order-body.ts';
import type { OrderContext, OrderKind, TransactionKind, WorkKind } from '../../src/orders/order-kind.ts';
import { queryOrders } from '../../src/orders/query-orders.ts';
import { searchOrderKinds } from '../../src/orders/search-orders.ts';
import { evaluate } from '../../src/query/evaluate.ts';
import { parseQuery } from '../../src/query/parse-query.ts';
import { plainContext, planQuery } from '../../src/query/plan-query.ts';
import type { AlertRule } from '../../src/rules/alert-rule.ts';
import type { OwnRows } from '../../src/rules/own-rows.ts';
import type { JsonObject } from '../../src/shared/json.ts';
import { tenancyEntries } from '../../src/tenancy/registry.ts';
import { peopleMigrations, type Settlement, settle } from './people.ts';
import { aFiring, aRule, extend, objectId, openWorld, raise, type World } from './world.ts';

const deps = {
  closeUnresolved: false,
  resolvePolicy: 'manageable',
  listeners: [async (_tx: unknown, change: { kind: string }) => (change.kind === 'investigation' ? 1 : 0)],
} as const;
let dataBytesMax = 1_000_000;
const kinds = (): ReadonlyMap<string, OrderKind> => {
  const settings = { rowsMax: 200, dataBytesMax, searchTimeoutMs: 20_000, linkHost: () => 'tocsin.example' };
  const all = [...incidentOrderKinds(deps, settings), ...searchOrderKinds(settings), ...queryOrders({})];
  return new Map(all.map((kind) => [kind.action, kind]));
};

type Carried = {
  readonly action: string;
  readonly ctx: OrderContext;
  readonly input: unknown;
  readonly prepared?: unknown;
};
/** The transaction in which an order ends. */
const end = command('test.end', async (tx, { action, ctx, input, prepared }: Carried): Promise<string> => {
  const kind = kinds().get(action);
  if (kind === undefined) throw new Error(`no order kind ${action}`);
  return doneResponse(
    kind.mode === 'transaction'
      ? await (kind as TransactionKind<unknown>).run(tx, ctx, input)
      : await (kind as WorkKind<unknown, unknown>).finish(tx, ctx, input, prepared),
  );
});

const T0 = Date.UTC(2025, 10, 4, 9, 0, 0);
const CONTEXT = { logpointName: 'LogPoint', logpointIp: '10.45.9.198' };
const EVENTS: readonly LogEvent[] = Array.from({ length: 300 }, (_, n) => ({
  seq: n + 1,
  repo: n % 5 === 4 ? '_logpoint' : 'default',
  eventAtMs: T0 + n * 1_000,
  receivedAtMs: T0 + n * 1_000 + 7,
  fields: Object.assign(Object.create(null) as Record<string, string>, {
    msg: `line ${n} <b>"quoted"</b> 🦊`,
    user: ['alice', 'bob', 'Mallory "M"', "o'neil *"][n % 4],
    event_id: String(4624 + (n % 2)),
    __proto__x: 'own',
    label: 'User Login',
  }),
}));

let world: World;
let at: Settlement;
let events: ChdbEventStore;
/** What is on its way into the store; the wait for it takes no time here. */
let fresh: FreshWait;
let searched: EventStore;
const dataDir = mkdtempSync(join(tmpdir(), 'tocsin-orders-'));
beforeAll(async () => {
  world = await openWorld(
    [settle, end, ...accountsEntries, ...tenancyEntries, ...listEntries, ...incidentEntries(deps)],
    peopleMigrations,
  );
  at = await world.store.write(settle, null);
  events = await openChdbEventStore({ dataDir });
  await events.openLogpoint(at.logpointId);
  await events.append(at.logpointId, EVENTS, 'batch 1');
  searched = {
    openLogpoint: (logpoint) => events.openLogpoint(logpoint),
    append: (logpoint, batch, token) => events.append(logpoint, batch, token),
    search: (logpoint, search, options) => events.search(logpoint, search, options),
    caughtUp: (signal) => fresh.caughtUp(signal),
    dropBefore: (logpoint, repo, beforeMs) => events.dropBefore(logpoint, repo, beforeMs),
    repoSizes: (logpoint) => events.repoSizes(logpoint),
    isReady: () => events.isReady(),
    close: async () => {},
  };
}, 60_000);
afterAll(async () => {
  await events.close();
  await world.close();
  rmSync(dataDir, { recursive: true, force: true });
});
beforeEach(() => {
  dataBytesMax = 1_000_000;
  let nowMs = T0;
  fresh = new FreshWait({
    clock: () => nowMs,
    pause: async (ms) => {
      nowMs += ms;
    },
  });
});

const contextOf = (logpointId: string): OrderContext => ({
  orderId: '00000000-0000-4000-8000-000000000000',
  poolId: at.poolId,
  logpointId,
  actor: { tokenId: objectId(1), name: 'soc token', role: 'engineer' satisfies Role, pools: [at.poolId] },
  acceptedAtMs: world.clock.nowMs,
});

/** What a poll shows, without the `success` that leads it. */
function responseOf(text: string): JsonObject {
  const { success, ...response } = JSON.parse(text) as JsonObject;
  expect(success).toBe(true);
  expect(text.startsWith('{"success":true,')).toBe(true);
  return response;
}

/** The response of an order, or the message that ended it. */
async function order(action: string, input: unknown, logpointId = at.logpointId): Promise<JsonObject | string> {
  const ctx = contextOf(logpointId);
  const kind = kinds().get(action);
  try {
    if (kind?.mode !== 'work') return responseOf(await world.store.write(end, { action, ctx, input }));
    const services = { store: world.store, events: searched, clock: () => world.clock.nowMs };
    const signal = AbortSignal.timeout(20_000);
    const prepared = await (kind as WorkKind<unknown, unknown>).prepare(services, ctx, input, signal);
    return responseOf(await world.store.write(end, { action, ctx, input, prepared }));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

let firings = 0;
function anIncident(rule: Partial<AlertRule>, minutes = 2, ownRows?: OwnRows): Promise<string> {
  const { logpointId, users } = at;
  const firing = aFiring({
    key: `order ${++firings}`,
    logpointId,
    windowFromMs: T0 + 30_000,
    windowToMs: T0 + 30_000 + minutes * 60_000,
    ownRows,
  });
  const full = aRule({ logpointId, ownerId: users.owner, assignedTo: users.assignee, repos: ['default'], ...rule });
  return world.store.write(raise, { rule: full, firing });
}

const rowsOf = (response: JsonObject | string): readonly JsonObject[] => {
  if (typeof response === 'string') throw new Error(response);
  return response['rows'] as readonly JsonObject[];
};

/** What the query's own definition says about the events of the incident's repos and range. */
function expectedEvents(query: string, limit: number): readonly JsonObject[] {
  const { query: parsed } = parseQuery(query);
  if (parsed === null) throw new Error('the query of the test does not parse');
  const planContext = { ...plainContext, constants: rowConstants(CONTEXT) };
  const { plan } = planQuery(parsed, planContext);
  if (plan === null) throw new Error('the query of the test has no plan');
  const inRange = EVENTS.filter(
    ({ repo, eventAtMs }) => repo === 'default' && eventAtMs >= T0 + 30_000 && eventAtMs < T0 + 150_000,
  );
  return evaluate(plan, inRange)
    .slice(0, limit)
    .flatMap((row) => (row.kind === 'event' ? [toRow(row.event, CONTEXT)] : []));
}

test('every verb ends with the message of the vendor, closing with its audit data', async () => {
  const id = await anIncident({ name: 'Unusual_Login_Time' });
  const input = { id, incident_user_id: at.users.assignee };
  expect(await order('/Incidents/comment', { ...input, comment: 'Newly Created Incident' })).toEqual({
    message: 'Comment added.',
  });
  expect(await order('/Incidents/sendForInvestigation', input)).toEqual({
    message: 'Successfully sent for investigation',
  });
  expect(await order('/Incidents/resolve', input)).toEqual({ message: 'Incident is resolved' });
  expect(await order('/Incidents/close', input)).toEqual({
    audit_data: [{ action: 'incident closed', document: 'Unusual_Login_Time' }],
    message: 'Incident is closed',
  });
  expect(await order('/Incidents/reopen', input)).toEqual({ message: 'Incident is reopened' });
  expect(await order('/Incidents/reassign', { ...input, new_assignee: at.users.bystander })).toEqual({
    message: 'Incident is reassigned',
  });
  expect(await order('/Incidents/reassign', { id, incident_user_id: at.users.owner })).toEqual({
    message: 'Incident is reassigned',
  });
  const [row] = rowsOf(await order('/Incidents/fetch', { name: id }));
  expect(row).toMatchObject({ id, assigned_to: at.users.owner, status: 'unresolved', logpoint_name: 'LogPoint' });
  expect(row?.['search_link']).toMatch(/^https:\/\/tocsin\.example\/#Logs\/searchLogs\?query=/);
  const comments = row?.['comments'] as readonly JsonObject[];
  expect(comments.map((one) => one['comment'])).toEqual([
    'Newly Created Incident',
    'Resolved',
    'Closed',
    'Reopened',
    'Reassigned',
    'Reassigned',
  ]);
});

test('a fetch says how to go on when it was cut, and nothing when it was not', async () => {
  await anIncident({ name: 'paged' });
  await anIncident({ name: 'paged' });
  const cut = (await order('/Incidents/fetch', { name: '^paged$', limit: 1 })) as JsonObject;
  expect(Object.keys(cut)).toEqual(['rows', 'next_cursor']);
  const rest = (await order('/Incidents/fetch', {
    name: '^paged$',
    limit: 1,
    cursor: cut['next_cursor'],
  })) as JsonObject;
  expect(Object.keys(rest)).toEqual(['rows']);
  expect(await order('/Incidents/fetch', { name: '(' })).toMatch(/^name is not a valid pattern/);
});

test.each([
  ['user=bob', 100],
  ['user=* event_id=4625', 100],
  ['-user=alice label=Login', 30],
  [`"quoted"`, 100],
  ['', 7],
])('incident data of %s is what the query means over repos and range, newest first', async (query, limit) => {
  const id = await anIncident({ query, limit });
  const rows = rowsOf(await order('/Incidents/fetchIncidentData', { id }));
  const expected = expectedEvents(query, limit);
  expect(expected.length).toBeGreaterThan(0);
  expect(rows).toEqual(expected.map((event) => ({ log_ts: event['log_ts'], _participating_events: [event] })));
});

test('incident data of a join has the events of both streams, by the number of the stream', async () => {
  const query = '[user=alice] as a followed by [user=bob] as b within 1 minute';
  const rows = rowsOf(await order('/Incidents/fetchIncidentData', { id: await anIncident({ query, limit: 3 }) }));
  expect(rows).toHaveLength(3);
  for (const row of rows) {
    const [first, second, ...others] = row['_participating_events'] as readonly JsonObject[];
    expect([first?.['user'], first?.['_streamID'], second?.['user'], second?.['_streamID']]).toEqual([
      'alice',
      0,
      'bob',
      1,
    ]);
    expect(others).toEqual([]);
    expect(row['log_ts']).toBe(second?.['log_ts']);
  }
});

test('incident data of a chart over joined rows has the events of both streams, each once', async () => {
  const query =
    '[user=alice] as a followed by [user=bob] as b within 1 minute | chart count() as n by a.user, b.user, b.event_id';
  const [row, ...others] = rowsOf(await order('/Incidents/fetchIncidentData', { id: await anIncident({ query }) }));
  expect(others).toEqual([]);
  const members = row?.['_participating_events'] as readonly JsonObject[];
  expect(members.filter((one) => one['user'] === 'alice')).toHaveLength(Number(row?.['n']));
  expect(new Set(members.map((one) => `${one['user']} ${one['_streamID']}`))).toEqual(new Set(['alice 0', 'bob 1']));
  expect(new Set(members.map((one) => one['_offset'])).size).toBe(members.length);
});

test('incident data of a window that raised several incidents has the rows of its own', async () => {
  const chart = 'event_id=4624 | chart count() as n by user';
  const shown = async (query: string, own: Partial<OwnRows>, limit = 100) => {
    const ownRows = { field: null, values: [], keys: [], isCut: false, ...own };
    const rows = rowsOf(
      await order('/Incidents/fetchIncidentData', { id: await anIncident({ query, limit }, 2, ownRows) }),
    );
    return rows.map((row) => row['user'] ?? (row['_participating_events'] as readonly JsonObject[])[0]?.['user']);
  };
  expect(await shown(chart, { keys: ['alice'] })).toEqual(['alice']);
  expect(await shown(chart, { field: 'user', values: ['Mallory "M"'] })).toEqual(['Mallory "M"']);
  // The limit holds for its own events: others do not use it up.
  expect(await shown('event_id=*', { field: 'user', values: ['alice'] }, 3)).toEqual(['alice', 'alice', 'alice']);
  expect(await shown('event_id=*', { field: 'user', values: ['ALICE'] }, 3)).toEqual([]);
  expect(await shown('event_id=*', { field: 'nothing', values: ['x'], keys: [''] }, 2)).toHaveLength(2);
});

test('incident data of a chart in a stream has the events of its groups', async () => {
  const query =
    '[user=alice | chart count() as n by user] as a join [user=alice event_id=4624] as b on a.user = b.user';
  const rows = rowsOf(await order('/Incidents/fetchIncidentData', { id: await anIncident({ query, limit: 2 }) }));
  const ofGroup = expectedEvents('user=alice', 1_000);
  expect(rows).toHaveLength(2);
  for (const row of rows) {
    const members = row['_participating_events'] as readonly JsonObject[];
    expect(members.filter((one) => one['_streamID'] === 0)).toEqual(ofGroup);
    expect(members.filter((one) => one['_streamID'] === 1)).toHaveLength(1);
  }
});

test('the copy is empty before a fetch, then what the last fetch found', async () => {
  const id = await anIncident({ query: 'user=alice', limit: 3 });
  const copy = (logpointId = at.logpointId) => world.store.read(incidentsData, { logpointId, incidentId: id });
  expect(await copy()).toBe('[]');
  const rows = rowsOf(await order('/Incidents/fetchIncidentData', { id }));
  expect(JSON.parse((await copy()) ?? '')).toEqual(rows);
  expect(rowsOf(await order('/Incidents/fetchIncidentData', { id }))).toEqual(rows);
  expect(await copy(at.otherLogpointId)).toBeNull();
});

test('incident data of a chart has a row for each group with its columns and its events', async () => {
  const id = await anIncident({ query: 'event_id=4624 | chart count() as n by user order by n desc' });
  const rows = rowsOf(await order('/Incidents/fetchIncidentData', { id }));
  const expected = expectedEvents('event_id=4624', 1_000);
  expect(rows.map((row) => row['user']).sort()).toEqual(['Mallory "M"', 'alice']);
  for (const row of rows) {
    const ofUser = expected.filter((event) => event['user'] === row['user']);
    expect(row).toMatchObject({ n: ofUser.length, log_ts: ofUser[0]?.['log_ts'], _group: [row['user']] });
    expect(row['_participating_events']).toEqual(ofUser);
  }
});

test('incident data has the events of the firings that extended the incident, a chart keeps to the range that raised it', async () => {
  const later = { windowFromMs: T0 + 130_000, windowToMs: T0 + 250_000 };
  for (const [query, newest] of [
    ['user=bob', T0 + 245_000],
    ['user=bob | chart count() as n by user', T0 + 145_000],
  ] as const) {
    const id = await anIncident({ query, limit: 1_000 });
    const firing = aFiring({ key: `later ${query}`, logpointId: at.logpointId, ...later });
    expect(await world.store.write(extend, { id, firing })).toBe(true);
    const rows = rowsOf(await order('/Incidents/fetchIncidentData', { id }));
    expect(rows[0]?.['log_ts']).toBe(newest / 1_000);
  }
});

test('incident data says when the limit of the rule cut it, and nothing when it did not', async () => {
  const total = expectedEvents('user=bob', 1_000).length;
  const messageAt = async (limit: number) => {
    const id = await anIncident({ query: 'user=bob', limit });
    return ((await order('/Incidents/fetchIncidentData', { id })) as JsonObject)['message'];
  };
  expect(await messageAt(total - 1)).toBe(`Left out: events before the newest ${total - 1}`);
  expect(await messageAt(total)).toBeUndefined();
});

test('incident data over its limit of bytes is cut between rows and says so', async () => {
  dataBytesMax = 4_000;
  const id = await anIncident({ query: 'user=*' });
  const response = (await order('/Incidents/fetchIncidentData', { id })) as JsonObject;
  const rows = rowsOf(response);
  expect(rows.length).toBeGreaterThan(0);
  expect(JSON.stringify(rows).length).toBeLessThanOrEqual(4_000);
  expect(response['message']).toBe(`Left out: rows after the first ${rows.length} of 96 exceed 4000 bytes`);
});

test('incident data says when events that the server had received could not be searched in time', async () => {
  const id = await anIncident({ query: 'user=bob' });
  fresh.waitingSinceMs = async () => T0 - 1;
  const behind = (await order('/Incidents/fetchIncidentData', { id })) as JsonObject;
  expect(behind).toMatchObject({
    is_fresh: false,
    message: 'Events that were received and cannot be searched yet may be missing; ask again',
  });
  expect(fresh.counts).toEqual({ freshWaits: 1, freshWaitsRanOut: 1 });
  dataBytesMax = 2_000;
  const cut = (await order('/Incidents/fetchIncidentData', { id })) as JsonObject;
  expect(cut['message']).toMatch(/^Left out: rows after .* bytes\. Events that were received/);
  dataBytesMax = 1_000_000;
  fresh.waitingSinceMs = async () => null;
  expect(Object.keys((await order('/Incidents/fetchIncidentData', { id })) as JsonObject)).toEqual(['rows']);
  expect(rowsOf(behind).length, 'what can be found is answered all the same').toBeGreaterThan(0);
});

test('incident data is refused for a query that cannot be run, an unknown incident and another logpoint', async () => {
  const broken = await anIncident({ query: 'event_id=1 (a=1' });
  expect(await order('/Incidents/fetchIncidentData', { id: broken })).toMatch(/^query is not valid: 1:\d+: error: /);
  expect(await order('/Incidents/fetchIncidentData', { id: objectId(9) })).toBe('Incident not found');
  expect(await order('/Incidents/fetchIncidentData', { id: broken }, at.otherLogpointId)).toBe('Incident not found');
});

const search = (input: object) =>
  order('/Search/logs/fetch', {
    query: '*',
    time_range: [T0 / 1000, T0 / 1000 + 300],
    user_id: at.users.bystander,
    ...input,
  });

test('a search answers flat events of the named repos, a hundred of them unless told', async () => {
  expect(rowsOf(await search({}))).toHaveLength(100);
  expect(rowsOf(await search({ limit: 250 }))).toHaveLength(200);
  const own = rowsOf(await search({ repos: ['_logpoint'], limit: 200 }));
  expect(own.map((row) => row['repo_name'])).toEqual(Array.from({ length: 60 }, () => '_logpoint'));
  expect(rowsOf(await search({ repos: ['10.45.9.198:5504/_logpoint'], limit: 200 }))).toEqual(own);
  expect(rowsOf(await search({ repos: ['10.45.9.198:5504'], limit: 5 }))).toEqual(rowsOf(await search({ limit: 5 })));
  const newest = EVENTS.at(-1);
  expect(rowsOf(await search({ limit: 1 }))).toEqual(newest === undefined ? [] : [toRow(newest, CONTEXT)]);
});

test('a search is over [from, to) and a chart answers its groups', async () => {
  const second = T0 / 1000 + 10;
  expect(rowsOf(await search({ time_range: [second, second + 1] }))).toMatchObject([{ log_ts: second }]);
  const chart = (await search({ query: '| chart count() by user' })) as JsonObject;
  expect(chart['query_type']).toBe('chart');
  expect(rowsOf(chart).map((row) => row['count()'])).toEqual([75, 75, 75, 75]);
});

test('a search says when its limit cut the answer', async () => {
  expect(await search({ limit: 5 })).toMatchObject({
    is_cut: true,
    message: 'More than 5 rows; the rest was left out',
  });
  expect(await search({ query: 'user=* | limit 3', limit: 5 })).toMatchObject({ is_cut: false });
  const expanded = 'user=* | process entropy(user) as e | search e>=0 | chart count() as n by repo_name | search n>0';
  expect(await search({ query: expanded })).toMatchObject({ is_cut: false, query_type: 'chart' });
});

test('what toList asks for comes with the answer, which says that there is no such list', async () => {
  const answer = (await search({ query: '| process toList(SEEN, repo_name) | chart count() as n' })) as JsonObject;
  const [list] = answer['written'] as readonly JsonObject[];
  const entries = expect.arrayContaining([['_logpoint'], ['default']]);
  expect(list).toMatchObject({ to: 'list', name: 'SEEN', columns: ['repo_name'], entries, kept: false });
  expect(list?.['message']).toContain('toList names SEEN, expected a dynamic list');
});

test('a table that a search writes is a source for others, and keeps one row for each first value', async () => {
  const write = (query: string) => search({ query: `${query} | process toTable(hosts, user, n)` });
  const first = (await write('event_id=4624 | chart count() as n by user')) as JsonObject;
  expect(first['written']).toMatchObject([{ to: 'table', name: 'hosts', kept: true }]);
  await write('user=bob | chart count() as n by user');
  const rows = rowsOf(await search({ query: 'table "HOSTS" (user="*" -user=mallory*)' }));
  const shown = rows.map((row) => `${row['user']} ${row['n']}`).sort();
  expect(shown).toEqual(['alice 75', 'bob 75']);
  const joined = await search({
    query:
      '[table "hosts" user=bob] as t join [user=* event_id=4625] as e on e.user = t.user | chart count() as n by t.n',
  });
  expect(rowsOf(joined)).toMatchObject([{ 't.n': '75', n: 75 }]);
  const other = (await search({ query: 'user=bob | limit 1 | process toTable(hosts, user)' })) as JsonObject;
  expect(other['written']).toMatchObject([
    { kept: false, message: 'the table hosts has the columns user, n, saw user: nothing was kept' },
  ]);
  expect(await search({ query: 'table "host"' })).toContain('saw the unknown table "host"');
});

test('what a reader collects is not kept', async () => {
  const told = await keptWrites(
    { actor: { ...contextOf(at.logpointId).actor, role: 'readonly' }, poolId: at.poolId },
    [{ to: 'table', name: 'hosts', columns: ['user'], entries: [['bob']] }],
    () => Promise.reject(new Error('asked to keep')),
  );
  expect(told).toMatchObject([{ kept: false, message: 'token soc token may not write lists: nothing was kept' }]);
});

test('a query is validated with every mistake, and a good one says what it is', async () => {
  const validate = (query: string) => order('/Query/validate', { query });
  expect(await validate('process=x | sort -count')).toMatchObject({
    valid: false,
    rows: [{ start: 0 }, { seen: '`sort`', suggestion: 'write `| order by count() desc`' }],
    query_info: null,
  });
  expect(await validate('usr_name=x | chart count() by user')).toMatchObject({
    valid: true,
    query_info: { success: true, query_type: 'chart', aliases: ['count()'], grouping: ['user'] },
  });
});

test('a search that makes no sense is refused', async () => {
  expect(await search({ user_id: at.users.stranger })).toBe('Invalid user id');
  expect(await search({ user_id: at.users.inactive })).toBe('Invalid user id');
  expect(await search({ repos: ['nowhere'] })).toBe('Repo not found: nowhere');
  expect(await search({ time_range: [2, 1] })).toBe('time_range ends at 1, before it begins at 2');
  expect(await search({ query: '(((' })).toMatch(/^query is not valid: /);
});

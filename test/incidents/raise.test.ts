import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { auditList, auditVerify } from '../../src/audit/registry.ts';
import { type ControlStore, query } from '../../src/control/control-store.ts';
import { fetchIncidents } from '../../src/incidents/fetch-incidents.ts';
import type { IncidentChange } from '../../src/incidents/incident-change.ts';
import {
  aFiring,
  aRule,
  context,
  extend,
  LOGPOINT,
  listenWith,
  OTHER_LOGPOINT,
  objectId,
  openWorld,
  raise,
  type World,
} from './world.ts';

const rows = query(
  'test.rows',
  async (tx, logpointId: string) => (await fetchIncidents(tx, { logpointId, input: {}, rowsMax: 100, context })).rows,
);

let world: World;
let store: ControlStore;
const changes: IncidentChange[] = [];
beforeAll(async () => {
  world = await openWorld([rows]);
  store = world.store;
  listenWith(async (_tx, change) => changes.push(change));
});
afterAll(() => world.close());
beforeEach(() => changes.splice(0));

test('a firing becomes a row with what its rule gives, key for key as the vendor shows it', async () => {
  const id = await store.write(raise, { rule: aRule(), firing: aFiring({ key: 'first' }) });
  const [row] = await store.read(rows, LOGPOINT);
  const { number, hits, rows_count, updated_at, ...vendor } = row ?? {};
  expect(Object.keys(vendor)).toEqual(
    'type alert_obj_id alertrule_id incident_id name description username user_id assigned_to detection_timestamp loginspect_ip_dns logpoint_name status comments commentscount query repos time_range throttle_enabled attack_id attack_tag attack_category metadata log_source notifications manageable_by risk id search_link'.split(
      ' ',
    ),
  );
  expect(vendor).toMatchObject({
    type: 'Alert',
    alert_obj_id: objectId(1),
    name: 'Unusual_Login_Time',
    username: objectId(100),
    user_id: objectId(100),
    assigned_to: objectId(100),
    detection_timestamp: 1753951894.526,
    loginspect_ip_dns: '10.45.9.198',
    logpoint_name: 'LogPoint',
    status: 'unresolved',
    comments: [],
    commentscount: 0,
    repos: ['10.45.9.198:5504/_LogPointAlerts', '10.45.9.198:5504/_logpoint'],
    time_range: [1753951800, 1753951860],
    throttle_enabled: false,
    risk: 'medium',
    id,
  });
  expect(vendor['incident_id']).toMatch(/^[0-9a-f]{32}$/);
  expect({ number, hits, rows_count, updated_at }).toEqual({
    number: 'INC-1',
    hits: 3,
    rows_count: 3,
    updated_at: 1753952000,
  });
  for (const list of ['attack_id', 'attack_tag', 'attack_category', 'metadata', 'log_source', 'manageable_by']) {
    expect(vendor[list]).toEqual([]);
  }
});

test('a firing that is computed again adds nothing and answers the same incident', async () => {
  const first = await store.write(raise, { rule: aRule(), firing: aFiring({ key: 'again' }) });
  const before = await store.read(rows, LOGPOINT);
  changes.splice(0);
  const second = await store.write(raise, {
    rule: aRule({ name: 'renamed since' }),
    firing: aFiring({ key: 'again' }),
  });
  expect(second).toBe(first);
  expect(await store.read(rows, LOGPOINT)).toEqual(before);
  expect(changes).toEqual([]);
});

test('the same firing key in another logpoint is another incident, with numbers of its own', async () => {
  const firing = aFiring({ key: 'shared', logpointId: OTHER_LOGPOINT });
  await store.write(raise, { rule: aRule(), firing: aFiring({ key: 'shared' }) });
  await store.write(raise, { rule: aRule({ logpointId: OTHER_LOGPOINT }), firing });
  expect(await store.read(rows, OTHER_LOGPOINT)).toMatchObject([{ number: 'INC-1' }]);
});

test('the incident id is constant for one rule and owner, the id is not', async () => {
  const pair = [
    { rule: aRule({ id: objectId(7) }), firing: aFiring({ key: 'p1', ruleId: objectId(7), detectedAtMs: 1e12 }) },
    { rule: aRule({ id: objectId(7), version: 2, name: 'n' }), firing: aFiring({ key: 'p2', ruleId: objectId(7) }) },
    { rule: aRule({ id: objectId(7), ownerId: objectId(9) }), firing: aFiring({ key: 'p3', ruleId: objectId(7) }) },
  ];
  for (const input of pair) await store.write(raise, input);
  const series = (await store.read(rows, LOGPOINT)).filter((row) => row['alert_obj_id'] === objectId(7));
  expect(new Set(series.map((row) => row['id'])).size).toBe(3);
  const ofOwner = (owner: string) => series.filter((row) => row['username'] === owner).map((row) => row['incident_id']);
  expect(new Set(ofOwner(objectId(100))).size).toBe(1);
  expect(ofOwner(objectId(9))).not.toContain(ofOwner(objectId(100))[0]);
});

test('an edited rule leaves the incidents it has raised as they were', async () => {
  await store.write(raise, { rule: aRule({ name: 'before', query: 'a=1' }), firing: aFiring({ key: 'e1' }) });
  await store.write(raise, {
    rule: aRule({ name: 'after', query: 'a=2', version: 2 }),
    firing: aFiring({ key: 'e2' }),
  });
  const shown = (await store.read(rows, LOGPOINT)).map((row) => [row['name'], row['query']]);
  expect(shown).toContainEqual(['before', 'a=1']);
  expect(shown).toContainEqual(['after', 'a=2']);
});

test('an assignee of the rule gets the incident, without one its owner does', async () => {
  const rule = aRule({ assignedTo: objectId(200) });
  const id = await store.write(raise, { rule, firing: aFiring({ key: 'assigned' }) });
  const row = (await store.read(rows, LOGPOINT)).find((found) => found['id'] === id);
  expect(row).toMatchObject({ assigned_to: objectId(200), username: objectId(100) });
});

test('one more firing of an episode adds its hits while the incident is unresolved', async () => {
  const id = await store.write(raise, { rule: aRule(), firing: aFiring({ key: 'x1' }) });
  const firing = aFiring({ key: 'x2', hits: 4, detectedAtMs: 1_753_951_999_000 });
  expect(await store.write(extend, { id, firing })).toBe(true);
  const row = (await store.read(rows, LOGPOINT)).find((found) => found['id'] === id);
  expect(row).toMatchObject({ hits: 7, detection_timestamp: 1753951894.526, time_range: [1753951800, 1753951860] });
  expect(changes.map((change) => change.kind)).toEqual(['raised', 'extended']);
  expect(await store.write(extend, { id: objectId(0xdead), firing })).toBe(false);
  expect(await store.write(extend, { id, firing: { ...firing, logpointId: OTHER_LOGPOINT } })).toBe(false);
});

test('a raised incident is audited and told to listeners', async () => {
  const id = await store.write(raise, { rule: aRule({ name: 'told' }), firing: aFiring({ key: 'told' }) });
  expect(changes).toMatchObject([{ kind: 'raised', userId: null, incident: { id, status: 'unresolved' } }]);
  const { events } = await store.read(auditList, { logpointId: LOGPOINT, objectType: 'incident', objectId: id });
  expect(events).toMatchObject([{ action: 'incident raised', actor: 'rules' }]);
  expect((await store.read(auditVerify, LOGPOINT)).fault).toBeNull();
});

test('a listener that fails leaves no incident', async () => {
  const before = await store.read(rows, LOGPOINT);
  listenWith(async () => {
    throw new Error('the outbox is broken');
  });
  await expect(store.write(raise, { rule: aRule(), firing: aFiring({ key: 'broken' }) })).rejects.toThrow('outbox');
  listenWith(async (_tx, change) => changes.push(change));
  expect(await store.read(rows, LOGPOINT)).toEqual(before);
});

test.each([
  ['quotes', `it's "quoted" \\ and \`ticked\``],
  ['markup', `<script>alert(1)</script>&amp;`],
  ['emoji', '🚨🔥👩🏽‍💻'],
  ['right to left', '\u202eمرحبا\u202c שלום'],
  ['line breaks and tabs', 'a\r\n\tb'],
  ['sql', `'; drop table incidents; --`],
  ['prototype', '__proto__'],
  ['template', '{{ 7*7 }} #{7*7} %s'],
])('a rule with a hostile name (%s) comes back as it was written', async (_what, name) => {
  const hostile = { name, description: name, query: name, repos: [name], logSource: [name] };
  const rule = aRule({ ...hostile, metadata: [{ field: name, value: name }], id: objectId(0x77) });
  const id = await store.write(raise, { rule, firing: aFiring({ key: `hostile ${name}` }) });
  const row = (await store.read(rows, LOGPOINT)).find((found) => found['id'] === id);
  expect(row).toMatchObject({ name, description: name, query: name, log_source: [name] });
  expect(row?.['metadata']).toEqual([{ field: name, value: name }]);
  expect(row?.['repos']).toEqual([`10.45.9.198:5504/${name}`]);
});

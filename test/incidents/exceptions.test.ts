import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_REGISTRY_SETTINGS, incidentDeps } from '../../src/control-registry.ts';
import type { LogEvent } from '../../src/events/event.ts';
import { incidentCommands } from '../../src/incidents/registry.ts';
import { RuleSet } from '../../src/ingest/rule-set.ts';
import type { Match } from '../../src/rules/match.ts';
import { RULE_INCIDENTS_PER_MINUTE_MAX } from '../../src/rules/raise-limit.ts';
import { exceptionsExpire, ruleStats, streamRules } from '../../src/rules/registry.ts';
import type { JsonObject } from '../../src/shared/json.ts';
import { type DirectorWorld, listOf, openDirectorWorld, rowsOf } from '../director/director-world.ts';

const { applyMatches } = incidentCommands(incidentDeps(DEFAULT_REGISTRY_SETTINGS));
let world: DirectorWorld;
let seq = 0;
beforeAll(async () => {
  world = await openDirectorWorld();
});
afterAll(() => world.close());

const newRule = async (searchname: string, more: JsonObject = {}): Promise<string> => {
  const data = {
    searchname,
    owner: world.acme.admin.id,
    repos: ['default'],
    query: `tool=${searchname}`,
    limit: 10,
    timerange_minute: 10,
    condition_option: 'greaterthan',
    condition_value: 0,
    risk: 'low',
    aggregate: 'max',
    ...more,
  };
  return String((await world.order('POST AlertRules', data))['id']);
};
const newException = (query: string, more: JsonObject = {}) =>
  world.order('POST Exceptions', { name: 'scanner', query, owner: 'Ada', reason: 'known scanner', ...more });

const eventOf = (fields: Readonly<Record<string, string>>): LogEvent => {
  seq += 1;
  return { seq, eventAtMs: Date.now(), receivedAtMs: Date.now(), repo: 'default', fields };
};

/** What the ingest worker and the control store do with events together. */
async function ingest(events: readonly LogEvent[]): Promise<readonly Match[]> {
  const set = RuleSet.compile(await world.store.read(streamRules, null));
  const { id: logpointId, name: logpointName } = world.acme.logpoint;
  const target = { poolId: world.acme.pool.id, logpointId, logpointName, repo: 'default' };
  const matches: Match[] = [];
  for (const event of events) set.matcherOf(target)?.match(event, matches);
  const [first, last] = [events[0]?.seq ?? 1, events.at(-1)?.seq ?? 1];
  await world.store.write(applyMatches, { stream: 'test', fromSeq: first, toSeq: last, matches });
  return matches;
}
const statsOf = async (ruleId: string) =>
  (await world.store.read(ruleStats, { logpointId: world.acme.logpoint.id, ruleIds: [ruleId] }))[0];

test('an exception takes events from its rule alone, counts them, and ends at its time', async () => {
  const [own, other] = [await newRule('alpha'), await newRule('alpha2', { query: 'tool=alpha' })];
  const made = await newException('user=scanner', { rule_ids: [own], expires_at: Date.now() / 1000 + 3600 });
  await ingest([eventOf({ tool: 'alpha', user: 'scanner' }), eventOf({ tool: 'alpha', user: 'bob' })]);
  expect(await statsOf(own)).toMatchObject({ matches: 1, suppressed: 1, raised: 1 });
  expect(await statsOf(other)).toMatchObject({ matches: 2, suppressed: 0 });
  const [row] = listOf(await world.call('GET Exceptions'));
  expect(row).toMatchObject({ suppressed: 1, owner: 'Ada', reason: 'known scanner', expired: false });

  await world.order(`PUT Exceptions/${String(made['id'])}`, { expires_at: Date.now() / 1000 + 0.3 });
  await expect.poll(() => world.store.write(exceptionsExpire, null)).toBe(1);
  await ingest([eventOf({ tool: 'alpha', user: 'scanner' })]);
  expect(await statsOf(own)).toMatchObject({ suppressed: 1, matches: 2 });
  expect(await world.audited()).toEqual(
    expect.arrayContaining(['exception created', 'exception edited', 'exception expired']),
  );
  await world.order(`DELETE Exceptions/${String(made['id'])}`);
});

test('an exception without rules is for all, and is refused without owner, reason or a narrow query', async () => {
  const ruleId = await newRule('beta');
  const made = await newException('user=everywhere');
  await ingest([eventOf({ tool: 'beta', user: 'everywhere' })]);
  expect(await statsOf(ruleId)).toMatchObject({ suppressed: 1, raised: 0 });
  await world.order(`DELETE Exceptions/${String(made['id'])}`);
  for (const wrong of [
    { query: '*' },
    { query: 'a=b | chart count()' },
    { query: 'a=' },
    { rule_ids: ['0'.repeat(24)] },
    { expires_at: 'soon' },
  ]) {
    expect(await newException('a=b', wrong), JSON.stringify(wrong)).toMatchObject({ success: false });
  }
});

test('what exceptions leave is what the rule finds in the other events, whatever the events', async () => {
  const ruleId = await newRule('gamma', { flush_on_trigger: true });
  const users = ['a', 'b', 'c'] as const;
  const made = await newException('user IN [a, b] -host=h2', { rule_ids: [ruleId] });
  const anEvent = fc.record({
    tool: fc.constantFrom('gamma', 'x'),
    user: fc.constantFrom(...users),
    host: fc.constantFrom('h1', 'h2'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(anEvent, { minLength: 1, maxLength: 4 }), async (events) => {
      const before = await statsOf(ruleId);
      await ingest(events.map(eventOf));
      const after = await statsOf(ruleId);
      const found = events.filter(({ tool }) => tool === 'gamma');
      const kept = found.filter(({ user, host }) => user === 'c' || host === 'h2');
      expect((after?.matches ?? 0) - (before?.matches ?? 0)).toBe(kept.length);
      expect((after?.suppressed ?? 0) - (before?.suppressed ?? 0)).toBe(found.length - kept.length);
    }),
    { numRuns: 20 },
  );
  await world.order(`DELETE Exceptions/${String(made['id'])}`);
});

test('beyond the limit of a minute firings are hits of the last incident, and an incident says so', async () => {
  const ruleId = await newRule('delta', { flush_on_trigger: true });
  const count = RULE_INCIDENTS_PER_MINUTE_MAX * 2 + 10;
  await ingest(Array.from({ length: count }, () => eventOf({ tool: 'delta' })));
  const stats = await statsOf(ruleId);
  expect((stats?.raised ?? 0) + (stats?.overflowed ?? 0)).toBe(count);
  expect(stats?.overflowed).toBeGreaterThanOrEqual(10);
  const rows = rowsOf(await world.order('POST Incidents/fetch', { limit: 1000 }));
  const own = rows.filter((row) => row['alert_obj_id'] === ruleId);
  const health = own.filter((row) => String(row['name']).startsWith('Rule raises too many incidents'));
  expect(health).toHaveLength(1);
  const hits = own.filter((row) => !health.includes(row)).reduce((sum, row) => sum + Number(row['hits']), 0);
  expect(hits).toBe(count);
});

test('an incident of a Sigma rule tells author, id, licence and references, also when the rule is gone', async () => {
  const yaml =
    "title: Told\nid: told-1\nauthor: Ada\nreferences: [https://example.org/a]\nlogsource: { product: windows, category: process_creation }\ndetection: { s: { Image|endswith: '\\told.exe' }, condition: s }\n";
  const [row] = rowsOf(await world.order('POST AlertRules/sigma', { owner: world.acme.admin.id, yaml }));
  const ruleId = String(row?.['id']);
  const fields = { norm_id: 'WindowsSysmon', channel: 'Microsoft-Windows-Sysmon/Operational', event_id: '1' };
  await ingest([eventOf({ ...fields, image: 'C:\\told.exe', process: 'C:\\told.exe' })]);
  const incidents = rowsOf(await world.order('POST Incidents/fetch', { limit: 1000 }));
  const own = incidents.find((one) => one['alert_obj_id'] === ruleId);
  const told = { sigma_id: 'told-1', author: 'Ada', licence: 'DRL-1.1', references: ['https://example.org/a'] };
  const rule = async () => (await world.call(`GET Incidents/${String(own?.['id'])}`)).body;
  expect(await rule()).toMatchObject({ rule: { ...told, is_gone: false } });
  await world.order(`DELETE AlertRules/${ruleId}`);
  expect(await rule()).toMatchObject({ rule: { ...told, is_gone: true } });
});

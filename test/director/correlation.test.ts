import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_REGISTRY_SETTINGS, incidentDeps } from '../../src/control-registry.ts';
import type { LogEvent } from '../../src/events/event.ts';
import { incidentCommands } from '../../src/incidents/registry.ts';
import { RuleSet } from '../../src/ingest/rule-set.ts';
import type { Match } from '../../src/rules/match.ts';
import { ruleGet, ruleStats, streamRules } from '../../src/rules/registry.ts';
import type { JsonObject } from '../../src/shared/json.ts';
import { type DirectorWorld, listOf, openDirectorWorld, rowsOf } from './director-world.ts';

const { applyMatches, settleMatches } = incidentCommands(incidentDeps(DEFAULT_REGISTRY_SETTINGS));
let world: DirectorWorld;
beforeAll(async () => {
  world = await openDirectorWorld();
});
afterAll(() => world.close());

const RULES = `title: Spray
id: spray
author: Eve
level: high
correlation:
  type: value_count
  rules: [failed]
  group-by: [IpAddress]
  timespan: 5m
  condition: { field: TargetUserName, gte: 3 }
---
title: Silence
id: silence
correlation:
  type: event_count
  rules: [failed]
  group-by: [IpAddress]
  timespan: 1m
  condition: { lt: 1 }
---
title: Failed logon
name: failed
id: f-1
author: Mallory
logsource: { product: windows, service: security }
detection: { s: { EventID: 4625 }, condition: s }
---
title: Nothing to count
id: nobody
correlation:
  type: event_count
  rules: [spray]
  group-by: [TargetUserName]
  timespan: 5m
  condition: { gte: 3 }
`;

// All of them lie further back than late events are waited for.
const START_MS = Math.floor(Date.now() / 60_000) * 60_000 - 600_000;
let seq = 0;

const failed = (second: number, user: string, address: string): LogEvent => {
  seq += 1;
  const eventAtMs = START_MS + second * 1000;
  const fields = {
    norm_id: 'WinServer',
    channel: 'Security',
    event_id: '4625',
    target_user: user,
    user,
    source_address: address,
  };
  return { seq, eventAtMs, receivedAtMs: eventAtMs, repo: 'default', fields };
};

async function ingest(events: readonly LogEvent[]): Promise<void> {
  const set = RuleSet.compile(await world.store.read(streamRules, null));
  const { id: logpointId, name: logpointName } = world.acme.logpoint;
  const matches: Match[] = [];
  for (const event of events) {
    const target = { poolId: world.acme.pool.id, logpointId, logpointName, repo: 'default' };
    set.matcherOf(target)?.match(event, matches);
  }
  const [first, last] = [events[0]?.seq ?? 1, events.at(-1)?.seq ?? 1];
  await world.store.write(applyMatches, { stream: 'test', fromSeq: first, toSeq: last, matches });
}

test('Sigma correlations are imported with the rules that they name, and raise incidents on the server', async () => {
  const data = { yaml: RULES, repos: ['default'], owner: world.acme.admin.id, activate: true };
  const answer = await world.order('POST AlertRules/sigma', data);
  const report = rowsOf(answer) as readonly JsonObject[];
  expect(report.map(({ rule_id, fate }) => [rule_id, fate])).toEqual([
    ['spray', 'imported'],
    ['silence', 'imported'],
    ['f-1', 'imported'],
    ['nobody', 'refused'],
  ]);
  expect(report[0]?.['reason']).toBe('switched off, as it does not say generate: true: Failed logon');
  expect(report[3]?.['reason']).toBe('"spray" groups by IpAddress: its hits have no "TargetUserName"');

  await ingest([failed(10, 'bob', '203.0.113.9'), failed(20, 'Bob', '203.0.113.9'), failed(5, 'eve', '203.0.113.9')]);
  await ingest([failed(12, 'bob', '203.0.113.8'), failed(30, 'ada', '203.0.113.9')]);
  await world.store.write(settleMatches, null);
  const { id: logpointId } = world.acme.logpoint;
  const statsOf = async (rule: JsonObject | undefined) =>
    (await world.store.read(ruleStats, { logpointId, ruleIds: [String(rule?.['id'])] }))[0];
  expect(await statsOf(report[0])).toMatchObject({ matches: 5, hits: 1, raised: 1, late: 0 });
  // Both addresses fall silent once.
  expect(await statsOf(report[1])).toMatchObject({ matches: 5, hits: 2, raised: 2 });
  expect(await statsOf(report[2])).toMatchObject({ matches: 0 });
  const incidents = listOf(await world.call('GET Incidents'));
  const spray = incidents.find(({ name }) => name === 'Spray');
  const { metadata } = (await world.call(`GET Incidents/${String(spray?.['id'])}`)).body as JsonObject;
  expect(metadata).toEqual([
    { field: 'sigma_id', value: 'spray' },
    { field: 'author', value: 'Eve' },
    { field: 'licence', value: 'DRL-1.1' },
    { field: 'counted_rule', value: 'f-1, by Mallory (DRL-1.1)' },
  ]);
  expect(incidents.filter(({ name }) => name === 'Spray')).toMatchObject([{ risk: 'high', hits: 4 }]);

  const again = rowsOf(await world.order('POST AlertRules/sigma', data)) as readonly JsonObject[];
  expect(again.map(({ fate }) => fate)).toEqual(['unchanged', 'unchanged', 'unchanged', 'refused']);
});

const CHAIN = `title: Spray, then a logon
id: breached
correlation:
  type: temporal_ordered
  rules: [spray-chain, worked]
  group-by: [IpAddress]
  timespan: 10m
---
title: Spray of the chain
name: spray-chain
id: c-1
correlation:
  type: value_count
  rules: [failed]
  group-by: [IpAddress]
  timespan: 5m
  condition: { field: TargetUserName, gte: 3 }
---
title: Logon that worked
name: worked
id: w-1
logsource: { product: windows, service: security }
detection: { s: { EventID: 4624 }, condition: s }
---
title: Round a
id: round-a
correlation: { type: event_count, rules: [round-b], timespan: 5m, condition: { gte: 3 } }
---
title: Round b
id: round-b
correlation: { type: event_count, rules: [round-a], timespan: 5m, condition: { gte: 3 } }
---
title: Itself
id: itself
correlation: { type: event_count, rules: [itself], timespan: 5m, condition: { gte: 3 } }
---
title: Too deep
id: deep-6
correlation: { type: event_count, rules: [deep-5], timespan: 5m, condition: { gte: 1 } }
---
${[5, 4, 3, 2, 1]
  .map(
    (n) => `title: Deep ${n}
id: deep-${n}
correlation: { type: event_count, rules: [${n === 1 ? 'worked' : `deep-${n - 1}`}], timespan: 5m, condition: { gte: 1 } }
`,
  )
  .join('---\n')}`;

test('a correlation counts the hits of another one; circles and chains that are too long are refused with their names', async () => {
  const data = { yaml: CHAIN, repos: ['default'], owner: world.acme.admin.id, activate: true };
  const tried = rowsOf(await world.order('POST AlertRules/sigma', { ...data, dry_run: true })) as readonly JsonObject[];
  const report = rowsOf(await world.order('POST AlertRules/sigma', data)) as readonly JsonObject[];
  // A dry run knows what the import would bring.
  expect(tried.map(({ rule_id, fate }) => [rule_id, fate])).toEqual(report.map(({ rule_id, fate }) => [rule_id, fate]));
  const of = (id: string): JsonObject => report.find(({ rule_id }) => rule_id === id) ?? {};
  expect(of('breached')).toMatchObject({
    fate: 'imported',
    reason: 'switched off, as it does not say generate: true: Spray of the chain',
  });
  expect(of('c-1')['fate']).toBe('imported');
  expect(of('round-a')['reason']).toBe('correlations name each other in a circle: round-a → round-b → round-a');
  expect(of('round-b')['reason']).toBe('correlations name each other in a circle: round-b → round-a → round-b');
  expect(of('itself')['reason']).toBe('correlations name each other in a circle: itself → itself');
  expect(of('deep-5')['fate']).toBe('imported');
  expect(of('deep-6')['reason']).toBe(
    'expected a chain of at most 5 correlations, saw deep-6 → deep-5 → deep-4 → deep-3 → deep-2 → deep-1',
  );

  const worked = (second: number, address: string): LogEvent => {
    const event = failed(second, 'bob', address);
    return { ...event, fields: { ...event.fields, event_id: '4624' } };
  };
  const [busy, quiet] = ['198.51.100.7', '198.51.100.8'];
  await ingest([
    ...['ada', 'bob', 'eve'].map((user, i) => failed(60 + i, user, busy)),
    worked(70, quiet),
    worked(80, busy),
  ]);
  await world.store.write(settleMatches, null);
  const incidents = listOf(await world.call('GET Incidents')).filter(({ name }) => name === 'Spray, then a logon');
  expect(incidents).toHaveLength(1);
  const shown = await world.call(`GET Incidents/${String(incidents[0]?.['id'])}`);
  // The range holds the failed logons that the spray was made of: ten minutes, and the five of the spray.
  const { time_range: range } = shown.body as { readonly time_range: readonly [number, number] };
  expect(range[1] - range[0]).toBe(900);
  expect(range[1]).toBe(START_MS / 1000 + 81);
});

test('when a correlation changes, those that count its hits follow, and a change that they cannot follow is refused', async () => {
  const rule = async (id: string) => {
    const rows = listOf(await world.call(`GET AlertRules?q=${id}`));
    const key = { logpointId: world.acme.logpoint.id, ruleId: String(rows[0]?.['id']) };
    return world.store.read(ruleGet, key);
  };
  const inner = CHAIN.split('---\n')[1] ?? '';
  const send = async (yaml: string) =>
    rowsOf(await world.order('POST AlertRules/sigma', { yaml, repos: ['default'], owner: world.acme.admin.id }));
  const before = await rule('breached');
  expect(before?.stateful?.inner?.[0]?.correlation.thresholds).toEqual([{ op: 'gte', value: 3 }]);
  expect(await send(inner.replace('gte: 3', 'gte: 4'))).toMatchObject([{ fate: 'updated' }]);
  const after = await rule('breached');
  expect(after?.stateful?.inner?.[0]?.correlation.thresholds).toEqual([{ op: 'gte', value: 4 }]);
  expect(after?.matchVersion).toBeGreaterThan(before?.matchVersion ?? 0);
  expect(
    await send(inner.replace('[IpAddress]', '[TargetUserName]').replace('field: TargetUserName', 'field: IpAddress')),
  ).toMatchObject([
    { fate: 'refused', reason: '"spray-chain" groups by TargetUserName: its hits have no "IpAddress"' },
  ]);
  expect((await rule('breached'))?.version).toBe(after?.version);
});

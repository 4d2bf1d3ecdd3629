import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { builtInCatalogue } from '../../src/attack/built-in.ts';
import { RuleSet } from '../../src/ingest/rule-set.ts';
import type { Match } from '../../src/rules/match.ts';
import { recompileSigma } from '../../src/rules/recompile-sigma.ts';
import { ruleGet, sigmaRecompiled, sigmaStored, streamRules } from '../../src/rules/registry.ts';
import type { StreamRule } from '../../src/rules/stream-rule.ts';
import type { JsonObject } from '../../src/shared/json.ts';
import { readTar } from '../../src/sigma/read-tar.ts';
import { DATA, isAbsent, named } from '../corpus/public-data.ts';
import { sysmon } from '../sigma/decoded.ts';
import { eventsOfFile, expectedCounts, type OtrfEntry, readManifest, sorted } from '../sigma/manifests.ts';
import { type DirectorWorld, listOf, openDirectorWorld, rowsOf } from './director-world.ts';

let world: DirectorWorld;
let owner: string;
beforeAll(async () => {
  world = await openDirectorWorld();
  owner = world.acme.admin.id;
});
afterAll(() => world.close());

const sigma = (id: string, changes: Readonly<Record<string, string>> = {}): string => {
  const fields: Record<string, string> = {
    title: `Rule ${id}`,
    id,
    author: 'Ada, Bob',
    references: '[https://example.org/a]',
    tags: '[attack.discovery, attack.t1033, attack.t9999.001, cve.2024-1]',
    logsource: '{ product: windows, category: process_creation }',
    detection: "{ s: { Image|endswith: '\\whoami.exe' }, condition: s }",
    level: 'informational',
    ...changes,
  };
  return Object.entries(fields)
    .map(([key, value]) => `${key}: ${value}\n`)
    .join('');
};
const send = async (texts: readonly string[], more: JsonObject = {}) => {
  const files = texts.map((content, i) => ({ name: `r${i}.yml`, content }));
  return rowsOf(await world.order('POST AlertRules/sigma', { owner, files, ...more }));
};
const fates = (rows: readonly JsonObject[]) => rows.map(({ fate, reason }) => [fate, reason]);
const rule = (row: JsonObject | undefined) =>
  world.store.read(ruleGet, { logpointId: world.acme.logpoint.id, ruleId: String(row?.['id']) });

test('a rule is imported once, brought up to date when its text changes, and left alone when it does not', async () => {
  const [first] = await send([sigma('same')]);
  expect(first).toMatchObject({ file: 'r0.yml', rule_id: 'same', title: 'Rule same', fate: 'imported' });
  const made = await rule(first);
  expect(made).toMatchObject({ query: 'sigma_rule="same"', mode: 'stream', active: true, risk: 'low', version: 1 });
  await world.order(`PUT AlertRules/${String(first?.['id'])}`, { searchname: 'my name', throttling_enabled: false });
  expect(fates(await send([sigma('same')]))).toEqual([['unchanged', '']]);

  const [changed] = await send([sigma('same', { level: 'high', title: 'Other' })]);
  expect(changed).toMatchObject({ fate: 'updated', id: first?.['id'] });
  expect(await rule(changed)).toMatchObject({ name: 'my name', risk: 'high', matchVersion: 1, version: 3 });
  const other = "{ s: { Image|endswith: '\\id.exe' }, condition: s }";
  const [meant] = await send([sigma('same', { detection: other })]);
  expect(await rule(meant)).toMatchObject({ matchVersion: 4, version: 4 });
});

test('author, id, licence and references are metadata that an edit cannot take away; unknown tags are kept', async () => {
  const [row] = await send([sigma('told')]);
  const id = String(row?.['id']);
  await world.order(`PUT AlertRules/${id}`, { metadata: [{ field: 'team', value: 'blue' }], risk: 'high' });
  const made = await rule(row);
  expect(made?.attack.map(({ attackId }) => attackId)).toEqual(['T1033', 'T9999.001']);
  expect(made?.sigma?.tags).toContain('cve.2024-1');
  const rows = rowsOf(await world.order('POST AlertRules/MyAlertRules/fetch', {}));
  const shown = rows.find((one) => one['id'] === id) as { settings?: { metadata?: unknown } } | undefined;
  expect(shown?.settings?.metadata).toEqual([
    { field: 'sigma_id', value: 'told' },
    { field: 'author', value: 'Ada, Bob' },
    { field: 'licence', value: 'DRL-1.1' },
    { field: 'reference', value: 'https://example.org/a' },
    { field: 'team', value: 'blue' },
  ]);
});

test('placeholders take the values of the list with their name, as it is at each import', async () => {
  const yaml = sigma('expands', { detection: "{ s: { Image|expand: '%Tools%' }, condition: s }" });
  const [before] = await send([yaml]);
  expect(before?.['reason']).toContain('the rule needs the values of the placeholder %Tools%');
  const made = await world.order('POST Lists', { name: 'TOOLS', items: ['*\\\\nc.exe'], type: 'static' });
  expect(made).toMatchObject({ success: true });
  expect(await send([yaml])).toMatchObject([{ fate: 'imported' }]);
  expect(await send([yaml])).toMatchObject([{ fate: 'unchanged' }]);
  await world.order(`PUT Lists/${String(made['id'])}`, { items: ['*\\\\nc.exe', '*\\\\ncat.exe'] });
  expect(await send([yaml])).toMatchObject([{ fate: 'updated' }]);
});

test('what is refused says why, and nothing else is kept out by it', async () => {
  const aliases = `a: &a [x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\n${sigma('bomb')}c: [${'*b, '.repeat(90)}*b]\n`;
  const rows = await send([
    sigma('one'),
    sigma('one'),
    sigma('bad id here'),
    sigma('nowhere', { logsource: '{ product: windos }' }),
    aliases.replace('detection:', `x: [${'*b, '.repeat(20)}*b]\ndetection:`),
    `title: c\nid: c\ncorrelation: { type: event_count, rules: [one], timespan: 5m, condition: { gte: 5 } }\n`,
    `x: ${'y'.repeat(2_200_000)}\n`,
    sigma('two'),
  ]);
  expect(rows.map(({ fate }) => fate)).toEqual([
    'imported',
    ...['refused', 'refused', 'refused', 'refused', 'imported', 'refused'],
    'imported',
  ]);
  for (const row of rows.slice(1, 7)) expect(row['reason'], JSON.stringify(row)).not.toBe('');
});

test('a dry run tells and changes nothing', async () => {
  const before = await world.store.read(streamRules, null);
  expect(fates(await send([sigma('dry')], { dry_run: true }))).toEqual([['imported', '']]);
  expect(await world.store.read(streamRules, null)).toHaveLength(before.length);
  expect(fates(await send([sigma('dry')]))).toEqual([['imported', '']]);
});

test('a dry run in several requests finds what other requests have, and reports on its own files', async () => {
  const inner = sigma('beside-rule', { name: 'besides' });
  const outer =
    'title: Burst\nid: beside-burst\ncorrelation: {type: event_count, rules: [besides], group-by: [User], timespan: 5m, condition: {gte: 3}}\n';
  expect(fates(await send([outer], { dry_run: true }))).toEqual([['refused', 'no rule has the id or name "besides"']]);
  const beside = [{ name: 'other.yml', content: inner }];
  const rows = await send([outer], { dry_run: true, beside });
  expect(rows).toMatchObject([{ file: 'r0.yml', fate: 'imported', id: null }]);
  expect(await world.order('POST AlertRules/sigma', { owner, yaml: outer, beside })).toMatchObject({
    success: false,
    message: expect.stringContaining('beside is for a dry run'),
  });
});

test('lists, one rule and the coverage show what a rule is, did and covers', async () => {
  const [row] = await send([sigma('shown')]);
  const [light] = listOf(await world.call('GET AlertRules?q=shown'));
  expect(light).toMatchObject({ id: row?.['id'], source: 'sigma', author: 'Ada, Bob', licence: 'DRL-1.1', hits: 0 });
  const { body } = await world.call(`GET AlertRules/${String(row?.['id'])}`);
  expect(body).toMatchObject({ sigma: { yaml: sigma('shown'), references: ['https://example.org/a'] }, gaps: 0 });
  expect((await world.call(`GET AlertRules/${'0'.repeat(24)}`)).status).toBe(404);
  expect((await world.call(`GET AlertRules/${String(row?.['id'])}`, undefined, { tenant: world.other })).status).toBe(
    404,
  );
  expect(listOf(await world.call('GET AlertRules?limit=2'))).toHaveLength(2);

  const coverage = (await world.call('GET MitreAttacks/coverage')).body as {
    techniques: JsonObject[];
    tactics: JsonObject[];
  };
  // As the matrix has them, from before the break-in to its end; what only a rule names comes last.
  expect(coverage.tactics.map(({ tactic }) => tactic)).toEqual([
    ...builtInCatalogue().tactics.map(({ name }) => name),
    '',
  ]);
  const covered = coverage.techniques.filter(({ active }) => Number(active) > 0);
  expect([...new Set(covered.map(({ attack_id }) => attack_id))]).toEqual(['T1033', 'T9999.001']);
  const layer = (await world.call('GET MitreAttacks/navigator')).body as { techniques: JsonObject[] };
  expect(layer).toMatchObject({ versions: { layer: '4.5' }, domain: 'enterprise-attack' });
  expect(layer.techniques[0]).toMatchObject({ techniqueID: 'T1033', tactic: 'discovery', enabled: true });
});

test('a filter narrows rules that came before it and those that come after', async () => {
  const [row] = await send([sigma('narrow')]);
  const digest = async () =>
    (await world.store.read(streamRules, null))
      .find(({ query }) => query === 'sigma_rule="narrow"')
      ?.definitions?.sigma?.get('narrow')?.digest;
  const wide = await digest();
  const filter =
    "title: f\nid: f\nlogsource: { product: windows, category: process_creation }\nfilter: { rules: [narrow], s: { User: 'root' }, condition: not s }\n";
  expect(fates(await send([filter]))).toEqual([['imported', '']]);
  expect(await digest()).not.toBe(wide);
  expect((await rule(row))?.matchVersion).toBe(2);
  expect(fates(await send([filter, sigma('narrow')]))).toEqual([
    ['unchanged', ''],
    ['unchanged', ''],
  ]);
});

test('a trashed rule comes back with its next import, and an inactive one does not run', async () => {
  const [row] = await send([sigma('back')], { activate: false });
  expect((await rule(row))?.active).toBe(false);
  await world.order(`DELETE AlertRules/${String(row?.['id'])}`, {});
  expect(fates(await send([sigma('back')]))).toEqual([['imported', '']]);
});

test('a query may name a Sigma rule beside other conditions, and one that is not there is a mistake', async () => {
  await send([sigma('named')]);
  const validate = (query: string) => world.order('POST Query/validate', { query });
  expect(await validate('sigma_rule="named" -user=root | chart count() by user')).toMatchObject({ valid: true });
  expect(await validate('sigma_rule IN [named, "same"] or not sigma_rule=named')).toMatchObject({ valid: true });
  expect(await validate('sigma_rule="absent"')).toMatchObject({ valid: false });
});

test.skipIf(isAbsent)(named('rules of a recording match it on the stream as its manifest says'), async () => {
  const entries = (readManifest('manifest-otrf.json') as readonly OtrfEntry[]).filter(
    ({ expected }) => expected.length > 3,
  );
  const [entry] = [...entries].sort((a, b) => a.events - b.events);
  const wanted = new Set(entry?.expected.map(({ id }) => id));
  const files = readTar(readFileSync(join(DATA, 'sigma-rules.tar.gz'))).map(({ bytes }) => bytes.toString('utf8'));
  const own = files.filter((text) => wanted.has(/^id:\s*(\S+)/m.exec(text)?.[1] ?? ''));
  expect(fates(await send(own))).toEqual(own.map(() => ['imported', '']));
  const rules = await world.store.read(streamRules, null);
  const set = RuleSet.compile(rules);
  const ids = new Map(rules.map(({ ruleId, query }) => [ruleId, query.split('"')[1] ?? '']));
  const { id: logpointId, name: logpointName } = world.acme.logpoint;
  const matchers = set.matcherOf({ poolId: world.acme.pool.id, logpointId, logpointName, repo: 'default' });
  const counts = new Map<string, number>();
  for await (const event of eventsOfFile(entry?.file ?? '')) {
    const matches: Match[] = [];
    matchers?.match({ ...event, repo: 'default' }, matches);
    for (const { ruleId } of matches) {
      const id = ids.get(ruleId) ?? '';
      if (wanted.has(id)) counts.set(id, (counts.get(id) ?? 0) + 1);
    }
  }
  expect(sorted(counts)).toEqual(sorted(expectedCounts(entry?.expected ?? [])));
});

test('rules are replaced without a moment in which an event is seen by none or by half of them', async () => {
  await send([sigma('swap-a'), sigma('swap-b')]);
  const rules = (await world.store.read(streamRules, null)).filter(({ query }) => query.includes('swap-'));
  const { id: logpointId, name: logpointName } = world.acme.logpoint;
  const target = { poolId: world.acme.pool.id, logpointId, logpointName, repo: 'default' };
  const event = { ...sysmon(1, { Image: 'C:\\whoami.exe' }), repo: 'default' };
  let current = RuleSet.compile(rules);
  let isSwapping = true;
  const more = Array.from(
    { length: 2_000 },
    (_, i) => ({ ...rules[0], ruleId: `${i}`, query: `n=${i}` }) as StreamRule,
  );
  const swapped = current.next([...more, ...rules]).then((next) => {
    current = next;
    isSwapping = false;
  });
  let seen = 0;
  while (isSwapping) {
    const matches: Match[] = [];
    current.matcherOf(target)?.match(event, matches);
    expect(matches).toHaveLength(2);
    seen += 1;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  await swapped;
  const after: Match[] = [];
  current.matcherOf(target)?.match(event, after);
  expect(after).toHaveLength(2);
  expect(seen).toBeGreaterThan(1);
});

test('what another program compiled is compiled anew at a start, and only then', async () => {
  await send([sigma('stale')]);
  const { id: logpointId } = world.acme.logpoint;
  const stored = await world.store.read(sigmaStored, { logpointId, kind: 'rule' });
  const [fresh] = stored.filter(({ sigmaId }) => sigmaId === 'stale');
  if (fresh === undefined) throw new Error('the rule is stored');
  const older = { json: '{"kind":"never"}', digest: '0'.repeat(32) };
  await world.store.write(sigmaRecompiled, [{ ...fresh, condition: older, compiler: 'older' }]);
  expect(await recompileSigma(world.store)).toEqual({ compiled: 1, failed: [] });
  const again = (await world.store.read(sigmaStored, { logpointId, kind: 'rule' })).find(
    ({ sigmaId }) => sigmaId === 'stale',
  );
  expect(again).toEqual(fresh);
  expect(await recompileSigma(world.store)).toEqual({ compiled: 0, failed: [] });
});

// How long do pages of incidents, status changes and raising take when a logpoint holds a million incidents?
// npm run bench -- incidents [COUNT]
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accountsMigrations } from '../src/accounts/migrations.ts';
import { openInProcessControlStore } from '../src/adapters/sqlite/in-process-control-store.ts';
import { controlFile } from '../src/adapters/sqlite/open-database.ts';
import { auditMigrations } from '../src/audit/migrations.ts';
import { command, query, registryOf } from '../src/control/control-store.ts';
import type { VerbRequest } from '../src/incidents/change-incident.ts';
import { countIncidents, incidentFacets } from '../src/incidents/count-incidents.ts';
import { fetchIncidents } from '../src/incidents/fetch-incidents.ts';
import { type FetchIncidentsInput, filterOf } from '../src/incidents/incident-filter.ts';
import { incidentMetrics } from '../src/incidents/incident-metrics.ts';
import { incidentMigrations } from '../src/incidents/migrations.ts';
import { raiseIncident } from '../src/incidents/raise-incident.ts';
import { reopenIncident, resolveIncident } from '../src/incidents/set-status.ts';
import type { AlertRule } from '../src/rules/alert-rule.ts';
import { digestHex } from '../src/shared/ids.ts';
import { tenancyMigrations } from '../src/tenancy/migrations.ts';
import { fill, RULES, ruleOf, SPREAD_MS, setUp, T0 } from './support/incident-world.ts';

const COUNT = Number(process.argv[2] ?? 1_000_000);
const ROUNDS = 200;

const deps = { closeUnresolved: false, resolvePolicy: 'manageable', listeners: [] } as const;
const resolve = command('bench.resolve', async (tx, request: VerbRequest) => {
  await resolveIncident(tx, request, deps);
});
const reopen = command('bench.reopen', async (tx, request: VerbRequest) => {
  await reopenIncident(tx, request, deps);
});
const raise = command('bench.raise', (tx, input: { rule: AlertRule; n: number }) => {
  const detectedAtMs = T0 + SPREAD_MS + input.n;
  const window = { windowFromMs: detectedAtMs - 300_000, windowToMs: detectedAtMs };
  const { id: ruleId, logpointId, version: ruleVersion } = input.rule;
  const firingKey = digestHex(['raised', String(input.n)], 32);
  const firing = { logpointId, ruleId, ruleVersion, firingKey, detectedAtMs, rowsCount: 1, hits: 1, groupKey: '' };
  return raiseIncident(tx, { ...firing, ...window }, input.rule, []);
});

const context = { logpointName: 'bench', logpointIp: '127.0.0.1', linkHost: 'bench' };
const fetchPage = query('bench.fetch', (tx, ask: { logpointId: string; input: FetchIncidentsInput }) =>
  fetchIncidents(tx, { ...ask, rowsMax: 10_000, context }),
);
const facets = query('bench.facets', (tx, ask: { logpointId: string; input: FetchIncidentsInput }) =>
  incidentFacets(tx, ask.logpointId, filterOf(ask.input)),
);
const total = query('bench.total', (tx, ask: { logpointId: string; input: FetchIncidentsInput }) =>
  countIncidents(tx, ask.logpointId, filterOf(ask.input)),
);
const metrics = query('bench.metrics', (tx, logpointId: string) =>
  incidentMetrics(tx, { logpointId, by: 'rule', fromMs: T0, toMs: T0 + 2 * SPREAD_MS }),
);
const someIds = query('bench.ids', (tx, ask: { status: number; count: number }) =>
  tx.all<{ id: string; user: string }>(
    'select id, assigned_to as user from incidents where status = ? order by firing_key limit ?',
    [ask.status, ask.count],
  ),
);

function report(what: string, times: number[], rows: string): void {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(2).padStart(8);
  console.log(`${what.padEnd(58)} p50 ${at(0.5)} ms  p95 ${at(0.95)} ms  max ${at(1)} ms  ${rows}`);
}

async function timed<T>(rounds: number, work: (round: number) => Promise<T>): Promise<{ times: number[]; last: T }> {
  const times: number[] = [];
  let last = await work(0);
  for (let round = 1; round <= rounds; round++) {
    const start = performance.now();
    last = await work(round);
    times.push(performance.now() - start);
  }
  return { times, last };
}

async function main(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
  let now = T0 + SPREAD_MS;
  const store = await openInProcessControlStore({
    dir,
    registry: registryOf([setUp, fill, facets, total, metrics, resolve, reopen, raise, fetchPage, someIds]),
    migrations: [...tenancyMigrations, ...accountsMigrations, ...auditMigrations, ...incidentMigrations],
    clock: () => now,
  });
  try {
    const start = performance.now();
    const { place, sources } = await store.write(setUp, null);
    const step = 50_000;
    for (let from = 0; from < COUNT; from += step) {
      await store.write(fill, { place, sources, from, count: Math.min(step, COUNT - from) });
    }
    const seconds = (performance.now() - start) / 1000;
    const bytes = statSync(controlFile(dir)).size;
    console.log(
      `${COUNT} incidents of ${RULES} rules in ${seconds.toFixed(0)} s, ${Math.round(bytes / COUNT)} bytes an incident\n`,
    );

    const { logpointId, users } = place;
    const day = (n: number): number => T0 / 1000 + n * 86_400;
    const page = async (what: string, input: FetchIncidentsInput, rounds = ROUNDS): Promise<void> => {
      const { times, last } = await timed(rounds, () =>
        store.read(fetchPage, { logpointId, input: { limit: 50, ...input } }),
      );
      report(`page: ${what}`, times, `${last.rows.length} rows${last.cut === 'scan' ? ', scan cut' : ''}`);
    };
    await page('first 50, no filter', {});
    await page('unresolved', { status: ['unresolved'] });
    await page('high and critical, unresolved', { risk: ['high', 'critical'], status: ['unresolved'] });
    await page('a week, half a year ago', { start_date: day(180), end_date: day(187) });
    await page('of two users', { assigned_to_users: users.slice(0, 2), status: ['unresolved', 'resolved'] });
    await page('two rare tags, all of', { attack_tag: ['rare one', 'rare two'] });
    await page('a rare and a common tag, all of', { attack_tag: ['rare one', 'tag 7'] });
    await page('two common tags and a source, all of', { attack_tag: ['tag 1', 'tag 7'], log_source: ['source 1'] });
    await page('a name', { name: 'Suspicious login activity 1000' });
    await page('a pattern that 1000 rules match', { name: '(?i)suspicious LOGIN' }, 50);
    await page('a pattern that all rules match', { name: '^Suspicious' }, 50);
    await page('a pattern that no rule matches', { name: '(a+)+$' }, 50);
    await page('updated in the last day', { updated_since: day(364) });
    await page('type alert, closed', { type: ['alert'], status: ['closed'] });
    for (const [what, input] of [
      ['no filter', {}],
      ['unresolved', { status: ['unresolved'] }],
    ] as const) {
      report(`facets: ${what}`, (await timed(5, () => store.read(facets, { logpointId, input }))).times, '');
      report(`total: ${what}`, (await timed(5, () => store.read(total, { logpointId, input }))).times, '');
    }
    report('metrics by rule, the newest 200,000', (await timed(3, () => store.read(metrics, logpointId))).times, '');
    let cursor: string | undefined;
    const { times, last } = await timed(ROUNDS, async () => {
      const answer = await store.read(fetchPage, { logpointId, input: { limit: 50, cursor } });
      cursor = answer.nextCursor ?? undefined;
      return answer;
    });
    report('page: one after the other by cursor', times, `${last.rows.length} rows`);
    await page('10,000 rows at once', { limit: 10_000 }, 5);

    const ask = (found: { id: string; user: string }): VerbRequest => {
      now += 1;
      return { logpointId, incidentId: found.id, userId: found.user, actor: 'bench' };
    };
    const open = await store.read(someIds, { status: 0, count: ROUNDS + 1 });
    const resolved = await timed(ROUNDS, async (n) => {
      const found = open[n];
      if (found !== undefined) await store.write(resolve, ask(found));
    });
    report('resolve, durable, one at a time', resolved.times, '');
    const reopened = await timed(ROUNDS, async (n) => {
      const found = open[n];
      if (found !== undefined) await store.write(reopen, ask(found));
    });
    report('reopen, durable, one at a time', reopened.times, '');
    const groups = Math.floor(Math.min(COUNT / 100, 6_400) / 16);
    const closedIds = await store.read(someIds, { status: 2, count: groups * 16 });
    const group = await timed(groups - 1, (n) =>
      Promise.all(closedIds.slice(n * 16, n * 16 + 16).map((found) => store.write(reopen, ask(found)))),
    );
    const rate = (16 * group.times.length) / (group.times.reduce((sum, ms) => sum + ms, 0) / 1000);
    report('reopen, 16 at a time', group.times, `${Math.round(rate)} a second`);
    const raised = await timed(ROUNDS, (n) => store.write(raise, { rule: ruleOf(place, n), n }));
    report('raise, durable, one at a time', raised.times, '');
  } finally {
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

await main();

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openInProcessControlStore } from '../src/adapters/sqlite/in-process-control-store.ts';
import { command, registryOf } from '../src/control/control-store.ts';
import type { CorrelatedMatch, Correlation } from '../src/correlation/correlation.ts';
import { evaluateMatches } from '../src/correlation/evaluate-matches.ts';
import { listMigrations } from '../src/lists/migrations.ts';
import { applyMatches } from '../src/rules/apply-matches.ts';
import type { FiringSink } from '../src/rules/firing-sink.ts';
import type { Match, MatchBatch } from '../src/rules/match.ts';
import { ruleMigrations } from '../src/rules/migrations.ts';
import { insertRule } from '../src/rules/rule-store.ts';
import { StateCache } from '../src/rules/stateful/state-cache.ts';
import { aRule, LOGPOINT } from '../test/rules/fixture.ts';

// Matches of a stateful rule through the engine and its store, by the number of groups; beside it the states alone.
// usage: node bench/stateful.ts [matches] [groups ...]

const [matchesText = '200000', ...groupsTexts] = process.argv.slice(2);
const count = Number(matchesText);
const BATCH = 1_000;
const correlation: Correlation = {
  kind: 'event_count',
  parts: 1,
  spanMs: 300_000,
  window: 'seconds',
  thresholds: [{ op: 'gte', value: 10 }],
  percentile: null,
  expression: null,
};
const sink: FiringSink = { raise: async (_tx, firing) => firing.firingKey.slice(0, 24), extend: async () => true };
const rule = aRule({ rangeMinutes: 5, mode: 'stream', stateful: { correlation, parts: [] } });

async function measure(matches: number, groups: number): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
  const cache = new StateCache();
  const insert = command('bench.insert', (tx, _: null) => insertRule(tx, rule));
  const apply = command('bench.apply', (tx, batch: MatchBatch) =>
    applyMatches(tx, batch, sink, { latenessMs: 0, cache }),
  );
  const store = await openInProcessControlStore({
    dir,
    registry: registryOf([insert, apply]),
    migrations: [...listMigrations, ...ruleMigrations],
    clock: Date.now,
  });
  await store.write(insert, null);
  const startMs = Date.now() - matches;
  const of = (i: number): Match => ({
    logpointId: LOGPOINT,
    ruleId: rule.id,
    ruleVersion: 1,
    seq: i + 1,
    eventAtMs: startMs + i,
    repo: 'default',
    throttleValue: null,
    correlated: { groupKey: `group ${(i * 7919) % groups}`, parts: 1, value: null },
  });
  const fromMs = performance.now();
  for (let at = 0; at < matches; at += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, matches - at) }, (_, i) => of(at + i));
    await store.write(apply, { stream: 'bench', fromSeq: at + 1, toSeq: at + batch.length, matches: batch });
    // As in the server, whose batches come as messages: between two turns the driver gives back what it holds for each query.
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  const ms = performance.now() - fromMs;
  const { heapUsed, rss } = process.memoryUsage();
  const mb = (bytes: number): number => Math.round(bytes / 1e6);
  const status = cache.status();
  console.log(
    JSON.stringify({
      matches,
      groups,
      matches_per_s: Math.round((matches * 1000) / ms),
      heap_mb: mb(heapUsed),
      rss_mb: mb(rss),
      held: status,
    }),
  );
  await store.close();
  rmSync(dir, { recursive: true, force: true });
}

function measureStates(matches: number): void {
  const list = Array.from({ length: matches }, (_, i): CorrelatedMatch => {
    return { eventAtMs: i, stream: '', seq: i, parts: 1, value: null };
  });
  const fromMs = performance.now();
  evaluateMatches(correlation, list);
  const ms = performance.now() - fromMs;
  console.log(JSON.stringify({ states_alone: matches, matches_per_s: Math.round((matches * 1000) / ms) }));
}

measureStates(count);
for (const groups of groupsTexts.length === 0 ? [100, 10_000] : groupsTexts.map(Number)) await measure(count, groups);

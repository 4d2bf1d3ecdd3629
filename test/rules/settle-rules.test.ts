import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { IngestStatus } from '../../src/ingest/ingest-handle.ts';
import { SettleRules } from '../../src/settle-rules.ts';
import { openDirectorWorld } from '../director/director-world.ts';
import { aRule, commands, LATENESS_MS, RuleBench } from './fixture.ts';
import { matchOf } from './stateful-stream.ts';

const START_MS = 1_700_000_000_000;
const correlation = {
  kind: 'event_count',
  parts: 1,
  spanMs: 60_000,
  window: 'seconds',
  thresholds: [{ op: 'gte', value: 2 }],
  percentile: null,
  expression: null,
} as const;
const rule = aRule({ rangeMinutes: 1, stateful: { correlation, parts: [] }, mode: 'stream' });

let bench: RuleBench;
let ingest: { isWorkerUp: boolean; rulesWaitingSinceMs: number | null };
let told: string[];
let seq: number;
beforeEach(async () => {
  bench = new RuleBench(START_MS);
  ingest = { isWorkerUp: true, rulesWaitingSinceMs: null };
  told = [];
  seq = 0;
  await bench.insert(rule);
});
afterEach(() => bench.close());

async function settling(): Promise<SettleRules> {
  return new SettleRules({
    control: await bench.store(),
    settleMatches: commands.settleStates,
    ingest: { status: async () => ingest as IngestStatus },
    logger: pino({ level: 'silent' }),
    clock: () => bench.nowMs,
    onSpill: (message) => told.push(message),
  });
}

/** Two matches of each group, a second apart, the last of them now. */
async function matches(groups: readonly string[]): Promise<void> {
  const fromSeq = seq + 1;
  const list = groups.flatMap((groupKey) =>
    [1_000, 0].map((agoMs) => {
      seq += 1;
      return matchOf(rule, { seq, eventAtMs: bench.nowMs - agoMs, correlated: { groupKey, parts: 1, value: null } });
    }),
  );
  const batch = { stream: 'n', fromSeq, toSeq: seq, matches: list };
  await (await bench.store()).write(commands.applyCached, { batch, latenessMs: LATENESS_MS });
}

test('decisions fall due when no event comes any more, and not before all that waits is known', async () => {
  const settle = await settling();
  await matches(['root']);
  await settle.tick();
  expect(await bench.incidents()).toHaveLength(0);

  bench.nowMs += LATENESS_MS + 1;
  ingest = { isWorkerUp: false, rulesWaitingSinceMs: null };
  await settle.tick();
  expect(await bench.incidents()).toHaveLength(0);
  // A backlog that is not read yet: nobody knows how old it is.
  ingest = { isWorkerUp: true, rulesWaitingSinceMs: 0 };
  await settle.tick();
  expect(await bench.incidents()).toHaveLength(0);
  // An event that came a moment after the last one waits: the time goes as far as there.
  ingest.rulesWaitingSinceMs = START_MS + 10;
  await settle.tick();
  expect(await bench.incidents()).toHaveLength(0);
  // Steady traffic: something always waits, and does not hold up what is older.
  ingest.rulesWaitingSinceMs = bench.nowMs;
  await settle.tick();
  expect(await bench.incidents()).toHaveLength(1);
});

test('groups that leave the memory are told of once an hour and stand in /metrics, and none of them is lost', async () => {
  const settle = await settling();
  const names = Array.from({ length: 6 }, (_, i) => `user ${i}`);
  const before = settle.counts()['statefulSpilled'] ?? 0;
  await matches(names);
  bench.nowMs += LATENESS_MS + 1;
  await settle.tick();
  expect(await bench.incidents()).toHaveLength(names.length);
  expect(told).toEqual([
    expect.stringMatching(
      /^\d+ groups of stateful rules went from memory to the store: they cost more time, none of them is lost$/,
    ),
  ]);
  const spilled = settle.counts()['statefulSpilled'] ?? 0;
  expect(spilled).toBeGreaterThan(before);

  await matches(names);
  bench.nowMs += LATENESS_MS + 1;
  await settle.tick();
  expect(told).toHaveLength(1);
  bench.nowMs += 3_600_000;
  await matches(names);
  bench.nowMs += LATENESS_MS + 1;
  await settle.tick();
  expect(told).toHaveLength(2);

  const world = await openDirectorWorld([], undefined, {
    parts: { rules: () => ({ isReady: true, counts: settle.counts() }) },
  });
  try {
    const authorization = `Bearer ${await world.token('root')}`;
    const { body } = await world.app.inject({ url: '/metrics', headers: { authorization } });
    const now = settle.counts()['statefulSpilled'];
    expect(body).toContain(`tocsin_rules_stateful_spilled ${now}\n`);
  } finally {
    await world.close();
  }
});

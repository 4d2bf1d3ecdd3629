import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AlertRule } from '../../src/rules/alert-rule.ts';
import type { Match, MatchBatch } from '../../src/rules/match.ts';
import { digestHex } from '../../src/shared/ids.ts';
import { aRule, commands, LOGPOINT, queries, RuleBench } from './fixture.ts';
import { evaluateNaively } from './naive-evaluator.ts';

// The law of stream firing: what a rule raises is a function of its matches, not of how they were cut into batches, how
// often a batch came again, or where the process ended in between.

const START_MS = 1_700_000_000_000;
const STREAM = 'node-a';

const rules = fc.record({
  rangeMinutes: fc.constantFrom(1, 2, 10),
  conditionOption: fc.constantFrom('greaterthan' as const, 'moreequal' as const),
  conditionValue: fc.integer({ min: 1, max: 4 }),
  isEvery: fc.boolean(),
  flushOnTrigger: fc.boolean(),
  throttleMinutes: fc.option(fc.integer({ min: 1, max: 15 })),
});

const ruleOf = (spec: { throttleMinutes: number | null; isEvery: boolean } & Partial<AlertRule>): AlertRule => {
  const { throttleMinutes, isEvery, ...rest } = spec;
  return aRule({
    ...rest,
    ...(isEvery ? { conditionOption: 'greaterthan', conditionValue: 0 } : {}),
    throttling: throttleMinutes === null ? null : { field: 'user', rangeMinutes: throttleMinutes },
  });
};

const steps = fc.array(
  fc.record({
    afterMs: fc.oneof(fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: 0, max: 90_000 }), fc.constant(600_000)),
    user: fc.constantFrom('a', 'b', '', null),
    /** A batch ends with this match; then perhaps a replay, a crash or a restart. */
    ends: fc.boolean(),
    next: fc.constantFrom('go on', 'again', 'longer', 'crash', 'restart'),
  }),
  { minLength: 1, maxLength: 40 },
);

type Step = { afterMs: number; user: string | null; ends: boolean; next: string };

function matchesOf(rule: AlertRule, list: readonly Step[]): Match[] {
  let atMs = START_MS;
  return list.map(({ afterMs, user }, i) => {
    atMs += afterMs;
    return {
      logpointId: LOGPOINT,
      ruleId: rule.id,
      ruleVersion: 1,
      seq: i * 3 + 1,
      eventAtMs: atMs,
      repo: 'default',
      throttleValue: user,
    };
  });
}

const batchOf = (fromSeq: number, toSeq: number, matches: readonly Match[]): MatchBatch => ({
  stream: STREAM,
  fromSeq,
  toSeq,
  matches: matches.filter(({ seq }) => seq >= fromSeq && seq <= toSeq),
});

/** Sends all matches cut as the steps say, with replays, overlaps, crashes before the commit and restarts. */
async function send(bench: RuleBench, list: readonly Step[], matches: readonly Match[]): Promise<void> {
  let from = 1;
  for (const [i, step] of list.entries()) {
    const isLast = i === list.length - 1;
    if (!step.ends && !isLast) continue;
    const to = i * 3 + 3;
    const batch = batchOf(from, to, matches);
    const store = await bench.store();
    if (step.next === 'crash') await store.write(commands.applyThenFail, batch).catch(() => null);
    await store.write(commands.applyMatches, batch);
    if (step.next === 'again') await store.write(commands.applyMatches, batch);
    if (step.next === 'restart') await bench.restart();
    // The next batch begins with what this one held: a sender that did not hear the confirmation.
    if (step.next !== 'longer') from = to + 1;
  }
}

// Each run opens a store on disk; a slow disk must not fail the law.
const TIMEOUT_MS = 120_000;

test(
  'whatever the batches, replays, crashes and restarts, a rule raises what the naive evaluator raises',
  async () => {
    await fc.assert(
      fc.asyncProperty(rules, steps, async (spec, list) => {
        const rule = ruleOf(spec);
        const matches = matchesOf(rule, list);
        const expected = evaluateNaively(rule, matches);
        const bench = new RuleBench(START_MS + 7_200_000);
        try {
          await bench.insert(rule);
          await send(bench, list, matches);
          const incidents = await bench.incidents();
          expect(
            incidents.map(({ firing, hits }) => ({ key: firing.firingKey, rows: firing.rowsCount, hits })),
          ).toEqual(
            expected.incidents.map(({ seq, rows, hits }) => {
              const key =
                rule.throttling === null ? '' : (matches.find((match) => match.seq === seq)?.throttleValue ?? '');
              return { key: digestHex(['stream', rule.id, '1', key, STREAM, String(seq)], 32), rows, hits };
            }),
          );
          const stats = await bench.stats(rule.id);
          expect(stats.matches).toBe(matches.length);
          expect(stats.hits).toBe(expected.hitSeqs.length);
          expect(stats.throttled).toBe(expected.throttled);
          expect(stats.raised + stats.extended + stats.throttled).toBe(stats.hits);
        } finally {
          await bench.close();
        }
      }),
      { numRuns: 60 },
    );
  },
  TIMEOUT_MS,
);

test(
  'matches that arrive in any order hit exactly where the whole set hits, and raise within its episodes',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        rules,
        steps,
        fc.infiniteStream(fc.integer({ min: 0, max: 1_000_000 })),
        async (spec, list, dice) => {
          const rule = ruleOf({
            ...spec,
            conditionValue: spec.conditionValue + 1,
            flushOnTrigger: false,
            throttleMinutes: null,
            isEvery: false,
          });
          const times = matchesOf(rule, list).map(({ eventAtMs }) => ({ eventAtMs, key: dice.next().value }));
          times.sort((a, b) => a.key - b.key);
          const matches = matchesOf(rule, list).map((match, i) => ({ ...match, eventAtMs: times[i]?.eventAtMs ?? 0 }));
          const expected = evaluateNaively(rule, matches);
          const bench = new RuleBench(START_MS + 7_200_000);
          try {
            await bench.insert(rule);
            await send(bench, list, matches);
            const store = await bench.store();
            expect(await store.read(queries.hitSeqs, undefined)).toEqual(expected.hitSeqs);
            const incidents = await bench.incidents();
            expect(incidents.length).toBeGreaterThanOrEqual(expected.incidents.length);
            expect(incidents.length > 0).toBe(expected.incidents.length > 0);
          } finally {
            await bench.close();
          }
        },
      ),
      { numRuns: 60 },
    );
  },
  TIMEOUT_MS,
);

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type CorrelatedMatch, type Correlation, timingOf } from '../../src/correlation/correlation.ts';
import type { Match } from '../../src/rules/match.ts';
import { correlations, matchLists } from '../correlation/arbitrary-correlation.ts';
import { naiveHits } from '../correlation/naive-correlation.ts';
import { aRule, cache, commands, LOGPOINT, RuleBench } from './fixture.ts';

// The law of stateful rules: what they raise is a function of the set of their matches. Matches come in any order within the
// lateness, in any batches, again, around crashes and restarts, with room in memory for two groups; what is raised is what
// loops over the whole set say.

const LATENESS_MS = 20_000;
const RANGE_MS = 60_000;
const TIMEOUT_MS = 180_000;

type Expected = { readonly group: string; readonly toMs: number };

/** First hits of episodes, told from the hits of each group. */
function expectedOf(correlation: Correlation, groups: ReadonlyMap<string, readonly CorrelatedMatch[]>) {
  const first: Expected[] = [];
  let hits = 0;
  for (const [group, matches] of groups) {
    let lastMs = Number.NEGATIVE_INFINITY;
    const timing = timingOf(correlation);
    for (const text of naiveHits(correlation, timing, matches)) {
      const atMs = Number(text.split(':')[0]) - (timing === 'match' ? 0 : 1);
      if (atMs - lastMs >= RANGE_MS) first.push({ group, toMs: (Math.floor(atMs / 1000) + 1) * 1000 });
      lastMs = atMs;
      hits += 1;
    }
  }
  return { first: sorted(first), hits };
}

const sorted = (list: readonly Expected[]): string[] => list.map(({ group, toMs }) => `${group} ${toMs}`).sort();

const cases = correlations.chain((correlation) =>
  fc.record({
    correlation: fc.constant(correlation),
    groups: fc.array(matchLists(correlation), { minLength: 1, maxLength: 4 }),
    delays: fc.infiniteStream(fc.integer({ min: 0, max: LATENESS_MS - 1 })),
    next: fc.infiniteStream(fc.constantFrom('go on', 'go on', 'batch', 'batch', 'again', 'crash', 'restart', 'settle')),
  }),
);

test(
  'whatever the order, batches, replays, crashes, restarts and room in memory, a stateful rule raises what the whole set says',
  async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ correlation, groups, delays, next }) => {
        const rule = aRule({
          rangeMinutes: 1,
          mode: 'stream',
          stateful: { correlation, parts: [] },
        });
        // The journal numbers events as they arrive.
        const arriving = groups
          .flatMap((list, group) => list.map((match) => ({ match, group: `g${group}` })))
          .map((one) => ({ ...one, arrivesMs: one.match.eventAtMs + delays.next().value }))
          .sort((a, b) => a.arrivesMs - b.arrivesMs)
          .map(({ match, group }, i) => ({ group, match: { ...match, seq: i + 1 } }));
        const whole = new Map<string, CorrelatedMatch[]>();
        for (const { group, match } of arriving) whole.set(group, [...(whole.get(group) ?? []), match]);
        const expected = expectedOf(correlation, whole);
        const bench = new RuleBench(1_700_100_000_000);
        try {
          await bench.insert(rule);
          let from = 1;
          for (const [i, { match }] of arriving.entries()) {
            const step = next.next().value;
            if (step === 'go on' && i < arriving.length - 1) continue;
            const matches = arriving.slice(from - 1, i + 1).map(
              ({ group, match: { eventAtMs, seq, parts, value } }): Match => ({
                logpointId: LOGPOINT,
                ruleId: rule.id,
                ruleVersion: 1,
                seq,
                eventAtMs,
                repo: 'default',
                throttleValue: null,
                correlated: { groupKey: group, parts, value },
              }),
            );
            const batch = { stream: 'n', fromSeq: from, toSeq: i + 1, matches };
            const store = await bench.store();
            if (step === 'crash') {
              await store.write(commands.applyCachedThenFail, { batch, latenessMs: LATENESS_MS }).catch(() => null);
            }
            await store.write(commands.applyCached, { batch, latenessMs: LATENESS_MS });
            if (step === 'again') await store.write(commands.applyCached, { batch, latenessMs: LATENESS_MS });
            if (step === 'settle')
              await store.write(commands.settle, { newestMs: match.eventAtMs, latenessMs: LATENESS_MS });
            if (step === 'restart') await bench.restart();
            from = i + 2;
          }
          const store = await bench.store();
          await store.write(commands.settle, { newestMs: bench.nowMs, latenessMs: LATENESS_MS });
          const raised = (await bench.incidents()).map(({ firing }) => ({
            group: firing.groupKey,
            toMs: firing.windowToMs,
          }));
          expect(sorted(raised)).toEqual(expected.first);
          const stats = await bench.stats(rule.id);
          expect(stats.hits).toBe(expected.hits);
          expect(stats.late).toBe(0);
          expect(stats.raised + stats.extended).toBe(stats.hits);
        } finally {
          await bench.close();
        }
      }),
      { numRuns: Number(process.env['STATEFUL_RUNS'] ?? 150) },
    );
    expect(cache.status().spilled).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Match } from '../../src/rules/match.ts';
import { RuleScheduler, SCHEDULER_DEFAULTS } from '../../src/rules/rule-scheduler.ts';
import { aRule, commands, LOGPOINT, RuleBench } from './fixture.ts';

// A plain search gives the same incidents whether its matches are counted on the stream or its windows are searched.
// Bursts lie more than twice the range apart: closer ones may be one episode or two, depending on where windows begin.

const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 2, 8, 0);

const bursts = fc.array(
  fc.record({
    size: fc.integer({ min: 1, max: 6 }),
    pauseMinutes: fc.integer({ min: 23, max: 40 }),
    second: fc.nat(59),
  }),
  { minLength: 1, maxLength: 6 },
);

// Each run opens a store on disk; a slow disk must not fail the law.
const TIMEOUT_MS = 120_000;

test(
  'stream and schedule raise the same incidents over separate bursts',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        bursts,
        fc.integer({ min: 0, max: 4 }),
        fc.constantFrom(2, 5, 10),
        async (list, value, interval) => {
          const onStream = aRule({ conditionValue: value, rangeMinutes: 10, intervalMinutes: interval });
          const onSchedule = aRule({
            ...onStream,
            id: 'c'.repeat(24),
            alertruleId: 'c'.repeat(32),
            name: 'the same on schedule',
            mode: 'schedule',
          });
          let atMs = START;
          const times = list.flatMap(({ size, pauseMinutes, second }) => {
            atMs += pauseMinutes * MINUTE;
            return Array.from({ length: size }, () => atMs + second * 1000);
          });
          const bench = new RuleBench(START);
          try {
            await bench.insert(onStream);
            await bench.insert(onSchedule);
            const store = await bench.store();
            const matches = times.map((eventAtMs, i): Match => {
              const { id: ruleId, version: ruleVersion } = onStream;
              return {
                logpointId: LOGPOINT,
                ruleId,
                ruleVersion,
                seq: i + 1,
                eventAtMs,
                repo: 'default',
                throttleValue: null,
              };
            });
            await store.write(commands.applyMatches, { stream: 'n', fromSeq: 1, toSeq: matches.length, matches });
            const scheduler = new RuleScheduler({
              store,
              applyWindow: commands.applyWindow,
              search: async (_rule, { fromMs, toMs }) => {
                const rowsCount = times.filter((time) => time >= fromMs && time < toMs).length;
                return { rowsCount, isCut: false, groups: rowsCount === 0 ? [] : [{ key: '', throttleValue: null }] };
              },
              clock: () => bench.nowMs,
              settings: { ...SCHEDULER_DEFAULTS, catchUpWindowsMax: 1_000 },
              onError: (error) => {
                throw error;
              },
            });
            bench.nowMs = atMs + 60 * MINUTE;
            for (let done = -1; done !== scheduler.status().windows; ) {
              done = scheduler.status().windows;
              await scheduler.tick();
            }
            const incidents = await bench.incidents();
            const of = (ruleId: string) => incidents.filter(({ firing }) => firing.ruleId === ruleId);
            const streamed = of(onStream.id);
            const scheduled = of(onSchedule.id);
            expect(scheduled.map(({ firing }) => firing.rowsCount)).toEqual(streamed.map(({ hits }) => hits));
            for (const [i, { firing }] of streamed.entries()) {
              const hitMs = firing.windowToMs - 1;
              expect(scheduled[i]?.firing.windowFromMs).toBeLessThanOrEqual(hitMs);
              expect(scheduled[i]?.firing.windowToMs).toBeGreaterThan(hitMs);
            }
          } finally {
            await bench.close();
          }
        },
      ),
      { numRuns: 12 },
    );
  },
  TIMEOUT_MS,
);

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LogEvent } from '../../src/events/event.ts';
import { RuleSet } from '../../src/ingest/rule-set.ts';
import { noDefinitions } from '../../src/query/definitions.ts';
import { evaluate } from '../../src/query/evaluate.ts';
import type { Match } from '../../src/rules/match.ts';
import { streamRules } from '../../src/rules/registry.ts';
import { planRuleQuery } from '../../src/rules/rule-query.ts';
import { RuleScheduler, SCHEDULER_DEFAULTS } from '../../src/rules/rule-scheduler.ts';
import { statefulQuery } from '../../src/rules/stateful/stateful-query.ts';
import { rowsMaxOf, windowRows } from '../../src/rules/window-rows.ts';
import { present } from '../../src/shared/assert.ts';
import { aRule, commands, LOGPOINT, RuleBench } from './fixture.ts';

// A query over several events raises incidents for the same groups at the same times, whether its matches are counted on
// the stream or its windows are searched. Bursts lie more than twice the range apart: closer ones may be one episode or two,
// depending on where windows begin.

const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 2, 8, 0);
const TIMEOUT_MS = 120_000;

const QUERIES = [
  'outcome=failure | chart count() as cnt by user | search cnt > 2',
  'outcome=failure | chart count() as cnt by user, host | search cnt >= 2',
  'outcome=failure | chart distinct_count(host) as hosts by user | search hosts >= 2',
  '[3 outcome=failure having same user within 5 minutes]',
  '[outcome=failure] as a followed by [outcome=success] as b within 5 minutes on a.user = b.user',
];

const bursts = fc.array(
  fc.record({
    pauseMinutes: fc.integer({ min: 23, max: 40 }),
    events: fc.array(
      fc.record({
        second: fc.nat(50),
        user: fc.constantFrom('root', 'eve', ''),
        host: fc.constantFrom('a', 'b'),
        outcome: fc.constantFrom('failure', 'failure', 'success'),
      }),
      { minLength: 1, maxLength: 8 },
    ),
  }),
  { minLength: 1, maxLength: 4 },
);

type Episode = string;
const episode = (burst: number, group: string): Episode => `${burst} ${group}`;

test(
  'stream and schedule raise incidents for the same groups over separate bursts',
  async () => {
    await fc.assert(
      fc.asyncProperty(bursts, fc.constantFrom(...QUERIES), async (list, query) => {
        const events: LogEvent[] = [];
        let burstMs = START;
        const ends = list.map(({ pauseMinutes, events: own }) => {
          burstMs += pauseMinutes * MINUTE;
          for (const { second, user, ...fields } of [...own].sort((a, b) => a.second - b.second)) {
            const seq = events.length + 1;
            const eventAtMs = burstMs + second * 1000;
            const all = user === '' ? fields : { ...fields, user };
            events.push({ seq, repo: 'default', eventAtMs, receivedAtMs: eventAtMs, fields: all });
          }
          return burstMs + 20 * MINUTE;
        });
        const burstOf = (atMs: number): number => ends.findIndex((endMs) => atMs <= endMs);
        const { plan } = planRuleQuery(query, noDefinitions);
        const base = aRule({ query, rangeMinutes: 10, intervalMinutes: 5, mode: 'schedule' });
        const stateful = present(statefulQuery(present(plan, 'plan'), base), `a way over the stream for ${query}`);
        const onStream = { ...base, mode: 'stream' as const, stateful };
        const onSchedule = { ...base, id: 'c'.repeat(24), alertruleId: 'c'.repeat(32), name: 'the same on schedule' };
        const bench = new RuleBench(START);
        try {
          await bench.insert(onStream);
          await bench.insert(onSchedule);
          const store = await bench.store();
          const matcher = RuleSet.compile(await store.read(streamRules, null)).matcherOf({
            poolId: '',
            logpointId: LOGPOINT,
            logpointName: 'lp',
            repo: 'default',
          });
          const matches: Match[] = [];
          for (const event of events) matcher?.match(event, matches);
          bench.nowMs = burstMs + 60 * MINUTE;
          await store.write(commands.applyMatches, { stream: 'n', fromSeq: 1, toSeq: events.length, matches });
          await store.write(commands.settle, { newestMs: bench.nowMs, latenessMs: 0 });
          const scheduled = new Set<Episode>();
          const scheduler = new RuleScheduler({
            store,
            applyWindow: commands.applyWindow,
            search: async (rule, { fromMs, toMs }) => {
              const inside = events.filter(({ eventAtMs }) => eventAtMs >= fromMs && eventAtMs < toMs);
              const searched = present(plan, 'plan');
              const rows = evaluate(searched, inside).slice(0, rowsMaxOf(searched, rule));
              const found = windowRows(searched, rows, { throttlingField: null, isCut: false });
              // Rows that are events are one group for the schedule; their users tell what they are about.
              for (const row of rows) {
                if (row.kind === 'event') {
                  const { fields, eventAtMs } = row.event;
                  scheduled.add(episode(burstOf(eventAtMs), fields['user'] ?? fields['a.user'] ?? ''));
                } else {
                  const groups = row.cells.slice(0, searched.grouping.length).map(String);
                  const key = groups.length === 1 ? (groups[0] ?? '') : JSON.stringify(groups);
                  scheduled.add(episode(burstOf(inside.at(-1)?.eventAtMs ?? toMs), key));
                }
              }
              return found;
            },
            clock: () => bench.nowMs,
            settings: { ...SCHEDULER_DEFAULTS, catchUpWindowsMax: 1_000 },
            onError: (error) => {
              throw error;
            },
          });
          for (let done = -1; done !== scheduler.status().windows; ) {
            done = scheduler.status().windows;
            await scheduler.tick();
          }
          const incidents = await bench.incidents();
          const of = (ruleId: string) => incidents.filter(({ firing }) => firing.ruleId === ruleId);
          const streamed = of(onStream.id).map(({ firing }) => episode(burstOf(firing.windowToMs), firing.groupKey));
          expect([...streamed].sort()).toEqual([...scheduled].sort());
          // The schedule raises one incident for the groups that are new in a window, the stream one for each.
          const burstsOf = (ruleId: string) => new Set(of(ruleId).map(({ firing }) => burstOf(firing.windowToMs - 1)));
          expect(burstsOf(onSchedule.id).size).toBe(burstsOf(onStream.id).size);
        } finally {
          await bench.close();
        }
      }),
      { numRuns: 40 },
    );
  },
  TIMEOUT_MS,
);

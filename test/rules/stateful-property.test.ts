import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type CorrelatedMatch, timingOf } from '../../src/correlation/correlation.ts';
import { chains, entriesOf } from '../correlation/arbitrary-chain.ts';
import { correlations, matchLists } from '../correlation/arbitrary-correlation.ts';
import { naiveChain } from '../correlation/naive-chain.ts';
import { naiveHitList } from '../correlation/naive-correlation.ts';
import { aRule, cache, RuleBench } from './fixture.ts';
import { expectedEpisodes, raisedTexts } from './naive-episodes.ts';
import { asArriving, delays, settleAll, stepKinds, stream } from './stateful-stream.ts';

// The law of stateful rules: what they raise is a function of the set of their matches. Matches come in any order within the
// lateness, in any batches, again, around crashes and restarts, with room in memory for two groups; what is raised is what
// loops over the whole set say.

const TIMEOUT_MS = 180_000;
const RUNS = Number(process.env['STATEFUL_RUNS'] ?? 150);

const cases = correlations.chain((correlation) =>
  fc.record({
    correlation: fc.constant(correlation),
    groups: fc.array(matchLists(correlation), { minLength: 1, maxLength: 4 }),
    delays,
    next: stepKinds,
  }),
);

test(
  'whatever the order, batches, replays, crashes, restarts and room in memory, a stateful rule raises what the whole set says',
  async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ correlation, groups, delays: delay, next }) => {
        const rule = aRule({ rangeMinutes: 1, mode: 'stream', stateful: { correlation, parts: [] } });
        const all = groups.flatMap((list, group) =>
          list.map(({ eventAtMs, parts, value }) => {
            return { eventAtMs, correlated: { groupKey: `g${group}`, parts, value } };
          }),
        );
        // The journal numbers events as they arrive.
        const arriving = asArriving(all, delay);
        const whole = new Map<string, CorrelatedMatch[]>();
        for (const { seq, eventAtMs, correlated } of arriving) {
          const match = { ...correlated, stream: 'n', seq, eventAtMs };
          whole.set(correlated.groupKey, [...(whole.get(correlated.groupKey) ?? []), match]);
        }
        const timing = timingOf(correlation);
        const naive = new Map([...whole].map(([key, list]) => [key, naiveHitList(correlation, timing, list)]));
        const expected = expectedEpisodes(correlation, naive);
        const bench = new RuleBench(1_700_100_000_000);
        try {
          await bench.insert(rule);
          await stream(bench, rule, arriving, next);
          await settleAll(bench);
          expect(raisedTexts(await bench.incidents())).toEqual(expected.first);
          const stats = await bench.stats(rule.id);
          expect(stats.hits).toBe(expected.hits);
          expect(stats.late).toBe(0);
          expect(stats.raised + stats.extended).toBe(stats.hits);
        } finally {
          await bench.close();
        }
      }),
      { numRuns: RUNS },
    );
    expect(cache.status().spilled).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);

const chainCases = chains.chain((chain) =>
  fc.record({ chain: fc.constant(chain), entries: entriesOf(chain), delays, next: stepKinds }),
);

test(
  'a chain of correlations raises what the whole set of its matches says, around crashes and restarts and in any batches',
  async () => {
    let hits = 0;
    await fc.assert(
      fc.asyncProperty(chainCases, async ({ chain, entries, delays: delay, next }) => {
        const { correlation, inner } = chain;
        const rule = aRule({ rangeMinutes: 1, mode: 'stream', stateful: { correlation, inner, parts: [] } });
        const all = entries.map(({ node, groupKey, match: { eventAtMs, parts, value, up } }) => {
          const own = { groupKey, parts, value };
          return { eventAtMs, node, up, correlated: node === 0 ? own : { ...own, node, up } };
        });
        const arriving = asArriving(all, delay);
        const arrived = arriving.map(({ seq, eventAtMs, node, up, correlated: { groupKey, parts, value } }) => ({
          node,
          groupKey,
          match: { eventAtMs, stream: 'n', seq, parts, value, up },
        }));
        const expected = expectedEpisodes(correlation, naiveChain(chain, arrived));
        hits += expected.hits;
        const bench = new RuleBench(1_700_100_000_000);
        try {
          await bench.insert(rule);
          await stream(bench, rule, arriving, next);
          await settleAll(bench);
          expect(raisedTexts(await bench.incidents())).toEqual(expected.first);
          expect(await bench.stats(rule.id)).toMatchObject({ hits: expected.hits, late: 0 });
        } finally {
          await bench.close();
        }
      }),
      { numRuns: RUNS },
    );
    expect(hits).toBeGreaterThan(RUNS / 3);
  },
  TIMEOUT_MS,
);

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { auditMigrations } from '../../src/audit/migrations.ts';
import { type CorrelatedMatch, type Correlation, timingOf } from '../../src/correlation/correlation.ts';
import type { AlertRule } from '../../src/rules/alert-rule.ts';
import { correlations, matchLists } from '../correlation/arbitrary-correlation.ts';
import { naiveHitList } from '../correlation/naive-correlation.ts';
import { aRule, commands, LATENESS_MS, RuleBench } from './fixture.ts';
import { expectedEpisodes, raisedTexts } from './naive-episodes.ts';
import { type Arriving, asArriving, delays, settleAll, stepKinds, stream } from './stateful-stream.ts';

// Edits of stateful rules between matches: a new description changes nothing; another condition forgets what was counted; a rule
// that is switched off decides nothing about what waits, and goes on from what it had decided about.

const TIMEOUT_MS = 180_000;
const RUNS = Number(process.env['STATEFUL_RUNS'] ?? 60);

const sameParts = (correlation: Correlation) => correlations.filter(({ parts }) => parts <= correlation.parts);
const EDITS = ['describe', 'change', 'off and on'] as const;

const cases = correlations.chain((correlation) =>
  fc.record({
    correlation: fc.constant(correlation),
    others: fc.infiniteStream(sameParts(correlation)),
    groups: fc.array(matchLists(correlation), { minLength: 1, maxLength: 3 }),
    delays,
    next: stepKinds,
    edits: fc.array(fc.record({ place: fc.nat(60), kind: fc.constantFrom(...EDITS) }), { minLength: 1, maxLength: 3 }),
  }),
);

/** What is decided about before an edit: all up to the newest event less the lateness. */
const settledAfter = (arrived: readonly Arriving[]): number =>
  Math.max(...arrived.map(({ eventAtMs }) => eventAtMs), Number.NEGATIVE_INFINITY) - LATENESS_MS;

function hitsOf(correlation: Correlation, arriving: readonly Arriving[], untilMs: number) {
  const groups = new Map<string, CorrelatedMatch[]>();
  for (const { seq, eventAtMs, correlated } of arriving) {
    const match = { ...correlated, stream: 'n', seq, eventAtMs };
    groups.set(correlated.groupKey, [...(groups.get(correlated.groupKey) ?? []), match]);
  }
  const timing = timingOf(correlation);
  return new Map(
    [...groups].map(([key, list]) => {
      const decided = naiveHitList(correlation, timing, list).filter(
        ({ atMs }) => atMs - (timing === 'match' ? 0 : 1) <= untilMs,
      );
      return [key, decided];
    }),
  );
}

test(
  'edits between matches: descriptions cost nothing, another condition begins anew, switching off forgets only what waits',
  async () => {
    let gaps = 0;
    await fc.assert(
      fc.asyncProperty(cases, async ({ correlation: first, others, groups, delays: delay, next, edits }) => {
        const all = groups.flatMap((list, group) =>
          list.map(({ eventAtMs, parts, value }) => {
            return { eventAtMs, correlated: { groupKey: `g${group}`, parts, value } };
          }),
        );
        const arriving = asArriving(all, delay);
        let rule: AlertRule = aRule({
          rangeMinutes: 1,
          mode: 'stream',
          stateful: { correlation: first, parts: [] },
        });
        let correlation = first;
        const expected: string[] = [];
        let hits = 0;
        let ignored = 0;
        let known: Arriving[] = [];
        const endEpoch = (untilMs: number): void => {
          const told = expectedEpisodes(correlation, hitsOf(correlation, known, untilMs));
          expected.push(...told.first);
          hits += told.hits;
        };
        const bench = new RuleBench(1_700_100_000_000, auditMigrations);
        try {
          await bench.insert(rule);
          const places = edits.map(({ place, kind }) => ({ at: Math.min(place, arriving.length), kind }));
          let from = 0;
          for (const { at, kind } of places.sort((a, b) => a.at - b.at)) {
            await stream(bench, rule, arriving.slice(from, at), next);
            known.push(...arriving.slice(from, at));
            from = Math.max(from, at);
            const store = await bench.store();
            const settledMs = settledAfter(arriving.slice(0, from));
            if (kind === 'describe') {
              rule = { ...rule, version: rule.version + 1, description: `version ${rule.version + 1}` };
              await store.write(commands.update, rule);
            } else if (kind === 'change') {
              endEpoch(settledMs);
              known = [];
              correlation = others.next().value;
              const version = rule.version + 1;
              rule = { ...rule, version, matchVersion: version, stateful: { correlation, parts: [] } };
              await store.write(commands.change, rule);
            } else {
              // Ends of windows are decided about by what is known then: only rules that are judged at matches go on.
              if (timingOf(correlation) !== 'match') continue;
              known = known.filter(({ eventAtMs }) => eventAtMs <= settledMs);
              await store.write(commands.switch, { ruleId: rule.id, active: false });
              const off = arriving.slice(from, from + 3);
              await stream(bench, rule, off, next);
              ignored += off.length;
              from += off.length;
              const again = await bench.store();
              await again.write(commands.switch, { ruleId: rule.id, active: true });
            }
          }
          await stream(bench, rule, arriving.slice(from), next);
          known.push(...arriving.slice(from));
          await settleAll(bench);
          endEpoch(Number.POSITIVE_INFINITY);
          expect(raisedTexts(await bench.incidents())).toEqual(expected.sort());
          const stats = await bench.stats(rule.id);
          expect(stats).toMatchObject({ hits, ignored, outdated: 0, late: 0 });
          gaps += stats.gaps.length;
        } finally {
          await bench.close();
        }
      }),
      { numRuns: RUNS },
    );
    expect(gaps).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);

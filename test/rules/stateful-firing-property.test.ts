import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type CorrelatedMatch, type Correlation, timingOf } from '../../src/correlation/correlation.ts';
import { correlations, matchLists } from '../correlation/arbitrary-correlation.ts';
import { type NaiveHit, naiveHitList } from '../correlation/naive-correlation.ts';
import { aRule, RuleBench } from './fixture.ts';
import { atMsOf, episodeText, raisedTexts } from './naive-episodes.ts';
import { type Arriving, asArriving, delays, RANGE_MS, settleAll, stepKinds, stream } from './stateful-stream.ts';

// Throttling, flush_on_trigger and late events of stateful rules, against models that know the whole set of matches.

const TIMEOUT_MS = 180_000;
const RUNS = Number(process.env['STATEFUL_RUNS'] ?? 60);

// Some values are names of groups: they are told apart.
const VALUES = ['a', 'b', 'g0', '', null];

const casesOf = (kinds: fc.Arbitrary<Correlation>) =>
  kinds.chain((correlation) =>
    fc.record({
      correlation: fc.constant(correlation),
      groups: fc.array(matchLists(correlation), { minLength: 1, maxLength: 4 }),
      values: fc.infiniteStream(fc.constantFrom(...VALUES)),
      delays,
      next: stepKinds,
    }),
  );

type Case = ReturnType<typeof casesOf> extends fc.Arbitrary<infer T> ? T : never;

const arrivingOf = ({ groups, values, delays: delay }: Case): Arriving[] =>
  asArriving(
    groups.flatMap((list, group) =>
      list.map(({ eventAtMs, parts, value }) => {
        const throttleValue = values.next().value;
        return { eventAtMs, throttleValue, correlated: { groupKey: `g${group}`, parts, value } };
      }),
    ),
    delay,
  );

type GroupMatch = CorrelatedMatch & { readonly group: string; readonly throttleValue: string | null };

function byGroup(arriving: readonly Arriving[]): ReadonlyMap<string, readonly GroupMatch[]> {
  const groups = new Map<string, GroupMatch[]>();
  for (const { seq, eventAtMs, correlated, throttleValue = null } of arriving) {
    const { groupKey: group, parts, value } = correlated;
    const match = { eventAtMs, stream: 'n', seq, parts, value, group, throttleValue };
    groups.set(group, [...(groups.get(group) ?? []), match]);
  }
  return groups;
}

/** In the order in which they are decided: by time; ends of windows by group, all else by the match. */
function inOrderOfDecision(correlation: Correlation, hits: readonly NaiveHit<GroupMatch>[]): NaiveHit<GroupMatch>[] {
  const isWindow = timingOf(correlation) === 'window';
  return [...hits].sort(
    (a, b) => a.atMs - b.atMs || (isWindow ? (a.match.group < b.match.group ? -1 : 1) : a.match.seq - b.match.seq),
  );
}

async function raisedBy(
  correlation: Correlation,
  changes: Parameters<typeof aRule>[0],
  { next }: Pick<Case, 'next'>,
  arriving: readonly Arriving[],
) {
  const rule = aRule({ rangeMinutes: 1, mode: 'stream', stateful: { correlation, parts: [] }, ...changes });
  const bench = new RuleBench(1_700_100_000_000);
  try {
    await bench.insert(rule);
    await stream(bench, rule, arriving, next);
    await settleAll(bench);
    return { incidents: await bench.incidents(), stats: await bench.stats(rule.id) };
  } finally {
    await bench.close();
  }
}

test(
  'with throttling a value that raised is silent for its range; events without one fall back to episodes of their group',
  async () => {
    const cases = fc.tuple(casesOf(correlations), fc.integer({ min: 1, max: 3 }));
    await fc.assert(
      fc.asyncProperty(cases, async ([one, rangeMinutes]) => {
        const { correlation } = one;
        const arriving = arrivingOf(one);
        const hits = [...byGroup(arriving).values()].flatMap((list) =>
          naiveHitList(correlation, timingOf(correlation), list),
        );
        const begun = new Map<string, number[]>();
        const lastOf = new Map<string, number>();
        const expected: string[] = [];
        for (const hit of inOrderOfDecision(correlation, hits)) {
          const { throttleValue, group } = hit.match;
          const atMs = atMsOf(correlation, hit);
          if (throttleValue === null || throttleValue === '') {
            if (atMs - (lastOf.get(group) ?? Number.NEGATIVE_INFINITY) >= RANGE_MS) {
              expected.push(episodeText(group, atMs));
            }
            lastOf.set(group, atMs);
            continue;
          }
          const own = begun.get(throttleValue) ?? [];
          if (own.some((firstMs) => Math.abs(atMs - firstMs) < rangeMinutes * 60_000)) continue;
          begun.set(throttleValue, [...own, atMs]);
          expected.push(episodeText(group, atMs));
        }
        const throttling = { field: 'user', rangeMinutes };
        const { incidents, stats } = await raisedBy(correlation, { throttling }, one, arriving);
        expect(raisedTexts(incidents)).toEqual(expected.sort());
        expect(stats.hits).toBe(hits.length);
        expect(stats.raised + stats.extended + stats.throttled).toBe(stats.hits);
      }),
      { numRuns: RUNS },
    );
  },
  TIMEOUT_MS,
);

test(
  'with flush_on_trigger a hit uses up its matches, and each hit raises',
  async () => {
    await fc.assert(
      fc.asyncProperty(casesOf(correlations), async (one) => {
        const { correlation } = one;
        const arriving = arrivingOf(one);
        const expected: string[] = [];
        for (const [group, list] of byGroup(arriving)) {
          for (const hit of flushedHits(correlation, list)) expected.push(episodeText(group, atMsOf(correlation, hit)));
        }
        const { incidents, stats } = await raisedBy(correlation, { flushOnTrigger: true }, one, arriving);
        expect(raisedTexts(incidents)).toEqual(expected.sort());
        expect(stats).toMatchObject({ hits: expected.length, raised: expected.length, extended: 0 });
      }),
      { numRuns: RUNS },
    );
  },
  TIMEOUT_MS,
);

/** At each match only those after the last hit are known. */
function flushedHits(correlation: Correlation, list: readonly GroupMatch[]): NaiveHit<GroupMatch>[] {
  const timing = timingOf(correlation);
  if (timing !== 'match') return naiveHitList(correlation, timing, list);
  const hits: NaiveHit<GroupMatch>[] = [];
  let known: GroupMatch[] = [];
  for (const match of [...list].sort((a, b) => a.eventAtMs - b.eventAtMs || a.seq - b.seq)) {
    known.push(match);
    const isHit = naiveHitList(correlation, timing, known).some((hit) => hit.match === match);
    if (!isHit) continue;
    hits.push({ atMs: match.eventAtMs, match });
    known = [];
  }
  return hits;
}

/** More matches can only help, so that what was decided without a late one stands. */
const isMonotone = (correlation: Correlation): boolean =>
  timingOf(correlation) === 'match' &&
  ['event_count', 'value_count', 'temporal', 'temporal_ordered'].includes(correlation.kind);

test(
  'late events are judged as well: what the whole set says is told, and nothing that it does not say where more can only help',
  async () => {
    let late = 0;
    const far = fc.infiniteStream(fc.oneof(fc.integer({ min: 0, max: 19_999 }), fc.integer({ min: 0, max: 90_000 })));
    await fc.assert(
      fc.asyncProperty(casesOf(correlations), far, async (one, delay) => {
        const { correlation } = one;
        const arriving = arrivingOf({ ...one, delays: delay });
        const hits = [...byGroup(arriving).values()].flatMap((list) =>
          naiveHitList(correlation, timingOf(correlation), list),
        );
        const { incidents, stats } = await raisedBy(correlation, {}, one, arriving);
        late += stats.late;
        if (isMonotone(correlation)) expect(stats.hits).toBe(hits.length);
        else expect(stats.hits).toBeGreaterThanOrEqual(hits.length);
        expect(stats.raised + stats.extended).toBe(stats.hits);
        expect(incidents).toHaveLength(stats.raised);
        // Each hit lies less than the range from one that an incident of its group was raised for, or that extended it.
        for (const { atMs, match } of hits) {
          const own = incidents.filter(({ firing }) => firing.groupKey === match.group);
          expect(own.some(({ firing }) => firing.windowToMs <= atMs + RANGE_MS + 1_000)).toBe(true);
        }
      }),
      { numRuns: RUNS },
    );
    expect(late).toBeGreaterThan(RUNS / 2);
  },
  TIMEOUT_MS,
);

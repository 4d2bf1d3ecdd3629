import { afterEach, beforeEach, expect, test } from 'vitest';
import { rulesActivity } from '../../src/rules/registry.ts';
import { RULE_DAYS_MAX } from '../../src/rules/rule-days.ts';
import { aRule, commands, LOGPOINT, RuleBench } from './fixture.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 10, 2, 8, 0);
const rule = aRule({ query: 'action=login | chart count() by user', rangeMinutes: 10, intervalMinutes: 5 });

let bench: RuleBench;
beforeEach(async () => {
  bench = new RuleBench(START);
  windows = 0;
  await bench.insert(rule);
});
afterEach(() => bench.close());

let windows = 0;
/** The next window, in which the user shows up; the clock counts, whatever time the window is about. */
async function hit(user: string): Promise<void> {
  windows += 1;
  const toMs = START + windows * rule.intervalMinutes * 60_000;
  await (await bench.store()).write(commands.applyWindow, {
    logpointId: LOGPOINT,
    ruleId: rule.id,
    ruleVersion: rule.version,
    window: { fromMs: toMs - rule.rangeMinutes * 60_000, toMs },
    gap: null,
    rowsCount: 1,
    isCut: false,
    groups: [{ key: user, throttleValue: null }],
  });
}

const activity = async (days: number, logpointId = LOGPOINT) =>
  (await bench.store()).read(rulesActivity, { logpointId, days });

test('hits and incidents stand on the day on which they were counted', async () => {
  await hit('root');
  bench.nowMs += 300_000;
  await hit('root');
  bench.nowMs += 2 * DAY;
  await hit('bob');
  expect(await activity(3)).toEqual({
    days: [Date.UTC(2026, 10, 2), Date.UTC(2026, 10, 3), Date.UTC(2026, 10, 4)].map((ms) => ms / 1000),
    rows: [{ id: rule.id, hits: [2, 0, 1], raised: [1, 0, 1] }],
  });
  expect(await activity(1)).toMatchObject({ rows: [{ hits: [1], raised: [1] }] });
  expect(await activity(3, '9'.repeat(32))).toMatchObject({ rows: [] });
});

test('what is older than the days that are remembered goes when a new day begins', async () => {
  await hit('root');
  bench.nowMs += RULE_DAYS_MAX * DAY;
  expect(await activity(RULE_DAYS_MAX)).toMatchObject({ rows: [] });
  await hit('bob');
  bench.nowMs = START;
  expect(await activity(1)).toMatchObject({ rows: [{ hits: [0] }] });
});

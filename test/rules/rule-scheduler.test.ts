import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ControlStore } from '../../src/control/control-store.ts';
import type { AlertRule } from '../../src/rules/alert-rule.ts';
import type { EvaluationWindow } from '../../src/rules/plan-run.ts';
import { RuleScheduler, SCHEDULER_DEFAULTS, type SchedulerSettings } from '../../src/rules/rule-scheduler.ts';
import { aRule, commands, queries, RuleBench } from './fixture.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 2, 8, 0);

let bench: RuleBench;
beforeEach(() => {
  bench = new RuleBench(START);
});
afterEach(() => bench.close());

type Asked = { readonly rule: string; readonly window: EvaluationWindow };

/** A scheduler whose searches are answered by `rows`; it notes what was asked, in order. */
async function scheduler(
  rows: (asked: Asked) => number | Error | Promise<number>,
  settings: Partial<SchedulerSettings> = {},
): Promise<{ scheduler: RuleScheduler; asked: Asked[] }> {
  const asked: Asked[] = [];
  const made = new RuleScheduler({
    store: await bench.store(),
    applyWindow: commands.applyWindow,
    search: async (rule, window) => {
      const question = { rule: rule.id, window };
      asked.push(question);
      const rowsCount = await rows(question);
      if (rowsCount instanceof Error) throw rowsCount;
      return { rowsCount, isCut: false, groups: rowsCount === 0 ? [] : [{ key: '', throttleValue: null }] };
    },
    clock: () => bench.nowMs,
    settings: { ...SCHEDULER_DEFAULTS, settleMs: 2 * MINUTE, ...settings },
    onError: (error) => {
      throw error;
    },
  });
  return { scheduler: made, asked };
}

const absence = (changes: Partial<AlertRule> = {}): AlertRule =>
  aRule({ conditionOption: 'lessthan', conditionValue: 1, rangeMinutes: 10, intervalMinutes: 5, ...changes });

const ends = (asked: readonly Asked[]): number[] => asked.map(({ window }) => (window.toMs - START) / MINUTE);

test('a window is searched once it has settled, and not again', async () => {
  await bench.insert(absence());
  const { scheduler: running, asked } = await scheduler(() => 0);
  bench.nowMs = START + 7 * MINUTE - 1;
  await running.tick();
  expect(asked).toEqual([]);
  bench.nowMs += 1;
  await running.tick();
  await running.tick();
  expect(asked.map(({ window }) => window)).toEqual([{ fromMs: START - 5 * MINUTE, toMs: START + 5 * MINUTE }]);
  expect((await bench.incidents()).map(({ firing }) => firing.detectedAtMs)).toEqual([START + 7 * MINUTE]);
});

test('the delay of a rule comes on top of the settling lag', async () => {
  await bench.insert(absence({ delayMinutes: 3 }));
  const { scheduler: running, asked } = await scheduler(() => 0);
  bench.nowMs = START + 10 * MINUTE - 1;
  await running.tick();
  expect(asked).toEqual([]);
  bench.nowMs += 1;
  await running.tick();
  expect(ends(asked)).toEqual([5]);
});

test('after a stop windows are caught up oldest first, and what is too old is a gap that the rule shows', async () => {
  const rule = absence();
  await bench.insert(rule);
  const { scheduler: running, asked } = await scheduler(() => 0, { catchUpWindowsMax: 3 });
  bench.nowMs = START + 62 * MINUTE;
  await running.tick();
  expect(ends(asked)).toEqual([50, 55, 60]);
  expect(await bench.stats(rule.id)).toMatchObject({
    windows: 3,
    gaps: [{ fromMs: START, toMs: START + 45 * MINUTE, reason: 'more windows were due than are caught up' }],
    evaluatedToMs: START + 60 * MINUTE,
  });
  expect(running.status()).toMatchObject({ windows: 3, windowsSkipped: 9 });
});

test('a failed search is counted, shown, and tried again for the same window', async () => {
  const rule = absence();
  await bench.insert(rule);
  let isDown = true;
  const { scheduler: running, asked } = await scheduler(() => (isDown ? new Error('event store is away') : 0));
  bench.nowMs = START + 7 * MINUTE;
  await running.tick();
  expect(await bench.stats(rule.id)).toMatchObject({ failures: 1, windows: 0, lastError: 'event store is away' });
  await running.tick();
  expect(ends(asked)).toEqual([5]);
  isDown = false;
  bench.nowMs += 10_000;
  await running.tick();
  expect(ends(asked)).toEqual([5, 5]);
  expect(await bench.stats(rule.id)).toMatchObject({ failures: 1, windows: 1, lastError: null });
});

test('a search that fails for one rule does not hold up the others', async () => {
  const broken = absence();
  const sound = absence({ id: 'c'.repeat(24), alertruleId: 'c'.repeat(32), name: 'another' });
  await bench.insert(broken);
  await bench.insert(sound);
  const { scheduler: running } = await scheduler(({ rule }) => (rule === broken.id ? new Error('no') : 0), {
    searchesMax: 1,
  });
  bench.nowMs = START + 12 * MINUTE;
  await running.tick();
  expect(await bench.stats(sound.id)).toMatchObject({ windows: 2 });
});

test('at most so many searches run at a time, and a rule never twice', async () => {
  for (const letter of ['c', 'd', 'e', 'f']) {
    await bench.insert(absence({ id: letter.repeat(24), alertruleId: letter.repeat(32), name: letter }));
  }
  let running = 0;
  let most = 0;
  const { scheduler: bounded, asked } = await scheduler(
    async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return 0;
    },
    { searchesMax: 2 },
  );
  bench.nowMs = START + 7 * MINUTE;
  await Promise.all([bounded.tick(), bounded.tick()]);
  expect(most).toBe(2);
  expect(asked.map(({ rule }) => rule).sort()).toEqual(['c', 'd', 'e', 'f'].map((letter) => letter.repeat(24)));
});

test('with flush_on_trigger the next search leaves out what has fired', async () => {
  await bench.insert(
    aRule({
      query: 'action=login | chart count() by user',
      flushOnTrigger: true,
      rangeMinutes: 10,
      intervalMinutes: 5,
    }),
  );
  const { scheduler: running, asked } = await scheduler(({ window }) => (window.toMs === START + 5 * MINUTE ? 1 : 0));
  bench.nowMs = START + 17 * MINUTE;
  await running.tick();
  expect(asked.map(({ window }) => (window.fromMs - START) / MINUTE)).toEqual([-5, 5, 5]);
  const [incident] = await bench.incidents();
  expect(incident?.firing).toMatchObject({ windowFromMs: START - 5 * MINUTE, windowToMs: START + 5 * MINUTE });
});

test('a rule that was edited or trashed while its search ran is left alone', async () => {
  const rule = absence();
  await bench.insert(rule);
  const store: ControlStore = await bench.store();
  const { scheduler: running } = await scheduler(async () => {
    await store.write(commands.update, { ...rule, version: 2 });
    return 0;
  });
  bench.nowMs = START + 7 * MINUTE;
  await running.tick();
  expect(await bench.incidents()).toEqual([]);
  expect(await store.read(queries.schedule, rule.id)).toMatchObject({ toMs: START });
});

test('stopping cancels the search, waits for it, and leaves the window due', async () => {
  const rule = absence();
  await bench.insert(rule);
  let cancelled = false;
  const made = new RuleScheduler({
    store: await bench.store(),
    applyWindow: commands.applyWindow,
    search: (_rule, _window, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          cancelled = true;
          reject(new Error('cancelled'));
        });
      }),
    clock: () => bench.nowMs,
    settings: SCHEDULER_DEFAULTS,
    onError: (error) => {
      throw error;
    },
  });
  bench.nowMs = START + 7 * MINUTE;
  const tick = made.tick();
  await expect.poll(() => made.status().running).toBe(1);
  await made.close();
  await tick;
  expect(cancelled).toBe(true);
  expect(await bench.stats(rule.id)).toMatchObject({ windows: 0, failures: 0 });
});

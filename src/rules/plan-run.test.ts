import fc from 'fast-check';
import { expect, test } from 'vitest';
import { alignDown, MINUTE_MS, planRun } from './plan-run.ts';

const base = { intervalMs: 5 * MINUTE_MS, rangeMs: 10 * MINUTE_MS, lagMs: 2 * MINUTE_MS, windowsMax: 3 };
const at = (minutes: number): number => minutes * MINUTE_MS;

test('a window is due when its end has settled, and covers the whole range', () => {
  expect(planRun({ ...base, lastToMs: at(60), nowMs: at(67) - 1 })).toEqual({ windows: [], gap: null });
  expect(planRun({ ...base, lastToMs: at(60), nowMs: at(67) })).toEqual({
    windows: [{ fromMs: at(55), toMs: at(65) }],
    gap: null,
  });
});

test('after a pause the newest windows are caught up and the older ones are the gap', () => {
  expect(planRun({ ...base, lastToMs: at(60), nowMs: at(92) })).toEqual({
    windows: [
      { fromMs: at(70), toMs: at(80) },
      { fromMs: at(75), toMs: at(85) },
      { fromMs: at(80), toMs: at(90) },
    ],
    gap: { fromMs: at(60), toMs: at(75) },
  });
});

test('a clock that went back gives nothing to do', () => {
  expect(planRun({ ...base, lastToMs: at(60), nowMs: at(10) })).toEqual({ windows: [], gap: null });
});

test('gap and windows together cover every interval since the last run once, in order, on whole minutes', () => {
  const minutes = fc.integer({ min: 1, max: 90 });
  fc.assert(
    fc.property(
      minutes,
      minutes,
      fc.integer({ min: 1, max: 40 }),
      fc.nat(100_000),
      fc.nat(5_000),
      (step, times, max, start, ago) => {
        const intervalMs = at(step);
        const lastToMs = alignDown(at(start), intervalMs);
        const nowMs = lastToMs + at(ago);
        const run = planRun({
          lastToMs,
          nowMs,
          intervalMs,
          rangeMs: intervalMs * times,
          lagMs: at(2),
          windowsMax: max,
        });
        let reachedMs = run.gap?.toMs ?? lastToMs;
        if (run.gap !== null) expect(run.gap.fromMs).toBe(lastToMs);
        for (const { fromMs, toMs } of run.windows) {
          expect(toMs).toBe(reachedMs + intervalMs);
          expect(toMs - fromMs).toBe(intervalMs * times);
          expect(toMs % MINUTE_MS).toBe(0);
          expect(toMs).toBeLessThanOrEqual(nowMs - at(2));
          reachedMs = toMs;
        }
        expect(run.windows.length).toBeLessThanOrEqual(max);
        expect(reachedMs + intervalMs).toBeGreaterThan(nowMs - at(2));
      },
    ),
  );
});

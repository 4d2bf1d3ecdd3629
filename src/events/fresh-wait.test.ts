import { expect, test } from 'vitest';
import { FRESH_WAIT_MS_MAX, FreshWait } from './fresh-wait.ts';

/** Time passes only while the wait pauses; `step` sees it pass. */
function timed(step: (nowMs: number) => void = () => undefined) {
  let nowMs = 1_000_000;
  const wait = new FreshWait({
    clock: () => nowMs,
    pause: async (ms) => {
      nowMs += ms;
      step(nowMs);
    },
  });
  return { wait, now: () => nowMs };
}

test('nothing on its way is no wait', async () => {
  const { wait, now } = timed();
  expect(await wait.caughtUp()).toBe(true);
  wait.waitingSinceMs = async () => 1_000_001;
  expect(await wait.caughtUp(), 'it was received after the question').toBe(true);
  expect(now()).toBe(1_000_000);
  expect(wait.counts).toEqual({ freshWaits: 0, freshWaitsRanOut: 0 });
});

test('the wait ends with the event that was received before it', async () => {
  let since: number | null = 999_000;
  const { wait, now } = timed((nowMs) => {
    if (nowMs >= 1_000_300) since = null;
  });
  wait.waitingSinceMs = async () => since;
  expect(await wait.caughtUp()).toBe(true);
  expect(now()).toBeLessThan(1_000_000 + FRESH_WAIT_MS_MAX);
  expect(wait.counts).toEqual({ freshWaits: 1, freshWaitsRanOut: 0 });
});

test('a backlog that does not end is told, and counted', async () => {
  const { wait, now } = timed();
  wait.waitingSinceMs = async () => 0;
  expect(await wait.caughtUp()).toBe(false);
  expect(now() - 1_000_000).toBe(FRESH_WAIT_MS_MAX);
  expect(wait.counts).toEqual({ freshWaits: 1, freshWaitsRanOut: 1 });
});

test('who no longer listens is not waited for', async () => {
  const gone = new AbortController();
  const { wait, now } = timed(() => gone.abort());
  wait.waitingSinceMs = async () => 0;
  expect(await wait.caughtUp(gone.signal)).toBe(false);
  expect(now() - 1_000_000).toBeLessThan(100);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Bucket, freeAtMs, freeIn, fullAfter } from './rate.ts';

const perMinute = fc.integer({ min: 1, max: 6_000 });

test('whoever takes what is free at any moments never takes more in a time than the rate and one burst', () => {
  const steps = fc.array(fc.integer({ min: 0, max: 5_000 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(perMinute, steps, (rate, waits) => {
      let bucket: Bucket = { perMinute: rate, fullAtMs: 0 };
      let nowMs = 1_000_000;
      let taken = 0;
      for (const wait of waits) {
        nowMs += wait;
        const free = freeIn(bucket, nowMs);
        expect(free).toBeGreaterThanOrEqual(0);
        taken += free;
        bucket = { ...bucket, fullAtMs: fullAfter(bucket, nowMs, free) };
        expect(taken).toBeLessThanOrEqual(10 + ((nowMs - 1_000_000) * rate) / 60_000 + 1e-6);
      }
    }),
  );
});

test('at the moment that it names, and not before, one attempt is free', () => {
  fc.assert(
    fc.property(perMinute, fc.integer({ min: 0, max: 10 }), (rate, attempts) => {
      const nowMs = 5_000_000;
      const empty = { perMinute: rate, fullAtMs: 0 };
      const bucket = { ...empty, fullAtMs: fullAfter(empty, nowMs, Math.min(attempts, freeIn(empty, nowMs))) };
      const atMs = freeAtMs(bucket, nowMs);
      expect(freeIn(bucket, atMs)).toBeGreaterThanOrEqual(1);
      if (atMs > nowMs) expect(freeIn(bucket, atMs - 1)).toBe(0);
    }),
  );
});

test('a clock that was set back far empties the bucket once and no more', () => {
  const bucket = { perMinute: 60, fullAtMs: 10_000_000 };
  expect(freeAtMs(bucket, 0)).toBe(1_000);
  expect(freeIn(bucket, 0)).toBe(0);
});

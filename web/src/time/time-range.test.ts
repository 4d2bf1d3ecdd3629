import { expect, test } from 'vitest';
import { fixedRange, timeRangeOf } from './time-range.ts';

test('a range is back from now, or fixed; what is neither is the last day', () => {
  expect(timeRangeOf('1h', 10_000_000)).toEqual({ fromMs: 6_400_000, toMs: 10_000_000, text: '1h' });
  expect(timeRangeOf('100-200', 0)).toEqual({ fromMs: 100_000, toMs: 200_000, text: '100-200' });
  for (const text of [undefined, '', '200-100', '<script>', '99999h']) {
    expect(timeRangeOf(text, 86_400_000)).toMatchObject({ fromMs: 0, text: '24h' });
  }
});

test('a fixed range holds both ends and is never empty', () => {
  expect(fixedRange(1_500, 2_100)).toBe('1-3');
  expect(fixedRange(1_000, 1_000)).toBe('1-2');
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CONDITION_OPTIONS, conditionHolds, modeOf, streamThreshold } from './condition.ts';

test('each condition compares the number of rows as its name says', () => {
  const holding = (rows: number) => CONDITION_OPTIONS.filter((option) => conditionHolds(option, 5, rows));
  expect(holding(4)).toEqual(['lessthan', 'lessequal', 'notequal']);
  expect(holding(5)).toEqual(['equalsto', 'lessequal', 'moreequal']);
  expect(holding(6)).toEqual(['greaterthan', 'moreequal', 'notequal']);
});

test('a stream threshold is the least number of rows at which the condition holds, and it holds from there on', () => {
  fc.assert(
    fc.property(fc.constantFrom(...CONDITION_OPTIONS), fc.nat(50), fc.nat(120), (option, value, rows) => {
      const needed = streamThreshold(option, value);
      if (needed === null) return;
      expect(needed).toBeGreaterThan(0);
      expect(conditionHolds(option, value, rows)).toBe(rows >= needed);
    }),
  );
});

test('only a plain search whose condition an event can bring about runs on the stream', () => {
  expect(modeOf(true, 'greaterthan', 0)).toBe('stream');
  expect(modeOf(true, 'moreequal', 1)).toBe('stream');
  expect(modeOf(true, 'moreequal', 0)).toBe('schedule');
  expect(modeOf(true, 'lessthan', 1)).toBe('schedule');
  expect(modeOf(true, 'notequal', 3)).toBe('schedule');
  expect(modeOf(false, 'greaterthan', 0)).toBe('schedule');
});

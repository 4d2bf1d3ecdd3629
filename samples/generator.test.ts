import { expect, test } from 'vitest';
import { generateLines } from './generator.ts';

const take = (count: number, seed: number): string[] => {
  const lines: string[] = [];
  for (const line of generateLines({ seed, fromMs: 1_700_000_000_000, stepMs: 5 })) {
    lines.push(line);
    if (lines.length === count) break;
  }
  return lines;
};

test('the same seed gives the same lines, another seed others', () => {
  expect(take(200, 7)).toEqual(take(200, 7));
  expect(take(200, 7)).not.toEqual(take(200, 8));
});

test('lines are JSON objects of about 700 bytes with times in order', () => {
  const lines = take(5_000, 1);
  const times = lines.map((line) => Date.parse(JSON.parse(line)['@timestamp']));
  expect(times[0]).toBe(1_700_000_000_000);
  expect(times.at(-1)).toBe(1_700_000_000_000 + 4_999 * 5);
  const mean = lines.reduce((sum, line) => sum + line.length, 0) / lines.length;
  expect(mean).toBeGreaterThan(650);
  expect(mean).toBeLessThan(750);
});

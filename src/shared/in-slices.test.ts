import { expect, test } from 'vitest';
import { mapInSlices } from './in-slices.ts';

test('items are mapped in order with their places, while others get their turn', async () => {
  const items = Array.from({ length: 1_001 }, (_, n) => n * 2);
  let turns = 0;
  let isDone = false;
  const count = (): void => {
    turns += 1;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  const mapped = await mapInSlices(items, (item, place) => item + place);
  isDone = true;
  expect(mapped).toEqual(items.map((item, place) => item + place));
  expect(turns).toBeGreaterThanOrEqual(5);
});

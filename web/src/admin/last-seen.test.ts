import { expect, test } from 'vitest';
import { lastSeenOf } from './last-seen.ts';

const byAddress = new Map([
  ['10.1.2.3', { events: 4, lastMs: 1_000 }],
  ['10.1.9.9', { events: 1, lastMs: 3_000 }],
  ['192.0.2.1', { events: 1, lastMs: 9_000 }],
]);
const byName = new Map([['Web-1', { events: 2, lastMs: 2_000 }]]);

test('a log source was last seen when the newest event of its networks, addresses and names came', () => {
  expect(lastSeenOf(['10.1.0.0/16'], byAddress, byName)).toBe(3_000);
  expect(lastSeenOf(['10.1.2.3'], byAddress, byName)).toBe(1_000);
  expect(lastSeenOf(['web-1', '10.1.2.3'], byAddress, byName)).toBe(2_000);
  expect(lastSeenOf(['192.0.2.2', 'web-2'], byAddress, byName)).toBeNull();
});

import type { EventStore } from './event-store.ts';

/** An event store that holds nothing and is always ready: for tests and benches that are about something else. */
export const emptyEventStore: EventStore = {
  openLogpoint: async () => {},
  append: async () => {},
  search: async () => ({ rows: [], isCut: false, elapsedMs: 0 }),
  dropBefore: async () => ({ dropped: 0 }),
  repoSizes: async () => [],
  isReady: () => true,
  close: async () => {},
};

import { createStore } from '../api/store.ts';
import type { Filters } from '../incidents/filters.ts';

export type LastList = {
  readonly filters: Filters;
  /** Place of the row that was current; -1 for none. */
  readonly current: number;
  /** Null for a place that was never loaded. */
  readonly idAt: (index: number) => string | null;
};

/** The list that was looked at last: where `Esc` goes back to, and whose incidents `j` and `k` go through. */
export const lastList = createStore<LastList>({ filters: {}, current: -1, idAt: () => null });

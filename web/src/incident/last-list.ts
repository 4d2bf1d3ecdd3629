import { createStore } from '../api/store.ts';
import type { Filters } from '../incidents/filters.ts';

/** The list that was looked at last: where `Esc` goes back to. */
export const lastList = createStore<Filters>({});

import { createStore } from '../api/store.ts';
import { COLUMN_IDS, type ColumnId, SHOWN_AT_FIRST } from './column-ids.ts';

export type Density = 'normal' | 'compact';
/** How this browser shows the list: columns in their order, and how close the rows stand. */
export type ListPreferences = { readonly columns: readonly ColumnId[]; readonly density: Density };

const KEY = 'tocsin-list';
const AT_FIRST: ListPreferences = { columns: SHOWN_AT_FIRST, density: 'normal' };

function read(): ListPreferences {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? 'null');
    if (typeof kept !== 'object' || kept === null || !('columns' in kept) || !Array.isArray(kept.columns))
      return AT_FIRST;
    const columns = new Set(kept.columns.flatMap((id) => COLUMN_IDS.find((known) => known === id) ?? []));
    // A list of incidents without their names would be of no use to anybody.
    columns.add('name');
    return { columns: [...columns], density: 'density' in kept && kept.density === 'compact' ? 'compact' : 'normal' };
  } catch {
    return AT_FIRST;
  }
}

const store = createStore<ListPreferences>(read());

export const listPreferences = {
  store,

  set(change: Partial<ListPreferences>): void {
    const next = { ...store.get(), ...change };
    store.set(next);
    localStorage.setItem(KEY, JSON.stringify(next));
  },

  reset(): void {
    localStorage.removeItem(KEY);
    store.set(AT_FIRST);
  },
};

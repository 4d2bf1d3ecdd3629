import { useStore } from '../api/store.ts';
import { Icon } from '../parts/icon.tsx';
import { COLUMN_IDS, type ColumnId } from './column-ids.ts';
import { titleOfColumn } from './incident-columns.tsx';
import { listPreferences } from './list-preferences.ts';

/** Which columns the list has, in which order, and how close its rows stand; kept in this browser. */
export function ListMenu() {
  const { columns, density } = useStore(listPreferences.store);
  const hidden = COLUMN_IDS.filter((id) => !columns.includes(id));
  const swap = (at: number, by: number): void => {
    const next = [...columns];
    const [one, other] = [next[at], next[at + by]];
    if (one === undefined || other === undefined) return;
    next[at] = other;
    next[at + by] = one;
    listPreferences.set({ columns: next });
  };
  const toggle = (id: ColumnId): void =>
    listPreferences.set({ columns: columns.includes(id) ? columns.filter((one) => one !== id) : [...columns, id] });
  return (
    <>
      <button
        type="button"
        className="quiet"
        aria-pressed={density === 'compact'}
        title={density === 'compact' ? 'Compact: rows of 28 px' : 'Compact (rows are of 32 px)'}
        onClick={() => listPreferences.set({ density: density === 'compact' ? 'normal' : 'compact' })}
      >
        <Icon name="rows" /> <span className="wide">compact</span>
      </button>
      <details className="menu columns-menu">
        <summary title="Columns">
          <Icon name="columns" /> <span className="wide">columns</span>
        </summary>
        <div className="menu-body">
          <ul>
            {columns.map((id, at) => (
              <li key={id}>
                <label>
                  <input type="checkbox" checked disabled={id === 'name'} onChange={() => toggle(id)} />{' '}
                  {titleOfColumn(id)}
                </label>
                <button
                  type="button"
                  className="quiet"
                  aria-label={`Move ${titleOfColumn(id)} left`}
                  disabled={at === 0}
                  onClick={() => swap(at, -1)}
                >
                  ↑
                </button>
                <button
                  type="button"
                  className="quiet"
                  aria-label={`Move ${titleOfColumn(id)} right`}
                  disabled={at === columns.length - 1}
                  onClick={() => swap(at, 1)}
                >
                  ↓
                </button>
              </li>
            ))}
            {hidden.map((id) => (
              <li key={id}>
                <label>
                  <input type="checkbox" checked={false} onChange={() => toggle(id)} /> {titleOfColumn(id)}
                </label>
              </li>
            ))}
          </ul>
          <button type="button" onClick={() => listPreferences.reset()}>
            As it was at first
          </button>
        </div>
      </details>
    </>
  );
}

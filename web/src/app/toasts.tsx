import { createStore, useStore } from '../api/store.ts';

type Toast = {
  readonly id: number;
  readonly text: string;
  readonly isTrouble: boolean;
  readonly undo: (() => void) | null;
};

const SHOWN_MS = 8_000;
const SHOWN_MAX = 4;
const toasts = createStore<readonly Toast[]>([]);
let lastId = 0;

function remove(id: number): void {
  toasts.set(toasts.get().filter((toast) => toast.id !== id));
}

function show(text: string, isTrouble: boolean, undo: (() => void) | null): void {
  lastId += 1;
  const id = lastId;
  toasts.set([...toasts.get(), { id, text, isTrouble, undo }].slice(-SHOWN_MAX));
  setTimeout(() => remove(id), SHOWN_MS);
}

/** Says what was done. `undo` takes it back: the newest is also behind the key z. */
export const toast = {
  done: (text: string, undo: (() => void) | null = null): void => show(text, false, undo),
  trouble: (text: string): void => show(text, true, null),
  undoNewest(): void {
    const newest = toasts.get().findLast(({ undo }) => undo !== null);
    if (newest === undefined) return;
    remove(newest.id);
    newest.undo?.();
  },
};

export function Toasts() {
  const shown = useStore(toasts);
  return (
    <div className="toasts" aria-live="polite">
      {shown.map(({ id, text, isTrouble, undo }) => (
        <div key={id} className={isTrouble ? 'toast trouble' : 'toast'} role={isTrouble ? 'alert' : undefined}>
          <span>{text}</span>
          {undo !== null && (
            <button
              type="button"
              onClick={() => {
                remove(id);
                undo();
              }}
            >
              Undo <kbd>z</kbd>
            </button>
          )}
          <button type="button" aria-label="Dismiss" onClick={() => remove(id)}>
            ×
          </button>
        </div>
      ))}
    </div>
  );
}

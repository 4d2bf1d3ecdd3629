import { createStore } from './store.ts';

/** Whether the server answers; while it does not, when it is asked again. */
export type ConnectionState = { readonly isUp: boolean; readonly retryAtMs: number };

const RETRY_MS_FIRST = 1_000;
const RETRY_MS_MAX = 30_000;

const state = createStore<ConnectionState>({ isUp: true, retryAtMs: 0 });
let retryMs = RETRY_MS_FIRST;
let timer: ReturnType<typeof setTimeout> | undefined;
const returned = new Set<() => void>();

async function probe(): Promise<void> {
  timer = undefined;
  try {
    await fetch('/healthz', { cache: 'no-store' });
    connection.answered();
  } catch {
    schedule();
  }
}

function schedule(): void {
  state.set({ isUp: false, retryAtMs: Date.now() + retryMs });
  timer ??= setTimeout(() => void probe(), retryMs);
  retryMs = Math.min(RETRY_MS_MAX, retryMs * 2);
}

export const connection = {
  state,

  answered(): void {
    clearTimeout(timer);
    timer = undefined;
    retryMs = RETRY_MS_FIRST;
    if (state.get().isUp) return;
    state.set({ isUp: true, retryAtMs: 0 });
    for (const listener of returned) listener();
  },

  failed(): void {
    if (state.get().isUp) schedule();
  },

  /** Asks now instead of at `retryAtMs`. */
  retryNow(): void {
    clearTimeout(timer);
    void probe();
  },

  /** Called each time that the server answers again after it did not. */
  onReturn(listener: () => void): () => void {
    returned.add(listener);
    return () => returned.delete(listener);
  },
};

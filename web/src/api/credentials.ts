import { createStore } from './store.ts';

/** `unknown` until the first answer of the server tells. */
export type SignInState = 'unknown' | 'signed-in' | 'signed-out' | 'expired';

const state = createStore<SignInState>('unknown');
/** An API token that was pasted at sign-in: in memory only, gone with the page. */
let token: string | null = null;
let waiting: (() => void)[] = [];

/** How calls prove who calls: the session's cookie, which no script can read, or a token of this page's life. */
export const credentials = {
  state,

  headers: (): Record<string, string> => (token === null ? {} : { authorization: `Bearer ${token}` }),

  useToken(value: string | null): void {
    token = value;
  },

  hasToken: (): boolean => token !== null,

  signedIn(): void {
    state.set('signed-in');
    const resumed = waiting;
    waiting = [];
    for (const resume of resumed) resume();
  },

  signedOut(): void {
    token = null;
    state.set('signed-out');
  },

  /** Tells that the session is over, and resolves when there is one again. */
  renewed(signal?: AbortSignal): Promise<void> {
    if (state.get() === 'signed-in') state.set('expired');
    else if (state.get() === 'unknown') state.set('signed-out');
    return new Promise((resolve, reject) => {
      waiting.push(resolve);
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  },
};

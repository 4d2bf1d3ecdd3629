import { isJsonObject, type Json } from '../../../src/shared/json.ts';
import { connection } from './connection.ts';
import { credentials } from './credentials.ts';
import { textOf, timeOf } from './read-json.ts';
import { createStore } from './store.ts';

/** One entry of the logpoint's change feed. */
export type Change = {
  readonly kind: string;
  readonly id: string;
  readonly action: string;
  readonly atMs: number;
  readonly by: string;
};

export type FeedState = 'live' | 'connecting' | 'paused';

const RETRY_MS_FIRST = 1_000;
const RETRY_MS_MAX = 30_000;
/** A page that nobody sees gives its connection back after this time: browsers have six for a server. */
const HIDDEN_MS_MAX = 60_000;

type Listener = { onChange(change: Change): void; onReset(): void };

/**
 * Follows `/events/{pool}/{logpoint}`: live while the page is seen, resumed where it was after a break. `onReset` says
 * that changes were missed and everything has to be read anew.
 */
export class ChangeFeed {
  readonly state = createStore<FeedState>('connecting');
  readonly #path: string;
  readonly #listeners = new Set<Listener>();
  #lastId: string | null = null;
  #abort: AbortController | null = null;
  #hiddenTimer: ReturnType<typeof setTimeout> | undefined;
  #retryMs = RETRY_MS_FIRST;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(pool: string, logpoint: string) {
    this.#path = `/events/${pool}/${logpoint}`;
  }

  /** Starts; the answer ends it. */
  open(): () => void {
    const onVisible = (): void => {
      clearTimeout(this.#hiddenTimer);
      if (document.visibilityState === 'visible') this.#connect();
      else this.#hiddenTimer = setTimeout(() => this.#pause(), HIDDEN_MS_MAX);
    };
    document.addEventListener('visibilitychange', onVisible);
    const endReturn = connection.onReturn(() => this.#connect());
    this.#connect();
    return () => {
      document.removeEventListener('visibilitychange', onVisible);
      endReturn();
      clearTimeout(this.#hiddenTimer);
      this.#pause();
    };
  }

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #pause(): void {
    clearTimeout(this.#retryTimer);
    this.#abort?.abort();
    this.#abort = null;
    this.state.set('paused');
  }

  #connect(): void {
    if (this.#abort !== null) return;
    clearTimeout(this.#retryTimer);
    const abort = new AbortController();
    this.#abort = abort;
    this.state.set('connecting');
    void this.#read(abort.signal)
      .catch(() => undefined)
      .finally(() => {
        if (this.#abort !== abort) return;
        this.#abort = null;
        this.state.set('connecting');
        this.#retryTimer = setTimeout(() => this.#connect(), this.#retryMs);
        this.#retryMs = Math.min(RETRY_MS_MAX, this.#retryMs * 2);
      });
  }

  async #read(signal: AbortSignal): Promise<void> {
    const headers: Record<string, string> = { accept: 'text/event-stream', ...credentials.headers() };
    if (this.#lastId !== null) headers['last-event-id'] = this.#lastId;
    const response = await fetch(this.#path, { headers, signal, credentials: 'same-origin' }).catch(
      (error: unknown) => {
        // A server that is gone is told of by the feed first: nobody has to ask for something to learn it.
        if (!signal.aborted) connection.failed();
        throw error;
      },
    );
    if (response.status === 401) return credentials.renewed(signal);
    if (!response.ok || response.body === null) return;
    this.state.set('live');
    this.#retryMs = RETRY_MS_FIRST;
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const blocks = (rest + value).split(/\r?\n\r?\n/);
      rest = blocks.pop() ?? '';
      for (const block of blocks) this.#take(block);
    }
  }

  #take(block: string): void {
    const fields = new Map<string, string>();
    for (const line of block.split(/\r?\n/)) {
      const at = line.indexOf(':');
      if (at > 0) fields.set(line.slice(0, at), line.slice(at + 1).trimStart());
    }
    const id = fields.get('id');
    if (id !== undefined) this.#lastId = id;
    const kind = fields.get('event');
    if (kind === 'reset') for (const listener of this.#listeners) listener.onReset();
    const change = kind === undefined ? null : changeOf(kind, fields.get('data') ?? '');
    if (change !== null) for (const listener of this.#listeners) listener.onChange(change);
  }
}

function changeOf(kind: string, text: string): Change | null {
  let value: Json;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isJsonObject(value) || kind === 'reset') return null;
  return {
    kind,
    id: textOf(value['id']),
    action: textOf(value['action']),
    atMs: timeOf(value['at']) ?? Date.now(),
    by: textOf(value['by']),
  };
}

import type { Json } from '../../shared/json.ts';

/** Who listens to which topic in this process. */
export class SignalListeners {
  readonly #listeners = new Map<string, Set<(payload: Json) => void>>();

  on(topic: string, listener: (payload: Json) => void): () => void {
    // Wrapped, so that one function may listen twice.
    const own = (payload: Json): void => listener(payload);
    const listeners = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, listeners.add(own));
    return () => {
      listeners.delete(own);
      if (listeners.size === 0 && this.#listeners.get(topic) === listeners) this.#listeners.delete(topic);
    };
  }

  deliver(topic: string, payload: Json): void {
    for (const listener of [...(this.#listeners.get(topic) ?? [])]) listener(payload);
  }
}

import { TOKEN_USE_MS_MIN } from './accounts/console-tokens.ts';
import { tokensUsed } from './accounts/registry.ts';
import type { ControlStore } from './control/control-store.ts';
import type { Clock } from './shared/clock.ts';

/** Remembers which tokens were used and writes it down now and then: a write for every request would cost a sync each. */
export class TokenUses {
  readonly #store: ControlStore;
  readonly #clock: Clock;
  readonly #uses = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(store: ControlStore, clock: Clock, onError: (error: unknown) => void) {
    this.#store = store;
    this.#clock = clock;
    this.#timer = setInterval(() => this.flush().catch(onError), TOKEN_USE_MS_MIN);
    this.#timer.unref();
  }

  used(tokenId: string): void {
    this.#uses.set(tokenId, this.#clock());
  }

  async flush(): Promise<void> {
    if (this.#uses.size === 0) return;
    const uses = [...this.#uses].map(([tokenId, atMs]) => ({ tokenId, atMs }));
    this.#uses.clear();
    await this.#store.write(tokensUsed, uses);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }
}

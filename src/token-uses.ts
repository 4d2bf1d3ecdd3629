import type { Actor } from './accounts/actor.ts';
import { TOKEN_USE_MS_MIN } from './accounts/console-tokens.ts';
import { sessionsUsed, tokensUsed } from './accounts/registry.ts';
import type { ControlStore } from './control/control-store.ts';
import type { Clock } from './shared/clock.ts';

/** Remembers which tokens and sessions were used and writes it down now and then: a write for every request would cost a sync each. */
export class TokenUses {
  readonly #store: ControlStore;
  readonly #clock: Clock;
  readonly #uses = new Map<string, number>();
  readonly #sessionUses = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(store: ControlStore, clock: Clock, onError: (error: unknown) => void) {
    this.#store = store;
    this.#clock = clock;
    this.#timer = setInterval(() => this.flush().catch(onError), TOKEN_USE_MS_MIN);
    this.#timer.unref();
  }

  used({ tokenId, session }: Actor): void {
    if (session === undefined) this.#uses.set(tokenId, this.#clock());
    else this.#sessionUses.set(session.hash, this.#clock());
  }

  async flush(): Promise<void> {
    const uses = [...this.#uses].map(([tokenId, atMs]) => ({ tokenId, atMs }));
    const sessionUses = [...this.#sessionUses].map(([hash, atMs]) => ({ hash, atMs }));
    this.#uses.clear();
    this.#sessionUses.clear();
    if (uses.length > 0) await this.#store.write(tokensUsed, uses);
    if (sessionUses.length > 0) await this.#store.write(sessionsUsed, sessionUses);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }
}

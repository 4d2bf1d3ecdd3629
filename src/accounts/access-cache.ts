import { type ControlStore, STORE_LOST } from '../control/control-store.ts';
import type { Clock } from '../shared/clock.ts';
import { TOKENS_CHANGED } from './console-tokens.ts';
import type { AccessQuestion, FoundAccess } from './find-access.ts';
import { accessFind } from './registry.ts';
import { secretDigest } from './secret-text.ts';

/** Tokens, each with one logpoint, that are remembered; the one that was first asked for goes first. */
const ENTRIES_MAX = 2_000;

type Entry = { readonly access: FoundAccess; readonly untilMs: number | null };

/**
 * Who calls, remembered for tokens: a client sends the same one with every request. A token that is revoked or replaced
 * is forgotten before whoever did it has the answer, because the store signals a change before it settles it. Sessions
 * are always asked after: each of their requests moves their end. Refused tokens are not remembered.
 */
export class AccessCache {
  readonly #store: Pick<ControlStore, 'read' | 'onSignal'>;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  /** Rises with each change, so that an answer read before one is not remembered after it. */
  #changes = 0;

  constructor(store: Pick<ControlStore, 'read' | 'onSignal'>, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    for (const topic of [TOKENS_CHANGED, 'tenancy.changed', STORE_LOST]) {
      store.onSignal(topic, () => {
        this.#changes += 1;
        this.#entries.clear();
      });
    }
  }

  get size(): number {
    return this.#entries.size;
  }

  /** @throws AppError as `findAccess` */
  async find(question: AccessQuestion): Promise<FoundAccess> {
    const { credential, tenant } = question;
    if (credential.kind !== 'token') return this.#store.read(accessFind, question);
    const key = `${secretDigest(credential.text)} ${tenant?.poolId ?? ''} ${tenant?.logpointId ?? ''}`;
    const known = this.#entries.get(key);
    if (known !== undefined && (known.untilMs === null || this.#clock() < known.untilMs)) return known.access;
    const before = this.#changes;
    const { untilMs, ...access } = await this.#store.read(accessFind, question);
    if (before === this.#changes && (tenant === null || access.logpoint !== null)) this.#put(key, { access, untilMs });
    return access;
  }

  #put(key: string, entry: Entry): void {
    this.#entries.set(key, entry);
    if (this.#entries.size <= ENTRIES_MAX) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }
}

import type { ControlStore } from '../control/control-store.ts';
import type { Clock } from '../shared/clock.ts';
import { kindOf, type Refusal, type RefusalTimes, toldMax } from './refusals.ts';
import { auditRefused, auditSummarizeRefusals } from './registry.ts';

const MINUTE_MS = 60_000;
const FLUSH_MS = 1000;
/** Actors, and kinds of what they are refused, that are told apart between two writes; the store holds them to fewer. */
const SUBJECTS_MAX = 500;

/**
 * Where refused requests and logins are told, before they are answered. The first of an actor in a minute are written
 * one by one; a flood is counted here and written once a second, so that it costs neither syncs nor disk.
 */
export class RefusalLog {
  readonly #store: ControlStore;
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  readonly #timer: NodeJS.Timeout;
  #minute = 0;
  #summarizedMinute = 0;
  readonly #told = new Map<string, number>();
  readonly #counted = new Map<string, { refusal: Refusal; times: number }>();
  #total = 0;

  constructor(store: ControlStore, clock: Clock, onError: (error: unknown) => void) {
    this.#store = store;
    this.#clock = clock;
    this.#onError = onError;
    this.#timer = setInterval(() => void this.flush(), FLUSH_MS);
    this.#timer.unref();
  }

  /** Since the start. */
  get total(): number {
    return this.#total;
  }

  /**
   * Resolves when the attempt is durable in its chain, or counted. Never rejects: a refusal is answered whether or not
   * it can be written; what cannot is told to `onError`.
   */
  async tell(refusal: Refusal): Promise<void> {
    this.#total += 1;
    const minute = Math.floor(this.#clock() / MINUTE_MS);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#told.clear();
    }
    const key = `${refusal.logpointId} ${refusal.actor}`;
    const told = this.#told.get(key) ?? 0;
    if (told < toldMax(refusal) && (told > 0 || this.#told.size < SUBJECTS_MAX)) {
      this.#told.set(key, told + 1);
      await this.#write([{ refusal, times: 1 }]);
      return;
    }
    const kind = `${key} ${kindOf(refusal)}`;
    const subject = this.#counted.has(kind) || this.#counted.size < SUBJECTS_MAX ? kind : `others ${kindOf(refusal)}`;
    const counted = this.#counted.get(subject);
    this.#counted.set(subject, { refusal, times: (counted?.times ?? 0) + 1 });
  }

  /** Writes what was only counted, and the numbers of minutes that are over. Runs by itself once a second. */
  async flush(): Promise<void> {
    const counted = [...this.#counted.values()];
    this.#counted.clear();
    if (counted.length > 0) await this.#write(counted);
    const minute = Math.floor(this.#clock() / MINUTE_MS);
    if (minute === this.#summarizedMinute) return;
    this.#summarizedMinute = minute;
    await this.#store.write(auditSummarizeRefusals, {}).catch(this.#onError);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  async #write(refusals: readonly RefusalTimes[]): Promise<void> {
    await this.#store.write(auditRefused, refusals).catch(this.#onError);
  }
}

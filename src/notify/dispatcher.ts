import { type AttemptServices, attemptDelivery } from './attempt-delivery.ts';
import type { ChannelName } from './channel-settings.ts';
import { OUTBOX_TOPIC } from './outbox.ts';
import type { ClaimedDelivery } from './outbox-claims.ts';
import type { FinishResult } from './outbox-finish.ts';
import { claimCommand, countsQuery, finishCommand, freeClaimsCommand, sweepCommand } from './registry.ts';
import type { SendOutcome } from './send-outcome.ts';
import type { OutboxCounts } from './target-state.ts';

export type DispatcherOptions = AttemptServices & {
  /** Wait before the second attempt; doubles with each further one. Option `notify.backoffMs`. */
  readonly backoffBaseMs: number;
  /** Bugs and a store that does not answer; deliveries themselves are in the delivery log. */
  readonly onProblem: (error: unknown, deliveryId: string | null) => void;
  /** Name of this node: claims under it are free again when it starts. */
  readonly node?: string;
  /** Longer than any attempt. */
  readonly leaseMs?: number;
  /** Deliveries under way at once, to one target and in all. */
  readonly perTargetMax?: number;
  /** Attempts to one target in a minute; null or absent = any number. */
  readonly ratePerMinute?: number | null;
  readonly inFlightMax?: number;
  /** How long finished deliveries stay in the log. */
  readonly keptMs?: number;
  /** In [0, 1): the jitter. */
  readonly random?: () => number;
};

export type Tick = {
  readonly claimed: number;
  /** When something is due again at the earliest; null = nothing waits. */
  readonly nextDueAtMs: number | null;
};

/** Attempts since the start, for metrics. */
export type DispatcherCounters = {
  readonly attempts: Readonly<Record<ChannelName, Readonly<Record<FinishResult, number>>>>;
  readonly inFlight: number;
};

export interface Dispatcher {
  /** Frees what this node had claimed before, then works by signal and by time until it is stopped. */
  start(): Promise<void>;
  /** Claims what is due now and begins to send it; does not wait for the ends. */
  tick(): Promise<Tick>;
  /** Resolves when nothing is under way. */
  settled(): Promise<void>;
  counters(): DispatcherCounters;
  /** The counters with what waits and what is dead in the store. */
  status(): Promise<DispatcherCounters & { readonly counts: OutboxCounts }>;
  /** Takes nothing more on, gives what is under way `graceMs`, then breaks it off (it is sent again later). */
  stop(graceMs?: number): Promise<void>;
}

const LEASE_MS = 90_000;
const PER_TARGET_MAX = 4;
const IN_FLIGHT_MAX = 64;
const KEPT_MS = 30 * 24 * 3_600_000;
const SWEEP_EVERY_MS = 3_600_000;
/** Longest sleep: a wake-up that got lost costs no more than this. */
const SLEEP_MS_MAX = 30_000;
const PROBLEM_PAUSE_MS = 1_000;
const GRACE_MS = 5_000;

const zero = (): Record<FinishResult, number> => ({ delivered: 0, retry: 0, dead: 0, late: 0 });

export function createDispatcher(options: DispatcherOptions): Dispatcher {
  return new OutboxDispatcher(options);
}

/**
 * Takes deliveries out of the outbox and sends them: at least once, in order for each incident and channel, each target
 * with its own share. Everything it must remember is in the store, so it may end at any point.
 */
class OutboxDispatcher implements Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #node: string;
  readonly #leaseMs: number;
  readonly #inFlight = new Map<Promise<void>, string>();
  readonly #attempts: Record<ChannelName, Record<FinishResult, number>>;
  readonly #broken = new AbortController();
  #unsubscribe: (() => void) | null = null;
  #timer: NodeJS.Timeout | null = null;
  #isRunning = false;
  #isWoken = false;
  #isStopped = false;
  #sweptAtMs = 0;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#node = options.node ?? 'main';
    this.#leaseMs = options.leaseMs ?? LEASE_MS;
    this.#attempts = { email: zero(), http: zero(), syslog: zero(), snmp: zero(), ssh: zero(), sms: zero() };
  }

  async start(): Promise<void> {
    await this.#options.store.write(freeClaimsCommand, { node: this.#node });
    this.#unsubscribe = this.#options.store.onSignal(OUTBOX_TOPIC, () => this.#wake());
    this.#wake();
  }

  async tick(): Promise<Tick> {
    const room = (this.#options.inFlightMax ?? IN_FLIGHT_MAX) - this.#inFlight.size;
    const { claimed, nextDueAtMs } = await this.#options.store.write(claimCommand, {
      node: this.#node,
      leaseMs: this.#leaseMs,
      batchMax: Math.max(0, room),
      perTargetMax: this.#options.perTargetMax ?? PER_TARGET_MAX,
      ratePerMinute: this.#options.ratePerMinute ?? undefined,
      inFlight: this.#inFlightByTarget(),
    });
    for (const delivery of claimed) {
      const run: Promise<void> = this.#deliver(delivery).finally(() => {
        this.#inFlight.delete(run);
        this.#wake();
      });
      this.#inFlight.set(run, delivery.target);
    }
    return { claimed: claimed.length, nextDueAtMs };
  }

  async settled(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.all(this.#inFlight.keys());
  }

  counters(): DispatcherCounters {
    return { attempts: structuredClone(this.#attempts), inFlight: this.#inFlight.size };
  }

  async status(): Promise<DispatcherCounters & { readonly counts: OutboxCounts }> {
    return { ...this.counters(), counts: await this.#options.store.read(countsQuery, this.#options.clock()) };
  }

  async stop(graceMs = GRACE_MS): Promise<void> {
    this.#isStopped = true;
    this.#unsubscribe?.();
    if (this.#timer !== null) clearTimeout(this.#timer);
    const grace = setTimeout(() => this.#broken.abort(), graceMs);
    await this.settled();
    clearTimeout(grace);
  }

  #inFlightByTarget(): { readonly target: string; readonly count: number }[] {
    const counts = new Map<string, number>();
    for (const target of this.#inFlight.values()) counts.set(target, (counts.get(target) ?? 0) + 1);
    return [...counts].map(([target, count]) => ({ target, count }));
  }

  #wake(): void {
    this.#isWoken = true;
    if (this.#isRunning || this.#isStopped || this.#unsubscribe === null) return;
    this.#isRunning = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#work()
      .catch((error: unknown) => {
        this.#options.onProblem(error, null);
        return PROBLEM_PAUSE_MS;
      })
      .then((sleepMs) => {
        this.#isRunning = false;
        if (this.#isStopped) return;
        // Woken between the last look and now: look again at once.
        this.#timer = setTimeout(() => this.#wake(), this.#isWoken ? 0 : sleepMs);
      });
  }

  /** Claims until nothing new is due. Answers how long to sleep. */
  async #work(): Promise<number> {
    let tick: Tick = { claimed: 0, nextDueAtMs: null };
    while ((this.#isWoken || tick.claimed > 0) && !this.#isStopped) {
      this.#isWoken = false;
      tick = await this.tick();
    }
    await this.#sweep();
    if (tick.nextDueAtMs === null) return SLEEP_MS_MAX;
    const waitMs = tick.nextDueAtMs - this.#options.clock();
    if (waitMs > 0) return Math.min(waitMs, SLEEP_MS_MAX);
    // Due already and not claimed: its share is taken, and the end of an attempt wakes us; or it fell due just now.
    return this.#inFlight.size > 0 ? PROBLEM_PAUSE_MS : 1;
  }

  async #sweep(): Promise<void> {
    const nowMs = this.#options.clock();
    if (nowMs - this.#sweptAtMs < SWEEP_EVERY_MS) return;
    this.#sweptAtMs = nowMs;
    const beforeMs = nowMs - (this.#options.keptMs ?? KEPT_MS);
    while ((await this.#options.store.write(sweepCommand, { beforeMs })) > 0 && !this.#isStopped);
  }

  async #deliver(delivery: ClaimedDelivery): Promise<void> {
    const { clock, store, onProblem } = this.#options;
    const startedAtMs = clock();
    try {
      const outcome = await this.#attempt(delivery);
      const result = await store.write(finishCommand, {
        deliveryId: delivery.deliveryId,
        attempt: delivery.attempt,
        durationMs: Math.max(0, clock() - startedAtMs),
        outcome,
        backoffBaseMs: this.#options.backoffBaseMs,
        random: (this.#options.random ?? Math.random)(),
      });
      this.#attempts[delivery.channel][result] += 1;
    } catch (error) {
      // The lease runs out and the delivery is sent again, under its id.
      onProblem(error, delivery.deliveryId);
    }
  }

  /** Ends before the lease does, so that an attempt is never overtaken by its own repetition. */
  async #attempt(delivery: ClaimedDelivery): Promise<SendOutcome> {
    const limitMs = Math.floor(this.#leaseMs * 0.75);
    const limit = new AbortController();
    const signal = AbortSignal.any([limit.signal, this.#broken.signal]);
    const broken = new Promise<SendOutcome>((resolve) => {
      signal.addEventListener('abort', () => resolve(brokenOff(this.#isStopped, limitMs)), { once: true });
    });
    const timer = setTimeout(() => limit.abort(), limitMs);
    try {
      return await Promise.race([attemptDelivery(this.#options, delivery, signal), broken]);
    } catch (error) {
      this.#options.onProblem(error, delivery.deliveryId);
      return { ...brokenOff(false, limitMs), error: 'internal error, see the server log' };
    } finally {
      clearTimeout(timer);
    }
  }
}

const brokenOff = (isStopped: boolean, limitMs: number): SendOutcome => ({
  kind: 'retry',
  status: null,
  request: '',
  answer: '',
  error: isStopped ? 'broken off because the server stopped' : `no end within ${limitMs} ms`,
  retryAfterMs: null,
});

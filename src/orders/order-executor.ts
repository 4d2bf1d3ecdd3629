import type { ControlStore } from '../control/control-store.ts';
import { AppError, type ErrorData, errorToData } from '../shared/errors.ts';
import { ORDER_QUEUED } from './accept-order.ts';
import { kindsByAction, type OrderKind, type OrderServices } from './order-kind.ts';
import { orderCommands } from './registry.ts';
import type { ClaimedOrder, WorkOutcome } from './work-queue.ts';

/** Pause before a store that failed is asked again. */
const RETRY_MS = 500;

export type ExecutorLimits = {
  /** Work orders that run at one time. */
  readonly runningMax: number;
  /** How long the work of one order may take before it is stopped and the order fails. */
  readonly workMsMax: number;
};

/** Carries out the orders that need work outside a transaction. An order that is stopped by the end of the process waits for the next start. */
export class OrderExecutor {
  readonly #services: OrderServices;
  readonly #kinds: ReadonlyMap<string, OrderKind>;
  readonly #commands: ReturnType<typeof orderCommands>;
  readonly #limits: ExecutorLimits;
  readonly #stopping = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #loop: Promise<void> | null = null;
  #hasMore = false;
  #stopListening: () => void = () => {};

  constructor(services: OrderServices, kinds: readonly OrderKind[], limits: ExecutorLimits) {
    this.#services = services;
    this.#kinds = kindsByAction(kinds);
    this.#commands = orderCommands(kinds);
    this.#limits = limits;
  }

  /** Takes up what a former process left behind. */
  async start(): Promise<void> {
    this.#stopListening = this.#store.onSignal(ORDER_QUEUED, () => this.#wake());
    await this.#store.write(this.#commands.requeue, {});
  }

  /** Work orders that run now. */
  get running(): number {
    return this.#running.size;
  }

  async close(): Promise<void> {
    this.#stopListening();
    this.#stopping.abort(new AppError('unavailable', 'STOPPING', 'the server is stopping'));
    await this.#loop;
    await Promise.all(this.#running);
  }

  get #store(): ControlStore {
    return this.#services.store;
  }

  #wake(): void {
    this.#hasMore = true;
    this.#loop ??= this.#claimAll().finally(() => {
      this.#loop = null;
      if (this.#hasMore && this.#running.size < this.#limits.runningMax && !this.#isStopping) this.#wake();
    });
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #claimAll(): Promise<void> {
    while (this.#hasMore && !this.#isStopping) {
      const free = this.#limits.runningMax - this.#running.size;
      // The order that ends next wakes the loop again.
      if (free <= 0) return;
      this.#hasMore = false;
      const claimed = await this.#persist(() => this.#store.write(this.#commands.claim, free));
      for (const order of claimed ?? []) this.#run(order);
    }
  }

  #run(order: ClaimedOrder): void {
    const run = this.#carryOut(order).finally(() => {
      this.#running.delete(run);
      // Its lane is free now, and a place to run in.
      if (!this.#isStopping) this.#wake();
    });
    this.#running.add(run);
  }

  async #carryOut(order: ClaimedOrder): Promise<void> {
    const outcome = await this.#prepare(order);
    // Stopped by the server's end, not by its own failure: it runs again at the next start.
    if (outcome === null) return;
    const finish = (result: WorkOutcome) => () =>
      this.#store.write(this.#commands.finish, { orderId: order.orderId, outcome: result });
    try {
      await this.#persist(finish(outcome));
    } catch (error) {
      // What was prepared cannot be handed to the store: the order ends as one that met a bug.
      await this.#persist(finish({ ok: false, error: errorToData(error) }));
    }
  }

  async #prepare({ action, context, input }: ClaimedOrder): Promise<WorkOutcome | null> {
    const kind = this.#kinds.get(action);
    if (kind?.mode !== 'work') return failed(errorToData(new Error(`no kind of work order has the action ${action}`)));
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(tooLong(this.#limits.workMsMax)), this.#limits.workMsMax);
    const signal = AbortSignal.any([timeout.signal, this.#stopping.signal]);
    try {
      const prepared = await abortable(kind.prepare(this.#services, context, input as never, signal), signal);
      return { ok: true, prepared };
    } catch (error) {
      if (this.#isStopping) return null;
      return failed(errorToData(timeout.signal.aborted ? timeout.signal.reason : error));
    } finally {
      clearTimeout(timer);
    }
  }

  /** Asks the store again for as long as it cannot answer; null when the server stops first. @throws a bug */
  async #persist<T>(write: () => Promise<T>): Promise<T | null> {
    for (;;) {
      try {
        return await write();
      } catch (error) {
        if (!(error instanceof AppError) || (error.kind !== 'unavailable' && error.kind !== 'overloaded')) throw error;
        if (this.#isStopping) return null;
        await pause(RETRY_MS, this.#stopping.signal);
      }
    }
  }
}

const failed = (error: ErrorData): WorkOutcome => ({ ok: false, error });

const tooLong = (workMsMax: number): AppError =>
  new AppError('unavailable', 'ORDER_TOO_LONG', `the order took longer than ${workMsMax / 1000} s and was stopped`);

/** The work's result, or the reason of the signal: work that ignores the signal must not hold its place for ever. */
function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, delayMs);
    if (signal.aborted) done();
    else signal.addEventListener('abort', done, { once: true });
  });
}

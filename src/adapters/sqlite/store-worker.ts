import { Worker } from 'node:worker_threads';
import { compiledUrl } from '../../shared/compiled.ts';
import { AppError, errorFromData } from '../../shared/errors.ts';
import type { Signal } from './sqlite-tx.ts';
import { storeClosed } from './store-closed.ts';
import type { FromThread, ThreadCall, ThreadReply, ThreadStart, ToThread } from './thread-protocol.ts';

/** Calls that may wait for one thread. Far above what a healthy disk lets wait; beyond it callers are told to slow down. */
const CALLS_WAITING_MAX = 20_000;
const RESTART_DELAY_MS_MIN = 50;
const RESTART_DELAY_MS_MAX = 5000;

type Waiting = {
  readonly call: ThreadCall;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
};

/**
 * One thread of the store as the main thread sees it. Calls are carried out in the order they came in. When the thread
 * dies, the calls it had are refused, because nobody knows which of them were kept, and those that were not yet sent
 * wait for its successor.
 */
export class StoreWorker {
  readonly #start: Omit<ThreadStart, 'nowMs'>;
  readonly #clock: () => number;
  readonly #onSignals: (signals: readonly Signal[]) => void;
  readonly #onLost: (role: ThreadStart['role'], error: Error) => void;
  readonly #sent = new Map<number, Waiting>();
  #unsent: Waiting[] = [];
  #worker: Worker | null = null;
  #isReady = false;
  #isFlushing = false;
  #isClosed = false;
  #restarts = 0;
  #restartTimer: NodeJS.Timeout | null = null;
  #nextId = 1;
  #idle: (() => void) | null = null;

  constructor(
    start: Omit<ThreadStart, 'nowMs'>,
    clock: () => number,
    listeners: {
      onSignals: (signals: readonly Signal[]) => void;
      onLost: (role: ThreadStart['role'], error: Error) => void;
    },
  ) {
    this.#start = start;
    this.#clock = clock;
    this.#onSignals = listeners.onSignals;
    this.#onLost = listeners.onLost;
  }

  /** Resolves when the thread serves. @throws AppError `SCHEMA_*`, `CONTROL_STORE_*` when it cannot */
  open(): Promise<void> {
    return new Promise((resolve, reject) => this.#spawn(resolve, reject));
  }

  call(name: string, input: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) return reject(storeClosed());
      if (this.#sent.size + this.#unsent.length >= CALLS_WAITING_MAX) return reject(queueFullError());
      const call = { id: this.#nextId++, name, input, nowMs: this.#clock() };
      this.#unsent.push({ call, resolve, reject });
      this.#flushSoon();
    });
  }

  /** Waits for the calls that were taken, then ends the thread. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#sent.size + this.#unsent.length > 0 && this.#worker !== null) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    if (this.#restartTimer !== null) clearTimeout(this.#restartTimer);
    this.#rejectUnsent(storeClosed());
    const worker = this.#worker;
    if (worker === null) return;
    const exited = new Promise((resolve) => worker.once('exit', resolve));
    this.#post(worker, { type: 'close' });
    await exited;
  }

  #spawn(onReady: () => void, onRefused: (error: Error) => void): void {
    const worker = new Worker(compiledUrl('./store-thread.ts', import.meta.url), {
      name: `control-${this.#start.role}`,
      workerData: { ...this.#start, nowMs: this.#clock() } satisfies ThreadStart,
    });
    this.#worker = worker;
    let lastError: Error | null = null;
    let refused: Error | null = null;
    worker.on('message', (message: FromThread) => {
      if (message.type === 'replies') for (const reply of message.replies) this.#settle(reply);
      else if (message.type === 'refused') refused = errorFromData(message.error);
      else {
        this.#isReady = true;
        this.#restarts = 0;
        onReady();
        this.#flush();
      }
    });
    worker.on('error', (error) => {
      lastError = error instanceof Error ? error : new Error(String(error));
    });
    worker.on('exit', (code) => {
      const wasReady = this.#isReady;
      this.#isReady = false;
      this.#worker = null;
      const error = refused ?? lastError ?? new Error(`the thread ended with ${code}`);
      if (!wasReady) onRefused(error);
      else if (!this.#isClosed || this.#sent.size > 0) this.#recover(error);
      this.#settleIdle();
    });
  }

  #recover(error: Error): void {
    this.#onLost(this.#start.role, error);
    for (const { reject } of this.#sent.values()) reject(lostError(error));
    this.#sent.clear();
    if (this.#isClosed) this.#rejectUnsent(storeClosed());
    else this.#respawn();
  }

  #respawn(): void {
    const delayMs =
      this.#restarts === 0 ? 0 : Math.min(RESTART_DELAY_MS_MAX, RESTART_DELAY_MS_MIN * 2 ** this.#restarts);
    this.#restarts += 1;
    this.#restartTimer = setTimeout(() => {
      this.#restartTimer = null;
      this.#spawn(
        () => {},
        (error) => {
          this.#onLost(this.#start.role, error);
          this.#rejectUnsent(error instanceof AppError ? error : lostError(error));
          if (!this.#isClosed) this.#respawn();
        },
      );
    }, delayMs);
  }

  /** Calls of one turn of the event loop go in one message. */
  #flushSoon(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    queueMicrotask(() => {
      this.#isFlushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    const worker = this.#worker;
    if (!this.#isReady || worker === null || this.#unsent.length === 0) return;
    const batch = this.#unsent;
    this.#unsent = [];
    for (const waiting of batch) this.#sent.set(waiting.call.id, waiting);
    try {
      this.#post(worker, { type: 'calls', calls: batch.map(({ call }) => call) });
    } catch {
      // One input of the batch cannot be copied between threads: find it, so that the others still arrive.
      for (const waiting of batch) this.#sendAlone(worker, waiting);
    }
  }

  #sendAlone(worker: Worker, { call, reject }: Waiting): void {
    try {
      this.#post(worker, { type: 'calls', calls: [call] });
    } catch (error) {
      this.#sent.delete(call.id);
      reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #post(worker: Worker, message: ToThread): void {
    worker.postMessage(message);
  }

  #settle(reply: ThreadReply): void {
    const waiting = this.#sent.get(reply.id);
    if (waiting === undefined) return;
    this.#sent.delete(reply.id);
    if (reply.ok) {
      waiting.resolve(reply.value);
      if (reply.signals.length > 0) this.#onSignals(reply.signals);
    } else waiting.reject(errorFromData(reply.error));
    this.#settleIdle();
  }

  #settleIdle(): void {
    if (this.#idle === null) return;
    if (this.#worker !== null && this.#sent.size + this.#unsent.length > 0) return;
    this.#idle();
    this.#idle = null;
  }

  #rejectUnsent(error: Error): void {
    for (const { reject } of this.#unsent.splice(0)) reject(error);
  }
}

const queueFullError = (): AppError =>
  new AppError(
    'overloaded',
    'CONTROL_STORE_QUEUE_FULL',
    `${CALLS_WAITING_MAX} calls already wait for the control store`,
    {
      retryAfterSeconds: 1,
    },
  );

const lostError = (cause: Error): AppError =>
  new AppError(
    'unavailable',
    'CONTROL_STORE_THREAD_LOST',
    'a thread of the control store ended; it is not known whether the call was carried out',
    {
      cause,
      retryAfterSeconds: 1,
    },
  );

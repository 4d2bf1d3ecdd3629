import type { MessagePort, Transferable, Worker } from 'node:worker_threads';
import { type ErrorData, errorFromData, errorToData } from '../shared/errors.ts';

/** One end of a pair of threads that call each other's functions. `Worker` and `parentPort` fit. */
type Port = Pick<MessagePort, 'postMessage'> & Pick<Worker | MessagePort, 'on' | 'off'>;

type Call = { readonly kind: 'call'; readonly id: number; readonly name: string; readonly input: unknown };
type Answer = { readonly kind: 'answer'; readonly id: number; readonly result?: unknown; readonly error?: ErrorData };

/** Functions that one thread offers the other: one argument, plain data in and out. */
export type Functions = { readonly [name: string]: (input: never) => unknown };
type Input<F extends Functions, N extends keyof F> = Parameters<F[N]>[0];
type Output<F extends Functions, N extends keyof F> = Awaited<ReturnType<F[N]>>;

/** Calls functions `Theirs` of the other thread and answers its calls of `Ours`. Errors cross as they are. */
export class Peer<Ours extends Functions, Theirs extends Functions> {
  readonly #port: Port;
  readonly #functions: Ours;
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #lastId = 0;
  #closed: Error | null = null;

  constructor(port: Port, functions: Ours) {
    this.#port = port;
    this.#functions = functions;
    port.on('message', this.#onMessage);
  }

  /** Rejects with the other side's error, or with the one given to `close`. */
  call<N extends keyof Theirs & string>(
    name: N,
    input: Input<Theirs, N>,
    transfer: readonly Transferable[] = [],
  ): Promise<Output<Theirs, N>> {
    if (this.#closed !== null) return Promise.reject(this.#closed);
    this.#lastId += 1;
    const call: Call = { kind: 'call', id: this.#lastId, name, input };
    return new Promise((resolve, reject) => {
      // The pair is typed by `Theirs`: the answer to `name` is its output.
      this.#waiting.set(call.id, { resolve: resolve as (value: unknown) => void, reject });
      this.#port.postMessage(call, transfer);
    });
  }

  /** Rejects every call that waits, and every later one. */
  close(error: Error): void {
    this.#closed = error;
    this.#port.off('message', this.#onMessage);
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  readonly #onMessage = (message: Call | Answer): void => {
    if (message.kind === 'call') {
      void this.#serve(message);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.error === undefined) waiting?.resolve(message.result);
    else waiting?.reject(errorFromData(message.error));
  };

  async #serve({ id, name, input }: Call): Promise<void> {
    try {
      const run = this.#functions[name];
      if (run === undefined) throw new Error(`assertion failed: no function ${name}`);
      const result = await run(input as never);
      if (this.#closed === null) this.#port.postMessage({ kind: 'answer', id, result });
    } catch (error) {
      if (this.#closed === null) this.#port.postMessage({ kind: 'answer', id, error: errorToData(error) });
    }
  }
}

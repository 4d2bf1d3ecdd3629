import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { compiledPath } from '../../shared/compiled.ts';
import { AppError } from '../../shared/errors.ts';
import type { EventdConfig, EventdMessage } from './eventd-protocol.ts';

export const RESTART_DELAY_MS_MIN = 100;
export const RESTART_DELAY_MS_MAX_DEFAULT = 5_000;
/** A process that lived this long starts anew without delay. */
const STEADY_AFTER_MS = 30_000;
/** Opening a big folder takes a while; one that takes longer is stuck. */
const READY_WAIT_MS_MAX = 60_000;
const CLOSE_WAIT_MS_MAX = 10_000;
/** Searches hold one thread of the process each, and so do inserts and the rest. */
const ENGINE_THREADS = 16;

export type EventdOptions = {
  /** The wait before a restart doubles from 100 ms up to this; default 5 s. */
  readonly restartDelayMsMax?: number | undefined;
  /** The process ended by itself and will be started again after `delayMs`. */
  readonly onRestart?: (reason: string, delayMs: number) => void;
};

/** Keeps eventd running: starts it, starts it again when it dies, ends it. */
export class EventdSupervisor {
  readonly #options: EventdOptions;
  #config: EventdConfig;
  #child: ChildProcess | undefined;
  #isReady = false;
  #isClosing = false;
  #delayMs = RESTART_DELAY_MS_MIN;
  #timer: NodeJS.Timeout | undefined;

  constructor(config: EventdConfig, options: EventdOptions = {}) {
    this.#config = config;
    this.#options = options;
  }

  /** Resolves when the process answers. @throws AppError `EVENT_STORE_UNAVAILABLE` with what the process said */
  async start(): Promise<void> {
    const startedMs = performance.now();
    const child = spawn(process.execPath, [compiledPath('./eventd.ts', import.meta.url)], {
      stdio: ['pipe', 'pipe', 'pipe'],
      // Functions of time answer in UTC wherever the server stands.
      env: { ...process.env, TZ: 'UTC', UV_THREADPOOL_SIZE: String(ENGINE_THREADS), NODE_OPTIONS: '' },
    });
    this.#child = child;
    const stderr = tailOf(child);
    const ended = new Promise<string>((resolve) => {
      child.on('error', (error) => resolve(error.message));
      child.on('exit', (code, signal) => resolve(`${stderr()} (${signal ?? `exit ${code}`})`.trim()));
    });
    // A child that dies early breaks the pipe; `exit` tells the story.
    child.stdin.on('error', () => undefined);
    child.stdin.write(`${JSON.stringify(this.#config)}\n`);
    try {
      const message = await Promise.race([firstMessage(child), ended, timeout()]);
      if (typeof message === 'string') throw new Error(message);
      if (message.kind === 'failed') throw new Error(message.message);
      // The port stays the same over restarts, so that endpoints which were handed out stay true.
      if (message.port !== null) this.#config = { ...this.#config, port: message.port };
    } catch (error) {
      child.kill('SIGKILL');
      const reason = error instanceof Error ? error.message : String(error);
      throw new AppError('unavailable', 'EVENT_STORE_UNAVAILABLE', `the event store did not start: ${reason}`, {
        cause: error,
        retryAfterSeconds: 1,
      });
    }
    this.#isReady = !this.#isClosing;
    void ended.then((reason) => this.#onEnd(reason, performance.now() - startedMs));
  }

  #onEnd(reason: string, livedMs: number): void {
    this.#isReady = false;
    this.#child = undefined;
    if (livedMs > STEADY_AFTER_MS) this.#delayMs = RESTART_DELAY_MS_MIN;
    this.#restartLater(reason);
  }

  #restartLater(reason: string): void {
    if (this.#isClosing) return;
    const delayMs = this.#delayMs;
    this.#delayMs = Math.min(delayMs * 2, this.#options.restartDelayMsMax ?? RESTART_DELAY_MS_MAX_DEFAULT);
    this.#options.onRestart?.(reason, delayMs);
    this.#timer = setTimeout(() => {
      this.start().catch((error: unknown) => this.#restartLater(String(error)));
    }, delayMs);
  }

  isReady(): boolean {
    return this.#isReady;
  }

  /** The port on 127.0.0.1, once started. */
  get port(): number {
    return this.#config.port;
  }

  /** The process id, for the operator's view and for tests that kill it. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Lets what runs come to its end, then ends the process. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#isReady = false;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()));
    const forced = setTimeout(() => child.kill('SIGKILL'), CLOSE_WAIT_MS_MAX);
    child.stdin?.write('close\n');
    await ended;
    clearTimeout(forced);
  }
}

function firstMessage(child: ChildProcess): Promise<EventdMessage> {
  return new Promise((resolve, reject) => {
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).once('line', (line) => {
      try {
        resolve(JSON.parse(line) as EventdMessage);
      } catch {
        reject(new Error(`eventd said ${line.slice(0, 200)}`));
      }
    });
  });
}

function timeout(): Promise<string> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(`not ready after ${READY_WAIT_MS_MAX} ms`), READY_WAIT_MS_MAX).unref();
  });
}

/** The last words of the child; the pipe is read always, for a full one would stop it. */
function tailOf(child: ChildProcess): () => string {
  let tail = '';
  child.stderr?.on('data', (piece: Buffer) => {
    tail = (tail + piece.toString()).slice(-2000);
  });
  return () => tail.trim();
}

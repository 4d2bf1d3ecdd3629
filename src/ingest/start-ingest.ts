import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { StreamRule } from '../rules/stream-rule.ts';
import { compiledUrl } from '../shared/compiled.ts';
import { AppError, errorFromData } from '../shared/errors.ts';
import type {
  AcceptAnswer,
  AcceptRequest,
  CostlyRule,
  IngestHandle,
  IngestOptions,
  IngestStatus,
  InternalEvent,
  RuleLoadReport,
  SyslogConfig,
} from './ingest-handle.ts';
import { RETRY_MS_FIRST, RETRY_MS_MAX } from './limits.ts';
import { Peer } from './peer.ts';
import type { MainFunctions, ThreadData, ThreadFunctions, ThreadStatus } from './thread-protocol.ts';

const RESTART_RETRY_AFTER_SECONDS = 2;
/** Smaller bodies are copied: moving memory between threads costs more than that. */
const MOVED_BYTES_MIN = 64 * 1024;

/**
 * Starts the ingest worker and answers once its journal is open and its listeners listen.
 *
 * A worker that dies is started again: it replays the journal, and requests that were on their way are rejected as
 * retryable, as nobody knows whether they were durable.
 *
 * `entry` is the worker's file, which brings the event store's adapter; by default that of chDB.
 *
 * @throws AppError of the first start: `SYSLOG_PORT`, `JOURNAL_CURSOR_DAMAGED`
 */
export async function startIngest(
  options: IngestOptions,
  entry: URL = compiledUrl('../ingest-thread.ts', import.meta.url),
): Promise<IngestHandle> {
  const client = new IngestClient(options, entry);
  await client.start();
  return client;
}

type Running = { readonly worker: Worker; readonly peer: Peer<MainFunctions, ThreadFunctions> };

class IngestClient implements IngestHandle {
  readonly #options: IngestOptions;
  readonly #entry: URL;
  #rules: readonly StreamRule[];
  #syslog: SyslogConfig | null;
  #running: Running | null = null;
  #restarting: Promise<void> = Promise.resolve();
  #restarts = 0;
  #isClosing = false;
  #lastStatus: ThreadStatus | null = null;

  constructor(options: IngestOptions, entry: URL) {
    this.#options = options;
    this.#entry = entry;
    this.#rules = options.rules;
    this.#syslog = options.syslog;
  }

  start(): Promise<void> {
    return this.#spawn();
  }

  async accept(request: AcceptRequest): Promise<AcceptAnswer> {
    const { body } = request;
    const ownsMemory = body.buffer instanceof ArrayBuffer && body.byteLength === body.buffer.byteLength;
    const moved = ownsMemory && body.byteLength >= MOVED_BYTES_MIN ? [body.buffer] : [];
    return this.#peer().call('accept', request, moved);
  }

  async acceptInternal(events: readonly InternalEvent[]): Promise<void> {
    await this.#peer().call('acceptInternal', events);
  }

  async setRules(rules: readonly StreamRule[]): Promise<RuleLoadReport> {
    this.#rules = rules;
    await this.#restarting;
    return this.#peer().call('setRules', rules);
  }

  async status(): Promise<IngestStatus> {
    const running = this.#running;
    if (running !== null) {
      try {
        this.#lastStatus = await running.peer.call('status', null);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
      }
    }
    if (this.#lastStatus === null) throw new Error('assertion failed: a started worker told its status');
    return { ...this.#lastStatus, isWorkerUp: this.#running !== null, workerRestarts: this.#restarts };
  }

  ruleCosts(): Promise<readonly CostlyRule[]> {
    return this.#peer().call('ruleCosts', null);
  }

  async hold(msMax: number): Promise<void> {
    await this.#peer().call('hold', msMax);
  }

  goOn(): Promise<boolean> {
    return this.#peer().call('goOn', null);
  }

  async drain(): Promise<void> {
    for (;;) {
      await this.#restarting;
      try {
        await this.#peer().call('drain', null);
        return;
      } catch (error) {
        // A worker that died meanwhile comes back with all that is left to do.
        if (this.#isClosing || !(error instanceof AppError) || error.code !== 'INGEST_RESTARTING') throw error;
        await pause(RETRY_MS_FIRST);
      }
    }
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#restarting.catch(() => undefined);
    const running = this.#running;
    if (running === null) return;
    this.#running = null;
    await running.peer.call('close', null).catch(() => undefined);
    running.peer.close(restartingError());
    await running.worker.terminate();
  }

  #peer(): Running['peer'] {
    if (this.#running === null) throw restartingError();
    return this.#running.peer;
  }

  #threadData(): ThreadData {
    const { dataDir, eventStore, timeZone, journalBytesMax, segmentBytes, batchLingerMs } = this.#options;
    const [syslog, rules] = [this.#syslog, this.#rules];
    return { dataDir, eventStore, syslog, timeZone, journalBytesMax, segmentBytes, batchLingerMs, rules };
  }

  /** Resolves when the worker is ready; rejects when it ends before. */
  #spawn(): Promise<void> {
    const worker = new Worker(this.#entry, { workerData: this.#threadData() });
    const { onMatches, onDeadLetterRepo, onNotice } = this.#options;
    return new Promise<void>((resolve, reject) => {
      let failure: unknown = null;
      const peer = new Peer<MainFunctions, ThreadFunctions>(worker, {
        ready: (status) => {
          this.#running = { worker, peer };
          this.#lastStatus = status;
          this.#keepPorts(status);
          resolve();
        },
        startFailed: (error) => {
          failure = errorFromData(error);
        },
        applyMatches: (batch) => onMatches(batch),
        ensureDeadLetterRepo: (logpointId) => onDeadLetterRepo(logpointId),
        notice: (notice) => onNotice?.(notice),
      });
      worker.on('error', (error) => {
        failure ??= error;
      });
      worker.on('exit', (code) => {
        peer.close(restartingError());
        const error = failure instanceof Error ? failure : new Error(`the ingest worker ended with code ${code}`);
        reject(error);
        if (this.#running?.worker !== worker) return;
        this.#running = null;
        if (!this.#isClosing) this.#restart(error);
      });
    });
  }

  /** A free port that was picked stays the same over restarts. */
  #keepPorts(status: ThreadStatus): void {
    if (this.#syslog === null) return;
    this.#syslog = { ...this.#syslog, udpPort: status.syslogUdpPort, tcpPort: status.syslogTcpPort };
  }

  #restart(error: Error): void {
    this.#tell('error', 'INGEST_WORKER_DIED', `the ingest worker died and is started again: ${error.message}`);
    this.#restarting = this.#spawnUntilUp();
  }

  async #spawnUntilUp(): Promise<void> {
    for (let waitMs = RETRY_MS_FIRST; !this.#isClosing; waitMs = Math.min(waitMs * 2, RETRY_MS_MAX)) {
      await pause(waitMs);
      try {
        await this.#spawn();
        this.#restarts += 1;
        this.#tell('info', 'INGEST_WORKER_UP', 'the ingest worker is up again and replays its journal');
        return;
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        this.#tell('error', 'INGEST_WORKER_DIED', `the ingest worker did not start: ${text}`);
      }
    }
  }

  #tell(level: 'info' | 'error', code: string, message: string): void {
    this.#options.onNotice?.({ level, code, message });
  }
}

function restartingError(): AppError {
  const text = 'the ingest worker starts again; whether the request was kept is not known';
  return new AppError('unavailable', 'INGEST_RESTARTING', text, { retryAfterSeconds: RESTART_RETRY_AFTER_SECONDS });
}

import { Worker } from 'node:worker_threads';
import { compiledUrl } from '../../shared/compiled.ts';
import { AppError } from '../../shared/errors.ts';
import { type LineJob, LineMatcher, type LineResult, type TriedCondition } from './line-matcher.ts';

export type MatchThreadData = { readonly conditions: readonly TriedCondition[]; readonly receivedAtMs: number };
export type MatchThreadRequest = LineJob;
/** The result of a job, or why its file could not be read. */
export type MatchThreadAnswer = LineResult | { readonly failed: string; readonly code: string };

/** Runs jobs, several at a time when it has threads. */
export type MatchPool = {
  run(job: LineJob): Promise<LineResult>;
  close(): Promise<void>;
};

/** With one thread the caller's own does the work; else so many workers, each with all rules. */
export async function openMatchPool(
  conditions: readonly TriedCondition[],
  threads: number,
  receivedAtMs: number,
): Promise<MatchPool> {
  if (threads === 1) {
    const matcher = new LineMatcher(conditions, receivedAtMs);
    return { run: async (job) => matcher.run(job), close: async () => matcher.close() };
  }
  const workers = Array.from({ length: threads }, () => new MatchWorker({ conditions, receivedAtMs }));
  await Promise.all(workers.map((worker) => worker.ready));
  return {
    run: (job) => leastBusy(workers).run(job),
    close: async () => {
      await Promise.all(workers.map((worker) => worker.close()));
    },
  };
}

const leastBusy = (workers: readonly MatchWorker[]): MatchWorker => {
  const [least] = [...workers].sort((a, b) => a.waiting - b.waiting);
  if (least === undefined) throw new Error('a pool without workers');
  return least;
};

type Waiting = { readonly resolve: (result: LineResult) => void; readonly reject: (error: Error) => void };

/** More than the engine gives a thread by itself: 5 % more lines a second, as less lives until a collection. */
const YOUNG_MB = 64;

class MatchWorker {
  readonly ready: Promise<void>;
  readonly #worker: Worker;
  readonly #waiting: Waiting[] = [];
  #failure: Error | null = null;

  constructor(data: MatchThreadData) {
    this.#worker = new Worker(compiledUrl('./match-thread.ts', import.meta.url), {
      workerData: data,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    this.ready = new Promise((resolve, reject) => {
      this.#worker.once('message', () => resolve());
      this.#worker.once('error', reject);
    });
    // Whoever waits for it is told; nobody may wait yet.
    this.ready.catch(() => {});
    this.#worker.on('message', (message: MatchThreadAnswer | 'ready') => {
      if (message === 'ready') return;
      const waiting = this.#waiting.shift();
      if ('failed' in message) waiting?.reject(new AppError('invalid', message.code, message.failed));
      else waiting?.resolve(message);
    });
    this.#worker.on('error', (error) => this.#fail(error instanceof Error ? error : new Error(String(error))));
    this.#worker.on('exit', (code) => this.#fail(new Error(`a matching thread ended with ${code}`)));
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  run(job: LineJob): Promise<LineResult> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== null) {
        reject(this.#failure);
        return;
      }
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage(job);
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }
}

import type { Command, ControlStore, Query } from '../../control/control-store.ts';
import type { Clock } from '../../shared/clock.ts';
import { compiledUrl } from '../../shared/compiled.ts';
import type { Json } from '../../shared/json.ts';
import { openReader } from './open-database.ts';
import { SignalListeners } from './signals.ts';
import { SnapshotReader } from './snapshot-reader.ts';
import { storeClosed } from './store-closed.ts';
import { StoreWorker } from './store-worker.ts';

export type SqliteStoreOptions = {
  readonly dataDir: string;
  readonly clock: Clock;
  /** For `createRegistry`; plain data. */
  readonly settings: unknown;
  /** Told when a thread died; it is started again by then. For the log and the metrics. */
  readonly onThreadLost?: ((thread: 'writer' | 'reader', error: Error) => void) | undefined;
  /** Compiled module with `createRegistry` and `migrations`; the program's own by default. */
  readonly registryUrl?: URL | undefined;
};

/**
 * The control store in `dataDir/control.db`: one thread writes, one runs slow queries, one counts, quick queries run here.
 *
 * @throws AppError `SCHEMA_NEWER`, `SCHEMA_DIFFERS`, `CONTROL_STORE_*`
 */
export async function openSqliteControlStore(options: SqliteStoreOptions): Promise<ControlStore> {
  const store = new SqliteControlStore(options);
  await store.open();
  return store;
}

class SqliteControlStore implements ControlStore {
  readonly #options: SqliteStoreOptions;
  readonly #signals = new SignalListeners();
  readonly #writer: StoreWorker;
  readonly #slowReader: SlowReader;
  readonly #counter: SlowReader;
  #reader: SnapshotReader | null = null;
  #isClosed = false;

  constructor(options: SqliteStoreOptions) {
    this.#options = options;
    this.#writer = this.#thread('writer');
    this.#slowReader = new SlowReader(this.#thread('reader'));
    this.#counter = new SlowReader(this.#thread('reader'));
  }

  async open(): Promise<void> {
    await this.#writer.open();
    this.#reader = new SnapshotReader(openReader(this.#options.dataDir));
  }

  async write<I, O>(command: Command<I, O>, input: I): Promise<O> {
    if (this.#isClosed) throw storeClosed();
    return this.#writer.call(command.name, input) as Promise<O>;
  }

  async read<I, O>(query: Query<I, O>, input: I): Promise<O> {
    if (this.#isClosed) throw storeClosed();
    if (!query.slow) {
      if (this.#reader === null) throw new Error('the control store is not open yet');
      return this.#reader.read(query, input, this.#options.clock());
    }
    return (query.slow === 'counts' ? this.#counter : this.#slowReader).call(query.name, input) as Promise<O>;
  }

  onSignal(topic: string, listener: (payload: Json) => void): () => void {
    return this.#signals.on(topic, listener);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await Promise.all([this.#slowReader.close(), this.#counter.close()]);
    // The writer's connection closes last: it then folds the write-ahead log into the file.
    await this.#reader?.close();
    await this.#writer.close();
  }

  #thread(role: 'writer' | 'reader'): StoreWorker {
    const { dataDir, clock, settings, onThreadLost, registryUrl } = this.#options;
    const url = registryUrl ?? compiledUrl('../../control-registry.ts', import.meta.url);
    return new StoreWorker({ role, dir: dataDir, registryUrl: url.href, settings }, clock, {
      onSignals: (signals) => {
        for (const { topic, payload } of signals) this.#signals.deliver(topic, payload);
      },
      onLost: (thread, error) => onThreadLost?.(thread, error),
    });
  }
}

/** A thread for reads. It costs memory and some 50 ms, so it starts with the first of them. */
class SlowReader {
  readonly #worker: StoreWorker;
  #open: Promise<void> | null = null;

  constructor(worker: StoreWorker) {
    this.#worker = worker;
  }

  async call(name: string, input: unknown): Promise<unknown> {
    this.#open ??= this.#worker.open().catch((error: unknown) => {
      this.#open = null;
      throw error;
    });
    await this.#open;
    return this.#worker.call(name, input);
  }

  async close(): Promise<void> {
    await this.#open?.catch(() => undefined);
    await this.#worker.close();
  }
}

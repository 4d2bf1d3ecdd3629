import type { Command, ControlStore, Migration, Query, Registry } from '../../control/control-store.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Json } from '../../shared/json.ts';
import { GroupCommit } from './group-commit.ts';
import { openReader, openWriter } from './open-database.ts';
import { SignalListeners } from './signals.ts';
import { SnapshotReader } from './snapshot-reader.ts';
import type { SqliteConnection } from './sqlite-connection.ts';
import { storeClosed } from './store-closed.ts';

export type InProcessOptions = {
  readonly dir: string;
  readonly registry: Registry;
  readonly migrations: readonly Migration[];
  readonly clock: Clock;
  /** Nothing of it is to outlive the process: no commit waits for the disk. */
  readonly isScratch?: boolean | undefined;
};

/**
 * The control store without threads: the same engine on the calling thread. For tests and for commands of the command
 * line that end at once; a server would stall for every fsync.
 *
 * @throws AppError `SCHEMA_NEWER`, `SCHEMA_DIFFERS`, `CONTROL_STORE_*`
 */
export async function openInProcessControlStore(options: InProcessOptions): Promise<ControlStore> {
  const writer = await openWriter(options.dir, options.migrations, options.clock(), options.isScratch);
  return new InProcessControlStore(writer, new SnapshotReader(openReader(options.dir)), options);
}

class InProcessControlStore implements ControlStore {
  readonly #writer: SqliteConnection;
  readonly #group: GroupCommit;
  readonly #reader: SnapshotReader;
  readonly #registry: Registry;
  readonly #clock: Clock;
  readonly #signals = new SignalListeners();
  #closed = false;

  constructor(writer: SqliteConnection, reader: SnapshotReader, options: InProcessOptions) {
    this.#writer = writer;
    this.#group = new GroupCommit(writer);
    this.#reader = reader;
    this.#registry = options.registry;
    this.#clock = options.clock;
  }

  write<I, O>(command: Command<I, O>, input: I): Promise<O> {
    return new Promise<O>((resolve, reject) => {
      if (this.#closed) throw storeClosed();
      const known = this.#registry.commands.get(command.name);
      if (known === undefined) throw new Error(`the command ${command.name} is not in the registry`);
      this.#group.put({
        command: known,
        // Inputs cross threads in a server; a copy here keeps both stores alike.
        input: structuredClone(input),
        nowMs: this.#clock(),
        settle: (outcome) => {
          if (!outcome.ok) return reject(outcome.error);
          resolve(outcome.value as O);
          for (const { topic, payload } of outcome.signals) this.#signals.deliver(topic, payload);
        },
      });
    });
  }

  async read<I, O>(query: Query<I, O>, input: I): Promise<O> {
    if (!this.#registry.queries.has(query.name)) throw new Error(`the query ${query.name} is not in the registry`);
    return this.#reader.read(query, input, this.#clock());
  }

  onSignal(topic: string, listener: (payload: Json) => void): () => void {
    return this.#signals.on(topic, listener);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#group.idle();
    await this.#reader.close();
    this.#writer.close();
  }
}

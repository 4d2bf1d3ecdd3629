import type { Query } from '../../control/control-store.ts';
import type { SqliteConnection } from './sqlite-connection.ts';
import { SqliteReadTx } from './sqlite-tx.ts';
import { storeClosed } from './store-closed.ts';

/** Runs queries one after the other, each on one snapshot of the store. */
export class SnapshotReader {
  readonly #connection: SqliteConnection;
  #tail: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  read<I, O>(query: Query<I, O>, input: I, nowMs: number): Promise<O> {
    const result = this.#tail.then(() => this.#run(query, input, nowMs));
    this.#tail = result.catch(() => undefined);
    return result;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    await this.#tail;
    this.#closed = true;
    this.#connection.close();
  }

  async #run<I, O>(query: Query<I, O>, input: I, nowMs: number): Promise<O> {
    if (this.#closed) throw storeClosed();
    this.#connection.exec('begin');
    try {
      return await query.run(new SqliteReadTx(this.#connection, nowMs), input);
    } finally {
      if (this.#connection.inTransaction) this.#connection.exec('rollback');
    }
  }
}

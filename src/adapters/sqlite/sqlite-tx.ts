import type { ReadTx, SqlRow, SqlValue, Tx } from '../../control/control-store.ts';
import type { Json } from '../../shared/json.ts';
import type { SqliteConnection } from './sqlite-connection.ts';

export type Signal = { readonly topic: string; readonly payload: Json };

/** A read transaction. Its promises are settled at once: SQLite answers in the same thread. */
export class SqliteReadTx implements ReadTx {
  readonly nowMs: number;
  protected readonly connection: SqliteConnection;

  constructor(connection: SqliteConnection, nowMs: number) {
    this.connection = connection;
    this.nowMs = nowMs;
  }

  async all<R extends object = SqlRow>(sql: string, params: readonly SqlValue[] = []): Promise<R[]> {
    return this.connection.all(sql, params) as R[];
  }

  async get<R extends object = SqlRow>(sql: string, params: readonly SqlValue[] = []): Promise<R | undefined> {
    return this.connection.get(sql, params) as R | undefined;
  }
}

/** One command's share of a group's transaction. Signals are kept until the group is durable. */
export class SqliteTx extends SqliteReadTx implements Tx {
  signals: Signal[] = [];
  #depth = 0;

  override async all<R extends object = SqlRow>(sql: string, params: readonly SqlValue[] = []): Promise<R[]> {
    this.#refuseWhenBroken();
    return super.all(sql, params);
  }

  override async get<R extends object = SqlRow>(sql: string, params: readonly SqlValue[] = []): Promise<R | undefined> {
    this.#refuseWhenBroken();
    return super.get(sql, params);
  }

  async run(sql: string, params: readonly SqlValue[] = []): Promise<{ changes: number }> {
    this.#refuseWhenBroken();
    return this.connection.run(sql, params);
  }

  async attempt<T>(work: () => Promise<T>): Promise<T> {
    this.#refuseWhenBroken();
    const savepoint = `attempt_${this.#depth}`;
    const signalsBefore = this.signals.length;
    this.connection.exec(`savepoint ${savepoint}`);
    this.#depth += 1;
    try {
      const result = await work();
      this.connection.exec(`release ${savepoint}`);
      return result;
    } catch (error) {
      this.signals.length = signalsBefore;
      // A broken transaction has lost its savepoints; the group sees `broken` and starts over.
      if (this.connection.inTransaction) this.connection.exec(`rollback to ${savepoint}; release ${savepoint}`);
      throw error;
    } finally {
      this.#depth -= 1;
    }
  }

  signal(topic: string, payload: Json): void {
    // Said once is said: each copy would cross to the main thread by itself.
    const isPlain = payload === null || typeof payload === 'string';
    if (isPlain && this.signals.some((signal) => signal.topic === topic && signal.payload === payload)) return;
    this.signals.push({ topic, payload });
  }

  /** SQLite has ended the transaction by then: what follows would be kept at once, outside of any. */
  #refuseWhenBroken(): void {
    if (this.connection.broken !== null) throw this.connection.broken;
  }
}

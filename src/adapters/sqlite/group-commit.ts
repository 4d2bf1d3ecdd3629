import type { Command } from '../../control/control-store.ts';
import type { SqliteConnection } from './sqlite-connection.ts';
import { type Signal, SqliteTx } from './sqlite-tx.ts';

/** Commands in one commit. More would make the first one wait for the last without saving much of the fsync. */
const GROUP_MAX = 128;

export type QueuedCommand = {
  readonly command: Command<never, unknown>;
  readonly input: unknown;
  readonly nowMs: number;
  /** Called after the commit, in the order of the queue. */
  readonly settle: (outcome: Outcome) => void;
};
export type Outcome =
  | { readonly ok: true; readonly value: unknown; readonly signals: readonly Signal[] }
  | { readonly ok: false; readonly error: unknown };

/**
 * Runs commands in the order they were put in. Those that are ready together share one transaction and one fsync;
 * each has a savepoint of its own, so that one that throws is undone alone.
 */
export class GroupCommit {
  readonly #connection: SqliteConnection;
  readonly #collect: () => void;
  readonly #queue: QueuedCommand[] = [];
  #running: Promise<void> | null = null;

  /** `collect` is called before each group, to put in what has arrived in the meantime. */
  constructor(connection: SqliteConnection, collect: () => void = () => {}) {
    this.#connection = connection;
    this.#collect = collect;
  }

  put(entry: QueuedCommand): void {
    this.#queue.push(entry);
    this.#running ??= this.#drain();
  }

  /** Resolves when everything that was put in has been settled. */
  async idle(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  async #drain(): Promise<void> {
    // Lets the callers of this turn put in theirs before the first group is cut.
    await Promise.resolve();
    try {
      for (;;) {
        this.#collect();
        const group = this.#queue.splice(0, GROUP_MAX);
        if (group.length === 0) return;
        const outcomes = await this.#runGroup(group);
        for (const [i, entry] of group.entries()) entry.settle(outcomes[i] ?? lostOutcome());
      }
    } finally {
      this.#running = null;
    }
  }

  async #runGroup(group: readonly QueuedCommand[]): Promise<Outcome[]> {
    const outcomes = await this.#tryGroup(group);
    if (outcomes !== null) return outcomes;
    // The machine failed under the whole group (full disk, I/O error): each command gets its own transaction, in
    // order, so that only those that cannot be done are refused.
    const alone: Outcome[] = [];
    for (const entry of group) {
      const outcome = (await this.#tryGroup([entry]))?.[0];
      alone.push(outcome ?? { ok: false, error: this.#fault() });
    }
    return alone;
  }

  /** The outcomes once they are durable, or null when the transaction as a whole failed and nothing was kept. */
  async #tryGroup(group: readonly QueuedCommand[]): Promise<Outcome[] | null> {
    const connection = this.#connection;
    connection.broken = null;
    try {
      connection.exec('begin immediate');
      const outcomes: Outcome[] = [];
      for (const entry of group) {
        outcomes.push(await this.#runOne(entry));
        if (this.#connection.broken !== null) break;
      }
      if (this.#connection.broken === null) {
        connection.exec('commit');
        return outcomes;
      }
    } catch (error) {
      if (this.#connection.broken === null) throw error;
    }
    if (connection.inTransaction) connection.exec('rollback');
    return null;
  }

  async #runOne(entry: QueuedCommand): Promise<Outcome> {
    const tx = new SqliteTx(this.#connection, entry.nowMs);
    this.#connection.exec('savepoint command');
    try {
      const run = entry.command.run as (tx: SqliteTx, input: unknown) => Promise<unknown>;
      const value = await run(tx, entry.input);
      if (this.#connection.broken === null) this.#connection.exec('release command');
      return { ok: true, value, signals: tx.signals };
    } catch (error) {
      if (this.#connection.broken === null) this.#connection.exec('rollback to command; release command');
      return { ok: false, error };
    }
  }

  #fault(): unknown {
    return this.#connection.broken ?? new Error('the transaction ended without a reason');
  }
}

function lostOutcome(): Outcome {
  return { ok: false, error: new Error('assertion failed: a command of the group has no outcome') };
}

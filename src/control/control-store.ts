import type { Json } from '../shared/json.ts';

/**
 * The port of the control store: pools, users, tokens, rules, incidents, comments, audit, orders, outbox.
 *
 * Features write portable SQL (SQLite and PostgreSQL 15: `?` placeholders, epoch-ms integers, `on conflict`,
 * `returning`, row-value comparison, CTEs) in functions over `Tx`, and publish them as commands and queries. An adapter
 * runs them: SQLite in one writer thread that groups ready commands into one durable commit (a savepoint each).
 */
export type SqlValue = string | number | null | Uint8Array;
export type SqlRow = Readonly<Record<string, SqlValue>>;

export interface ReadTx {
  /** The clock of the caller when it asked, Unix ms. */
  readonly nowMs: number;
  all<R extends object = SqlRow>(sql: string, params?: readonly SqlValue[]): Promise<R[]>;
  get<R extends object = SqlRow>(sql: string, params?: readonly SqlValue[]): Promise<R | undefined>;
}

export interface Tx extends ReadTx {
  run(sql: string, params?: readonly SqlValue[]): Promise<{ readonly changes: number }>;
  /**
   * Runs `work` so that its writes vanish when it throws, while the surrounding command goes on (a savepoint).
   * Must not be called concurrently with itself.
   */
  attempt<T>(work: () => Promise<T>): Promise<T>;
  /** Tells listeners in this process (and other nodes, with PostgreSQL) after the commit; dropped on rollback. The same text, or nothing, again is told once. */
  signal(topic: string, payload: Json): void;
}

/**
 * A change. All or nothing, durable when the promise of `write` resolves. `run` may await nothing but its `tx`.
 * Input and output cross threads, so they are plain data (structured clone).
 */
export type Command<I, O> = {
  readonly kind: 'command';
  readonly name: string;
  run(tx: Tx, input: I): Promise<O>;
};

/** A read of one snapshot. `slow` reads (scans, big pages) leave the main thread; `counts` of all that fits have a thread of their own, so that no page waits for one. */
export type Query<I, O> = {
  readonly kind: 'query';
  readonly name: string;
  readonly slow: boolean | 'counts';
  run(tx: ReadTx, input: I): Promise<O>;
};

export const command = <I, O>(name: string, run: (tx: Tx, input: I) => Promise<O>): Command<I, O> => ({
  kind: 'command',
  name,
  run,
});

export const query = <I, O>(
  name: string,
  run: (tx: ReadTx, input: I) => Promise<O>,
  options: { slow?: boolean | 'counts' } = {},
): Query<I, O> => ({ kind: 'query', name, slow: options.slow ?? false, run });

export interface ControlStore {
  /** @throws AppError as the command threw it; nothing of the command was kept then */
  write<I, O>(command: Command<I, O>, input: I): Promise<O>;
  read<I, O>(query: Query<I, O>, input: I): Promise<O>;
  /** Calls `listener` after each commit that signalled `topic`. Returns the way to stop. */
  onSignal(topic: string, listener: (payload: Json) => void): () => void;
  close(): Promise<void>;
}

/** Everything a store can be asked to run, by name: the store's threads find commands and queries in it. */
export type Registry = {
  readonly commands: ReadonlyMap<string, Command<never, unknown>>;
  readonly queries: ReadonlyMap<string, Query<never, unknown>>;
};

/** @throws Error when two entries share a name */
export function registryOf(entries: readonly (Command<never, unknown> | Query<never, unknown>)[]): Registry {
  const commands = new Map<string, Command<never, unknown>>();
  const queries = new Map<string, Query<never, unknown>>();
  for (const entry of entries) {
    const taken = commands.has(entry.name) || queries.has(entry.name);
    if (taken) throw new Error(`two commands or queries are named ${entry.name}`);
    if (entry.kind === 'command') commands.set(entry.name, entry);
    else queries.set(entry.name, entry);
  }
  return { commands, queries };
}

/** One step of the schema; forward only. `id` is its place in the list, from 1, and never changes once released. */
export type Migration = { readonly id: number; readonly name: string; readonly statements: readonly string[] };

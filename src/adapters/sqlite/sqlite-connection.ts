import Database from 'libsql';
import type { SqlValue } from '../../control/control-store.ts';
import { AppError } from '../../shared/errors.ts';

/** Statements kept prepared on one connection; the oldest goes when a feature adds one more. */
const STATEMENTS_MAX = 500;
/** How long a connection waits for another one's lock. The writer is alone, so only a checkpoint or a backup holds it. */
const BUSY_TIMEOUT_MS = 5000;

/**
 * A large change that does not fit into the cache of pages is written twice, at its overflow and at its end; and each
 * checkpoint costs two syncs. Both sizes are ceilings, used by those who need them: 16 MB of memory, 16 MB of log.
 */
const WRITER_PRAGMAS = 'pragma journal_mode = wal; pragma cache_size = -16000; pragma wal_autocheckpoint = 4000';
/** The upper pages of the indexes of a million incidents fit. */
const READER_PRAGMAS = 'pragma query_only = on; pragma cache_size = -16000';

const PURE_READ = /^\s*select\b/i;

type Bound = string | number | bigint | null | Uint8Array;
type Statement = {
  readonly columns: readonly string[];
  all(params: readonly Bound[]): unknown[][];
  get(params: readonly Bound[]): unknown[] | undefined;
  run(params: readonly Bound[]): { changes: number };
};

/** One connection to the control store's file, with its prepared statements. Everything on it is synchronous. */
export class SqliteConnection {
  readonly #db: Database.Database;
  readonly #statements = new Map<string, Statement>();
  /** Set by an error after which SQLite may have given up the whole transaction (full disk, I/O error). */
  broken: AppError | null = null;

  /** @throws AppError `CONTROL_STORE_CORRUPT`, `CONTROL_STORE_IO` when the file cannot be opened */
  constructor(file: string, options: { readonly isReader: boolean; readonly isScratch?: boolean }) {
    try {
      this.#db = new Database(file, { timeout: BUSY_TIMEOUT_MS });
      // The order counts: a reader may not change the journal mode.
      if (options.isReader) this.#db.exec(READER_PRAGMAS);
      else this.#db.exec(`${WRITER_PRAGMAS}; pragma synchronous = ${options.isScratch === true ? 'off' : 'full'}`);
      this.#db.exec(`pragma foreign_keys = on; pragma temp_store = memory; pragma busy_timeout = ${BUSY_TIMEOUT_MS}`);
    } catch (error) {
      throw this.#translate(error);
    }
  }

  get inTransaction(): boolean {
    return this.#db.inTransaction;
  }

  exec(sql: string): void {
    try {
      this.#db.exec(sql);
    } catch (error) {
      throw this.#translate(error);
    }
  }

  all(sql: string, params: readonly SqlValue[]): Record<string, SqlValue>[] {
    try {
      const statement = this.#prepare(sql);
      return statement.all(params.map(bound)).map((values) => rowOf(statement.columns, values));
    } catch (error) {
      throw this.#translate(error);
    }
  }

  get(sql: string, params: readonly SqlValue[]): Record<string, SqlValue> | undefined {
    try {
      const statement = this.#prepare(sql);
      const values = statement.get(params.map(bound));
      return values === undefined ? undefined : rowOf(statement.columns, values);
    } catch (error) {
      throw this.#translate(error);
    }
  }

  run(sql: string, params: readonly SqlValue[]): { changes: number } {
    try {
      return { changes: this.#prepare(sql).run(params.map(bound)).changes };
    } catch (error) {
      throw this.#translate(error);
    }
  }

  close(): void {
    this.#statements.clear();
    this.#db.close();
  }

  #prepare(sql: string): Statement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const raw = this.#db.prepare(sql);
    const columns = raw.reader ? raw.raw().columns() : [];
    const all = (params: readonly Bound[]) => raw.all(params) as unknown[][];
    const statement: Statement = {
      columns: columns.map((column) => column.name),
      all,
      // The driver's `get` is twice as fast and stops after the first row. A statement that writes must run to its end:
      // else the driver adds its changes to those of the next one.
      get: PURE_READ.test(sql) ? (params) => raw.get(params) as unknown[] | undefined : (params) => all(params)[0],
      run: (params) => raw.run(params),
    };
    if (this.#statements.size >= STATEMENTS_MAX) {
      const oldest = this.#statements.keys().next();
      if (!oldest.done) this.#statements.delete(oldest.value);
    }
    this.#statements.set(sql, statement);
    return statement;
  }

  #translate(error: unknown): unknown {
    const translated = sqliteError(error);
    if (translated instanceof AppError) this.broken = translated;
    return translated;
  }
}

/**
 * A parameter as the driver may have it. It binds every number as a float, so integers go as bigints; it stops the
 * process on a boolean; and it cuts text at U+0000 when reading, so that becomes U+FFFD, as lone surrogates do.
 */
function bound(value: SqlValue): Bound {
  switch (typeof value) {
    case 'number':
      if (Number.isSafeInteger(value)) return BigInt(value);
      if (Number.isFinite(value)) return value;
      throw new Error(`a number that SQL can hold was expected, got ${value}`);
    case 'string':
      return value.includes('\0') ? value.replaceAll('\0', '\uFFFD') : value;
    default:
      if (value === null || value instanceof Uint8Array) return value;
      throw new Error(`text, number, null or bytes were expected as SQL parameter, got ${typeof value}`);
  }
}

function rowOf(columns: readonly string[], values: readonly unknown[]): Record<string, SqlValue> {
  const row: Record<string, SqlValue> = {};
  for (let i = 0; i < columns.length; i++) row[columns[i] ?? ''] = values[i] as SqlValue;
  return row;
}

/** Primary result codes (https://www.sqlite.org/rescode.html) that are the machine's fault, not the program's. */
const MACHINE_FAULTS: Readonly<Record<number, { readonly code: string; readonly message: string }>> = {
  5: { code: 'CONTROL_STORE_BUSY', message: 'the control store is locked by another process' },
  10: { code: 'CONTROL_STORE_IO', message: 'the control store cannot be read or written' },
  11: { code: 'CONTROL_STORE_CORRUPT', message: 'the file of the control store is damaged' },
  13: { code: 'CONTROL_STORE_FULL', message: 'no space is left for the control store' },
  14: { code: 'CONTROL_STORE_IO', message: 'the file of the control store cannot be opened' },
  26: { code: 'CONTROL_STORE_CORRUPT', message: 'the file of the control store is not a SQLite database' },
};

function sqliteError(error: unknown): unknown {
  if (!(error instanceof Error) || !('rawCode' in error) || typeof error.rawCode !== 'number') return error;
  const fault = MACHINE_FAULTS[error.rawCode & 0xff];
  if (fault === undefined) return error;
  return new AppError('unavailable', fault.code, fault.message, { cause: error, retryAfterSeconds: 5 });
}

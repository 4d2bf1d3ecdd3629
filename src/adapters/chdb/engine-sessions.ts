import { Session } from 'chdb';

/**
 * The sessions of the one chDB engine of this process: one for inserts, one for changes of tables, one for stopping
 * searches, and a few for searches, because statements of one session wait for each other (measured: two on one session
 * take twice as long as on two).
 */
export const SEARCHES_AT_ONCE_MAX = 4;
/** Searches that may wait for one of those; the next is refused, for its caller would only wait for its time limit. */
export const SEARCHES_WAITING_MAX = 64;
/** A query with lists of a thousand long values must parse: the engine's own limit is 256 KiB. */
const QUERY_BYTES_MAX = 64 * 1024 * 1024;
const KILL_EVERY_MS = 200;

export type Settings = Readonly<Record<string, string>>;

/** A refusal in the words of ClickHouse's HTTP interface, whose codes the client knows. */
export class EngineError extends Error {
  readonly code: number;
  constructor(code: number, text: string) {
    super(text);
    this.code = code;
  }
}

type Waiting = { readonly start: (session: Session) => void; readonly refuse: (error: Error) => void };

export class EngineSessions {
  readonly #inserts: Session;
  readonly #changes: Session;
  readonly #kills: Session;
  readonly #idle: Session[] = [];
  readonly #all: readonly Session[];
  readonly #waiting = new Set<Waiting>();

  constructor(dir: string, configFile: string) {
    const open = (): Session => {
      const session = new Session(dir, { connectionArgs: [`--config-file=${configFile}`] });
      session.query(
        `SET max_query_size = ${QUERY_BYTES_MAX}, max_ast_elements = 2000000, max_expanded_ast_elements = 4000000, ` +
          'max_ast_depth = 10000, max_parser_depth = 10000, max_parser_backtracks = 10000000',
      );
      return session;
    };
    this.#inserts = open();
    this.#changes = open();
    this.#kills = open();
    for (let i = 0; i < SEARCHES_AT_ONCE_MAX; i++) this.#idle.push(open());
    this.#all = [this.#inserts, this.#changes, this.#kills, ...this.#idle];
  }

  async insert(table: string, columns: readonly string[], body: Buffer, settings: Settings): Promise<void> {
    await this.#inserts.insert({ table, columns, values: body, format: 'JSONCompactEachRow', settings });
  }

  async change(sql: string): Promise<void> {
    await this.#changes.queryAsync(sql);
  }

  /**
   * Runs a SELECT that ends in its FORMAT. `gone` aborts when nobody waits for the answer any more.
   *
   * Parameters go in by SET before the query, for that state belongs to the session; chDB's own binding is shared by
   * the whole process and would make searches queue behind each other.
   */
  async select(id: string, sql: string, params: Settings, settings: Settings, gone: AbortSignal): Promise<Uint8Array> {
    const startedMs = performance.now();
    const session = await this.#borrow(gone);
    try {
      const set = Object.entries(params).map(([name, value]) => `SET param_${name} = ${literal(value)};`);
      const limits = { ...settings, ...remainingTime(settings, performance.now() - startedMs), log_comment: id };
      const running = session.queryAsync(`${set.join('\n')}\n${sql}\nSETTINGS ${settingsText(limits)}`);
      return (await this.#stoppable(running, id, gone)).bytes();
    } finally {
      this.#giveBack(session);
    }
  }

  /** The engine goes on with a query that nobody waits for, so it is told to stop, until it has. */
  async #stoppable<T>(running: Promise<T>, id: string, gone: AbortSignal): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    // ASYNC, because the other form waits for the query and with it for the session.
    const kill = (): void => {
      this.#kills
        .queryAsync(`KILL QUERY WHERE Settings['log_comment'] = ${literal(id)} ASYNC`)
        .catch(() => undefined)
        .finally(() => {
          if (timer !== undefined) timer = setTimeout(kill, KILL_EVERY_MS);
        });
    };
    const onGone = (): void => {
      timer = setTimeout(kill, 0);
    };
    if (gone.aborted) onGone();
    gone.addEventListener('abort', onGone);
    try {
      return await running;
    } finally {
      clearTimeout(timer);
      timer = undefined;
      gone.removeEventListener('abort', onGone);
    }
  }

  #borrow(gone: AbortSignal): Promise<Session> {
    const session = this.#idle.pop();
    if (session !== undefined) return Promise.resolve(session);
    if (this.#waiting.size >= SEARCHES_WAITING_MAX) {
      return Promise.reject(new EngineError(202, 'too many searches wait (TOO_MANY_SIMULTANEOUS_QUERIES)'));
    }
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { start: resolve, refuse: reject };
      this.#waiting.add(waiting);
      gone.addEventListener('abort', () => {
        if (this.#waiting.delete(waiting)) reject(new EngineError(394, 'Query was cancelled (QUERY_WAS_CANCELLED)'));
      });
    });
  }

  #giveBack(session: Session): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#idle.push(session);
      return;
    }
    this.#waiting.delete(next);
    next.start(session);
  }

  close(): void {
    for (const waiting of this.#waiting) waiting.refuse(new EngineError(236, 'closing (ABORTED)'));
    this.#waiting.clear();
    for (const session of this.#all) session.close();
  }
}

/** Time spent in the queue counts: the limit is what the caller waits. */
function remainingTime(settings: Settings, waitedMs: number): Settings {
  const limit = Number(settings['max_execution_time'] ?? 0);
  if (limit === 0) return {};
  const remaining = limit - waitedMs / 1000;
  if (remaining <= 0) throw new EngineError(159, 'Timeout exceeded: waited for a session (TIMEOUT_EXCEEDED)');
  return { max_execution_time: remaining.toFixed(3) };
}

const NUMBER = /^-?\d+(?:\.\d+)?$/;
const settingsText = (settings: Settings): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name} = ${NUMBER.test(value) ? value : literal(value)}`)
    .join(', ');

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', "'": "\\'", '\0': '\\0' };
const literal = (text: string): string => `'${text.replace(/[\\'\0]/g, (found) => ESCAPES[found] ?? found)}'`;

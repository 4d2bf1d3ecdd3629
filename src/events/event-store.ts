import type { LogpointId } from '../shared/ids.ts';
import type { LogEvent } from './event.ts';

/**
 * The port of the event store. Both adapters (chDB in a child process, a ClickHouse server) speak ClickHouse SQL, so
 * searches arrive compiled. One table a logpoint: the walls between tenants are physical.
 */
export interface EventStore {
  /** Makes the logpoint's table when it is missing. */
  openLogpoint(logpoint: LogpointId): Promise<void>;
  /**
   * All or nothing; durable once it resolves. A token that was seen before adds nothing, so a batch may be sent again
   * after a crash as long as it holds the same events.
   *
   * @throws AppError `EVENT_STORE_UNAVAILABLE` (kind `unavailable`): send the same batch again later
   */
  append(logpoint: LogpointId, batch: readonly LogEvent[], token: string): Promise<void>;
  /** Rows of a compiled search. The text `{events}` in the SQL stands for the logpoint's table. */
  search(logpoint: LogpointId, search: StoreSearch, options: SearchOptions): Promise<StoreAnswer>;
  /**
   * Waits, some seconds at most, until what the server has received by now can be found; false when it still cannot.
   * A store with nothing on its way to it has no such wait.
   */
  caughtUp?(signal?: AbortSignal): Promise<boolean>;
  /** Drops whole partitions whose newest event is older than `beforeMs`. Answers how many events went. */
  dropBefore(logpoint: LogpointId, repo: string, beforeMs: number): Promise<{ readonly dropped: number }>;
  repoSizes(logpoint: LogpointId): Promise<readonly RepoSize[]>;
  isReady(): boolean;
  close(): Promise<void>;
}

export type StoreParam = {
  /** ClickHouse type, e.g. `String`, `Float64`, `Array(String)`. */
  readonly type: string;
  readonly value: string | number | readonly string[] | readonly number[];
};

export type StoreSearch = {
  /** Refers to values only as `{name:Type}`; never holds text from a user. */
  readonly sql: string;
  readonly params: Readonly<Record<string, StoreParam>>;
};

export type SearchOptions = {
  readonly timeoutMs: number;
  readonly rowsMax: number;
  readonly signal?: AbortSignal | undefined;
};

export type StoreRow = Readonly<Record<string, unknown>>;
export type StoreAnswer = {
  readonly rows: readonly StoreRow[];
  /** True when `rowsMax` cut the answer. */
  readonly isCut: boolean;
  readonly elapsedMs: number;
};

export type RepoSize = { readonly repo: string; readonly events: number; readonly bytesOnDisk: number };

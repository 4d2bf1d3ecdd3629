import { randomUUID } from 'node:crypto';
import type { Agent } from 'node:http';
import { Readable } from 'node:stream';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import type { LogEvent } from '../../events/event.ts';
import {
  CREATE_DATABASE_SQL,
  createTableSql,
  DAY_MS,
  EVENT_INSERT_COLUMNS,
  EVENTS_DATABASE,
  EVENTS_PLACEHOLDER,
  eventsTable,
} from '../../events/event-layout.ts';
import type {
  EventStore,
  RepoSize,
  SearchOptions,
  StoreAnswer,
  StoreRow,
  StoreSearch,
} from '../../events/event-store.ts';
import { AppError } from '../../shared/errors.ts';
import type { LogpointId } from '../../shared/ids.ts';
import { encodeBatch } from './batch-encoding.ts';
import { FieldPromotion, type PromotionOptions } from './field-promotion.ts';
import { searchFault } from './search-guard.ts';
import { cancelledSearch, isTableGone, searchError, storeUnavailable, writeError } from './store-errors.ts';

type Client = ReturnType<typeof createClient>;
type Settings = Readonly<Record<string, string | number>>;

export type ClickHouseTarget = {
  readonly url: string;
  readonly password: string;
  /** How to reach `url` when it is not plain TCP (a Unix socket). */
  readonly agent?: Agent | undefined;
  readonly isReady: () => boolean;
  /** What one search may use; from half of it on, grouping and sorting go to disk. */
  readonly searchMemoryBytesMax: number;
  readonly promotion?: Partial<PromotionOptions> | undefined;
};

/** What one search may use, beside the time and rows its caller allows. */
export const SEARCH_THREADS_MAX = 4;
export const SEARCH_RESULT_BYTES_MAX = 256 * 1024 * 1024;
/** A batch is held whole, here and in the engine; a larger one is for its sender to divide. */
export const BATCH_BYTES_MAX = 128 * 1024 * 1024;
/** How much longer than the search itself its answer may take: queueing, the way back. */
const ANSWER_GRACE_MS = 5_000;
const WRITE_TIMEOUT_MS = 120_000;
/** Ends what everything else failed to end; no search may ask for as much. */
const REQUEST_TIMEOUT_MS = 900_000;
/** Sockets to the store: searches that run or wait, an insert, housekeeping. */
const CONNECTIONS_MAX = 96;

// One block a batch, in the order of the batch: the store then knows a repeated token whatever the machine's load.
const INSERT_SETTINGS: Settings = {
  async_insert: 0,
  max_insert_threads: 1,
  input_format_parallel_parsing: 0,
  // A batch touches at most 33 days a repo (event-layout.ts); the default of 100 would refuse an honest batch for ever.
  max_partitions_per_insert_block: 0,
};

/** The event store over ClickHouse's HTTP interface: the same for chDB's process and for a server. */
export class ClickHouseEventStore implements EventStore {
  readonly #client: Client;
  readonly #target: ClickHouseTarget;
  readonly #promotion: FieldPromotion;
  readonly #opened = new Map<LogpointId, Promise<void>>();

  constructor(target: ClickHouseTarget) {
    this.#target = target;
    this.#client = createClient({
      url: target.url,
      username: 'default',
      password: target.password,
      // Errors go to the caller, who knows which of them matter.
      log: { level: ClickHouseLogLevel.OFF },
      request_timeout: REQUEST_TIMEOUT_MS,
      max_open_connections: CONNECTIONS_MAX,
      ...(target.agent === undefined ? {} : { http_agent: target.agent }),
    });
    this.#promotion = new FieldPromotion(
      { rows: (sql) => this.#rows(sql), run: (sql) => this.#run(sql) },
      target.promotion,
    );
  }

  openLogpoint(logpoint: LogpointId): Promise<void> {
    const open = this.#opened.get(logpoint) ?? this.#open(logpoint);
    this.#opened.set(logpoint, open);
    open.catch(() => this.#opened.delete(logpoint));
    return open;
  }

  async #open(logpoint: LogpointId): Promise<void> {
    await this.#run(CREATE_DATABASE_SQL);
    await this.#run(createTableSql(logpoint));
    await this.#promotion.load(logpoint);
  }

  async append(logpoint: LogpointId, batch: readonly LogEvent[], token: string): Promise<void> {
    if (batch.length === 0) return;
    const body = encodeBatch(batch);
    if (body.length > BATCH_BYTES_MAX) {
      const text = `a batch of events has ${body.length} bytes; expected at most ${BATCH_BYTES_MAX}`;
      throw new AppError('too-large', 'EVENT_BATCH_TOO_LARGE', text);
    }
    await this.openLogpoint(logpoint);
    const values = Readable.from([body], { objectMode: false });
    const query = `INSERT INTO ${eventsTable(logpoint)} (${EVENT_INSERT_COLUMNS}) FORMAT JSONCompactEachRow`;
    const settings = { ...INSERT_SETTINGS, insert_deduplication_token: token };
    try {
      const abort_signal = AbortSignal.timeout(WRITE_TIMEOUT_MS);
      const { stream } = await this.#client.exec({ query, values, clickhouse_settings: settings, abort_signal });
      // The status line comes when the batch is durable, but the socket is free again only after the body.
      stream.resume();
    } catch (error) {
      if (!isTableGone(error)) throw writeError(error);
      this.#opened.delete(logpoint);
      throw storeUnavailable(error);
    }
  }

  async search(logpoint: LogpointId, search: StoreSearch, options: SearchOptions): Promise<StoreAnswer> {
    const fault = searchFault(search.sql);
    if (fault !== null) throw new Error(`a compiled search is not a search: ${fault}`);
    await this.openLogpoint(logpoint);
    if (options.signal?.aborted === true) throw cancelledSearch();
    const startedMs = performance.now();
    const sql = this.#promotion.rewrite(logpoint, search).replaceAll(EVENTS_PLACEHOLDER, () => eventsTable(logpoint));
    const rows = await this.#searchRows(sql, search, options);
    const isCut = rows.length > options.rowsMax;
    const elapsedMs = Math.round(performance.now() - startedMs);
    return { rows: isCut ? rows.slice(0, options.rowsMax) : rows, isCut, elapsedMs };
  }

  async #searchRows(sql: string, search: StoreSearch, options: SearchOptions): Promise<StoreRow[]> {
    const deadline = AbortSignal.timeout(options.timeoutMs + ANSWER_GRACE_MS);
    const signal = options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline]);
    const rows: StoreRow[] = [];
    try {
      const result = await this.#client.query({
        query: sql,
        format: 'JSONEachRow',
        query_id: randomUUID(),
        query_params: Object.fromEntries(Object.entries(search.params).map(([name, param]) => [name, param.value])),
        clickhouse_settings: searchSettings(options, this.#target.searchMemoryBytesMax),
        abort_signal: signal,
      });
      // In pieces, so that a big answer does not hold the event loop.
      for await (const piece of result.stream<StoreRow>()) for (const row of piece) rows.push(row.json());
    } catch (error) {
      if (options.signal?.aborted === true) throw cancelledSearch();
      throw searchError(error);
    }
    return rows;
  }

  async dropBefore(logpoint: LogpointId, repo: string, beforeMs: number): Promise<{ readonly dropped: number }> {
    await this.openLogpoint(logpoint);
    let dropped = 0;
    for (const part of await this.#partitions(logpoint)) {
      const isOlder = (part.day + 1) * DAY_MS <= beforeMs;
      if (part.repo !== repo || !isOlder || !/^[0-9a-f]{32}$/.test(part.id)) continue;
      await this.#run(`ALTER TABLE ${eventsTable(logpoint)} DROP PARTITION ID '${part.id}'`);
      dropped += part.events;
    }
    return { dropped };
  }

  async repoSizes(logpoint: LogpointId): Promise<readonly RepoSize[]> {
    await this.openLogpoint(logpoint);
    const sizes = new Map<string, RepoSize>();
    for (const { repo, events, bytes } of await this.#partitions(logpoint)) {
      const sum = sizes.get(repo) ?? { repo, events: 0, bytesOnDisk: 0 };
      sizes.set(repo, { repo, events: sum.events + events, bytesOnDisk: sum.bytesOnDisk + bytes });
    }
    return [...sizes.values()];
  }

  async #partitions(logpoint: LogpointId): Promise<PartitionSize[]> {
    const table = eventsTable(logpoint).slice(EVENTS_DATABASE.length + 1);
    // The engine reads back the text that it wrote itself, so no rule of quoting is repeated here.
    const rows = await this.#rows(
      "SELECT partition_id AS id, CAST(partition, 'Tuple(String, Int64)').1 AS repo, " +
        "CAST(partition, 'Tuple(String, Int64)').2 AS day, sum(rows) AS events, sum(bytes_on_disk) AS bytes " +
        `FROM system.parts WHERE database = '${EVENTS_DATABASE}' AND table = '${table}' AND active ` +
        'GROUP BY partition_id, partition ORDER BY day, repo',
    );
    return rows.map((row) => ({
      id: String(row['id']),
      repo: String(row['repo']),
      day: Number(row['day']),
      events: Number(row['events']),
      bytes: Number(row['bytes']),
    }));
  }

  async #rows(sql: string): Promise<StoreRow[]> {
    try {
      return await (await this.#client.query({ query: sql, format: 'JSONEachRow' })).json<StoreRow>();
    } catch (error) {
      throw writeError(error);
    }
  }

  async #run(sql: string): Promise<void> {
    try {
      await this.#client.command({ query: sql });
    } catch (error) {
      throw writeError(error);
    }
  }

  /** What the engine says of its own tables. */
  async tables(): Promise<readonly { readonly name: string; readonly uuid: string; readonly rows: number }[]> {
    const sql = `SELECT name, uuid, total_rows AS rows FROM system.tables WHERE database = '${EVENTS_DATABASE}'`;
    const found = await this.#rows(sql);
    return found.map(({ name, uuid, rows }) => ({ name: String(name), uuid: String(uuid), rows: Number(rows) }));
  }

  /** A statement of the program's own that answers no rows. @throws AppError `EVENT_STORE_*` */
  run(sql: string): Promise<void> {
    return this.#run(sql);
  }

  /** Fields outside the hot ones that have a column of their own by now. */
  promotedFields(logpoint: LogpointId): readonly string[] {
    return this.#promotion.promotedFields(logpoint);
  }

  isReady(): boolean {
    return this.#target.isReady();
  }

  async close(): Promise<void> {
    await this.#promotion.settle();
    await this.#client.close();
  }
}

type PartitionSize = {
  readonly id: string;
  readonly repo: string;
  readonly day: number;
  readonly events: number;
  readonly bytes: number;
};

const searchSettings = (options: SearchOptions, memoryBytesMax: number): Settings => ({
  readonly: 1,
  cancel_http_readonly_queries_on_client_close: 1,
  max_execution_time: options.timeoutMs / 1000,
  // One more than asked for tells a full answer from a cut one.
  limit: options.rowsMax + 1,
  max_threads: SEARCH_THREADS_MAX,
  max_memory_usage: memoryBytesMax,
  max_bytes_before_external_group_by: Math.floor(memoryBytesMax / 2),
  max_bytes_before_external_sort: Math.floor(memoryBytesMax / 2),
  max_result_bytes: SEARCH_RESULT_BYTES_MAX,
  result_overflow_mode: 'throw',
  output_format_json_quote_64bit_integers: 0,
});

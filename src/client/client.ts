import { buildPath, type Tenant } from './build-path.ts';
import { type EventsOptions, followEvents } from './follow-events.ts';
import { followOrder, isObject, type PlacedOrder, parsed } from './follow-order.ts';
import { OPERATIONS } from './operation-table.ts';
import { readLines } from './read-lines.ts';
import type {
  AnswerOf,
  AnyRequest,
  CallArgs,
  CallId,
  CallOptions,
  ChangeEvent,
  OperationId,
  OrderArgs,
  OrderId,
  PageArgs,
  PagedId,
  RequestOf,
  ResultOf,
  RowOf,
  SearchLine,
} from './request-types.ts';
import type { JsonObject } from './schema.ts';
import { type HttpRequest, sendRequest, type Transport } from './send-request.ts';
import { TocsinError } from './tocsin-error.ts';

export type { EventsOptions } from './follow-events.ts';
export type { PlacedOrder } from './follow-order.ts';
export type * from './request-types.ts';
export type * from './schema.ts';
export { type ClientCode, TocsinError } from './tocsin-error.ts';

export type ClientOptions = {
  /** Where the server is, such as `https://tocsin.example:8514`; with a path when it is behind one. */
  readonly url: string;
  /** Console token, or what gives one. Without it a browser's session cookie counts. */
  readonly token?: string | (() => string | Promise<string>) | undefined;
  /** Pool and logpoint of every call that has them in its path; see `at`. */
  readonly pool?: string | undefined;
  readonly logpoint?: string | undefined;
  /** Longest wait for one answer, ms. */
  readonly callTimeoutMs?: number | undefined;
  /** Longest wait for the end of one order, ms. */
  readonly orderTimeoutMs?: number | undefined;
  /** A server that asks for a longer pause than this, ms, is not asked again. */
  readonly retryWaitMsMax?: number | undefined;
  /** Instead of the global fetch. */
  readonly fetch?: typeof globalThis.fetch | undefined;
};

const CALL_TIMEOUT_MS = 60_000;
const ORDER_TIMEOUT_MS = 600_000;
const RETRY_WAIT_MS_MAX = 30_000;
const RETRIES_MAX = 5;
const PAGE_ROWS = 500;

export type IngestAnswer = AnswerOf<'Ingest'>;
export type IngestOptions = CallOptions &
  RequestOf<'Ingest'>['query'] & {
    /** Of bytes that are compressed already. */
    readonly encoding?: 'gzip' | 'br' | undefined;
  };

/** A Tocsin server as a program uses it. Operations are named by the `operationId` of openapi.json. */
export class TocsinClient {
  readonly url: string;
  readonly #options: ClientOptions;
  readonly #transport: Transport;
  readonly #tenant: Tenant;

  constructor(options: ClientOptions) {
    this.url = options.url.replace(/\/+$/, '');
    this.#options = options;
    this.#tenant = { pool: options.pool, logpoint: options.logpoint };
    this.#transport = {
      url: this.url,
      token: options.token,
      fetch: options.fetch ?? globalThis.fetch.bind(globalThis),
      callTimeoutMs: options.callTimeoutMs ?? CALL_TIMEOUT_MS,
      retryWaitMsMax: options.retryWaitMsMax ?? RETRY_WAIT_MS_MAX,
    };
  }

  /** The same server, bound to a pool and a logpoint. */
  at(pool: string, logpoint: string): TocsinClient {
    return new TocsinClient({ ...this.#options, pool, logpoint });
  }

  /**
   * Calls an operation that answers at once.
   *
   * @throws TocsinError
   */
  async call<Id extends CallId>(id: Id, ...args: CallArgs<Id>): Promise<AnswerOf<Id>> {
    return (await this.#answer(id, requestIn(args))).value as AnswerOf<Id>;
  }

  /**
   * Places an order and waits for its end.
   *
   * @returns the `response` of the order
   * @throws TocsinError `ORDER_REFUSED` with the message of the order; `ORDER_NOT_ENDED` after `orderTimeoutMs`
   */
  async order<Id extends OrderId>(id: Id, ...args: OrderArgs<Id>): Promise<ResultOf<Id>> {
    return (await this.orderUnchecked(id, requestIn(args))) as ResultOf<Id>;
  }

  /**
   * The same with data that comes from elsewhere, such as a file: what is wrong with it the server says.
   *
   * @throws TocsinError
   */
  async orderUnchecked(id: OrderId, request: AnyRequest = {}): Promise<JsonObject> {
    const order = await this.#place(id, request);
    return followOrder(this.#transport, order, this.#orderTimeoutMs(request), request.signal);
  }

  /** Places an order and does not wait. `ended` waits for it. @throws TocsinError */
  async place<Id extends OrderId>(id: Id, ...args: OrderArgs<Id>): Promise<PlacedOrder> {
    return this.#place(id, requestIn(args));
  }

  /** Waits for the end of an order that was placed before. @throws TocsinError */
  async ended(
    order: PlacedOrder,
    options: CallOptions & { readonly orderTimeoutMs?: number } = {},
  ): Promise<JsonObject> {
    return followOrder(this.#transport, order, this.#orderTimeoutMs(options), options.signal);
  }

  /** Pages of a list or of a fetch, until there is none. `limit` is the size of a page. @throws TocsinError */
  async *pages<Id extends PagedId>(id: Id, ...args: PageArgs<Id>): AsyncGenerator<readonly RowOf<Id>[], void> {
    let asked = requestIn(args);
    const { kind, page } = OPERATIONS[id];
    const place = kind === 'order' ? 'data' : 'query';
    let cursor: string | undefined;
    do {
      const given = isObject(asked[place]) ? asked[place] : {};
      asked = { ...asked, [place]: { limit: PAGE_ROWS, ...given, ...(cursor === undefined ? {} : { cursor }) } };
      const { rows, next } = await this.#page(id, asked, page ?? '');
      yield rows as readonly RowOf<Id>[];
      cursor = next;
    } while (cursor !== undefined);
  }

  /** Rows of all pages. @throws TocsinError */
  async *rows<Id extends PagedId>(id: Id, ...request: PageArgs<Id>): AsyncGenerator<RowOf<Id>, void> {
    for await (const page of this.pages(id, ...request)) yield* page;
  }

  /**
   * Sends logs to a repo: lines, bytes of lines, or events. The answer comes when they are durable.
   *
   * Not repeated on its own: pass `retriesMax` to send the same lines again when the server is full.
   *
   * @throws TocsinError
   */
  async ingest(
    repo: string,
    logs: string | Uint8Array | readonly JsonObject[],
    options: IngestOptions = {},
  ): Promise<IngestAnswer> {
    const { format, source_name, encoding, ...call } = options;
    const isText = typeof logs === 'string' || logs instanceof Uint8Array;
    const body = isText ? logs : logs.map((event) => JSON.stringify(event)).join('\n');
    const headers = {
      'content-type': isText ? 'text/plain' : 'application/x-ndjson',
      ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
    };
    const request = { ...call, path: { repo }, query: { format, source_name } };
    return (await this.#answer('Ingest', request, { body, headers })).value as IngestAnswer;
  }

  /** Rows of a search as they are found. Leaving the loop ends the search. @throws TocsinError with the search's code */
  async *search(data: RequestOf<'StreamLogs'>['data'], options: CallOptions = {}): AsyncGenerator<SearchLine, void> {
    const request = this.#request('StreamLogs', { ...options, data });
    const body = await sendRequest(this.#transport, request, async (answer) => answer.body);
    let isWhole = false;
    for await (const line of body === null ? [] : readLines(body)) {
      const value = parsed(line);
      if (!isObject(value))
        throw new TocsinError('SERVER_ANSWER', `unexpected line of a search: ${line.slice(0, 200)}`);
      const { error, end } = value;
      if (isObject(error)) throw new TocsinError(String(error['code']), String(error['message']));
      isWhole = end !== undefined;
      yield value as SearchLine;
    }
    if (!isWhole) throw new TocsinError('SERVER_UNREACHABLE', 'the answer broke off before its end');
  }

  /** Changes of the logpoint as they happen; connections that break are made again. @throws TocsinError */
  events(options: EventsOptions = {}): AsyncGenerator<ChangeEvent, void> {
    return followEvents(this.#transport, buildPath(OPERATIONS.ChangeFeed, this.#tenant, {}), options);
  }

  async #place(id: OrderId, request: AnyRequest): Promise<PlacedOrder> {
    const idempotencyKey = request.idempotencyKey ?? madeUpKey();
    const headers = { 'content-type': 'application/json', 'idempotency-key': idempotencyKey };
    const { value, answer } = await this.#answer(id, { retriesMax: RETRIES_MAX, ...request }, { headers });
    const path = isObject(value) ? value['message'] : undefined;
    if (typeof path === 'string' && path.startsWith('/monitorapi/')) {
      return { path, id: answer.headers.get('x-order-id') ?? '' };
    }
    throw new TocsinError('SERVER_ANSWER', `unexpected answer of ${id}: ${JSON.stringify(value).slice(0, 200)}`);
  }

  async #page(id: PagedId, request: AnyRequest, key: string): Promise<{ rows: unknown; next: string | undefined }> {
    if (key === 'header') {
      const { value, answer } = await this.#answer(id, request);
      return { rows: value, next: answer.headers.get('x-next-cursor') ?? undefined };
    }
    const value =
      OPERATIONS[id].kind === 'order'
        ? await this.orderUnchecked(id as OrderId, request)
        : (await this.#answer(id, request)).value;
    const next = isObject(value) ? value['next_cursor'] : undefined;
    return { rows: isObject(value) ? value[key] : [], next: typeof next === 'string' ? next : undefined };
  }

  async #answer(
    id: OperationId,
    asked: AnyRequest,
    more: Partial<HttpRequest> = {},
  ): Promise<{ readonly value: unknown; readonly answer: Response }> {
    const request = { ...this.#request(id, asked), ...more };
    return sendRequest(this.#transport, request, async (answer) => {
      const text = await answer.text();
      if (!(answer.headers.get('content-type') ?? '').includes('json')) return { value: text, answer };
      const value = parsed(text);
      if (value !== undefined) return { value, answer };
      throw new TocsinError('SERVER_ANSWER', `unexpected answer of ${id}: ${text.slice(0, 200)}`);
    });
  }

  #request(id: OperationId, asked: AnyRequest): HttpRequest {
    const place = OPERATIONS[id];
    const { method, kind } = place;
    // Removing something needs no word more than its path.
    const isPlaced = kind === 'order' && method !== 'DELETE';
    const body = asked.body ?? (asked.data === undefined && !isPlaced ? undefined : { data: asked.data ?? {} });
    return {
      method,
      path: buildPath(place, this.#tenant, asked),
      signal: asked.signal,
      retriesMax: asked.retriesMax ?? (kind === 'change' && method === 'POST' ? 0 : RETRIES_MAX),
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    };
  }

  #orderTimeoutMs({ orderTimeoutMs }: AnyRequest): number {
    return orderTimeoutMs ?? this.#options.orderTimeoutMs ?? ORDER_TIMEOUT_MS;
  }
}

const requestIn = (args: readonly [request?: AnyRequest]): AnyRequest => args[0] ?? {};

/** `crypto.randomUUID` is not there on pages that came over plain HTTP. */
const madeUpKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(16).padStart(8, '0')).join('');

import type { Actor } from '../accounts/actor.ts';
import { redactSecrets } from '../audit/redact.ts';
import type { ControlStore } from '../control/control-store.ts';
import { canonicalJson } from '../shared/canonical-json.ts';
import { AppError, type ErrorData, errorToData } from '../shared/errors.ts';
import { digestHex, newRequestId, type RequestId } from '../shared/ids.ts';
import { isJsonObject, type Json, type JsonObject } from '../shared/json.ts';
import type { Logpoint } from '../tenancy/logpoint.ts';
import type { Accepted, AcceptOrder } from './accept-order.ts';
import { type ExecutorLimits, OrderExecutor } from './order-executor.ts';
import { kindsByAction, type OrderKind, type OrderServices } from './order-kind.ts';
import { type OrderRetention, PURGE_ORDERS_MAX } from './order-retention.ts';
import { OrderWaiters } from './order-waiters.ts';
import type { ListOrders, OrderPage, PolledOrder } from './read-orders.ts';
import { orderCommands, ordersBytes, ordersList, ordersRead } from './registry.ts';
import { ORDER_BUG, type OrderBug } from './run-effect.ts';
import { ORDER_ENDED } from './work-queue.ts';

/** Longest hold of a poll. Source: contract/director-api.md, section 2. */
export const WAIT_MS_MAX = 30_000;
/** Characters of an `Idempotency-Key`. */
export const IDEMPOTENCY_KEY_CHARS_MAX = 255;
const PURGE_INTERVAL_MS = 60_000;

export type PlaceOrder = {
  /** Names the kind. */
  readonly action: string;
  readonly actor: Actor;
  readonly logpoint: Logpoint;
  /** The body `{"data":{…}}`; values under secret-sounding names are replaced once more. */
  readonly request: JsonObject;
  /** What the kind takes. JSON. */
  readonly input: unknown;
  readonly idempotencyKey?: string | undefined;
  readonly requestId?: string | undefined;
};

export type OrderServiceOptions = {
  readonly services: OrderServices;
  readonly kinds: readonly OrderKind[];
  readonly limits: ExecutorLimits;
  readonly retention: OrderRetention;
  /** Told of bugs that ended an order; the client only sees the request id. */
  readonly onBug: (bug: OrderBug) => void;
  /** Told when the clean-up failed; it is tried again. */
  readonly onPurgeFailed: (error: unknown) => void;
};

/** Where orders are placed and asked after. */
export class OrderService {
  readonly #options: OrderServiceOptions;
  readonly #store: ControlStore;
  readonly #kinds: ReadonlyMap<string, OrderKind>;
  readonly #commands: ReturnType<typeof orderCommands>;
  readonly #executor: OrderExecutor;
  readonly #waiters = new OrderWaiters();
  readonly #progress = new Map<RequestId, JsonObject>();
  readonly #stops: (() => void)[] = [];
  #purging: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: OrderServiceOptions) {
    this.#options = options;
    this.#store = options.services.store;
    this.#kinds = kindsByAction(options.kinds);
    this.#commands = orderCommands(options.kinds);
    const report = (orderId: RequestId, progress: JsonObject): void => void this.#progress.set(orderId, progress);
    this.#executor = new OrderExecutor({ ...options.services, report }, options.kinds, options.limits);
  }

  async start(): Promise<void> {
    this.#stops.push(
      this.#store.onSignal(ORDER_ENDED, (orderId) => {
        this.#progress.delete(String(orderId));
        this.#waiters.wake(String(orderId));
      }),
      this.#store.onSignal(ORDER_BUG, (bug) => this.#options.onBug(bug as OrderBug)),
    );
    await this.#executor.start();
    const timer = setInterval(() => this.#purgeSoon(), PURGE_INTERVAL_MS);
    timer.unref();
    this.#stops.push(() => clearInterval(timer));
  }

  /**
   * The order's path, once it is durable; an order of a transaction kind has ended by then.
   *
   * @throws AppError `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_INVALID`, `ORDERS_QUEUE_FULL`, `CONTROL_STORE_*`
   */
  async accept(order: PlaceOrder): Promise<Accepted> {
    const { action, actor, logpoint, requestId } = order;
    const kind = this.#kinds.get(action);
    if (kind === undefined) throw new Error(`no kind of order has the action ${action}`);
    // An order that ends at once is never asked what it was.
    const isKept = kind.mode === 'work' || order.idempotencyKey !== undefined;
    const data = isKept && isJsonObject(order.request['data']) ? redactSecrets(order.request['data']) : {};
    const key = order.idempotencyKey === undefined ? undefined : keyOf(order.idempotencyKey, action, data, order.input);
    const sealed = await seal(kind, order.input);
    const command: AcceptOrder = {
      orderId: newRequestId(),
      action,
      poolId: logpoint.poolId,
      logpointId: logpoint.id,
      actor,
      requestId,
      requestJson: JSON.stringify({ data, action }),
      input: sealed.input,
      refused: sealed.refused,
      key,
    };
    return this.#store.write(this.#commands.accept, command);
  }

  /**
   * The exact text of the order's present answer; null when the logpoint has no such order or its data node is another.
   * `waitMs` (at most `WAIT_MS_MAX`) holds the answer until the order ends.
   */
  async poll(logpoint: Pick<Logpoint, 'id'>, orderId: RequestId, suffix?: string, waitMs = 0): Promise<string | null> {
    const question = { logpointId: logpoint.id, orderId, suffix };
    if (waitMs <= 0 || this.#isClosed) return this.#shown(orderId, await this.#store.read(ordersRead, question));
    // Registered before the first look: an order that ends in between wakes it.
    const waiter = this.#waiters.wait(orderId, Math.min(waitMs, WAIT_MS_MAX));
    try {
      const now = await this.#store.read(ordersRead, question);
      if (now === null || now.hasEnded) return now?.body ?? null;
      await waiter.ended;
      return this.#shown(orderId, await this.#store.read(ordersRead, question));
    } finally {
      waiter.cancel();
    }
  }

  /** The answer, with how far it is while it runs. */
  #shown(orderId: RequestId, order: PolledOrder | null): string | null {
    const progress = this.#progress.get(orderId);
    if (order === null || order.hasEnded || progress === undefined) return order?.body ?? null;
    return order.body.replace('"in_progress":true}', `"in_progress":true,"progress":${JSON.stringify(progress)}}`);
  }

  /** Newest first. @throws AppError kind `invalid`: `ORDER_STATUS_INVALID`, `CURSOR_INVALID`, `LIMIT_INVALID` */
  list(input: ListOrders): Promise<OrderPage> {
    return this.#store.read(ordersList, input);
  }

  /** For metrics: work orders that run, polls that are held. */
  status(): { readonly running: number; readonly waiting: number } {
    return { running: this.#executor.running, waiting: this.#waiters.count };
  }

  /** Removes what retention no longer keeps. Runs by itself once a minute. */
  async purge(): Promise<number> {
    const { keptMs, keptBytesMax } = this.#options.retention;
    let excessBytes = (await this.#store.read(ordersBytes, {})) - keptBytesMax;
    let total = 0;
    for (;;) {
      const { purged, bytes } = await this.#store.write(this.#commands.purge, { keptMs, excessBytes });
      total += purged;
      excessBytes -= bytes;
      if (purged < PURGE_ORDERS_MAX || this.#isClosed) return total;
    }
  }

  /** Answers held polls, stops work orders (they go on at the next start). Close the store after it. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#waiters.wakeAll();
    await this.#executor.close();
    await this.#purging;
    for (const stop of this.#stops.splice(0)) stop();
  }

  #purgeSoon(): void {
    this.#purging = this.#purging.then(async () => {
      try {
        await this.purge();
      } catch (error) {
        this.#options.onPurgeFailed(error);
      }
    });
  }
}

async function seal(kind: OrderKind, input: unknown): Promise<{ input: unknown; refused?: ErrorData }> {
  if (kind.seal === undefined) return { input };
  try {
    return { input: await kind.seal(input as never) };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { input: null, refused: errorToData(error) };
  }
}

/** What two requests must have in common to be one. Secrets are left out: a digest of a password is worth guessing at. */
function keyOf(text: string, action: string, data: Json, input: unknown): { text: string; fingerprint: string } {
  if (text.length === 0 || text.length > IDEMPOTENCY_KEY_CHARS_MAX) {
    const message = `an Idempotency-Key of 1 to ${IDEMPOTENCY_KEY_CHARS_MAX} characters was expected, got ${text.length}`;
    throw new AppError('invalid', 'IDEMPOTENCY_KEY_INVALID', message);
  }
  const plain: Json = JSON.parse(JSON.stringify(input ?? null));
  return { text, fingerprint: digestHex([action, canonicalJson(data), canonicalJson(redactSecrets(plain))], 64) };
}

import type { Actor } from '../accounts/actor.ts';
import type { ControlStore, Tx } from '../control/control-store.ts';
import type { EventStore } from '../events/event-store.ts';
import type { OpenScratch } from '../rules/backtest/scratch.ts';
import type { Clock } from '../shared/clock.ts';
import type { LogpointId, PoolId, RequestId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import type { Author } from '../tenancy/author.ts';
import type { OrderResponse } from './response-text.ts';

/** Who ordered what, where and when. Plain data: it is stored with orders that wait. */
export type OrderContext = {
  readonly orderId: RequestId;
  readonly poolId: PoolId;
  readonly logpointId: LogpointId;
  readonly actor: Actor;
  readonly acceptedAtMs: number;
  /** Of the HTTP request; shown when a bug ends the order. */
  readonly requestId?: string | undefined;
};

/** What the `prepare` step of a work order may use on the main thread. */
export type OrderServices = {
  readonly store: ControlStore;
  readonly events: EventStore;
  readonly clock: Clock;
  /** A store for what is tried out and thrown away; none where there are no backtests. */
  readonly openScratch?: OpenScratch | undefined;
  /** What a poll of the running order shows as `request.progress`. */
  report?(orderId: RequestId, progress: JsonObject): void;
};

/**
 * How the order path of a kind ends: `ORD`, `ORD/{data_node}` or `ORD/{data_node}-Logs/fetchLogData`.
 * Source: contract/director-api.md, section 2.
 */
export type OrderPath = 'plain' | 'fetch' | 'logs';

/**
 * An order that is done when its POST answers: the effect runs in the very transaction that accepts the order.
 *
 * `run` and `finish` return the order's `response` without `success`. An `AppError` that they throw ends the order with
 * `success:false`, and nothing of the effect is kept.
 */
export type TransactionKind<I> = {
  readonly mode: 'transaction';
  /** What `request.action` shows, e.g. `/Incidents/close`. Names the kind; unique. */
  readonly action: string;
  /** When left out: `fetch` for actions that end in `/fetch`, else `plain`. */
  readonly path?: OrderPath | undefined;
  /**
   * The input of `run`, with secrets replaced by what may be stored (hashes). Before the transaction, on the main
   * thread. An `AppError` ends the order.
   */
  seal?(input: I): Promise<unknown>;
  run(tx: Tx, ctx: OrderContext, input: I): Promise<JsonObject>;
};

/** An order that needs the event store or the network: queued durably, prepared outside, finished in one transaction. */
export type WorkKind<I, P> = {
  readonly mode: 'work';
  readonly action: string;
  /** When left out: `fetch` for actions that end in `/fetch`, else `plain`. */
  readonly path?: OrderPath | undefined;
  /**
   * Orders with the same text are carried out one after the other, in the order they were accepted. Null: at once.
   */
  lane?(ctx: OrderContext, input: I): string | null;
  /** As for a transaction kind: what waits is stored, so secrets are sealed or replaced before. */
  seal?(input: I): Promise<unknown>;
  /** May be run again after a crash, so it changes nothing. `signal` fires when the order took too long or the server stops. */
  prepare(services: OrderServices, ctx: OrderContext, input: I, signal: AbortSignal): Promise<P>;
  finish(tx: Tx, ctx: OrderContext, input: I, prepared: P): Promise<OrderResponse>;
};

export type OrderKind = TransactionKind<never> | WorkKind<never, unknown>;

/** @throws Error when two kinds share an action */
export function kindsByAction(kinds: readonly OrderKind[]): ReadonlyMap<string, OrderKind> {
  const byAction = new Map<string, OrderKind>();
  for (const kind of kinds) {
    if (byAction.has(kind.action)) throw new Error(`two kinds of orders have the action ${kind.action}`);
    byAction.set(kind.action, kind);
  }
  return byAction;
}

/** What the audit event of an order's effect says about its author. */
export const authorOf = (ctx: OrderContext): Author => ({
  actor: ctx.actor.name,
  requestId: ctx.requestId,
  orderId: ctx.orderId,
});

import { appendFeed } from '../audit/change-feed.ts';
import type { Tx } from '../control/control-store.ts';
import { AppError, type ErrorData, errorToData } from '../shared/errors.ts';
import type { RequestId } from '../shared/ids.ts';
import { ORDER_QUEUED } from './accept-order.ts';
import { auditRefusedOrder } from './audit-refusal.ts';
import type { OrderContext, OrderKind } from './order-kind.ts';
import { type Ended, endFailed, runEffect } from './run-effect.ts';

/** Topic of work orders that have ended; the payload is the order's id. */
export const ORDER_ENDED = 'orders.ended';
/** Starts of one order. One that takes the process down each time must not do so for ever. */
export const ORDER_ATTEMPTS_MAX = 5;

export type ClaimedOrder = {
  readonly orderId: RequestId;
  readonly action: string;
  readonly context: OrderContext;
  readonly input: unknown;
};

export type WorkOutcome =
  | { readonly ok: true; readonly prepared: unknown }
  | { readonly ok: false; readonly error: ErrorData };

type OpenRow = { id: string; action: string; contextJson: string; inputJson: string };

/** The oldest waiting orders whose lane is free, now running. */
export async function claimOrders(tx: Tx, limit: number): Promise<ClaimedOrder[]> {
  const rows = await tx.all<OpenRow>(
    `select o.id, o.action, o.context_json as "contextJson", o.input_json as "inputJson" from orders o
      where o.ended_at_ms is null and o.state = 'queued' and (o.lane is null or not exists (
        select 1 from orders p where p.ended_at_ms is null and p.lane = o.lane and p.seq < o.seq))
      order by o.seq limit ?`,
    [limit],
  );
  // Attempts rise at the claim, so that an order that kills the process still uses up its starts.
  for (const { id } of rows) {
    await tx.run("update orders set state = 'running', attempts = attempts + 1 where id = ?", [id]);
  }
  return rows.map(({ id, action, contextJson, inputJson }) => ({
    orderId: id,
    action,
    context: JSON.parse(contextJson),
    input: JSON.parse(inputJson),
  }));
}

/** Ends a running order with its effect. False when it is not running: it was ended before, and nothing is done. */
export async function finishOrder(
  tx: Tx,
  kinds: ReadonlyMap<string, OrderKind>,
  { orderId, outcome }: { readonly orderId: RequestId; readonly outcome: WorkOutcome },
): Promise<boolean> {
  const row = await tx.get<OpenRow>(
    `select id, action, context_json as "contextJson", input_json as "inputJson" from orders
      where id = ? and state = 'running'`,
    [orderId],
  );
  if (row === undefined) return false;
  const ctx: OrderContext = JSON.parse(row.contextJson);
  await end(tx, orderId, ctx, await endOf(tx, kinds.get(row.action), row, ctx, outcome));
  return true;
}

/** After a start: what ran when the process ended waits again, in its old place. Answers how many do. */
export async function requeueOrders(tx: Tx): Promise<number> {
  const givenUp = await tx.all<OpenRow>(
    `select id, action, context_json as "contextJson", input_json as "inputJson" from orders
      where ended_at_ms is null and state = 'running' and attempts >= ?`,
    [ORDER_ATTEMPTS_MAX],
  );
  for (const { id, action, contextJson } of givenUp) {
    const message = `the order was given up: the server ended during each of its ${ORDER_ATTEMPTS_MAX} starts`;
    const error = errorToData(new AppError('unavailable', 'ORDER_GIVEN_UP', message));
    const ctx: OrderContext = JSON.parse(contextJson);
    await end(tx, id, ctx, endFailed(tx, action, ctx, error));
  }
  await tx.run("update orders set state = 'queued' where ended_at_ms is null and state = 'running'");
  const open = await tx.get<{ n: number }>('select count(*) as n from orders where ended_at_ms is null');
  const waiting = open?.n ?? 0;
  if (waiting > 0) tx.signal(ORDER_QUEUED, null);
  return waiting;
}

async function endOf(
  tx: Tx,
  kind: OrderKind | undefined,
  row: OpenRow,
  ctx: OrderContext,
  outcome: WorkOutcome,
): Promise<Ended> {
  if (!outcome.ok) {
    await auditRefusedOrder(tx, row.action, ctx, JSON.parse(row.inputJson), outcome.error);
    return endFailed(tx, row.action, ctx, outcome.error);
  }
  if (kind?.mode !== 'work') {
    // Accepted by a program that knew the action, ended by one that does not.
    const error = errorToData(new Error(`no kind of work order has the action ${row.action}`));
    return endFailed(tx, row.action, ctx, error);
  }
  const input = JSON.parse(row.inputJson) as never;
  return runEffect(tx, row.action, ctx, input, () => kind.finish(tx, ctx, input, outcome.prepared as never));
}

async function end(tx: Tx, orderId: RequestId, ctx: OrderContext, { state, body }: Ended): Promise<void> {
  const row = await tx.get<{ suffix: string }>(
    `update orders set state = ?, body = ?, cost_bytes = cost_bytes + ?, ended_at_ms = ?, lane = null,
       context_json = null, request_json = null, input_json = null where id = ? returning suffix`,
    [state, body, Buffer.byteLength(body), tx.nowMs, orderId],
  );
  if (row?.suffix === '') {
    await appendFeed(tx, ctx.logpointId, [{ type: 'order', objectId: orderId, action: state, by: ctx.actor.name }]);
  }
  tx.signal(ORDER_ENDED, orderId);
}

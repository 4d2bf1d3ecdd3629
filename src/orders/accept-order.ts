import type { Actor } from '../accounts/actor.ts';
import { appendFeed } from '../audit/change-feed.ts';
import type { SqlValue, Tx } from '../control/control-store.ts';
import { AppError, type ErrorData } from '../shared/errors.ts';
import type { LogpointId, PoolId, RequestId } from '../shared/ids.ts';
import { auditRefusedOrder } from './audit-refusal.ts';
import { orderPath, suffixOf } from './order-body.ts';
import type { OrderContext, OrderKind } from './order-kind.ts';
import { type Ended, endFailed, runEffect } from './run-effect.ts';

/** Topic of orders that wait for the executor. */
export const ORDER_QUEUED = 'orders.queued';
/** Orders that may wait or run at one time; beyond it the caller is told to slow down. */
export const ORDERS_OPEN_MAX = 1000;
/** What a stored order takes beside its texts: row, index entries. An estimate on the safe side. */
const ORDER_BYTES_BASE = 600;

export type AcceptOrder = {
  readonly orderId: RequestId;
  readonly action: string;
  readonly poolId: PoolId;
  readonly logpointId: LogpointId;
  readonly actor: Actor;
  readonly requestId?: string | undefined;
  /** Text of `{"data":…,"action":…}` without secrets. */
  readonly requestJson: string;
  readonly input: unknown;
  /** The order is accepted and ends at once: its input was refused before the transaction. */
  readonly refused?: ErrorData | undefined;
  readonly key?: { readonly text: string; readonly fingerprint: string } | undefined;
};

export type Accepted = { readonly orderId: RequestId; readonly path: string };

/**
 * The order's place, with its effect when that needs no work outside.
 *
 * @throws AppError `IDEMPOTENCY_KEY_REUSED` (conflict), `ORDERS_QUEUE_FULL` (overloaded)
 */
export async function acceptOrder(
  tx: Tx,
  kinds: ReadonlyMap<string, OrderKind>,
  order: AcceptOrder,
): Promise<Accepted> {
  const kind = kinds.get(order.action);
  if (kind === undefined) throw new Error(`no kind of order has the action ${order.action}`);
  if (order.key !== undefined) {
    const first = await firstOfKey(tx, order, order.key);
    if (first !== null) return first;
  }
  const suffix = suffixOf(kind, order.logpointId);
  const path = orderPath(order.poolId, order.logpointId, order.orderId, suffix);
  const ctx: OrderContext = {
    orderId: order.orderId,
    poolId: order.poolId,
    logpointId: order.logpointId,
    actor: order.actor,
    acceptedAtMs: tx.nowMs,
    requestId: order.requestId,
  };
  if (order.refused !== undefined) {
    await auditRefusedOrder(tx, kind.action, ctx, order.input, order.refused);
    await insertEnded(tx, order, suffix, endFailed(tx, kind.action, ctx, order.refused));
  } else if (kind.mode === 'transaction') {
    const ended = await runEffect(tx, kind.action, ctx, order.input, () => kind.run(tx, ctx, order.input as never));
    await insertEnded(tx, order, suffix, ended);
  } else {
    await insertQueued(tx, order, suffix, ctx, kind.lane?.(ctx, order.input as never) ?? null);
  }
  if (order.key !== undefined) {
    await tx.run(
      'insert into order_keys (token_id, logpoint_id, key, fingerprint, order_id, path) values (?, ?, ?, ?, ?, ?)',
      [order.actor.tokenId, order.logpointId, order.key.text, order.key.fingerprint, order.orderId, path],
    );
  }
  return { orderId: order.orderId, path };
}

async function firstOfKey(
  tx: Tx,
  order: AcceptOrder,
  key: { readonly text: string; readonly fingerprint: string },
): Promise<Accepted | null> {
  const known = await tx.get<{ orderId: string; path: string; fingerprint: string }>(
    `select order_id as "orderId", path, fingerprint from order_keys
      where token_id = ? and logpoint_id = ? and key = ?`,
    [order.actor.tokenId, order.logpointId, key.text],
  );
  if (known === undefined) return null;
  if (known.fingerprint !== key.fingerprint) {
    throw new AppError(
      'conflict',
      'IDEMPOTENCY_KEY_REUSED',
      'this Idempotency-Key was sent before with another action or body',
    );
  }
  return { orderId: known.orderId, path: known.path };
}

async function insertEnded(tx: Tx, order: AcceptOrder, suffix: string, ended: Ended): Promise<void> {
  await insert(tx, order, suffix, {
    state: ended.state,
    body: ended.body,
    cost_bytes: ORDER_BYTES_BASE + Buffer.byteLength(ended.body),
    ended_at_ms: tx.nowMs,
  });
}

async function insertQueued(
  tx: Tx,
  order: AcceptOrder,
  suffix: string,
  ctx: OrderContext,
  lane: string | null,
): Promise<void> {
  const open = await tx.get<{ n: number }>('select count(*) as n from orders where ended_at_ms is null');
  if ((open?.n ?? 0) >= ORDERS_OPEN_MAX) {
    throw new AppError('overloaded', 'ORDERS_QUEUE_FULL', `${ORDERS_OPEN_MAX} orders already wait to be carried out`, {
      retryAfterSeconds: 2,
    });
  }
  await insert(tx, order, suffix, {
    state: 'queued',
    // Lanes never cross logpoints, whatever a kind names them.
    lane: lane === null ? null : `${order.logpointId}/${lane}`,
    context_json: JSON.stringify(ctx),
    request_json: order.requestJson,
    input_json: JSON.stringify(order.input ?? null),
    cost_bytes: ORDER_BYTES_BASE,
  });
  tx.signal(ORDER_QUEUED, null);
}

async function insert(
  tx: Tx,
  order: AcceptOrder,
  suffix: string,
  values: Readonly<Record<string, SqlValue>>,
): Promise<void> {
  await tx.run(
    `insert into orders (id, seq, pool_id, logpoint_id, action, suffix, accepted_at_ms, attempts,
       state, lane, context_json, request_json, input_json, body, cost_bytes, ended_at_ms)
     values (?, (select coalesce(max(seq), 0) + 1 from orders), ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      order.orderId,
      order.poolId,
      order.logpointId,
      order.action,
      suffix,
      tx.nowMs,
      values['state'] ?? null,
      values['lane'] ?? null,
      values['context_json'] ?? null,
      values['request_json'] ?? null,
      values['input_json'] ?? null,
      values['body'] ?? null,
      values['cost_bytes'] ?? null,
      values['ended_at_ms'] ?? null,
    ],
  );
  // Fetches change nothing, and there are many of them.
  if (suffix !== '') return;
  const entry = { objectId: order.orderId, action: String(values['state']), by: order.actor.name };
  await appendFeed(tx, order.logpointId, [{ type: 'order', ...entry }]);
}

import type { ReadTx, SqlValue } from '../control/control-store.ts';
import { AppError } from '../shared/errors.ts';
import type { LogpointId, RequestId } from '../shared/ids.ts';
import { openBody, orderPath } from './order-body.ts';

export const ORDER_STATES = ['queued', 'running', 'done', 'failed'] as const;
export type OrderState = (typeof ORDER_STATES)[number];

export const ORDERS_PAGE_MAX = 500;
const ORDERS_PAGE_DEFAULT = 100;

export type PollOrder = {
  readonly logpointId: LogpointId;
  readonly orderId: RequestId;
  /** What follows the order's id in the path; the bare path answers for every order. */
  readonly suffix?: string | undefined;
};

export type PolledOrder = { readonly hasEnded: boolean; readonly body: string };

/** The order's present answer; null for an order of another logpoint or data node, or one that is gone. */
export async function readOrder(tx: ReadTx, { logpointId, orderId, suffix }: PollOrder): Promise<PolledOrder | null> {
  const row = await tx.get<{
    poolId: string;
    suffix: string;
    state: string;
    body: string | null;
    request: string | null;
  }>(
    `select pool_id as "poolId", suffix, state, body, request_json as request from orders
      where id = ? and logpoint_id = ?`,
    [orderId, logpointId],
  );
  if (row === undefined) return null;
  if (suffix !== undefined && suffix !== '' && suffix !== row.suffix) return null;
  if (row.body !== null) return { hasEnded: true, body: row.body };
  const body = openBody(row.poolId, logpointId, row.request ?? '{}', row.state === 'running');
  return { hasEnded: false, body };
}

export type ListOrders = {
  readonly logpointId: LogpointId;
  readonly status?: string | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  /** Orders that were accepted or ended at this moment or later, Unix ms. */
  readonly changedFromMs?: number | undefined;
  /** Whether the orders of all pages are counted. */
  readonly total?: boolean | undefined;
};

export type ListedOrder = {
  readonly request_id: RequestId;
  readonly action: string;
  readonly status: OrderState;
  /** Epoch ms. */
  readonly accepted_at_ms: number;
  /** Null while the order is open. */
  readonly ended_at_ms: number | null;
  readonly path: string;
};

/** Orders of the logpoint that have not ended, and since when the oldest of them waits; null when there is none. */
export async function openOrders(
  tx: ReadTx,
  logpointId: LogpointId,
): Promise<{ readonly open: number; readonly oldestAtMs: number | null }> {
  const row = await tx.get<{ n: number; oldest: number | null }>(
    'select count(*) as n, min(accepted_at_ms) as oldest from orders where ended_at_ms is null and logpoint_id = ?',
    [logpointId],
  );
  return { open: row?.n ?? 0, oldestAtMs: row?.oldest ?? null };
}

export type OrderPage = {
  readonly orders: readonly ListedOrder[];
  readonly next_cursor: string | null;
  /** Absent unless it was asked for. */
  readonly total?: number;
};

/** Newest first. @throws AppError kind `invalid`: `ORDER_STATUS_INVALID`, `CURSOR_INVALID`, `LIMIT_INVALID` */
export async function listOrders(tx: ReadTx, asked: ListOrders): Promise<OrderPage> {
  const { logpointId, status, limit, cursor, changedFromMs } = asked;
  if (status !== undefined && !ORDER_STATES.some((state) => state === status)) {
    const message = `status must be one of ${ORDER_STATES.join(', ')}, got ${JSON.stringify(status.slice(0, 40))}`;
    throw new AppError('invalid', 'ORDER_STATUS_INVALID', message);
  }
  const rowsMax = limit ?? ORDERS_PAGE_DEFAULT;
  if (!Number.isInteger(rowsMax) || rowsMax < 1 || rowsMax > ORDERS_PAGE_MAX) {
    throw new AppError('invalid', 'LIMIT_INVALID', `limit must be 1 to ${ORDERS_PAGE_MAX}, got ${rowsMax}`);
  }
  const conditions = ['logpoint_id = ?'];
  const params: SqlValue[] = [logpointId];
  if (status !== undefined) {
    conditions.push('state = ?');
    params.push(status);
  }
  if (changedFromMs !== undefined) {
    conditions.push('(accepted_at_ms >= ? or ended_at_ms >= ?)');
    params.push(changedFromMs, changedFromMs);
  }
  const counted =
    asked.total === true
      ? await tx.get<{ n: number }>(`select count(*) as n from orders where ${conditions.join(' and ')}`, params)
      : null;
  if (cursor !== undefined) {
    conditions.push('seq < ?');
    params.push(seqOf(cursor));
  }
  const rows = await tx.all<{
    id: string;
    seq: number;
    poolId: string;
    action: string;
    suffix: string;
    state: OrderState;
    acceptedAtMs: number;
    endedAtMs: number | null;
  }>(
    `select id, seq, pool_id as "poolId", action, suffix, state, accepted_at_ms as "acceptedAtMs",
       ended_at_ms as "endedAtMs" from orders where ${conditions.join(' and ')} order by seq desc limit ?`,
    [...params, rowsMax + 1],
  );
  const page = rows.slice(0, rowsMax);
  const last = page.at(-1);
  return {
    orders: page.map((row) => ({
      request_id: row.id,
      action: row.action,
      status: row.state,
      accepted_at_ms: row.acceptedAtMs,
      ended_at_ms: row.endedAtMs,
      path: orderPath(row.poolId, logpointId, row.id, row.suffix),
    })),
    next_cursor: rows.length > rowsMax && last !== undefined ? `o${last.seq.toString(36)}` : null,
    ...(counted === null ? {} : { total: counted?.n ?? 0 }),
  };
}

function seqOf(cursor: string): number {
  const seq = /^o[0-9a-z]{1,11}$/.test(cursor) ? Number.parseInt(cursor.slice(1), 36) : Number.NaN;
  if (!Number.isSafeInteger(seq)) {
    throw new AppError('invalid', 'CURSOR_INVALID', 'cursor must be the next_cursor of an answer before');
  }
  return seq;
}

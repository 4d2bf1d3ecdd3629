import type { ReadTx, Tx } from '../control/control-store.ts';

/** What the contract promises; no setting goes below it. Source: contract/director-api.md, section 2. */
export const ORDER_KEPT_MS_MIN = 8 * 3_600_000;
/** Orders of one purge, so that writes do not wait long behind it. */
export const PURGE_ORDERS_MAX = 500;

export type OrderRetention = {
  /** How long a finished order stays readable; at least `ORDER_KEPT_MS_MIN`. */
  readonly keptMs: number;
  /** Bytes of finished orders at most; the oldest beyond `ORDER_KEPT_MS_MIN` go first. */
  readonly keptBytesMax: number;
};

export const ORDER_RETENTION_DEFAULT: OrderRetention = { keptMs: 7 * 24 * 3_600_000, keptBytesMax: 1024 ** 3 };

/** Bytes of all orders, by their own account. */
export async function orderBytes(tx: ReadTx): Promise<number> {
  const row = await tx.get<{ bytes: number }>('select coalesce(sum(cost_bytes), 0) as bytes from orders');
  return row?.bytes ?? 0;
}

/** Removes finished orders that are over age or, oldest first, `excessBytes`. Answers how many; call again while it is the maximum. */
export async function purgeOrders(
  tx: Tx,
  { keptMs, excessBytes }: { readonly keptMs: number; readonly excessBytes: number },
): Promise<{ readonly purged: number; readonly bytes: number }> {
  const oldest = await tx.all<{ id: string; bytes: number; endedAtMs: number }>(
    `select id, cost_bytes as bytes, ended_at_ms as "endedAtMs" from orders
      where ended_at_ms is not null and ended_at_ms <= ? order by ended_at_ms limit ?`,
    [tx.nowMs - ORDER_KEPT_MS_MIN, PURGE_ORDERS_MAX],
  );
  const overAgeAtMs = tx.nowMs - Math.max(keptMs, ORDER_KEPT_MS_MIN);
  let bytes = 0;
  let purged = 0;
  for (const order of oldest) {
    if (order.endedAtMs > overAgeAtMs && bytes >= excessBytes) break;
    await tx.run('delete from orders where id = ?', [order.id]);
    bytes += order.bytes;
    purged += 1;
  }
  return { purged, bytes };
}

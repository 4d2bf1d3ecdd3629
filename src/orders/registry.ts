import { command, query } from '../control/control-store.ts';
import type { LogpointId } from '../shared/ids.ts';
import { type AcceptOrder, acceptOrder } from './accept-order.ts';
import { kindsByAction, type OrderKind } from './order-kind.ts';
import { orderBytes, purgeOrders } from './order-retention.ts';
import { type ListOrders, listOrders, openOrders, type PollOrder, readOrder } from './read-orders.ts';
import { claimOrders, finishOrder, requeueOrders, type WorkOutcome } from './work-queue.ts';

/** The commands that carry orders out. The store's writer and the main thread make them from the same kinds. */
export function orderCommands(kinds: readonly OrderKind[]) {
  const byAction = kindsByAction(kinds);
  return {
    accept: command('orders.accept', (tx, order: AcceptOrder) => acceptOrder(tx, byAction, order)),
    claim: command('orders.claim', (tx, limit: number) => claimOrders(tx, limit)),
    finish: command('orders.finish', (tx, input: { orderId: string; outcome: WorkOutcome }) =>
      finishOrder(tx, byAction, input),
    ),
    requeue: command('orders.requeue', (tx, _: Record<never, never>) => requeueOrders(tx)),
    purge: command('orders.purge', purgeOrders),
  };
}

export const ordersRead = query('orders.read', (tx, poll: PollOrder) => readOrder(tx, poll));
export const ordersList = query('orders.list', (tx, input: ListOrders) => listOrders(tx, input), { slow: true });
export const ordersBytes = query('orders.bytes', (tx, _: Record<never, never>) => orderBytes(tx), { slow: true });

export const ordersOpen = query('orders.open', (tx, logpointId: LogpointId) => openOrders(tx, logpointId));

export function orderEntries(kinds: readonly OrderKind[]) {
  const { accept, claim, finish, requeue, purge } = orderCommands(kinds);
  return [accept, claim, finish, requeue, purge, ordersRead, ordersList, ordersBytes, ordersOpen];
}

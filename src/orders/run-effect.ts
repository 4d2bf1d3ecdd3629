import type { Tx } from '../control/control-store.ts';
import { type ErrorData, errorToData } from '../shared/errors.ts';
import { auditRefusedOrder } from './audit-refusal.ts';
import { doneResponse, endedBody, failedResponse } from './order-body.ts';
import type { OrderContext } from './order-kind.ts';
import type { OrderResponse } from './response-text.ts';

/** Topic of effects that ended by a bug; the payload is an `OrderBug`. */
export const ORDER_BUG = 'orders.bug';

export type OrderBug = {
  readonly orderId: string;
  readonly action: string;
  readonly requestId: string | null;
  readonly message: string;
  readonly stack: string;
};

export type Ended = { readonly state: 'done' | 'failed'; readonly body: string };

/** Runs the effect so that it is kept only when it succeeds; the result is what every later poll answers. */
export async function runEffect(
  tx: Tx,
  action: string,
  ctx: OrderContext,
  input: unknown,
  effect: () => Promise<OrderResponse>,
): Promise<Ended> {
  try {
    // The text is made inside: a response that has no JSON form is a bug of the effect, and undoes it.
    const response = await tx.attempt(async () => doneResponse(await effect()));
    return { state: 'done', body: endedBody(ctx.poolId, ctx.logpointId, response) };
  } catch (error) {
    const data = errorToData(error);
    await auditRefusedOrder(tx, action, ctx, input, data);
    return endFailed(tx, action, ctx, data);
  }
}

export function endFailed(tx: Tx, action: string, ctx: OrderContext, error: ErrorData): Ended {
  if (!error.app) {
    const bug: OrderBug = {
      orderId: ctx.orderId,
      action,
      requestId: ctx.requestId ?? null,
      message: error.message,
      stack: error.stack,
    };
    tx.signal(ORDER_BUG, bug);
  }
  return { state: 'failed', body: endedBody(ctx.poolId, ctx.logpointId, failedResponse(error, ctx.requestId)) };
}

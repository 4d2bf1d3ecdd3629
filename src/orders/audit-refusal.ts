import { redactSecrets } from '../audit/redact.ts';
import { appendRefusal } from '../audit/refusals.ts';
import type { Tx } from '../control/control-store.ts';
import type { ErrorData, ErrorKind } from '../shared/errors.ts';
import { isObjectId } from '../shared/ids.ts';
import { isJsonObject, type JsonObject } from '../shared/json.ts';
import type { OrderContext } from './order-kind.ts';

/** What the node would not do. What it could not do (busy, stopping, a bug) is no attempt that was refused. */
const REFUSALS: readonly ErrorKind[] = ['refused', 'forbidden', 'not-found', 'conflict', 'invalid'];

/** Writes an order that was refused to the audit chain of its logpoint, in the transaction that ends it. */
export async function auditRefusedOrder(
  tx: Tx,
  action: string,
  ctx: OrderContext,
  input: unknown,
  error: ErrorData,
): Promise<void> {
  if (!error.app || !REFUSALS.includes(error.kind)) return;
  const asked: JsonObject = isJsonObject(input) ? input : {};
  const [id, userId] = [asked['id'], asked['incident_user_id']];
  const isIncident = action.startsWith('/Incidents/') && typeof id === 'string' && isObjectId(id);
  const refusal = {
    logpointId: ctx.logpointId,
    actor: ctx.actor.name,
    onBehalfOf: typeof userId === 'string' && isObjectId(userId) ? userId : null,
    action: 'order refused',
    objectType: isIncident ? 'incident' : 'order',
    objectId: isIncident ? id : ctx.orderId,
    requestId: ctx.requestId,
    orderId: ctx.orderId,
    code: error.code,
    message: error.message,
    asked: { action, data: redactSecrets(asked) },
    isProven: true,
  };
  await appendRefusal(tx, { refusal, times: 1 });
}

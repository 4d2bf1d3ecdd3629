import type { ErrorData } from '../shared/errors.ts';
import { digestHex, type LogpointId, type PoolId, type RequestId } from '../shared/ids.ts';
import type { OrderKind } from './order-kind.ts';
import { type OrderResponse, ResponseText } from './response-text.ts';

// The texts of the order protocol. Source: contract/director-api.md, section 2.

export const orderPath = (poolId: PoolId, logpointId: LogpointId, orderId: RequestId, suffix: string): string =>
  `/monitorapi/${poolId}/${logpointId}/orders/${orderId}${suffix === '' ? '' : `/${suffix}`}`;

/** The node that holds the data of a fetch: 8 hex, the same for one logpoint always. */
export const dataNode = (logpointId: LogpointId): string => digestHex(['data-node', logpointId], 8);

/** What follows the order's id in its path. Without a word of the kind, the order of a `…/fetch` has a data node. */
export function suffixOf(kind: Pick<OrderKind, 'action' | 'path'>, logpointId: LogpointId): string {
  const path = kind.path ?? (kind.action.endsWith('/fetch') ? 'fetch' : 'plain');
  if (path === 'plain') return '';
  return path === 'fetch' ? dataNode(logpointId) : `${dataNode(logpointId)}-Logs/fetchLogData`;
}

export const doneResponse = (response: OrderResponse): string =>
  response instanceof ResponseText
    ? `{"success":true,${response.json.slice(1)}`
    : JSON.stringify({ success: true, ...response });

export function failedResponse(error: ErrorData, requestId: string | undefined): string {
  if (error.app) {
    const { message, fields } = error;
    const base = { success: false, message, errors: [message] };
    return JSON.stringify(fields === undefined ? base : { ...base, validationErrors: fields });
  }
  // A bug: the details are for the log, the id joins the two.
  const message = requestId === undefined ? 'Internal error' : `Internal error; request id ${requestId}`;
  return JSON.stringify({ success: false, message, errors: [message] });
}

export const endedBody = (poolId: PoolId, logpointId: LogpointId, responseJson: string): string =>
  `{"request":{},"logpoint_identifier":"${logpointId}","pool_uuid":"${poolId}","response":${responseJson}}`;

/** `requestJson` is the text of `{"data":…,"action":…}`. */
export function openBody(poolId: PoolId, logpointId: LogpointId, requestJson: string, isRunning: boolean): string {
  const request = isRunning ? `${requestJson.slice(0, -1)},"in_progress":true}` : requestJson;
  return `{"request":${request},"logpoint_identifier":"${logpointId}","pool_uuid":"${poolId}","response":{}}`;
}

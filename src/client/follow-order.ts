import type { JsonObject } from './schema.ts';
import { pause, sendRequest, type Transport } from './send-request.ts';
import { TocsinError } from './tocsin-error.ts';

/** Seconds that one poll of an order is held by the server. */
const POLL_WAIT_SECONDS = 20;
/** An order that ends at once is there sooner than this; a server that does not hold polls is not asked more often. */
const POLL_PAUSE_MS = 200;
const POLL_RETRIES_MAX = 20;

/** An order that was accepted, which is not done. */
export type PlacedOrder = { readonly path: string; readonly id: string };

/**
 * Asks for the order until it has ended.
 *
 * @returns its `response`
 * @throws TocsinError `ORDER_REFUSED`; `ORDER_NOT_ENDED` after `timeoutMs`
 */
export async function followOrder(
  transport: Transport,
  { path, id }: PlacedOrder,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<JsonObject> {
  const untilMs = performance.now() + timeoutMs;
  for (;;) {
    const askedAtMs = performance.now();
    const waitSeconds = Math.max(0, Math.min(POLL_WAIT_SECONDS, Math.ceil((untilMs - askedAtMs) / 1000)));
    const request = {
      method: 'GET',
      path: `${path}?wait=${waitSeconds}`,
      signal,
      retriesMax: POLL_RETRIES_MAX,
      heldMs: waitSeconds * 1000,
    };
    const response = responseOf(await sendRequest(transport, request, (answer) => answer.text()), path);
    if (response['success'] === true) return response;
    if (response['success'] === false) throw refused(response, path, id);
    if (performance.now() >= untilMs) {
      const message = `the order has not ended within ${timeoutMs} ms; ask ${path} later`;
      throw new TocsinError('ORDER_NOT_ENDED', message, { requestId: id, orderPath: path });
    }
    if (performance.now() - askedAtMs < POLL_PAUSE_MS) await pause(POLL_PAUSE_MS, signal);
  }
}

function responseOf(text: string, path: string): JsonObject {
  const order = parsed(text);
  const response = isObject(order) ? order['response'] : undefined;
  if (isObject(response)) return response;
  const message = `unexpected answer of ${path}: ${text.slice(0, 200)}`;
  throw new TocsinError('SERVER_ANSWER', message, { orderPath: path });
}

function refused(response: JsonObject, path: string, id: string): TocsinError {
  const { message, validationErrors } = response;
  const fields = isObject(validationErrors)
    ? Object.fromEntries(Object.entries(validationErrors).map(([name, said]) => [name, [said].flat().map(String)]))
    : undefined;
  return new TocsinError('ORDER_REFUSED', String(message), { requestId: id, orderPath: path, fields });
}

/** The text as JSON; undefined when it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

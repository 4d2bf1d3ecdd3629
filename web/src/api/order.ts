import type { JsonObject } from '../../../src/shared/json.ts';
import { isJsonObject } from '../../../src/shared/json.ts';
import { ApiError } from './api-error.ts';
import { call } from './call.ts';
import { objectOf, textOf, textsOf } from './read-json.ts';

/** Seconds that one poll of an order is held by the server; less where somebody watches how far it is. */
const POLL_WAIT_SECONDS = { unwatched: 10, watched: 1 } as const;

type OrderOptions = {
  readonly method?: 'POST' | 'PUT' | 'DELETE';
  readonly signal?: AbortSignal;
  /** Told what the running order says of itself: which step it is at, and of how many. */
  readonly onProgress?: (progress: JsonObject) => void;
};

/**
 * Places an order and waits for its end; `data` is what the operation takes.
 *
 * @throws ApiError with the order's own message when it was refused
 */
export async function order(
  path: string,
  data: JsonObject,
  { method = 'POST', signal, onProgress }: OrderOptions = {},
): Promise<JsonObject> {
  const body = method === 'DELETE' && Object.keys(data).length === 0 ? undefined : { data };
  const accepted = (await call(path, { method, body, signal })).value;
  const orderPath = isJsonObject(accepted) ? accepted['message'] : undefined;
  if (typeof orderPath !== 'string' || !orderPath.startsWith('/monitorapi/')) {
    throw new ApiError('bug', 'the server accepted without naming an order', 200);
  }
  // Who watches looks at once: a step that is over before the first wait ends would not be seen.
  let waitSeconds: number = onProgress === undefined ? POLL_WAIT_SECONDS.unwatched : 0;
  for (;;) {
    const { value } = await call(`${orderPath}?wait=${waitSeconds}`, { signal });
    if (onProgress !== undefined) {
      waitSeconds = POLL_WAIT_SECONDS.watched;
      const progress = isJsonObject(value) ? objectOf(value['request'])['progress'] : undefined;
      if (isJsonObject(progress)) onProgress(progress);
    }
    const response = isJsonObject(value) ? value['response'] : undefined;
    if (!isJsonObject(response)) throw new ApiError('bug', 'the server answered without a response', 200);
    if (response['success'] === true) return response;
    if (response['success'] === false) {
      const fields = Object.entries(objectOf(response['validationErrors'])).map(([field, messages]) => {
        return { field, messages: Array.isArray(messages) ? textsOf(messages) : [textOf(messages)] };
      });
      throw new ApiError('refused', textOf(response['message']) || 'the order was refused', 200, null, fields);
    }
  }
}

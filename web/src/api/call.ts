import type { Json, JsonObject } from '../../../src/shared/json.ts';
import { isJsonObject } from '../../../src/shared/json.ts';
import { ApiError, troubleOf } from './api-error.ts';
import { connection } from './connection.ts';
import { credentials } from './credentials.ts';

export type CallOptions = {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly body?: JsonObject | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The call is part of signing in: a 401 is its answer and opens no sign-in. */
  readonly isSignIn?: boolean;
};

export type Answer = { readonly value: Json; readonly headers: Headers };

/**
 * One call of the published API.
 *
 * A call that meets an ended session waits until somebody has signed in again, then is sent once more: what was being
 * done goes on.
 *
 * @throws ApiError
 */
export async function call(path: string, options: CallOptions = {}): Promise<Answer> {
  return read(await sentSignedIn(path, options));
}

async function sentSignedIn(path: string, options: CallOptions): Promise<Response> {
  for (;;) {
    const response = await send(path, options);
    if (response.status !== 401 || options.isSignIn === true) return response;
    await credentials.renewed(options.signal);
  }
}

/**
 * An answer that comes line by line, each a JSON object. Ends when the caller's signal does: the server then stops.
 *
 * @throws ApiError
 */
export async function* callLines(
  path: string,
  body: JsonObject,
  signal: AbortSignal,
): AsyncGenerator<readonly JsonObject[]> {
  const response = await sentSignedIn(path, { method: 'POST', body, signal });
  if (!response.ok || response.body === null) {
    await read(response);
    throw new ApiError('bug', 'the server answered without a body', response.status);
  }
  let rest = '';
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split('\n');
    rest = lines.pop() ?? '';
    yield lines.map(parse).filter(isJsonObject);
  }
}

export async function getJson(path: string, signal?: AbortSignal): Promise<Json> {
  return (await call(path, { signal })).value;
}

async function send(path: string, { method = 'GET', body, signal }: CallOptions): Promise<Response> {
  const headers: Record<string, string> = { 'x-tocsin-console': '1', ...credentials.headers() };
  if (body !== undefined) headers['content-type'] = 'application/json';
  try {
    const response = await fetch(path, {
      method,
      headers,
      credentials: 'same-origin',
      redirect: 'error',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    connection.answered();
    return response;
  } catch (error) {
    if (signal?.aborted === true) throw error;
    connection.failed();
    throw new ApiError('unreachable', 'the server does not answer', 0);
  }
}

async function read(response: Response): Promise<Answer> {
  const text = await response.text();
  const value = parse(text);
  if (response.ok && value !== undefined) return { value, headers: response.headers };
  const said = isJsonObject(value) ? value['message'] : undefined;
  const message = typeof said === 'string' ? said : `unexpected answer with status ${response.status}`;
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  throw new ApiError(
    troubleOf(response.status),
    message,
    response.status,
    Number.isFinite(retryAfter) ? retryAfter : null,
  );
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

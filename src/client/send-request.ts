import { TocsinError } from './tocsin-error.ts';

/** How requests reach the server. */
export type Transport = {
  /** Without a slash at its end. */
  readonly url: string;
  /** Console token; absent in a browser that has a session cookie. */
  readonly token: string | (() => string | Promise<string>) | undefined;
  readonly fetch: typeof globalThis.fetch;
  /** Longest wait for one answer, ms. */
  readonly callTimeoutMs: number;
  /** A server that asks for a longer pause than this, ms, is not asked again. */
  readonly retryWaitMsMax: number;
};

export type HttpRequest = {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly retriesMax: number;
  /** Time that the server may hold the answer on purpose, ms. */
  readonly heldMs?: number;
};

const RETRIED = new Set([429, 503]);

/** Sends a request and reads its answer; 429 and 503 are tried again as often as the request allows. */
export async function sendRequest<T>(
  transport: Transport,
  request: HttpRequest,
  read: (answer: Response) => Promise<T>,
): Promise<T> {
  for (let retries = 0; ; retries++) {
    try {
      return await attempt(transport, request, read);
    } catch (error) {
      if (!(error instanceof TocsinError) || !RETRIED.has(error.status ?? 0) || retries >= request.retriesMax)
        throw error;
      const waitMs = (error.retryAfterSeconds ?? 1) * 1000;
      if (waitMs > transport.retryWaitMsMax) throw error;
      await pause(waitMs, request.signal);
    }
  }
}

async function attempt<T>(
  transport: Transport,
  request: HttpRequest,
  read: (answer: Response) => Promise<T>,
): Promise<T> {
  const { method, path, body, signal } = request;
  const end = new AbortController();
  let isLate = false;
  const timer = setTimeout(
    () => {
      isLate = true;
      end.abort();
    },
    transport.callTimeoutMs + (request.heldMs ?? 0),
  );
  // Not AbortSignal.any: in Node 20 a signal made of such signals can be collected while it is waited for.
  const forward = (): void => end.abort(signal?.reason);
  const headers = { ...request.headers, ...(await credentials(transport)) };
  try {
    signal?.throwIfAborted();
    signal?.addEventListener('abort', forward, { once: true });
    const answer = await transport.fetch(`${transport.url}${path}`, {
      method,
      headers,
      redirect: 'error',
      credentials: 'same-origin',
      signal: end.signal,
      ...(body === undefined ? {} : { body: body as NonNullable<RequestInit['body']> }),
    });
    if (!answer.ok) throw refusalOf(answer, await answer.text());
    const value = await read(answer);
    // Whoever reads the body on its own can still be ended by the signal.
    if (value !== answer.body) signal?.removeEventListener('abort', forward);
    return value;
  } catch (cause) {
    signal?.removeEventListener('abort', forward);
    if (cause instanceof TocsinError) throw cause;
    if (signal?.aborted === true) throw signal.reason;
    const what = `${method} ${path.split('?', 1)[0] ?? path}`;
    if (isLate) {
      throw new TocsinError('CALL_TIMEOUT', `no answer to ${what} within ${transport.callTimeoutMs} ms`, { cause });
    }
    throw new TocsinError('SERVER_UNREACHABLE', `no answer from ${transport.url}: ${reasonOf(cause)}`, { cause });
  } finally {
    clearTimeout(timer);
  }
}

/** A token, or what a browser with a session cookie says instead. */
async function credentials({ token }: Transport): Promise<Record<string, string>> {
  if (token === undefined) return { 'x-tocsin-console': '1' };
  return { authorization: `Bearer ${typeof token === 'string' ? token : await token()}` };
}

function refusalOf(answer: Response, text: string): TocsinError {
  const said = parsedMessage(text);
  const retryAfter = Number(answer.headers.get('retry-after') ?? Number.NaN);
  return new TocsinError(
    answer.headers.get('x-error-code') ?? `HTTP_${answer.status}`,
    said ?? `status ${answer.status}`,
    {
      status: answer.status,
      requestId: answer.headers.get('x-request-id') ?? undefined,
      retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : undefined,
    },
  );
}

function parsedMessage(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const message = typeof value === 'object' && value !== null && 'message' in value ? value.message : undefined;
    return typeof message === 'string' ? message : undefined;
  } catch {
    return undefined;
  }
}

/** The reason below the general one that fetch gives. */
const reasonOf = (cause: unknown): string => {
  if (!(cause instanceof Error)) return String(cause);
  return cause.cause instanceof Error && cause.cause.message !== '' ? cause.cause.message : cause.message;
};

/** Waits; ends early with the reason of the signal. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason);
    const end = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', end);
      resolve();
    }, ms);
    signal?.addEventListener('abort', end, { once: true });
  });
}

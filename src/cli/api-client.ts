import { AppError } from '../shared/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../shared/json.ts';

/** Seconds that one poll of an order is held by the server. */
const POLL_WAIT_SECONDS = 20;

/** The server's API as a program uses it: calls, and orders followed to their end. */
export class ApiClient {
  readonly url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.url = url.replace(/\/+$/, '');
    this.#token = token;
  }

  get(path: string): Promise<Json> {
    return this.#call('GET', path, undefined, {});
  }

  /** Sends a body as it is. */
  send(path: string, body: Uint8Array, headers: Readonly<Record<string, string>>): Promise<Json> {
    return this.#call('POST', path, body, headers);
  }

  post(path: string, body: JsonObject): Promise<Json> {
    const bytes = new TextEncoder().encode(JSON.stringify(body));
    return this.#call('POST', path, bytes, { 'content-type': 'application/json' });
  }

  put(path: string, body: JsonObject): Promise<Json> {
    const bytes = new TextEncoder().encode(JSON.stringify(body));
    return this.#call('PUT', path, bytes, { 'content-type': 'application/json' });
  }

  delete(path: string): Promise<Json> {
    return this.#call('DELETE', path, undefined, {});
  }

  /**
   * Places an order and waits for its end.
   *
   * @throws AppError `ORDER_REFUSED` with the message of the order
   */
  async order(path: string, data: JsonObject, method: 'POST' | 'PUT' = 'POST'): Promise<JsonObject> {
    const bytes = new TextEncoder().encode(JSON.stringify({ data }));
    const accepted = await this.#call(method, path, bytes, { 'content-type': 'application/json' });
    const orderPath = isJsonObject(accepted) ? accepted['message'] : undefined;
    if (typeof orderPath !== 'string' || !orderPath.startsWith('/')) throw unexpected(path, accepted);
    for (;;) {
      const order = await this.get(`${orderPath}?wait=${POLL_WAIT_SECONDS}`);
      const response = isJsonObject(order) ? order['response'] : undefined;
      if (!isJsonObject(response)) throw unexpected(orderPath, order);
      if (response['success'] === true) return response;
      if (response['success'] === false) throw new AppError('refused', 'ORDER_REFUSED', String(response['message']));
    }
  }

  /** Sends a body and hands over the JSON objects of the answer, one a line, as they come. */
  async lines(path: string, body: JsonObject, onLine: (line: JsonObject) => void): Promise<void> {
    const bytes = new TextEncoder().encode(JSON.stringify(body));
    const answer = await this.#fetch('POST', path, bytes, { 'content-type': 'application/json' });
    if (!answer.ok || answer.body === null) throw refusal('POST', path, answer, parseJson(await answer.text()));
    const decoder = new TextDecoder();
    let rest = '';
    for await (const part of answer.body) {
      const pieces = (rest + decoder.decode(part, { stream: true })).split('\n');
      rest = pieces.pop() ?? '';
      for (const piece of pieces) {
        const line = parseJson(piece);
        if (!isJsonObject(line)) throw unexpected(path, piece);
        onLine(line);
      }
    }
  }

  async #call(
    method: string,
    path: string,
    body: Uint8Array | undefined,
    headers: Readonly<Record<string, string>>,
  ): Promise<Json> {
    const answer = await this.#fetch(method, path, body, headers);
    const text = await answer.text();
    const value = parseJson(text);
    if (answer.ok && value !== undefined) return value;
    throw refusal(method, path, answer, value);
  }

  async #fetch(
    method: string,
    path: string,
    body: Uint8Array | undefined,
    headers: Readonly<Record<string, string>>,
  ): Promise<Response> {
    try {
      return await fetch(`${this.url}${path}`, {
        method,
        headers: { ...headers, authorization: `Bearer ${this.#token}` },
        redirect: 'error',
        ...(body === undefined ? {} : { body }),
      });
    } catch (cause) {
      const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
      throw new AppError('unavailable', 'SERVER_UNREACHABLE', `no answer from ${this.url}: ${reason}`, { cause });
    }
  }
}

function refusal(method: string, path: string, answer: Response, value: Json | undefined): AppError {
  const said = isJsonObject(value) ? value['message'] : undefined;
  const message = typeof said === 'string' ? said : `status ${answer.status}`;
  return new AppError('refused', `HTTP_${answer.status}`, `${method} ${path}: ${message}`, {
    retryAfterSeconds: Number(answer.headers.get('retry-after') ?? Number.NaN) || undefined,
  });
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const unexpected = (path: string, answer: Json): AppError =>
  new AppError('unavailable', 'SERVER_ANSWER', `unexpected answer of ${path}: ${JSON.stringify(answer).slice(0, 200)}`);

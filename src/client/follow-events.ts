import { isObject, parsed } from './follow-order.ts';
import { readLines } from './read-lines.ts';
import type { ChangeEvent } from './request-types.ts';
import { pause, sendRequest, type Transport } from './send-request.ts';
import { TocsinError } from './tocsin-error.ts';

/** The server is heard every 15 s; a connection on which nothing was heard for so long is dead. */
const SILENCE_MS_MAX = 45_000;
const RECONNECT_MS_MIN = 500;
const RECONNECT_MS_MAX = 30_000;

export type EventsOptions = {
  /** `id` of the last event that was seen; the feed goes on behind it. Without one it begins now. */
  readonly lastEventId?: string | undefined;
  /** Ends the iteration without an error. */
  readonly signal?: AbortSignal | undefined;
  /** Called each time the feed is open; what is changed from then on is seen. */
  readonly onOpen?: ((lastEventId: string) => void) | undefined;
};

/**
 * The changes behind `path`, over as many connections as it takes: after a break it goes on behind the last event.
 *
 * @throws TocsinError when the server refuses, other than for being busy or away
 */
export async function* followEvents(
  transport: Transport,
  path: string,
  options: EventsOptions,
): AsyncGenerator<ChangeEvent, void> {
  const { signal } = options;
  const feed: Feed = { lastEventId: options.lastEventId, onOpen: options.onOpen, signal };
  let pauseMs = RECONNECT_MS_MIN;
  const isOver = (): boolean => signal?.aborted === true;
  while (!isOver()) {
    try {
      for await (const event of connection(transport, path, feed)) {
        pauseMs = RECONNECT_MS_MIN;
        yield event;
      }
    } catch (error) {
      if (isOver()) return;
      if (error instanceof TocsinError && isFinal(error)) throw error;
      if (error instanceof TocsinError && error.retryAfterSeconds !== undefined) {
        pauseMs = Math.max(pauseMs, error.retryAfterSeconds * 1000);
      }
    }
    await pause(pauseMs, signal).catch(() => undefined);
    pauseMs = Math.min(RECONNECT_MS_MAX, pauseMs * 2);
  }
}

/** What is kept from one connection to the next. */
type Feed = {
  lastEventId: string | undefined;
  readonly onOpen: EventsOptions['onOpen'];
  readonly signal: AbortSignal | undefined;
};

/** A refusal that asking again does not change. */
const isFinal = ({ status, code }: TocsinError): boolean =>
  code === 'SERVER_ANSWER' || (status !== undefined && status >= 400 && status < 500 && status !== 429);

async function* connection(transport: Transport, path: string, feed: Feed): AsyncGenerator<ChangeEvent, void> {
  const { lastEventId, signal } = feed;
  // Ended by silence, and by the caller; of its own, so that the caller's signal does not gather listeners.
  const link = new AbortController();
  const cut = (): void => link.abort();
  const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
  const request = { method: 'GET', path, headers, signal: link.signal, retriesMax: 0 };
  let block: Record<string, string> = {};
  let timer = setTimeout(cut, SILENCE_MS_MAX);
  signal?.addEventListener('abort', cut, { once: true });
  try {
    const body = await sendRequest(transport, request, async (answer) => answer.body);
    if (body === null) throw new TocsinError('SERVER_ANSWER', `unexpected answer of ${path}: no body`);
    if (lastEventId !== undefined) feed.onOpen?.(lastEventId);
    for await (const line of readLines(body)) {
      clearTimeout(timer);
      timer = setTimeout(cut, SILENCE_MS_MAX);
      if (line !== '') {
        const [, name = '', value = ''] = /^([a-z]+): ?(.*)$/.exec(line) ?? [];
        if (name !== '') block[name] = value;
        continue;
      }
      const { id, event, data = '' } = block;
      block = {};
      if (id === undefined) continue;
      feed.lastEventId = id;
      // The first block of a new feed has an id and no event: where the feed stands.
      if (event === undefined) feed.onOpen?.(id);
      else yield { id, event, data: changeOf(data, path) };
    }
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', cut);
  }
}

function changeOf(text: string, path: string): ChangeEvent['data'] {
  const value = parsed(text);
  if (!isObject(value)) throw new TocsinError('SERVER_ANSWER', `unexpected event of ${path}: ${text.slice(0, 200)}`);
  const { type, id, action, at, by } = value;
  return { type: String(type), id: String(id), action: String(action), at: Number(at), by: String(by) };
}

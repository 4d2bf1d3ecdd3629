import { Agent, fetch } from 'undici';
import type { EgressPolicy } from '../../notify/egress-policy.ts';
import { guardedConnector } from './http-sender.ts';

export type GuardedFetch = (
  url: string,
  options: { readonly method?: string; readonly headers?: Record<string, string>; readonly body?: unknown },
) => Promise<Response>;

const TIMEOUT_MS = 10_000;
/** UTF-16 units of an answer that are read; an identity provider's are far shorter. */
const ANSWER_CHARS_MAX = 1024 * 1024;

/** `fetch` that asks the egress policy about the address that is connected to, follows no redirect and ends in time. */
export function createGuardedFetch(egress: EgressPolicy): GuardedFetch {
  const connect = guardedConnector({ egress });
  const dispatcher = new Agent({ connect, headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS });
  return async (url, { method = 'GET', headers = {}, body }) => {
    const { protocol } = new URL(url);
    if (protocol !== 'http:' && protocol !== 'https:') throw new Error(`scheme is ${protocol}, expected http or https`);
    const answer = await fetch(url, {
      method,
      headers,
      ...(body === undefined || body === null ? {} : { body: String(body) }),
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      dispatcher,
    });
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of answer.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > ANSWER_CHARS_MAX) throw new Error(`answer of ${new URL(url).host} is too long`);
    }
    return new Response(text, { status: answer.status, headers: [...answer.headers] });
  };
}

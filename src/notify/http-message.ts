import { createHmac } from 'node:crypto';
import type { HttpMethod } from './channel-settings.ts';
import type { SendOutcome } from './send-outcome.ts';

/** A request, ready to go. Headers were checked: names are tokens, values hold no control characters. */
export type HttpMessage = {
  readonly method: HttpMethod;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Null for methods without a body. */
  readonly body: string | null;
  /** What must not appear in the log, wherever the receiver echoes it. */
  readonly secrets: readonly string[];
};

/** The port of the HTTP channel. Never throws for what the network or the receiver does: that is an outcome. */
export interface HttpSender {
  send(message: HttpMessage, signal: AbortSignal): Promise<SendOutcome>;
  close(): Promise<void>;
}

const SECRET_PREFIX = 'whsec_';
const SECRET_BYTES_MIN = 24;
const SECRET_BYTES_MAX = 64;

/** The key bytes of a Standard Webhooks secret; undefined when the text is none. */
export function webhookKey(secret: string): Buffer | undefined {
  if (!secret.startsWith(SECRET_PREFIX)) return undefined;
  const base64 = secret.slice(SECRET_PREFIX.length);
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined;
  const key = Buffer.from(base64, 'base64');
  return key.length >= SECRET_BYTES_MIN && key.length <= SECRET_BYTES_MAX ? key : undefined;
}

/**
 * The headers of Standard Webhooks: the id is the same over all attempts, the time is the attempt's, the signature (one
 * per secret, while a key is rotated) is over `id.timestamp.body`.
 *
 * Source: standard-webhooks, spec/standard-webhooks.md.
 */
export function webhookHeaders(
  deliveryId: string,
  atMs: number,
  body: string,
  secrets: readonly string[],
): Record<string, string> {
  const timestamp = String(Math.floor(atMs / 1000));
  const signatures = secrets.flatMap((secret) => {
    const key = webhookKey(secret);
    if (key === undefined) return [];
    return [`v1,${createHmac('sha256', key).update(`${deliveryId}.${timestamp}.${body}`).digest('base64')}`];
  });
  return {
    'webhook-id': deliveryId,
    'webhook-timestamp': timestamp,
    ...(signatures.length > 0 ? { 'webhook-signature': signatures.join(' ') } : {}),
  };
}

/** How an answer counts. Source: design of the delivery classes, docs/notifications.md. */
export function classOfStatus(status: number): SendOutcome['kind'] {
  if (status >= 200 && status < 300) return 'delivered';
  return status === 429 || status === 408 || status === 425 || status >= 500 ? 'retry' : 'dead';
}

/** `Retry-After` in ms from now: seconds or an HTTP date; null when it is neither. */
export function retryAfterMs(header: string | undefined, nowMs: number): number | null {
  if (header === undefined) return null;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  if (!/^[A-Za-z]{3},/.test(text)) return null;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs);
}

const TOKEN_LENGTH_MIN = 16;

/** The URL as the log shows it: without values of the query and without long path segments, which are often secrets. */
export function shownUrl(url: string): string {
  const parsed = new URL(url);
  const path = parsed.pathname
    .split('/')
    .map((segment) => (segment.length >= TOKEN_LENGTH_MIN ? `${segment.slice(0, 4)}…` : segment))
    .join('/');
  const names = [...new Set(parsed.searchParams.keys())];
  return `${parsed.origin}${path}${names.length === 0 ? '' : `?${names.join('&')}`}`;
}

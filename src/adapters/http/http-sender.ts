import { Agent, buildConnector, type Dispatcher, errors, request } from 'undici';
import type { EgressPolicy } from '../../notify/egress-policy.ts';
import { EgressRefused } from '../../notify/egress-policy.ts';
import { classOfStatus, type HttpMessage, type HttpSender, retryAfterMs, shownUrl } from '../../notify/http-message.ts';
import { redact, type SendOutcome } from '../../notify/send-outcome.ts';
import type { Clock } from '../../shared/clock.ts';
import { describeError, refusalIn } from '../net/failed-send.ts';
import { guardedLookup, literalVerdict, type Resolve } from '../net/guarded-lookup.ts';

export type HttpSenderOptions = {
  readonly egress: EgressPolicy;
  readonly clock: Clock;
  /** One attempt, from connect to the end of the answer. */
  readonly timeoutMs?: number;
  readonly connectTimeoutMs?: number;
  /** How the names of receivers are resolved; the system's way by default. */
  readonly resolve?: Resolve;
  /** Certificate authorities to trust beside the system's, PEM. */
  readonly ca?: string;
};

const TIMEOUT_MS = 20_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** Bytes of an answer that are read; the rest is cut off with the connection. */
const ANSWER_BYTES_MAX = 16 * 1024;
const HEADER_BYTES_MAX = 32 * 1024;

/**
 * Sends HTTP messages. The egress policy is asked about the address that is connected to, after DNS; redirects are not
 * followed, because the receiver's word would choose the next address and take the credentials there.
 */
export function createHttpSender(options: HttpSenderOptions): HttpSender {
  const agent = new Agent({
    connect: guardedConnector(options),
    pipelining: 1,
    keepAliveTimeout: 4_000,
    keepAliveMaxTimeout: 60_000,
    maxHeaderSize: HEADER_BYTES_MAX,
  });
  return {
    send: (message, signal) => send(agent, options, message, signal),
    close: () => agent.destroy(),
  };
}

/** Asks the policy about the address of each connection. */
export function guardedConnector(options: Omit<HttpSenderOptions, 'clock'>): buildConnector.connector {
  const connect = buildConnector({
    timeout: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    lookup: guardedLookup(options.egress, options.resolve),
    allowH2: false,
    ...(options.ca === undefined ? {} : { ca: options.ca }),
  });
  return (target, callback) => {
    const refused = literalVerdict(options.egress, target.hostname);
    if (refused !== null) return callback(refused, null);
    connect(target, (...answer) => {
      const [error, socket] = answer;
      if (error !== null) return callback(error, null);
      // The last word is about the connection as it is, whatever way led to it.
      const verdict = options.egress.check(socket.remoteAddress ?? '');
      if (verdict.allowed) return callback(null, socket);
      socket.destroy();
      callback(new EgressRefused(target.hostname, verdict.reason), null);
    });
  };
}

async function send(
  agent: Dispatcher,
  options: HttpSenderOptions,
  message: HttpMessage,
  signal: AbortSignal,
): Promise<SendOutcome> {
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  const shown = `${message.method} ${shownUrl(message.url)}`;
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    const answer = await request(message.url, {
      dispatcher: agent,
      method: message.method,
      headers: message.headers,
      body: message.body,
      signal: AbortSignal.any([signal, deadline]),
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
    const text = await readStart(answer.body);
    const retryAfter = answer.headers['retry-after'];
    const header = Array.isArray(retryAfter) ? retryAfter[0] : retryAfter;
    return {
      ...outcomeOf(answer.statusCode),
      request: shown,
      answer: redact(text, message.secrets),
      retryAfterMs: retryAfterMs(header, options.clock()),
    };
  } catch (error) {
    const isTimeout = deadline.aborted;
    return {
      kind: isFinal(error) ? 'dead' : 'retry',
      status: null,
      request: shown,
      answer: '',
      error: redact(
        refusalIn(error)?.message ?? (isTimeout ? `no answer within ${timeoutMs} ms` : describeError(error)),
        message.secrets,
      ),
      retryAfterMs: null,
    };
  }
}

function outcomeOf(status: number): Pick<SendOutcome, 'kind' | 'status' | 'error'> {
  const kind = classOfStatus(status);
  if (kind === 'delivered') return { kind, status, error: null };
  const error =
    status >= 300 && status < 400
      ? `answered ${status}: redirects are not followed, give the final address`
      : `answered ${status}`;
  return { kind, status, error };
}

async function readStart(body: Dispatcher.ResponseData['body']): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // An answer that breaks off after its status was an answer all the same.
  body.on('error', () => {});
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= ANSWER_BYTES_MAX) break;
    }
  } catch {
    return Buffer.concat(chunks).toString('utf8');
  } finally {
    body.destroy();
  }
  return Buffer.concat(chunks).subarray(0, ANSWER_BYTES_MAX).toString('utf8');
}

/** A refused address, or a request that cannot be written: a repetition would end the same way. */
const isFinal = (error: unknown): boolean => refusalIn(error) !== null || error instanceof errors.InvalidArgumentError;

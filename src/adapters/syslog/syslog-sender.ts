import { createSocket } from 'node:dgram';
import type { Socket } from 'node:net';
import type { EgressPolicy } from '../../notify/egress-policy.ts';
import type { SendOutcome } from '../../notify/send-outcome.ts';
import type { Sender } from '../../notify/sender.ts';
import type { SyslogMessages } from '../../notify/syslog-message.ts';
import { failedSend } from '../net/failed-send.ts';
import type { Resolve } from '../net/guarded-lookup.ts';
import { addressGuarded, connectGuarded, secureGuarded } from '../net/guarded-socket.ts';

export type SyslogSenderOptions = {
  readonly egress: EgressPolicy;
  /** Connect, handshake and writing, each. */
  readonly timeoutMs?: number;
  readonly resolve?: Resolve;
};

const TIMEOUT_MS = 10_000;
/** After the last byte: how long to listen for a refusal, which is all that syslog ever answers. */
const DATAGRAM_REFUSAL_MS = 100;
const CLOSE_MS = 1_000;

/**
 * Sends syslog over UDP (RFC 5426), TCP (RFC 6587, octet counting) and TLS (RFC 5425). No receiver of syslog confirms: it
 * counts as delivered what the network took without a refusal.
 */
export function createSyslogSender(options: SyslogSenderOptions): Sender<SyslogMessages> {
  return {
    send: async (message, signal) => {
      const { transport, host, port } = message;
      const request = `SYSLOG ${transport}://${host}:${port} (${message.messages.length} messages)`;
      try {
        if (transport === 'udp') await sendDatagrams(options, message, signal);
        else await sendStream(options, message, signal);
        return delivered(request);
      } catch (error) {
        return failedSend(request, error, []);
      }
    },
  };
}

const delivered = (request: string): SendOutcome => ({
  kind: 'delivered',
  status: null,
  request,
  answer: '',
  error: null,
  retryAfterMs: null,
});

async function sendDatagrams(
  { egress, resolve }: SyslogSenderOptions,
  { host, port, messages }: SyslogMessages,
  signal: AbortSignal,
): Promise<void> {
  const { address, family } = await addressGuarded({ host, port, egress, resolve });
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  try {
    // A connected socket hears that nobody listens there.
    const refused = new Promise<never>((_, reject) => socket.once('error', reject));
    refused.catch(() => undefined);
    await Promise.race([new Promise<void>((done) => socket.connect(port, address, done)), refused]);
    for (const message of messages) {
      signal.throwIfAborted();
      const sent = new Promise<void>((done, fail) =>
        socket.send(message, (error) => (error === null ? done() : fail(error))),
      );
      await Promise.race([sent, refused]);
    }
    await Promise.race([new Promise<void>((done) => setTimeout(done, DATAGRAM_REFUSAL_MS)), refused]);
  } finally {
    socket.close();
  }
}

async function sendStream(
  { egress, resolve, timeoutMs = TIMEOUT_MS }: SyslogSenderOptions,
  { host, port, transport, ca, messages }: SyslogMessages,
  signal: AbortSignal,
): Promise<void> {
  const plain = await connectGuarded({ host, port, egress, resolve }, timeoutMs, signal);
  const socket = transport === 'tls' ? await secureGuarded(plain, host, { ca, timeoutMs }) : plain;
  const frames = messages.flatMap((message) => [Buffer.from(`${message.length} `), message]);
  await writeAll(socket, Buffer.concat(frames), timeoutMs, signal);
}

/** Resolves when the receiver closed after everything was written, or stayed silent; rejects when it broke off. */
function writeAll(socket: Socket, bytes: Buffer, timeoutMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (error?: Error): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      socket.destroy();
      if (error === undefined) resolve();
      else reject(error);
    };
    const stop = (): void => end(new Error('broken off'));
    let timer = setTimeout(() => end(new Error(`not taken within ${timeoutMs} ms`)), timeoutMs);
    signal.addEventListener('abort', stop, { once: true });
    let isWritten = false;
    socket.on('error', end);
    socket.once('close', () => end(isWritten ? undefined : new Error('closed before everything was written')));
    socket.resume();
    socket.end(bytes, () => {
      isWritten = true;
      clearTimeout(timer);
      timer = setTimeout(() => end(), CLOSE_MS);
    });
  });
}

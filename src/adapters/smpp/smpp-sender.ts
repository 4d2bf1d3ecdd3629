import type { Socket } from 'node:net';
import type { EgressPolicy } from '../../notify/egress-policy.ts';
import { redact, type SendOutcome } from '../../notify/send-outcome.ts';
import type { Sender } from '../../notify/sender.ts';
import type { SmsMessage } from '../../notify/sms-message.ts';
import { failedSend } from '../net/failed-send.ts';
import type { Resolve } from '../net/guarded-lookup.ts';
import { connectGuarded, secureGuarded } from '../net/guarded-socket.ts';
import {
  bindBody,
  COMMANDS,
  describeStatus,
  encodePdu,
  firstText,
  isRetryStatus,
  type Pdu,
  PduReader,
  RESPONSE,
  submitBody,
} from './smpp-pdu.ts';

export type SmppSenderOptions = {
  readonly egress: EgressPolicy;
  /** Connect and each answer of the centre. */
  readonly timeoutMs?: number;
  readonly resolve?: Resolve;
  /** Certificate authority to trust beside the usual ones, PEM. */
  readonly ca?: string;
};

const TIMEOUT_MS = 10_000;

/** Sends texts to an SMS centre over SMPP 3.4: a connection for each delivery, one request at a time. */
export function createSmppSender(options: SmppSenderOptions): Sender<SmsMessage> {
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  return {
    send: async (message, signal) => {
      const { host, port, receivers, text } = message;
      const request = `SMPP ${host}:${port} to ${receivers.join(', ')} (${text.parts.length} parts)`;
      const secrets = [message.password];
      try {
        const plain = await connectGuarded(
          { host, port, egress: options.egress, resolve: options.resolve },
          timeoutMs,
          signal,
        );
        const socket =
          message.security === 'tls' ? await secureGuarded(plain, host, { ca: options.ca ?? '', timeoutMs }) : plain;
        const session = new Session(socket, timeoutMs, signal);
        try {
          return { ...(await submitAll(session, message)), request };
        } finally {
          session.close();
        }
      } catch (error) {
        return failedSend(request, error, secrets);
      }
    },
  };
}

type Result = Omit<SendOutcome, 'request'>;

const ended = (kind: SendOutcome['kind'], status: number, answer: string, error: string | null): Result => ({
  kind,
  status,
  answer: redact(answer, []),
  error,
  retryAfterMs: null,
});

async function submitAll(session: Session, message: SmsMessage): Promise<Result> {
  const bound = await session.ask(COMMANDS.bindTransmitter, bindBody(message.systemId, message.password));
  if (bound.status !== 0) {
    const kind = isRetryStatus(bound.status) ? 'retry' : 'dead';
    return ended(kind, bound.status, '', `bind refused: ${describeStatus(bound.status)}`);
  }
  const ids: string[] = [];
  const refused: string[] = [];
  let lastStatus = 0;
  for (const receiver of message.receivers) {
    const answer = await submitOne(session, message, receiver);
    if (answer.status === 0) ids.push(firstText(answer.body));
    else {
      lastStatus = answer.status;
      // Everybody gets it again with the next attempt: SMPP has no id under which a centre would know the repetition.
      if (isRetryStatus(lastStatus)) return ended('retry', lastStatus, ids.join(' '), describeStatus(lastStatus));
      refused.push(`${receiver}: ${describeStatus(lastStatus)}`);
    }
  }
  await session.unbind();
  const error = refused.length === 0 ? null : `refused for ${refused.join('; ')}`;
  return ended(ids.length === 0 ? 'dead' : 'delivered', lastStatus, ids.join(' '), error);
}

/** Every part of the text; stops at the first that is refused. */
async function submitOne(session: Session, { sender, text }: SmsMessage, receiver: string): Promise<Pdu> {
  let answer: Pdu = { command: 0, status: 0, sequence: 0, body: Buffer.alloc(0) };
  for (const message of text.parts) {
    const { dataCoding, isJoined } = text;
    answer = await session.ask(COMMANDS.submitSm, submitBody({ sender, receiver, isJoined, dataCoding, message }));
    if (answer.status !== 0) break;
  }
  return answer;
}

type Waiting = { readonly sequence: number; resolve(answer: Pdu): void };

/** One connection: a request waits for the answer with its number; what the centre asks meanwhile is answered. */
class Session {
  readonly #socket: Socket;
  readonly #timeoutMs: number;
  readonly #reader = new PduReader();
  readonly #lost: Promise<never>;
  #sequence = 0;
  #waiting: Waiting | null = null;

  constructor(socket: Socket, timeoutMs: number, signal: AbortSignal) {
    this.#socket = socket;
    this.#timeoutMs = timeoutMs;
    this.#lost = new Promise<never>((_, reject) => {
      socket.on('error', reject);
      socket.on('close', () => reject(new Error('connection closed by the SMS centre')));
      signal.addEventListener('abort', () => reject(new Error('broken off')), { once: true });
      socket.on('data', (chunk: Buffer) => {
        try {
          for (const pdu of this.#reader.push(chunk)) this.#received(pdu);
        } catch (error) {
          reject(error);
        }
      });
    });
    this.#lost.catch(() => undefined);
  }

  /** @throws Error when no answer comes in time */
  async ask(command: number, body: Buffer): Promise<Pdu> {
    this.#sequence += 1;
    const sequence = this.#sequence;
    let timer: NodeJS.Timeout | undefined;
    const answered = new Promise<Pdu>((resolve, reject) => {
      this.#waiting = { sequence, resolve };
      timer = setTimeout(
        () => reject(new Error(`no answer of the SMS centre within ${this.#timeoutMs} ms`)),
        this.#timeoutMs,
      );
    });
    this.#socket.write(encodePdu({ command, status: 0, sequence, body }));
    try {
      return await Promise.race([answered, this.#lost]);
    } finally {
      clearTimeout(timer);
      this.#waiting = null;
    }
  }

  /** A courtesy: everything has been taken by now, whatever becomes of it. */
  async unbind(): Promise<void> {
    await this.ask(COMMANDS.unbind, Buffer.alloc(0)).catch(() => undefined);
  }

  close(): void {
    this.#socket.destroy();
  }

  #received(pdu: Pdu): void {
    if (pdu.command === COMMANDS.enquireLink || pdu.command === COMMANDS.unbind) {
      const command = (pdu.command + RESPONSE) >>> 0;
      this.#socket.write(encodePdu({ command, status: 0, sequence: pdu.sequence, body: Buffer.alloc(0) }));
      return;
    }
    if (this.#waiting !== null && pdu.sequence === this.#waiting.sequence) this.#waiting.resolve(pdu);
  }
}

import { createTransport } from 'nodemailer';
import { type EgressPolicy, EgressRefused } from '../../notify/egress-policy.ts';
import { type EmailMessage, type EmailSender, LOGO_CID } from '../../notify/email-message.ts';
import { redact, type SendOutcome } from '../../notify/send-outcome.ts';
import type { Resolve } from '../net/guarded-lookup.ts';
import { connectGuarded } from '../net/guarded-socket.ts';

/** `starttls` insists on it: a server that does not offer it gets no mail. */
export const SMTP_SECURITIES = ['starttls', 'tls', 'none'] as const;
export type SmtpSecurity = (typeof SMTP_SECURITIES)[number];

export type SmtpSenderOptions = {
  readonly host: string;
  readonly port: number;
  readonly security: SmtpSecurity;
  readonly user: string | null;
  readonly password: string | null;
  /** Bare address of the sender. */
  readonly from: string;
  /** Shown beside it; none when absent. */
  readonly fromName?: string | undefined;
  /**
   * The administrator names the mail server, and one in the private network is the usual case: pass `openEgress` to trust
   * the name, or a policy to hold it to the networks that notifications may reach.
   */
  readonly egress: EgressPolicy;
  readonly connectTimeoutMs?: number;
  /** Longest silence of the server. */
  readonly socketTimeoutMs?: number;
  readonly resolve?: Resolve;
  /** Certificate authorities to trust instead of the system's, PEM. */
  readonly ca?: string;
};

const CONNECT_TIMEOUT_MS = 10_000;
const SOCKET_TIMEOUT_MS = 20_000;

/** Sends mail through one server; a connection for each message, so a server that went away costs nothing later. */
export function createSmtpSender(options: SmtpSenderOptions): EmailSender {
  const connectTimeoutMs = options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
  const transport = createTransport({
    host: options.host,
    port: options.port,
    secure: options.security === 'tls',
    requireTLS: options.security === 'starttls',
    ignoreTLS: options.security === 'none',
    ...(options.user === null ? {} : { auth: { user: options.user, pass: options.password ?? '' } }),
    ...(options.ca === undefined ? {} : { tls: { ca: options.ca } }),
    connectionTimeout: connectTimeoutMs,
    greetingTimeout: connectTimeoutMs,
    socketTimeout: options.socketTimeoutMs ?? SOCKET_TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
    getSocket: (_given, callback) => {
      connectGuarded(options, connectTimeoutMs).then(
        (connection) => callback(null, { connection }),
        (error: Error) => callback(error, false),
      );
    },
  });
  const request = `MAIL via ${options.host}:${options.port}`;
  const secrets = options.password === null ? [] : [options.password, Buffer.from(options.password).toString('base64')];
  return {
    send: async (message, signal) => {
      if (signal.aborted) return failed(request, new Error('stopped before it was sent'), secrets);
      try {
        const info = await transport.sendMail(mailOf(message, options.from, options.fromName ?? ''));
        // Recipients that the server put off get it with the next attempt; the others see the same Message-ID again.
        const isPutOff = (info.rejectedErrors ?? []).some(({ responseCode }) => (responseCode ?? 0) < 500);
        return {
          kind: isPutOff ? 'retry' : 'delivered',
          status: statusOf(info.response),
          request: `${request} to ${message.to.join(', ')}`,
          answer: redact(info.response, secrets),
          error: info.rejected.length === 0 ? null : `refused for ${info.rejected.join(', ')}`,
          retryAfterMs: null,
        };
      } catch (error) {
        return failed(`${request} to ${message.to.join(', ')}`, error, secrets);
      }
    },
  };
}

function mailOf(message: EmailMessage, from: string, fromName: string) {
  const { logo } = message;
  return {
    from: { name: fromName, address: from },
    to: message.to.map((address) => ({ name: '', address })),
    ...(message.replyTo === undefined ? {} : { replyTo: { name: '', address: message.replyTo } }),
    subject: message.subject,
    text: message.text,
    html: message.html,
    messageId: `<${message.deliveryId}@${from.slice(from.lastIndexOf('@') + 1)}>`,
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
    attachments:
      logo === null
        ? []
        : [
            {
              filename: `logo.${logo.mimeType.slice('image/'.length)}`,
              content: logo.bytes,
              contentType: logo.mimeType,
              cid: LOGO_CID,
              contentDisposition: 'inline' as const,
            },
          ],
  };
}

const statusOf = (response: string): number | null => {
  const status = Number(/^\d{3}/.exec(response)?.[0]);
  return Number.isNaN(status) ? null : status;
};

/**
 * 4xx and everything about the connection may pass: retry. 5xx is the server's last word (RFC 5321, 4.2.1), save for a
 * refused login or a missing STARTTLS, which an administrator puts right while the mail waits.
 */
function failed(request: string, error: unknown, secrets: readonly string[]): SendOutcome {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const status = error instanceof Error && 'responseCode' in error ? Number(error.responseCode) : Number.NaN;
  const isSetup = code === 'EAUTH' || code === 'ETLS' || code === 'ENOAUTH';
  const isFinal = error instanceof EgressRefused || (status >= 500 && !isSetup);
  const answer = error instanceof Error && 'response' in error ? String(error.response) : '';
  return {
    kind: isFinal ? 'dead' : 'retry',
    status: Number.isNaN(status) ? null : status,
    request,
    answer: redact(answer, secrets),
    error: redact(error instanceof Error ? error.message : String(error), secrets),
    retryAfterMs: null,
  };
}

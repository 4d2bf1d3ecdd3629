import { createHash } from 'node:crypto';
import { ImapFlow } from 'imapflow';
import { type AddressObject, type ParsedMail, simpleParser } from 'mailparser';
import { htmlToText } from '../../notify/email-message.ts';
import type { InboundMail, Mailbox } from '../../notify/inbound-mail.ts';

/** `starttls` insists on it: a server that does not offer it gets no password. */
export const IMAP_SECURITIES = ['tls', 'starttls', 'none'] as const;

export type ImapMailboxOptions = {
  /** The administrator names the server, and one in the private network is the usual case. */
  readonly host: string;
  readonly port: number;
  readonly security: (typeof IMAP_SECURITIES)[number];
  readonly user: string;
  readonly password: string;
  /** Folder, e.g. `INBOX`. */
  readonly folder: string;
  readonly timeoutMs?: number;
  /** Certificate authorities to trust instead of the system's, PEM. */
  readonly ca?: string;
};

const TIMEOUT_MS = 20_000;
/** Mails of one look; the rest waits for the next. */
const MAILS_MAX = 100;
/** A reply is text; what is larger is not read. */
export const MAIL_BYTES_MAX = 1024 * 1024;
const TEXT_CHARS_MAX = 200_000;
const RECIPIENT_HEADERS = ['delivered-to', 'x-original-to', 'envelope-to'];
const ADDRESS = /[^\s<>,;"]{1,64}@[^\s<>,;"]{1,255}/g;

/** A connection for each look, so a server that went away costs nothing later. */
export function createImapMailbox(options: ImapMailboxOptions): Mailbox {
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  return {
    name: `imap://${options.host}:${options.port}`,
    async poll(handle, signal) {
      const client = new ImapFlow({
        host: options.host,
        port: options.port,
        secure: options.security === 'tls',
        ...(options.security === 'tls' ? {} : { doSTARTTLS: options.security === 'starttls' }),
        auth: { user: options.user, pass: options.password },
        tls: { minVersion: 'TLSv1.2', ...(options.ca === undefined ? {} : { ca: options.ca }) },
        logger: false,
        connectionTimeout: timeoutMs,
        greetingTimeout: timeoutMs,
        socketTimeout: timeoutMs,
      });
      let broken: Error | null = null;
      client.on('error', (error: Error) => {
        broken = error;
      });
      const stop = (): void => client.close();
      signal.addEventListener('abort', stop, { once: true });
      try {
        await client.connect();
        await client.mailboxOpen(options.folder);
        await readNew(client, handle, signal);
        await client.logout();
      } catch (error) {
        throw reasonOf(broken ?? error);
      } finally {
        signal.removeEventListener('abort', stop);
        client.close();
      }
    },
  };
}

async function readNew(
  client: ImapFlow,
  handle: (mail: InboundMail) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const found = await client.search({ seen: false }, { uid: true });
  const uids = Array.isArray(found) ? found.slice(0, MAILS_MAX) : [];
  for (const uid of uids) {
    if (signal.aborted) return;
    const head = await client.fetchOne(String(uid), { uid: true, size: true }, { uid: true });
    if (head === false || head === undefined) continue;
    const bytes = head.size ?? 0;
    const whole =
      bytes > MAIL_BYTES_MAX ? undefined : await client.fetchOne(String(uid), { source: true }, { uid: true });
    const source = whole === undefined || whole === false ? undefined : whole.source;
    await handle(source === undefined ? unread(uid, bytes) : await readMail(source));
    await client.messageFlagsAdd(String(uid), ['\\Seen'], { uid: true });
  }
}

const NOTHING = { from: [], recipients: [], headers: new Map<string, string>(), text: '' };

const unread = (uid: number, bytes: number): InboundMail => ({
  ...NOTHING,
  messageId: `uid ${uid}`,
  bytes,
  problem: `it has ${bytes} bytes, at most ${MAIL_BYTES_MAX} are read`,
});

async function readMail(source: Buffer): Promise<InboundMail> {
  const digest = createHash('sha256').update(source).digest('hex');
  try {
    const parsed = await simpleParser(source, {
      skipImageLinks: true,
      skipTextToHtml: true,
      skipHtmlToText: true,
      maxHtmlLengthToParse: MAIL_BYTES_MAX,
    });
    return mailOf(parsed, digest, source.byteLength);
  } catch (error) {
    const problem = `it cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    return { ...NOTHING, messageId: digest, bytes: source.byteLength, problem };
  }
}

function mailOf(parsed: ParsedMail, digest: string, bytes: number): InboundMail {
  const headers = new Map<string, string>();
  for (const { key, line } of parsed.headerLines) {
    if (!headers.has(key)) headers.set(key, line.slice(line.indexOf(':') + 1).trim());
  }
  const added = RECIPIENT_HEADERS.flatMap((name) => headers.get(name)?.match(ADDRESS) ?? []);
  const html = parsed.html === false || parsed.html === undefined ? '' : parsed.html;
  const text = parsed.text === undefined || parsed.text.trim() === '' ? htmlToText(html) : parsed.text;
  return {
    messageId: parsed.messageId ?? digest,
    from: addressesOf(parsed.from),
    recipients: [...addressesOf(parsed.to), ...addressesOf(parsed.cc), ...added],
    headers,
    text: text.slice(0, TEXT_CHARS_MAX),
    bytes,
    problem: null,
  };
}

const addressesOf = (field: AddressObject | AddressObject[] | undefined): string[] =>
  [field ?? []].flat().flatMap(({ value }) => value.flatMap(({ address }) => (address === undefined ? [] : [address])));

/** The library puts what the server said beside its own message. */
function reasonOf(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const said = 'responseText' in error && typeof error.responseText === 'string' ? `: ${error.responseText}` : '';
  return new Error(`${error.message}${said}`.slice(0, 500), { cause: error });
}

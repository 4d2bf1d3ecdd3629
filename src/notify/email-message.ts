import type { SendOutcome } from './send-outcome.ts';

export type EmailMessage = {
  /** Bare addresses. */
  readonly to: readonly string[];
  /** One line. */
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly logo: EmailLogo | null;
  /** Bare address whose mail becomes a comment; absent where answers go to the sender. */
  readonly replyTo?: string | undefined;
  /** Stable over all attempts; the left part of Message-ID. */
  readonly deliveryId: string;
};

export type EmailLogo = { readonly mimeType: string; readonly bytes: Buffer };
/** Content id under which the HTML shows the logo. */
export const LOGO_CID = 'logo';

/** The port of the email channel. Never throws for what the network or the server does: that is an outcome. */
export interface EmailSender {
  send(message: EmailMessage, signal: AbortSignal): Promise<SendOutcome>;
}

const ADDRESS =
  /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;
const ADDRESS_LENGTH_MAX = 254;

/** A bare address, `local@domain`, that can hold neither a second one nor a header. */
export const isEmailAddress = (text: string): boolean => text.length <= ADDRESS_LENGTH_MAX && ADDRESS.test(text);

const SUBJECT_CHARS_MAX = 200;

/** Text as one line that fits into a header. */
export function asHeaderLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these must not reach a header
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
  return line.length <= SUBJECT_CHARS_MAX ? line : `${line.slice(0, SUBJECT_CHARS_MAX - 1)}…`;
}

const IMAGE_TYPES: readonly (readonly [string, readonly number[]])[] = [
  ['image/jpeg', [0xff, 0xd8, 0xff]],
  ['image/png', [0x89, 0x50, 0x4e, 0x47]],
  ['image/gif', [0x47, 0x49, 0x46, 0x38]],
];
const LOGO_BYTES_MAX = 256 * 1024;

/** The image that base64 text (also as a data URL) holds; null when it is none or too large. */
export function parseLogo(base64: string): EmailLogo | null {
  const text = base64.replace(/^data:image\/[a-z]+;base64,/, '').replace(/\s+/g, '');
  if (text === '' || text.length > LOGO_BYTES_MAX * 1.4 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return null;
  const bytes = Buffer.from(text, 'base64');
  const type = IMAGE_TYPES.find(([, magic]) => magic.every((byte, i) => bytes[i] === byte));
  return type === undefined || bytes.length > LOGO_BYTES_MAX ? null : { mimeType: type[0], bytes };
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  '#34': '"',
  '#39': "'",
  nbsp: ' ',
};

/** The reading text of an HTML page: for the plain part of a mail. */
export function htmlToText(html: string): string {
  return html
    .replace(/<(?:style|script|head)\b[^<]*(?:<(?!\/(?:style|script|head))[^<]*)*<\/(?:style|script|head)>/gi, '')
    .replace(/<(?:br|\/p|\/div|\/tr|\/h[1-6]|\/li)\b[^<>]*>/gi, '\n')
    .replace(/<\/t[dh]>/gi, '\t')
    .replace(/<[^<>]*>/g, '')
    .replace(/&(#?[a-z0-9]{1,6});/gi, (whole, name: string) => ENTITIES[name.toLowerCase()] ?? whole)
    .replace(/[ \t]+\n/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

import type { InboundMail } from './inbound-mail.ts';

/** Stands above what a notification says, when its answers become comments. */
export const REPLY_MARKER = '-- Write above this line to comment on the incident --';
const REPLY_CHARS_MAX = 16_000;
const LINES_MAX = 5_000;

const AUTO_PRECEDENCE = /^(?:bulk|junk|list|auto_reply)\b/i;
const AUTO_HEADERS = ['x-autoreply', 'x-autorespond', 'list-id', 'x-failed-recipients'];
const ROBOTS = /^(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply)@/i;

/** Why nobody wrote this mail, so that nothing answers to it; null when somebody may have. */
export function robotReason({ headers, from }: InboundMail): string | null {
  const submitted = headers.get('auto-submitted')?.trim().toLowerCase() ?? 'no';
  if (!submitted.startsWith('no')) return `it is ${submitted.slice(0, 40)}`;
  if (AUTO_PRECEDENCE.test(headers.get('precedence')?.trim() ?? '')) return 'its precedence is that of a machine';
  const header = AUTO_HEADERS.find((name) => headers.has(name));
  if (header !== undefined) return `it has the header ${header}`;
  if (headers.get('return-path')?.trim() === '<>') return 'it has no sender to answer to';
  if (/^multipart\/report\b/i.test(headers.get('content-type')?.trim() ?? '')) return 'it is a report of delivery';
  return from.some((address) => ROBOTS.test(address)) ? 'its sender is a machine' : null;
}

/** Lines with which programs begin what they quote. */
const QUOTE_STARTS: readonly RegExp[] = [
  /^-{2,}\s*(?:original message|ursprüngliche nachricht|message d'origine|mensaje original|forwarded message)\b/i,
  /^_{10,}$/,
  /^(?:on|am|le|el|il|op|den)\b.{5,200}(?:wrote|schrieb|a écrit|escribió|ha scritto|schreef|skrev)\b.{0,80}:$/i,
  /^(?:from|von|de|da|fra|van):\s.{1,200}$/i,
];
const SIGNATURE = /^-- $/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these are no text
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;

const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** What the sender wrote: without what is quoted, without the signature, cut to what a comment may hold; '' = nothing. */
export function replyText(text: string): string {
  const lines = text
    .replace(/\r\n?/g, '\n')
    .replace(CONTROL, ' ')
    .replace(LONE_SURROGATE, '\ufffd')
    .split('\n')
    .slice(0, LINES_MAX);
  const kept: string[] = [];
  for (const [at, line] of lines.entries()) {
    const bare = line.replace(/^[\s>]+/, '').trimEnd();
    if (bare.includes(REPLY_MARKER) || SIGNATURE.test(line)) break;
    // The line that begins a quote may be broken in two.
    const joined = `${line.trim()} ${lines[at + 1]?.trim() ?? ''}`;
    if (QUOTE_STARTS.some((start) => start.test(line.trim()) || (isIntro(start) && start.test(joined)))) break;
    if (!/^\s*>/.test(line)) kept.push(line.trimEnd());
  }
  const reply = kept
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
  return reply.length <= REPLY_CHARS_MAX
    ? reply
    : `${reply.slice(0, REPLY_CHARS_MAX).replace(LONE_SURROGATE, '')}\n… (cut)`;
}

const isIntro = (pattern: RegExp): boolean => pattern === QUOTE_STARTS[2];

import { decodeAccessLine } from './decode-access.ts';
import { decodeObject, parseObject } from './decode-json.ts';
import { decodeProgramMessage } from './decode-unix.ts';
import { type Decoding, Undecodable } from './decoding.ts';
import { putTime } from './event-clock.ts';
import { guessYear, monthIndex, parseTime, toUtc } from './event-time.ts';
import { MSG_LENGTH_MAX } from './limits.ts';

const PRI = /^<(\d{1,3})>/;
const PRI_MAX = 191;
/** `VERSION SP TIMESTAMP SP HOSTNAME SP APP-NAME SP PROCID SP MSGID SP`. Source: RFC 5424, section 6. */
const HEADER_5424 = /^1 (\S{1,64}) (\S{1,255}) (\S{1,64}) (\S{1,128}) (\S{1,64}) /;
/** `Mmm dd [yyyy] hh:mm:ss[.f] ` or an ISO time, as RFC 3164 senders write it. */
const TIME_3164 = /^\*?([A-Z][a-z]{2}) {1,2}(\d{1,2}) (?:(\d{4}) )?(\d{2}):(\d{2}):(\d{2})(\.\d{1,9})?:? +/;
const TIME_ISO = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})?) +/;
const HOST_3164 = /^([A-Za-z0-9_][A-Za-z0-9_.:-]{0,254}) +(?=\S)/;
const TAG_3164 = /^([^\s[\]:]{1,64})(?:\[([^\]]{1,64})\])?:(?: |$)/;

/**
 * A syslog line with or without `<PRI>` → fields `facility`, `severity`, `program`, `pid`, `message`, structured data
 * under `id.name`, and what the program's own message says.
 *
 * @throws Undecodable `not_syslog` when `isStrict` and the line has no priority and no header
 */
export function decodeSyslog(decoding: Decoding, isStrict: boolean): void {
  const { text, event } = decoding;
  event.putMsg(text, MSG_LENGTH_MAX);
  const pri = PRI.exec(text);
  const priority = pri === null ? -1 : Number(pri[1]);
  let rest = text;
  if (pri !== null && priority <= PRI_MAX) {
    event.put('facility', String(priority >> 3));
    event.put('severity', String(priority & 7));
    rest = text.slice(pri[0].length);
    if (HEADER_5424.test(rest)) {
      decode5424(decoding, rest);
      return;
    }
  }
  const hasHeader = decode3164(decoding, rest);
  if (isStrict && !hasHeader && pri === null) throw new Undecodable('not_syslog', 'no <PRI> and no syslog header');
}

/** True for a line that a syslog daemon wrote: `<PRI>` or a time of RFC 3164 at the start. */
export const looksLikeSyslog = (text: string): boolean => {
  const first = text.charCodeAt(0);
  if (first === 60) return PRI.test(text);
  return TIME_3164.test(text) || (TIME_ISO.test(text) && headerAfterIso(text));
};

/** An ISO time starts lines of every kind; host and tag must follow to make it syslog. */
function headerAfterIso(text: string): boolean {
  const rest = text.slice(TIME_ISO.exec(text)?.[0].length ?? 0);
  const host = HOST_3164.exec(rest);
  return host !== null && TAG_3164.test(rest.slice(host[0].length));
}

function decode5424(decoding: Decoding, rest: string): void {
  const { event, context } = decoding;
  const header = HEADER_5424.exec(rest);
  const [whole = '', time = '-', host = '-', program = '-', pid = '-', messageId = '-'] = header ?? [];
  if (time !== '-') putTime(decoding, parseTime(time, context.timeZone), time);
  if (host !== '-') event.put('device_name', host);
  if (program !== '-') event.put('program', program);
  if (pid !== '-') event.put('pid', pid);
  if (messageId !== '-') event.put('message_id', messageId);
  const after = readStructuredData(decoding, rest, whole.length);
  const message = rest
    .slice(after)
    // One blank ends the structured data; rsyslog writes that of the older form after it.
    .replace(/^ {1,2}/, '')
    .replace(/^\ufeff/, '');
  putMessage(decoding, program === '-' ? '' : program, message);
}

/** Reads `-` or `[id name="value" …]…` and answers the offset after it; damaged data is left in the message. */
function readStructuredData(decoding: Decoding, text: string, from: number): number {
  if (text[from] === '-') return from + 1;
  let at = from;
  while (text[at] === '[') {
    const end = elementEnd(text, at);
    if (end === -1) {
      decoding.event.flag('structured_data_damaged');
      return at;
    }
    putElement(decoding, text.slice(at + 1, end));
    at = end + 1;
  }
  return at;
}

/** Offset of the `]` that ends the element; quotes and escapes (`\"`, `\\`, `\]`) count. */
function elementEnd(text: string, from: number): number {
  let isQuoted = false;
  for (let at = from + 1; at < text.length; at += 1) {
    const char = text[at];
    if (isQuoted && char === '\\') at += 1;
    else if (char === '"') isQuoted = !isQuoted;
    else if (char === ']' && !isQuoted) return at;
  }
  return -1;
}

function putElement(decoding: Decoding, element: string): void {
  const id = /^[^\s=\]"]+/.exec(element)?.[0] ?? '';
  // The enterprise number after `@` keeps ids of vendors apart; field names stay readable without it.
  const prefix = id.replace(/@.*$/, '') || 'sd';
  for (const [, name = '', value = ''] of element
    .slice(id.length)
    .matchAll(/ ([^\s=\]"]{1,64})="((?:\\.|[^"\\])*)"/gs)) {
    decoding.event.putBeside(`${prefix}.${name}`, value.replace(/\\(["\\\]])/g, '$1'));
  }
}

/** True when a time was found. */
function decode3164(decoding: Decoding, text: string): boolean {
  const { event } = decoding;
  const timeEnd = readTime3164(decoding, text);
  let rest = text.slice(timeEnd);
  if (timeEnd > 0) {
    const host = HOST_3164.exec(rest);
    // `Mar  1 12:00:00 sshd[7]: …` has no host: what looks like one is the tag.
    if (host !== null && !TAG_3164.test(rest)) {
      event.put('device_name', host[1] ?? '');
      rest = rest.slice(host[0].length);
    }
  }
  const tag = TAG_3164.exec(rest);
  if (tag === null) {
    putMessage(decoding, '', rest);
    return timeEnd > 0;
  }
  event.put('program', tag[1] ?? '');
  if (tag[2] !== undefined) event.put('pid', tag[2]);
  putMessage(decoding, tag[1] ?? '', rest.slice(tag[0].length));
  return timeEnd > 0;
}

/** Offset after the time; 0 when there is none. */
function readTime3164(decoding: Decoding, text: string): number {
  const { context } = decoding;
  const iso = TIME_ISO.exec(text);
  if (iso !== null) {
    putTime(decoding, parseTime(iso[1] ?? '', context.timeZone), iso[1] ?? '');
    return iso[0].length;
  }
  const match = TIME_3164.exec(text);
  const month = monthIndex(match?.[1] ?? '');
  if (match === null || month < 0) return 0;
  const [day, hour, minute, second] = [match[2], match[4], match[5], match[6]].map(Number) as [
    number,
    number,
    number,
    number,
  ];
  const ofDayMs = ((hour * 60 + minute) * 60 + second) * 1000 + Math.floor(Number(`0${match[7] ?? ''}`) * 1000);
  const isSane = day >= 1 && day <= 31 && hour < 24 && minute < 60 && second <= 60;
  const year = match[3];
  const timeMs = !isSane
    ? null
    : year !== undefined
      ? toUtc(Date.UTC(Number(year), month, day) + ofDayMs, context.timeZone)
      : guessYear(month, day, ofDayMs, context.timeZone, context.receivedAtMs);
  putTime(decoding, timeMs, match[0].trim());
  return match[0].length;
}

const ACCESS_PROGRAMS = new Set(['nginx', 'httpd', 'apache', 'apache2', 'apache-access']);

function putMessage(decoding: Decoding, program: string, message: string): void {
  const { event } = decoding;
  const json = message.startsWith('@cee:') ? message.slice(5).trimStart() : message;
  if (json.startsWith('{') && json.endsWith('}') && putJson(decoding, json)) return;
  event.put('message', message);
  if (ACCESS_PROGRAMS.has(program.toLowerCase()) && decodeAccessLine(decoding, message)) return;
  decodeProgramMessage(decoding, program, message);
}

/** JSON inside syslog (NXLog, rsyslog's CEE) is an event of its own; text that only looks like it stays a message. */
function putJson(decoding: Decoding, json: string): boolean {
  let record: ReturnType<typeof parseObject>;
  try {
    record = parseObject(json);
  } catch (error) {
    if (error instanceof Undecodable) return false;
    throw error;
  }
  decodeObject({ ...decoding, text: json }, record);
  return true;
}

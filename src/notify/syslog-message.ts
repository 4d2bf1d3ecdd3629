import { attributionOf } from './attribution.ts';
import type { SyslogSettings } from './channel-settings.ts';
import type { DeliveryCause, MessageContent } from './message-content.ts';

/** Messages that go out together over one connection, in this order. */
export type SyslogMessages = {
  readonly host: string;
  readonly port: number;
  readonly transport: SyslogSettings['transport'];
  /** Certificate authority, PEM; '' = the usual ones alone. */
  readonly ca: string;
  /** Each one message, header included, without framing. */
  readonly messages: readonly Buffer[];
};

/**
 * Tocsin has no private enterprise number of its own: structured data goes under the one that RFC 5612 sets aside for
 * examples.
 */
const SD_ID = 'tocsin@32473';
/** Version of the layout of CEF and LEEF messages below. */
const LAYOUT = '1';
const CEF_SEVERITY: Readonly<Record<string, number>> = { low: 3, medium: 6, high: 8, critical: 10 };
const cefSeverity = (risk: string): number => CEF_SEVERITY[risk] ?? 5;

/** Bytes of one message: a datagram that most receivers take, and what they take over a connection. */
export const DATAGRAM_BYTES_MAX = 8192;
export const MESSAGE_BYTES_MAX = 64 * 1024;

export type SyslogParts = {
  readonly settings: SyslogSettings;
  readonly content: MessageContent;
  readonly cause: DeliveryCause;
  readonly deliveryId: string;
  readonly atMs: number;
  readonly logpointName: string;
  readonly searchLink: string;
};

/** One line whatever the text held: a receiver that splits at line ends must not see a second message. */
export const oneLine = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these must not reach a log line
  text.replace(/[\u0000-\u001f\u007f\u0085\u2028\u2029]+/g, ' ').trim();

/** An RFC 5424 message that holds the text, or a CEF or LEEF event with the text as its `msg`. */
export function formatSyslog(parts: SyslogParts, text: string, place: number): Buffer {
  const { settings, content, cause, deliveryId, atMs } = parts;
  const { text: rule } = attributionOf(content);
  const data = { delivery: deliveryId, part: String(place), incident: content.incidentId, number: content.number };
  const header = [
    `<${settings.facility * 8 + settings.severity}>1`,
    new Date(atMs).toISOString(),
    headerWord(parts.logpointName, 255),
    'tocsin',
    '-',
    cause,
    structuredData(rule === '' ? data : { ...data, rule }),
  ].join(' ');
  const message = bodyOf(parts, oneLine(text));
  const max = settings.transport === 'udp' ? DATAGRAM_BYTES_MAX : MESSAGE_BYTES_MAX;
  return cutUtf8(Buffer.from(`${header} ${message}`), max);
}

function bodyOf(parts: SyslogParts, text: string): string {
  switch (parts.settings.format) {
    case 'rfc5424':
      return text;
    case 'cef':
      return cefOf(parts, text);
    case 'leef':
      return leefOf(parts, text);
  }
}

/** Printable ASCII without blanks, `-` for nothing. Source: RFC 5424, section 6. */
const headerWord = (text: string, charsMax: number): string =>
  text.replace(/[^\x21-\x7e]+/g, '_').slice(0, charsMax) || '-';

const structuredData = (params: Readonly<Record<string, string>>): string => {
  const pairs = Object.entries(params).map(
    ([name, value]) => `${name}="${oneLine(value).replace(/["\\\]]/g, (char) => `\\${char}`)}"`,
  );
  return `[${SD_ID} ${pairs.join(' ')}]`;
};

type EventField = readonly [name: string, value: string];

/** ArcSight's Common Event Format, version 0: pipes escaped in the header, equals signs in the extension. */
function cefOf({ content, cause, deliveryId, searchLink }: SyslogParts, text: string): string {
  const head = [content.ruleId, `${content.alertName} ${cause}`].map((part) =>
    oneLine(part).replace(/[\\|]/g, (char) => `\\${char}`),
  );
  const fields: EventField[] = [
    ['rt', String(content.detectedAtMs)],
    ['externalId', content.number],
    ['cat', content.attackCategories.join(',')],
    ['cnt', String(content.hits)],
    ['outcome', content.status],
    ['msg', text],
    ...labelled('cs1', 'deliveryId', deliveryId),
    ...labelled('cs2', 'attackId', content.attackIds.join(',')),
    ...labelled('cs3', 'logSource', content.logSources.join(',')),
    ...labelled('cs4', 'query', content.query),
    ['request', searchLink],
  ];
  const extension = fields
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}=${oneLine(value).replace(/[\\=]/g, (char) => `\\${char}`)}`);
  return `CEF:0|Tocsin|Tocsin|${LAYOUT}|${head.join('|')}|${cefSeverity(content.risk)}|${extension.join(' ')}`;
}

const labelled = (name: string, label: string, value: string): EventField[] =>
  value === ''
    ? []
    : [
        [name, value],
        [`${name}Label`, label],
      ];

/** QRadar's Log Event Extended Format 2.0 with tabs between the fields, so a value never holds a delimiter. */
function leefOf({ content, cause, deliveryId, searchLink }: SyslogParts, text: string): string {
  const fields: EventField[] = [
    ['devTime', String(content.detectedAtMs)],
    ['cat', content.attackCategories.join(',')],
    ['sev', String(cefSeverity(content.risk))],
    ['externalId', content.number],
    ['name', content.alertName],
    ['status', content.status],
    ['hits', String(content.hits)],
    ['attackId', content.attackIds.join(',')],
    ['logSource', content.logSources.join(',')],
    ['query', content.query],
    ['deliveryId', deliveryId],
    ['url', searchLink],
    ['msg', text],
  ];
  const shown = fields.filter(([, value]) => value !== '').map(([name, value]) => `${name}=${oneLine(value)}`);
  return `LEEF:2.0|Tocsin|Tocsin|${LAYOUT}|incident-${cause}|x09|${shown.join('\t')}`;
}

/** The begin of the text that fits, never half a character. */
function cutUtf8(bytes: Buffer, max: number): Buffer {
  if (bytes.length <= max) return bytes;
  let end = max;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end);
}

import { createHash } from 'node:crypto';
import type { SmsSettings } from './channel-settings.ts';

/** One text for several receivers, already in the parts that phones put together again. */
export type SmsMessage = {
  readonly host: string;
  readonly port: number;
  readonly security: SmsSettings['security'];
  readonly systemId: string;
  readonly password: string;
  readonly sender: string;
  readonly receivers: readonly string[];
  readonly text: SmsText;
};

export type SmsText = {
  /** SMPP `data_coding`: 0 = the centre's default alphabet, 8 = UCS-2. */
  readonly dataCoding: 0 | 8;
  /** Parts begin with the header that joins them; SMPP's `esm_class` says so. */
  readonly isJoined: boolean;
  readonly parts: readonly Buffer[];
};

/** Parts of one text; what is longer is cut. */
export const SMS_PARTS_MAX = 8;

/** The default alphabet of GSM 03.38 in the order of its codes; place 27 escapes to the extension. */
const GSM =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u001bÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const GSM_ESCAPE = 0x1b;
const GSM_EXTENSION: Readonly<Record<string, number>> = {
  '\f': 0x0a,
  '^': 0x14,
  '{': 0x28,
  '}': 0x29,
  '\\': 0x2f,
  '[': 0x3c,
  '~': 0x3d,
  ']': 0x3e,
  '|': 0x40,
  '€': 0x65,
};
const GSM_CODES = new Map([...GSM].map((char, code) => [char, code] as const));
GSM_CODES.delete('\u001b');

/** Octets of a message, alone and beside the header of six that joins it to others (GSM 03.40; one septet an octet). */
const GSM_SIZE = { alone: 160, joined: 153 };
const UCS2_SIZE = { alone: 140, joined: 134 };

/**
 * The text in the alphabet that holds it: GSM's when it can, else UCS-2. Longer texts become parts that share a reference,
 * the same for every attempt of a delivery.
 */
export function smsText(text: string, deliveryId: string): SmsText {
  // Through UTF-8, where half a character becomes the replacement character.
  const clean = Buffer.from(text.replaceAll('\r\n', '\n').replaceAll('\u0000', ' ')).toString('utf8');
  const gsm = gsmUnits(clean);
  const units = gsm ?? [...clean].map((char) => Buffer.from(char, 'utf16le').swap16());
  const size = gsm === null ? UCS2_SIZE : GSM_SIZE;
  const dataCoding = gsm === null ? 8 : 0;
  const alone = Buffer.concat(units);
  if (alone.length <= size.alone) return { dataCoding, isJoined: false, parts: [alone] };
  const bodies = splitUnits(units, size.joined).slice(0, SMS_PARTS_MAX);
  const reference = createHash('sha256').update(deliveryId).digest()[0] ?? 0;
  const parts = bodies.map((body, place) =>
    Buffer.concat([Buffer.from([5, 0, 3, reference, bodies.length, place + 1]), body]),
  );
  return { dataCoding, isJoined: true, parts };
}

/** One unit for each character, never to be split; null when the alphabet lacks one. */
function gsmUnits(text: string): Buffer[] | null {
  const units: Buffer[] = [];
  for (const char of text) {
    const code = GSM_CODES.get(char);
    const extended = Object.hasOwn(GSM_EXTENSION, char) ? GSM_EXTENSION[char] : undefined;
    if (code !== undefined) units.push(Buffer.from([code]));
    else if (extended !== undefined) units.push(Buffer.from([GSM_ESCAPE, extended]));
    else return null;
  }
  return units;
}

function splitUnits(units: readonly Buffer[], bytesMax: number): Buffer[] {
  const parts: Buffer[] = [];
  let part: Buffer[] = [];
  let bytes = 0;
  for (const unit of units) {
    if (bytes + unit.length > bytesMax) {
      parts.push(Buffer.concat(part));
      part = [];
      bytes = 0;
    }
    part.push(unit);
    bytes += unit.length;
  }
  parts.push(Buffer.concat(part));
  return parts;
}

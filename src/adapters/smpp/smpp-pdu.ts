/** PDUs of SMPP 3.4 that a sender of texts needs. Source: SMPP Protocol Specification v3.4, issue 1.2, chapters 4 and 5. */
export const COMMANDS = {
  genericNack: 0x80000000,
  bindTransmitter: 0x00000002,
  submitSm: 0x00000004,
  unbind: 0x00000006,
  enquireLink: 0x00000015,
} as const;

/** Added to a request's command for its answer. */
export const RESPONSE = 0x80000000;

export type Pdu = {
  readonly command: number;
  readonly status: number;
  readonly sequence: number;
  readonly body: Buffer;
};

const HEADER_BYTES = 16;
/** Longer answers than any that a centre has reason to send. */
const PDU_BYTES_MAX = 64 * 1024;

export function encodePdu({ command, status, sequence, body }: Pdu): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(HEADER_BYTES + body.length, 0);
  header.writeUInt32BE(command, 4);
  header.writeUInt32BE(status, 8);
  header.writeUInt32BE(sequence, 12);
  return Buffer.concat([header, body]);
}

/** Takes the bytes of a connection and gives whole PDUs. @throws Error when a length cannot be one */
export class PduReader {
  #rest: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): Pdu[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const pdus: Pdu[] = [];
    while (this.#rest.length >= 4) {
      const length = this.#rest.readUInt32BE(0);
      if (length < HEADER_BYTES || length > PDU_BYTES_MAX) throw new Error(`SMPP answer of ${length} bytes`);
      if (this.#rest.length < length) break;
      pdus.push({
        command: this.#rest.readUInt32BE(4),
        status: this.#rest.readUInt32BE(8),
        sequence: this.#rest.readUInt32BE(12),
        body: this.#rest.subarray(HEADER_BYTES, length),
      });
      this.#rest = this.#rest.subarray(length);
    }
    return pdus;
  }
}

const INTERFACE_VERSION = 0x34;
const cString = (text: string): Buffer => Buffer.from(`${text.replaceAll('\u0000', '')}\u0000`, 'latin1');

export const bindBody = (systemId: string, password: string): Buffer =>
  Buffer.concat([
    cString(systemId),
    cString(password),
    cString(''),
    Buffer.from([INTERFACE_VERSION, 0, 0]),
    cString(''),
  ]);

export type Submit = {
  readonly sender: string;
  readonly receiver: string;
  /** The message begins with a header that joins it to others. */
  readonly isJoined: boolean;
  readonly dataCoding: number;
  readonly message: Buffer;
};

const TON = { unknown: 0, international: 1, alphanumeric: 5 };
const NPI = { unknown: 0, isdn: 1 };
/** Shorter numbers are short codes of a network, which have no country. */
const INTERNATIONAL_DIGITS_MIN = 7;
const UDH_INDICATOR = 0x40;

function addressOf(text: string): Buffer {
  const digits = text.replace(/^\+/, '');
  if (!/^\d+$/.test(digits)) return Buffer.concat([Buffer.from([TON.alphanumeric, NPI.unknown]), cString(text)]);
  const ton = digits.length >= INTERNATIONAL_DIGITS_MIN ? TON.international : TON.unknown;
  return Buffer.concat([Buffer.from([ton, NPI.isdn]), cString(digits)]);
}

export function submitBody({ sender, receiver, isJoined, dataCoding, message }: Submit): Buffer {
  return Buffer.concat([
    cString(''),
    addressOf(sender),
    addressOf(receiver),
    // esm_class, protocol_id, priority_flag
    Buffer.from([isJoined ? UDH_INDICATOR : 0, 0, 0]),
    cString(''),
    cString(''),
    // registered_delivery, replace_if_present, data_coding, sm_default_msg_id, sm_length
    Buffer.from([0, 0, dataCoding, 0, message.length]),
    message,
  ]);
}

/** The C string that an answer begins with: the id of a message, the name of the centre. */
export function firstText(body: Buffer): string {
  const end = body.indexOf(0);
  return body.subarray(0, end === -1 ? body.length : end).toString('latin1');
}

/** Names of statuses in messages. Source: the specification, 5.1.3. */
const STATUS_NAMES: Readonly<Record<number, string>> = {
  1: 'message length is invalid',
  5: 'already bound',
  8: 'system error',
  10: 'invalid source address',
  11: 'invalid destination address',
  13: 'bind failed',
  14: 'invalid password',
  15: 'invalid system id',
  20: 'message queue full',
  69: 'submit failed',
  88: 'throttled',
};

/** Statuses that may pass by themselves, or that an administrator puts right while the text waits. */
const RETRY_STATUSES = new Set([5, 8, 13, 14, 15, 20, 88]);

export const isRetryStatus = (status: number): boolean => RETRY_STATUSES.has(status);
export const describeStatus = (status: number): string =>
  `SMPP status ${status}${STATUS_NAMES[status] === undefined ? '' : ` (${STATUS_NAMES[status]})`}`;

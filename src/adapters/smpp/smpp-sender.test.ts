import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { createEgressPolicy } from '../../notify/egress-policy.ts';
import { SMS_PARTS_MAX, type SmsMessage, smsText } from '../../notify/sms-message.ts';
import { selfSigned } from '../net/self-signed.ts';
import { COMMANDS, encodePdu, type Pdu, PduReader, RESPONSE } from './smpp-pdu.ts';
import { createSmppSender } from './smpp-sender.ts';

// An SMS centre that reads and writes the bytes of SMPP 3.4.

type Submitted = {
  readonly sender: string;
  readonly senderTon: number;
  readonly receiver: string;
  readonly esmClass: number;
  readonly dataCoding: number;
  readonly message: Buffer;
};
type Centre = {
  readonly port: number;
  readonly binds: { systemId: string; password: string; version: number }[];
  readonly submitted: Submitted[];
  readonly commands: number[];
};

const servers: Server[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

class Fields {
  readonly #body: Buffer;
  #at = 0;
  constructor(body: Buffer) {
    this.#body = body;
  }
  text(): string {
    const end = this.#body.indexOf(0, this.#at);
    const text = this.#body.subarray(this.#at, end).toString('latin1');
    this.#at = end + 1;
    return text;
  }
  byte(): number {
    this.#at += 1;
    return this.#body[this.#at - 1] ?? 0;
  }
  bytes(length: number): Buffer {
    this.#at += length;
    return this.#body.subarray(this.#at - length, this.#at);
  }
}

function readSubmit(body: Buffer): Submitted {
  const fields = new Fields(body);
  fields.text();
  const senderTon = fields.byte();
  fields.byte();
  const sender = fields.text();
  fields.bytes(2);
  const receiver = fields.text();
  const esmClass = fields.byte();
  fields.bytes(2);
  fields.text();
  fields.text();
  fields.bytes(2);
  const dataCoding = fields.byte();
  fields.byte();
  return { sender, senderTon, receiver, esmClass, dataCoding, message: fields.bytes(fields.byte()) };
}

/** `statusOf` decides each answer; null = none at all. */
async function centre(
  statusOf: (pdu: Pdu, submitted: Submitted | null) => number | null = () => 0,
  tls?: { readonly key: string; readonly cert: string },
): Promise<Centre> {
  const binds: Centre['binds'] = [];
  const submitted: Submitted[] = [];
  const commands: number[] = [];
  const serve = (socket: Socket): void => {
    const reader = new PduReader();
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      for (const pdu of reader.push(chunk)) {
        commands.push(pdu.command);
        if (pdu.command >= RESPONSE) continue;
        const submit = pdu.command === COMMANDS.submitSm ? readSubmit(pdu.body) : null;
        if (pdu.command === COMMANDS.bindTransmitter) {
          const fields = new Fields(pdu.body);
          const [systemId, password] = [fields.text(), fields.text(), fields.text()];
          binds.push({ systemId: systemId ?? '', password: password ?? '', version: fields.byte() });
          // A centre may ask at any time whether the line is alive.
          const alive = { command: COMMANDS.enquireLink, status: 0, sequence: 77, body: Buffer.alloc(0) };
          socket.write(encodePdu(alive));
        }
        const status = statusOf(pdu, submit);
        if (status === null) continue;
        if (submit !== null && status === 0) submitted.push(submit);
        const body = Buffer.from(submit === null ? 'centre\0' : `id-${submitted.length}\0`);
        const answer = encodePdu({ command: (pdu.command + RESPONSE) >>> 0, status, sequence: pdu.sequence, body });
        // In two pieces: a PDU need not come whole.
        socket.write(answer.subarray(0, 7));
        socket.write(answer.subarray(7));
      }
    });
  };
  const server = tls === undefined ? createServer(serve) : createTlsServer(tls, serve);
  server.on('tlsClientError', () => undefined);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, binds, submitted, commands };
}

const sender = createSmppSender({ egress: createEgressPolicy(['127.0.0.0/8']), timeoutMs: 1000 });
const live = (): AbortSignal => new AbortController().signal;
const message = (port: number, text: string, given: Partial<SmsMessage> = {}): SmsMessage => ({
  host: '127.0.0.1',
  port,
  security: 'none',
  systemId: 'tocsin',
  password: 'geheim12',
  sender: 'Tocsin',
  receivers: ['4512345678'],
  text: smsText(text, 'delivery-1'),
  ...given,
});

const GSM_EURO = '\u001be';

/** The text that a phone would show. */
function readText(parts: readonly Submitted[]): string {
  return parts
    .map(({ esmClass, dataCoding, message: bytes }) => {
      const body = esmClass === 0x40 ? bytes.subarray((bytes[0] ?? 0) + 1) : bytes;
      if (dataCoding === 8) return Buffer.from(body).swap16().toString('utf16le');
      return body.toString('latin1').replaceAll(GSM_EURO, '€');
    })
    .join('');
}

test('a short text is one message, bound and unbound as SMPP 3.4', async () => {
  const at = await centre();
  const outcome = await sender.send(message(at.port, 'brute force on host1'), live());
  expect(outcome).toMatchObject({ kind: 'delivered', answer: 'id-1', error: null });
  expect(at.binds).toEqual([{ systemId: 'tocsin', password: 'geheim12', version: 0x34 }]);
  expect(at.submitted).toMatchObject([
    { sender: 'Tocsin', senderTon: 5, receiver: '4512345678', esmClass: 0, dataCoding: 0 },
  ]);
  expect(readText(at.submitted)).toBe('brute force on host1');
  expect(at.commands).toContain((COMMANDS.enquireLink + RESPONSE) >>> 0);
  expect(at.commands.at(-1)).toBe(COMMANDS.unbind);
});

test('a long text becomes parts that share one reference', async () => {
  const at = await centre();
  const text = 'a'.repeat(152) + '€'.repeat(20);
  await sender.send(message(at.port, text), live());
  expect(at.submitted.map(({ esmClass }) => esmClass)).toEqual([0x40, 0x40]);
  const headers = at.submitted.map(({ message: bytes }) => [...bytes.subarray(0, 6)]);
  const reference = headers[0]?.[3];
  expect(headers).toEqual([
    [5, 0, 3, reference, 2, 1],
    [5, 0, 3, reference, 2, 2],
  ]);
  for (const { message: bytes } of at.submitted) expect(bytes.length).toBeLessThanOrEqual(159);
  expect(readText(at.submitted)).toBe(text);
});

test('a text beyond the alphabet of GSM goes out as UCS-2', async () => {
  const at = await centre();
  const text = `攻击 ${'🔥'.repeat(40)}`;
  await sender.send(message(at.port, text), live());
  expect(at.submitted.map(({ dataCoding }) => dataCoding)).toEqual([8, 8]);
  for (const { message: bytes } of at.submitted) expect(bytes.length).toBeLessThanOrEqual(140);
  expect(readText(at.submitted)).toBe(text);
});

test('every receiver gets the text; one that is refused does not hold back the others', async () => {
  const at = await centre((_pdu, submit) => (submit?.receiver === '999' ? 11 : 0));
  const outcome = await sender.send(message(at.port, 'x', { receivers: ['111', '999', '222'] }), live());
  expect(at.submitted.map(({ receiver }) => receiver)).toEqual(['111', '222']);
  expect([outcome.kind, outcome.error]).toEqual(['delivered', expect.stringContaining('999: SMPP status 11')]);
});

test.each([
  ['a full queue', 20, 'retry'],
  ['throttling', 88, 'retry'],
  ['an invalid receiver', 11, 'dead'],
] as const)('%s (%i) is %s', async (_name, status, kind) => {
  const at = await centre((pdu) => (pdu.command === COMMANDS.submitSm ? status : 0));
  const outcome = await sender.send(message(at.port, 'x'), live());
  expect([outcome.kind, outcome.status]).toEqual([kind, status]);
});

test('a refused login waits for an administrator and never shows the password', async () => {
  const at = await centre((pdu) => (pdu.command === COMMANDS.bindTransmitter ? 14 : 0));
  const outcome = await sender.send(message(at.port, 'x'), live());
  expect([outcome.kind, outcome.error]).toEqual(['retry', 'bind refused: SMPP status 14 (invalid password)']);
  expect(JSON.stringify(outcome)).not.toContain('geheim12');
});

test('a centre that does not answer is tried again', async () => {
  const at = await centre((pdu) => (pdu.command === COMMANDS.submitSm ? null : 0));
  const outcome = await sender.send(message(at.port, 'x'), live());
  expect([outcome.kind, outcome.error]).toEqual(['retry', expect.stringContaining('no answer')]);
});

test('an address that egress refuses is dead at once', async () => {
  const outcome = await createSmppSender({ egress: createEgressPolicy([]) }).send(message(2775, 'x'), live());
  expect([outcome.kind, outcome.error]).toEqual(['dead', expect.stringContaining('loopback')]);
});

test('any text fits its parts, and none of them is cut within a character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
      const { parts, isJoined, dataCoding } = smsText(text, 'd');
      expect(parts.length).toBeLessThanOrEqual(SMS_PARTS_MAX);
      for (const part of parts) expect(part.length).toBeLessThanOrEqual(dataCoding === 8 ? 140 : 160);
      const shown = readText(
        parts.map((part) => ({
          ...{ sender: '', senderTon: 0, receiver: '', dataCoding },
          esmClass: isJoined ? 0x40 : 0,
          message: part,
        })),
      );
      if (dataCoding === 8) expect(Buffer.from(shown).toString()).toBe(shown);
    }),
    { numRuns: 200 },
  );
});

test('over TLS the text and the password go to a centre whose certificate holds, and to no other', async () => {
  const files = selfSigned();
  const at = await centre(undefined, files);
  const trusting = createSmppSender({ egress: createEgressPolicy(['127.0.0.0/8']), timeoutMs: 2000, ca: files.cert });
  const secured = message(at.port, 'over TLS', { security: 'tls' });
  expect(await trusting.send(secured, live())).toMatchObject({ kind: 'delivered', answer: 'id-1' });
  expect(readText(at.submitted)).toBe('over TLS');
  expect(await sender.send(secured, live())).toMatchObject({
    kind: 'retry',
    error: expect.stringContaining('self-signed'),
  });
  expect(at.binds).toHaveLength(1);
});

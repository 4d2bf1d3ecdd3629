import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import { createEgressPolicy } from '../../notify/egress-policy.ts';
import type { SyslogMessages } from '../../notify/syslog-message.ts';
import { selfSigned } from '../net/self-signed.ts';
import { createSyslogSender } from './syslog-sender.ts';

const servers: Server[] = [];
const sockets: Socket[] = [];
const datagrams: DatagramSocket[] = [];
afterEach(async () => {
  for (const socket of datagrams.splice(0)) socket.close();
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

const sender = createSyslogSender({ egress: createEgressPolicy(['127.0.0.0/8']), timeoutMs: 2000 });
const live = (): AbortSignal => new AbortController().signal;
const message = (port: number, given: Partial<SyslogMessages> = {}): SyslogMessages => ({
  host: '127.0.0.1',
  port,
  transport: 'tcp',
  ca: '',
  messages: [Buffer.from('<132>1 first'), Buffer.from('<132>1 zweite Zeile – ä')],
  ...given,
});

async function listen(server: Server, onSocket?: (socket: Socket) => void) {
  const received: Buffer[] = [];
  const take = (socket: Socket): void => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => received.push(chunk));
    onSocket?.(socket);
  };
  server.on('key' in server ? 'secureConnection' : 'connection', take);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, text: () => Buffer.concat(received).toString() };
}

const FRAMES = '12 <132>1 first27 <132>1 zweite Zeile – ä'.replace(
  '27',
  String(Buffer.byteLength('<132>1 zweite Zeile – ä')),
);

test('over TCP every message arrives, counted in octets, in order', async () => {
  const { port, text } = await listen(createServer());
  const outcome = await sender.send(message(port), live());
  expect(outcome).toMatchObject({ kind: 'delivered', error: null });
  expect(text()).toBe(FRAMES);
});

test('over TLS the messages arrive when the certificate is from the given authority, and not otherwise', async () => {
  const { key, cert } = selfSigned();
  const tls = createTlsServer({ key, cert });
  const received: Buffer[] = [];
  tls.on('tlsClientError', () => undefined);
  tls.on('secureConnection', (socket) => socket.on('data', (chunk: Buffer) => received.push(chunk)));
  servers.push(tls);
  await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve));
  const { port } = tls.address() as AddressInfo;
  const trusted = await sender.send(message(port, { transport: 'tls', ca: cert }), live());
  expect([trusted.kind, trusted.error]).toEqual(['delivered', null]);
  expect(Buffer.concat(received).toString()).toBe(FRAMES);
  const untrusted = await sender.send(message(port, { transport: 'tls' }), live());
  expect(untrusted.kind).toBe('retry');
  expect(untrusted.error).toMatch(/self.signed/i);
});

test('over UDP each message is a datagram', async () => {
  const socket = createSocket('udp4');
  datagrams.push(socket);
  const received: string[] = [];
  socket.on('message', (datagram) => received.push(datagram.toString()));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const outcome = await sender.send(message(socket.address().port, { transport: 'udp' }), live());
  expect(outcome.kind).toBe('delivered');
  await expect.poll(() => received).toEqual(['<132>1 first', '<132>1 zweite Zeile – ä']);
});

test.each(['udp', 'tcp'] as const)('a %s port where nobody listens is tried again', async (transport) => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  const outcome = await sender.send(message(port, { transport }), live());
  expect(outcome.kind).toBe('retry');
  expect(outcome.error).toContain('ECONNREFUSED');
});

test('a receiver that breaks the connection off is tried again', async () => {
  const { port } = await listen(createServer(), (socket) => socket.once('data', () => socket.resetAndDestroy()));
  const outcome = await sender.send(message(port), live());
  expect(outcome.kind).toBe('retry');
});

test('a receiver that keeps the connection open costs a second, not the delivery', async () => {
  const { port, text } = await listen(createServer({ allowHalfOpen: true }));
  const outcome = await sender.send(message(port), live());
  expect(outcome.kind).toBe('delivered');
  expect(text()).toBe(FRAMES);
});

test.each(['udp', 'tcp', 'tls'] as const)(
  'an address that egress refuses is dead at once over %s',
  async (transport) => {
    const strict = createSyslogSender({ egress: createEgressPolicy([]) });
    const outcome = await strict.send(message(514, { transport }), live());
    expect(outcome.kind).toBe('dead');
    expect(outcome.error).toContain('egress to 127.0.0.1 refused');
  },
);

test('a name is resolved once, and the address behind it is what egress judges', async () => {
  const egress = createEgressPolicy([]);
  const resolve = (_host: string, done: (error: null, addresses: { address: string; family: number }[]) => void) =>
    done(null, [{ address: '169.254.169.254', family: 4 }]);
  for (const transport of ['udp', 'tcp'] as const) {
    const outcome = await createSyslogSender({ egress, resolve }).send(
      message(514, { host: 'logs.example', transport }),
      live(),
    );
    expect([outcome.kind, outcome.error]).toEqual(['dead', expect.stringContaining('link-local')]);
  }
});

import snmp from 'net-snmp';
import { afterEach, expect, test } from 'vitest';
import { createEgressPolicy } from '../../notify/egress-policy.ts';
import { type SnmpTrap, snmpEngineId, snmpEngineTime } from '../../notify/snmp-trap.ts';
import { createSnmpSender } from './snmp-sender.ts';

type Received = {
  readonly pdu: {
    readonly type: number;
    readonly community?: string;
    readonly user?: string;
    readonly varbinds: readonly { readonly oid: string; readonly type: number; readonly value: unknown }[];
  };
};
type Receiver = {
  close(done: () => void): void;
  getAuthorizer(): { addCommunity(c: string): void; addUser(u: snmp.User): void };
};

const receivers: Receiver[] = [];
afterEach(async () => {
  for (const receiver of receivers.splice(0)) await new Promise<void>((resolve) => receiver.close(resolve));
});

const freePort = async (): Promise<number> => {
  const { createSocket } = await import('node:dgram');
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
};

async function receive(): Promise<{ port: number; received: Received[]; receiver: Receiver }> {
  const port = await freePort();
  const received: Received[] = [];
  const receiver: Receiver = snmp.createReceiver(
    { port, address: '127.0.0.1', transport: 'udp4' },
    (error: Error | null, notification: Received) => {
      if (error === null) received.push(notification);
    },
  );
  receivers.push(receiver);
  return { port, received, receiver };
}

const sender = createSnmpSender({ egress: createEgressPolicy(['127.0.0.0/8']) });
const live = (): AbortSignal => new AbortController().signal;
const common = (port: number) => ({
  host: '127.0.0.1',
  port,
  oid: '1.3.6.1.4.1.32473.1',
  varbinds: [
    { oid: '1.3.6.1.4.1.32473.1.1', value: 'brute force – ä' },
    { oid: '1.3.6.1.4.1.32473.1.2', value: 'INC-7' },
  ],
  agent: '192.0.2.9',
});

const shown = ({ pdu }: Received): Record<string, string> =>
  Object.fromEntries(pdu.varbinds.map(({ oid, value }) => [oid, String(value)]));

const EXPECTED = {
  '1.3.6.1.6.3.1.1.4.1.0': '1.3.6.1.4.1.32473.1',
  '1.3.6.1.4.1.32473.1.1': 'brute force – ä',
  '1.3.6.1.4.1.32473.1.2': 'INC-7',
  '1.3.6.1.6.3.18.1.3.0': '192.0.2.9',
};

test('a v2c trap arrives with its OID, its values and its origin', async () => {
  const { port, received, receiver } = await receive();
  receiver.getAuthorizer().addCommunity('s3cret');
  const outcome = await sender.send({ ...common(port), version: 'v2c', community: 's3cret' }, live());
  expect(outcome).toMatchObject({ kind: 'delivered', error: null });
  await expect.poll(() => received.length).toBe(1);
  expect(received.map(shown)).toEqual([expect.objectContaining(EXPECTED)]);
  expect(outcome.request).not.toContain('s3cret');
});

test('a v2c trap with another community is not taken', async () => {
  const { port, received, receiver } = await receive();
  receiver.getAuthorizer().addCommunity('s3cret');
  await sender.send({ ...common(port), version: 'v2c', community: 'other' }, live());
  await sender.send({ ...common(port), version: 'v2c', community: 's3cret' }, live());
  await expect.poll(() => received.length).toBe(1);
});

const v3 = (port: number, given: Partial<SnmpTrap & { version: 'v3' }> = {}): SnmpTrap => ({
  ...common(port),
  version: 'v3',
  user: 'soc',
  authProtocol: 'sha',
  authKey: 'authentic1',
  privProtocol: 'aes',
  privKey: 'encrypted1',
  engineId: snmpEngineId('0'.repeat(32)),
  engineTime: snmpEngineTime(Date.now()),
  ...given,
});

test.each([
  ['sha', 'aes'],
  ['sha256', 'aes'],
  ['sha512', 'aes256r'],
] as const)('a v3 trap is authenticated with %s and encrypted with %s', async (authProtocol, privProtocol) => {
  const { port, received, receiver } = await receive();
  receiver.getAuthorizer().addUser({
    name: 'soc',
    level: snmp.SecurityLevel.authPriv,
    authProtocol: snmp.AuthProtocols[authProtocol],
    authKey: 'authentic1',
    privProtocol: snmp.PrivProtocols[privProtocol],
    privKey: 'encrypted1',
  });
  const outcome = await sender.send(v3(port, { authProtocol, privProtocol }), live());
  expect(outcome).toMatchObject({ kind: 'delivered', error: null });
  await expect.poll(() => received.length).toBe(1);
  expect(received.map(shown)).toEqual([expect.objectContaining(EXPECTED)]);
});

test('the engine of a logpoint keeps its id, and its time only grows', () => {
  expect(snmpEngineId('a')).toBe(snmpEngineId('a'));
  expect(snmpEngineId('a')).not.toBe(snmpEngineId('b'));
  expect(Buffer.from(snmpEngineId('a'), 'hex').length).toBeLessThanOrEqual(32);
  expect(snmpEngineTime(1_800_000_001_000)).toBe(snmpEngineTime(1_800_000_000_000) + 1);
});

test('an address that egress refuses is dead at once', async () => {
  const strict = createSnmpSender({ egress: createEgressPolicy([]) });
  const outcome = await strict.send({ ...common(162), version: 'v2c', community: 'x' }, live());
  expect([outcome.kind, outcome.error]).toEqual(['dead', expect.stringContaining('loopback')]);
});

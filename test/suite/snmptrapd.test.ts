import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSnmpSender } from '../../src/adapters/snmp/snmp-sender.ts';
import { createEgressPolicy } from '../../src/notify/egress-policy.ts';
import { type SnmpTrap, snmpEngineId, snmpEngineTime } from '../../src/notify/snmp-trap.ts';

// Traps as the daemon of Net-SNMP takes them, which most receivers are built on.

const daemon = ['/usr/sbin', ...(process.env['PATH'] ?? '').split(delimiter)]
  .map((folder) => join(folder, 'snmptrapd'))
  .find(existsSync);
const ENGINE = snmpEngineId('0123456789abcdef0123456789abcdef');

let dir: string;
let child: ChildProcess | null = null;
let port: number;

async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const found = socket.address().port;
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return found;
}

const log = (): string => {
  const path = join(dir, 'traps.log');
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
};

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tocsin-snmptrapd-'));
  port = await freePort();
});
afterEach(async () => {
  if (child !== null) {
    const gone = new Promise((resolve) => child?.once('close', resolve));
    child.kill('SIGKILL');
    await gone;
  }
  child = null;
  rmSync(dir, { recursive: true, force: true });
});

async function start(): Promise<void> {
  const config = join(dir, 'snmptrapd.conf');
  writeFileSync(
    config,
    [
      'authCommunity log s3cret',
      `createUser -e 0x${ENGINE} soc SHA authentic1 AES encrypted1`,
      `createUser -e 0x${ENGINE} strong SHA-256 authentic1 AES encrypted1`,
      'authUser log soc priv',
      'authUser log strong priv',
      'format2 %v|%W\\n',
      '',
    ].join('\n'),
  );
  child = spawn(
    daemon ?? '',
    ['-f', '-C', '-c', config, '-On', '-Lf', join(dir, 'traps.log'), '-m', '', `udp:127.0.0.1:${port}`],
    { env: { ...process.env, SNMP_PERSISTENT_DIR: dir }, stdio: 'ignore' },
  );
  await expect.poll(log, { timeout: 20_000 }).toContain('NET-SNMP version');
}

const sender = createSnmpSender({ egress: createEgressPolicy(['127.0.0.0/8']) });
const common = (text: string) => ({
  host: '127.0.0.1',
  port,
  oid: '1.3.6.1.4.1.32473.1',
  varbinds: [{ oid: '1.3.6.1.4.1.32473.1.1', value: text }],
  agent: '192.0.2.9',
});
const send = (trap: SnmpTrap) => sender.send(trap, new AbortController().signal);

test.skipIf(daemon === undefined)(
  'snmptrapd takes v2c traps of its community (skipped without snmptrapd)',
  async () => {
    await start();
    await send({ ...common('stranger'), version: 'v2c', community: 'other' });
    expect((await send({ ...common('brute force'), version: 'v2c', community: 's3cret' })).kind).toBe('delivered');
    await expect.poll(log, { timeout: 10_000 }).toContain('brute force');
    expect(log()).toContain('.1.3.6.1.4.1.32473.1.1');
    expect(log()).toContain('192.0.2.9');
    expect(log()).not.toContain('stranger');
  },
);

test.skipIf(daemon === undefined)(
  'snmptrapd takes v3 traps of the engine that it was told, also long after the first (skipped without snmptrapd)',
  async () => {
    await start();
    const nowMs = Date.now();
    const v3 = (text: string, user: string, authProtocol: 'sha' | 'sha256', atMs: number): SnmpTrap => ({
      ...common(text),
      version: 'v3',
      ...{ user, authProtocol },
      authKey: 'authentic1',
      privProtocol: 'aes',
      privKey: 'encrypted1',
      engineId: ENGINE,
      engineTime: snmpEngineTime(atMs),
    });
    await send(v3('first trap', 'soc', 'sha', nowMs));
    await expect.poll(log, { timeout: 10_000 }).toContain('first trap');
    // Half an hour later, after restarts of the sender: the receiver's window of 150 s must not have closed.
    await send(v3('later trap', 'soc', 'sha', nowMs + 1_800_000));
    await expect.poll(log, { timeout: 10_000 }).toContain('later trap');
    await send(v3('replayed trap', 'soc', 'sha', nowMs));
    await send(v3('strong trap', 'strong', 'sha256', nowMs + 1_800_001));
    await expect.poll(log, { timeout: 10_000 }).toContain('strong trap');
    expect(log()).not.toContain('replayed trap');
  },
);

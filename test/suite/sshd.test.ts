import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSshSender } from '../../src/adapters/ssh/ssh-sender.ts';
import { createEgressPolicy } from '../../src/notify/egress-policy.ts';
import type { SshCommand } from '../../src/notify/ssh-command.ts';
import { parseTemplate } from '../../src/notify/templates/parser.ts';
import { renderTemplate } from '../../src/notify/templates/render.ts';

// Commands as a real OpenSSH server runs them: key, host key, exit status, and the shell at the other end.

const folders = ['/usr/sbin', ...(process.env['PATH'] ?? '').split(delimiter)];
const find = (name: string): string | undefined => folders.map((folder) => join(folder, name)).find(existsSync);
const sshd = find('sshd');
const keygen = find('ssh-keygen');
const canAddUsers = userInfo().uid === 0 && find('useradd') !== undefined && find('chpasswd') !== undefined;
/** Made for the test and removed after it. */
const TEST_USER = `tocsin-t${process.pid}`;
const TEST_PASSWORD = 'a pass word of its own';
const isMissing = sshd === undefined || keygen === undefined;

let dir: string;
let child: ChildProcess | null = null;
let port: number;
let fingerprint: string;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const found = (server.address() as AddressInfo).port;
  await new Promise((resolve) => server.close(resolve));
  return found;
}

beforeAll(async () => {
  if (sshd === undefined || keygen === undefined) return;
  // Not below a folder that others may write: sshd would not read the keys.
  dir = mkdtempSync(join(tmpdir(), 'tocsin-sshd-'));
  chmodSync(dir, 0o700);
  port = await freePort();
  for (const [file, phrase] of [
    ['host', ''],
    ['user', ''],
    ['locked', 'phrase 1'],
  ] as const) {
    execFileSync(keygen, ['-q', '-t', 'ed25519', '-N', phrase, '-f', join(dir, file)]);
  }
  writeFileSync(
    join(dir, 'authorized'),
    readFileSync(join(dir, 'user.pub'), 'utf8') + readFileSync(join(dir, 'locked.pub'), 'utf8'),
    { mode: 0o600 },
  );
  fingerprint = execFileSync(keygen, ['-l', '-f', join(dir, 'host.pub')], { encoding: 'utf8' }).split(' ')[1] ?? '';
  const config = join(dir, 'sshd_config');
  writeFileSync(
    config,
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${join(dir, 'host')}`,
      `AuthorizedKeysFile ${join(dir, 'authorized')}`,
      `PidFile ${join(dir, 'pid')}`,
      `PasswordAuthentication ${canAddUsers ? 'yes' : 'no'}`,
      'KbdInteractiveAuthentication no',
      'PermitRootLogin prohibit-password',
      'StrictModes no',
      'UsePAM no',
      '',
    ].join('\n'),
  );
  if (canAddUsers) {
    execFileSync('useradd', ['--no-create-home', '--home-dir', '/', '--shell', '/bin/sh', TEST_USER], {
      stdio: 'ignore',
    });
    execFileSync('chpasswd', { input: `${TEST_USER}:${TEST_PASSWORD}\n`, stdio: ['pipe', 'ignore', 'ignore'] });
  }
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  child = spawn(sshd, ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  const { stderr } = child;
  if (stderr === null) throw new Error('sshd has no output');
  for await (const line of createInterface({ input: stderr })) if (line.includes('Server listening')) break;
  stderr.resume();
});
afterAll(async () => {
  if (child !== null) {
    const gone = new Promise((resolve) => child?.once('close', resolve));
    child.kill('SIGTERM');
    await gone;
  }
  if (!isMissing && canAddUsers) execFileSync('userdel', [TEST_USER], { stdio: 'ignore' });
  if (!isMissing) rmSync(dir, { recursive: true, force: true });
});

const sender = createSshSender({ egress: createEgressPolicy(['127.0.0.0/8']) });
const send = (given: Partial<SshCommand>, key = 'user', passphrase = '') =>
  sender.send(
    {
      host: '127.0.0.1',
      port,
      user: userInfo().username,
      auth: { kind: 'key', privateKey: readFileSync(join(dir, key), 'utf8'), passphrase },
      command: 'cat',
      stdin: 'the incident',
      isTrustedHostKey: async (shown) => shown === fingerprint,
      ...given,
    },
    new AbortController().signal,
  );

test.skipIf(isMissing)('a command reads the incident on its standard input (skipped without sshd)', async () => {
  expect(await send({})).toMatchObject({ kind: 'delivered', status: 0, answer: 'the incident' });
});

test.skipIf(isMissing)('a key with a passphrase opens with it (skipped without sshd)', async () => {
  expect((await send({}, 'locked', 'phrase 1')).kind).toBe('delivered');
  expect((await send({}, 'locked', 'another')).kind).toBe('retry');
});

test.skipIf(isMissing)('the exit status decides what becomes of the delivery (skipped without sshd)', async () => {
  const kinds = ['exit 0', 'exit 75', 'exit 3'].map(async (command) => (await send({ command })).kind);
  expect(await Promise.all(kinds)).toEqual(['delivered', 'retry', 'dead']);
});

test.skipIf(isMissing)(
  'the pin is the fingerprint that ssh-keygen shows, and no other host is told anything (skipped without sshd)',
  async () => {
    const outcome = await send({ isTrustedHostKey: async () => false });
    expect([outcome.kind, outcome.error]).toEqual(['retry', expect.stringContaining(fingerprint)]);
  },
);

test.skipIf(isMissing)('values of an attacker stay words of the command (skipped without sshd)', async () => {
  const value = `$(touch ${join(dir, 'owned')}); '; touch ${join(dir, 'owned')}; "\``;
  const command = renderTemplate(parseTemplate('printf %s {{ v }}'), { v: value }, { escape: 'shell' });
  expect((await send({ command })).answer).toBe(value);
  expect(existsSync(join(dir, 'owned'))).toBe(false);
});

test.skipIf(isMissing || !canAddUsers)(
  'a password logs in, a wrong one waits for an administrator and is never shown (skipped without sshd or root)',
  async () => {
    const login = (password: string) =>
      send({ user: TEST_USER, auth: { kind: 'password', password }, command: 'id -un; cat' });
    expect(await login(TEST_PASSWORD)).toMatchObject({ kind: 'delivered', answer: `${TEST_USER}\nthe incident` });
    const refused = await login('not this one');
    expect(refused.kind).toBe('retry');
    expect(JSON.stringify(refused)).not.toContain('not this one');
  },
);

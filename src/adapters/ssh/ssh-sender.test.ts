import { createHash, generateKeyPairSync } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import ssh2 from 'ssh2';
import { afterEach, expect, test } from 'vitest';
import { createEgressPolicy } from '../../notify/egress-policy.ts';
import type { SshCommand } from '../../notify/ssh-command.ts';
import { createSshSender } from './ssh-sender.ts';

const rsa = (): string =>
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const HOST_KEY = rsa();
const USER_KEY = rsa();

function publicBytes(key: string): Buffer {
  const parsed = ssh2.utils.parseKey(key);
  if (parsed instanceof Error) throw parsed;
  return parsed.getPublicSSH();
}
const FINGERPRINT = `SHA256:${createHash('sha256').update(publicBytes(HOST_KEY)).digest('base64').replace(/=+$/, '')}`;

type Ran = { readonly user: string; readonly command: string; stdin: string };

const servers: ssh2.Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise<void>((resolve) => server.close(() => resolve()));
});

/** `onCommand` ends the channel; a login is a password or the key of USER_KEY. */
async function listen(onCommand: (channel: ssh2.ServerChannel) => void) {
  const ran: Ran[] = [];
  const logins: string[] = [];
  const server = new ssh2.Server({ hostKeys: [HOST_KEY] }, (client) => {
    let user = '';
    client.on('error', () => undefined);
    client.on('authentication', (auth) => {
      logins.push(auth.method);
      user = auth.username;
      if (auth.method === 'password' && auth.password === 'geheim1') return auth.accept();
      if (auth.method === 'publickey' && auth.key.data.equals(publicBytes(USER_KEY))) return auth.accept();
      auth.reject(['password', 'publickey']);
    });
    client.on('session', (accept) =>
      accept().on('exec', (acceptExec, _reject, { command }) => {
        const channel = acceptExec();
        const entry = { user, command, stdin: '' };
        ran.push(entry);
        channel.on('data', (chunk: Buffer) => {
          entry.stdin += chunk.toString();
        });
        channel.on('end', () => onCommand(channel));
      }),
    );
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return { port: (server.address() as AddressInfo).port, ran, logins };
}

const exits =
  (code: number, output = '') =>
  (channel: ssh2.ServerChannel) => {
    channel.write(output);
    channel.exit(code);
    channel.end();
  };

const sender = createSshSender({ egress: createEgressPolicy(['127.0.0.0/8']), timeoutMs: 2000 });
const live = (): AbortSignal => new AbortController().signal;
const command = (port: number, given: Partial<SshCommand> = {}): SshCommand => ({
  host: '127.0.0.1',
  port,
  user: 'soc',
  auth: { kind: 'password', password: 'geheim1' },
  command: "respond 'brute force'",
  stdin: '{"type":"incident.raised"}\n',
  isTrustedHostKey: async (fingerprint) => fingerprint === FINGERPRINT,
  ...given,
});

test.each([
  ['a password', { kind: 'password', password: 'geheim1' }],
  ['a key', { kind: 'key', privateKey: USER_KEY, passphrase: '' }],
] as const)('a command runs after a login with %s and reads the incident', async (_name, auth) => {
  const { port, ran } = await listen(exits(0, 'done, geheim1'));
  const outcome = await sender.send(command(port, { auth }), live());
  expect(outcome).toMatchObject({ kind: 'delivered', status: 0, error: null });
  expect(ran).toEqual([{ user: 'soc', command: "respond 'brute force'", stdin: '{"type":"incident.raised"}\n' }]);
  if (auth.kind === 'password') expect(outcome.answer).toBe('done, [redacted]');
});

test('a host with another key than the pinned one is shown nothing of the user', async () => {
  const { port, ran, logins } = await listen(exits(0));
  const outcome = await sender.send(command(port, { isTrustedHostKey: async () => false }), live());
  expect([outcome.kind, outcome.error]).toEqual(['retry', expect.stringContaining(`host key ${FINGERPRINT}`)]);
  expect([ran, logins]).toEqual([[], []]);
});

test.each([
  [1, 'dead'],
  [75, 'retry'],
  [127, 'dead'],
] as const)('a command that ends with %i is %s', async (code, kind) => {
  const { port } = await listen(exits(code, 'why'));
  const outcome = await sender.send(command(port), live());
  expect(outcome).toMatchObject({ kind, status: code, answer: 'why', error: `command ended with ${code}` });
});

test('a refused login waits for an administrator and does not show the password', async () => {
  const { port } = await listen(exits(0));
  const outcome = await sender.send(command(port, { auth: { kind: 'password', password: 'wrong-one' } }), live());
  expect(outcome.kind).toBe('retry');
  expect(outcome.error).toMatch(/authentication/i);
  expect(JSON.stringify(outcome)).not.toContain('wrong-one');
});

test('a command that does not end is broken off and tried again', async () => {
  const { port } = await listen(() => undefined);
  const outcome = await sender.send(command(port), live());
  expect([outcome.kind, outcome.error]).toEqual(['retry', expect.stringContaining('did not end')]);
});

test('a private key that is none is told without its text', async () => {
  const { port } = await listen(exits(0));
  const auth = { kind: 'key', privateKey: '-----BEGIN PRIVATE KEY-----\nsecretsecret', passphrase: '' } as const;
  const outcome = await sender.send(command(port, { auth }), live());
  expect(outcome.kind).toBe('retry');
  expect(JSON.stringify(outcome)).not.toContain('secretsecret');
});

test('an address that egress refuses is dead at once', async () => {
  const outcome = await createSshSender({ egress: createEgressPolicy([]) }).send(command(22), live());
  expect([outcome.kind, outcome.error]).toEqual(['dead', expect.stringContaining('loopback')]);
});

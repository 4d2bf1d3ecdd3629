import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ImapFlow } from 'imapflow';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createImapMailbox, MAIL_BYTES_MAX } from '../../src/adapters/imap/imap-mailbox.ts';
import { DEFAULT_REGISTRY_SETTINGS, incidentDeps } from '../../src/control-registry.ts';
import { noteMailboxCommand, takeReplyCommand } from '../../src/notify/registry.ts';
import { replyAddress } from '../../src/notify/reply-address.ts';
import { isJsonObject } from '../../src/shared/json.ts';
import { MailboxWatch } from '../../src/watch-mailbox.ts';
import { aFiring, aRule, objectId, raise } from '../incidents/world.ts';
import { call, type NodeWorld, openNodeWorld, type Person, rowsOf } from '../node/node-world.ts';
import { freePort } from './free-port.ts';

// Replies as a real IMAP server holds them: over TLS, with a login, each a comment once.

const folders = ['/usr/sbin', '/usr/bin', ...(process.env['PATH'] ?? '').split(delimiter)];
const find = (name: string): string | undefined => folders.map((folder) => join(folder, name)).find(existsSync);
const dovecot = find('dovecot');
const openssl = find('openssl');
const isKnownVersion =
  dovecot !== undefined && execFileSync(dovecot, ['--version'], { encoding: 'utf8' }).startsWith('2.3');
const isMissing = !isKnownVersion || openssl === undefined;
const reason = '(skipped without dovecot 2.3 and openssl)';

const secretKey = new Uint8Array(32).fill(7);
const settings = { ...DEFAULT_REGISTRY_SETTINGS, notifications: { secretKey } };
let dir: string;
let child: ChildProcess;
let port: number;
let ca: string;
let world: NodeWorld;
let stranger: Person;
let incidentId: string;

beforeAll(async () => {
  if (dovecot === undefined || openssl === undefined || isMissing) return;
  dir = mkdtempSync(join(tmpdir(), 'tocsin-dovecot-'));
  chmodSync(dir, 0o755);
  port = await freePort();
  const files = { key: join(dir, 'key.pem'), cert: join(dir, 'cert.pem') };
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync(openssl, [...made, ...subject, '-keyout', files.key, '-out', files.cert], { stdio: 'ignore' });
  ca = readFileSync(files.cert, 'utf8');
  writeFileSync(join(dir, 'users'), 'replies:{PLAIN}mailbox-password\n');
  mkdirSync(join(dir, 'mail'));
  const { username, uid } = userInfo();
  // Mail is nobody's business but of a user that is not root.
  const owner = uid === 0 ? 'nobody' : username;
  const group = execFileSync('id', ['-gn', owner], { encoding: 'utf8' }).trim();
  if (uid === 0) execFileSync('chown', [owner, join(dir, 'mail')]);
  const login = uid === 0 ? [] : [`default_login_user = ${username}`, `default_internal_user = ${username}`];
  const noRoot = uid === 0 ? [] : ['service anvil {\nchroot =\n}', 'service imap-login {\nchroot =\n}'];
  writeFileSync(
    join(dir, 'dovecot.conf'),
    [
      'protocols = imap',
      `base_dir = ${join(dir, 'run')}`,
      `state_dir = ${join(dir, 'state')}`,
      'log_path = /dev/stderr',
      'listen = 127.0.0.1',
      ...login,
      'ssl = required',
      `ssl_cert = <${files.cert}`,
      `ssl_key = <${files.key}`,
      `mail_location = maildir:${join(dir, 'mail')}/%u`,
      `mail_uid = ${owner}`,
      `mail_gid = ${group}`,
      'first_valid_uid = 0',
      'first_valid_gid = 0',
      `passdb {\ndriver = passwd-file\nargs = ${join(dir, 'users')}\n}`,
      `userdb {\ndriver = static\nargs = uid=${owner} gid=${group} home=${join(dir, 'mail')}/%u\n}`,
      `service imap-login {\ninet_listener imap {\nport = 0\n}\ninet_listener imaps {\nport = ${port}\nssl = yes\n}\n}`,
      ...noRoot,
      '',
    ].join('\n'),
  );
  await startDovecot();
  world = await openNodeWorld();
  stranger = await world.addUser('stranger');
  const rule = aRule({ logpointId: world.logpointId, id: objectId(1), ownerId: world.admin.id, name: 'mailed' });
  const firing = aFiring({ key: 'k', logpointId: world.logpointId, ruleId: rule.id, detectedAtMs: Date.now() });
  incidentId = await world.control.write(raise, { rule, firing });
}, 120_000);

async function startDovecot(): Promise<void> {
  if (dovecot === undefined) return;
  child = spawn(dovecot, ['-F', '-c', join(dir, 'dovecot.conf')], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said += String(chunk);
  });
  for (let tries = 0; !(await answers()); tries += 1) {
    if (tries > 200 || child.exitCode !== null) throw new Error(`dovecot does not listen: ${said}`);
    await wait(50);
  }
}

const answers = (): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });

async function stopDovecot(): Promise<void> {
  const gone = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGTERM');
  await gone;
}

const watches: MailboxWatch[] = [];
afterEach(async () => {
  for (const watch of watches.splice(0)) await watch.stop();
});
afterAll(async () => {
  if (isMissing) return;
  await stopDovecot();
  await world.close();
  rmSync(dir, { recursive: true, force: true });
}, 60_000);

function openWatch(given: { password?: string; downMs?: number } = {}): MailboxWatch {
  const deps = incidentDeps(settings);
  const watch = new MailboxWatch({
    control: world.control,
    logger: pino({ level: 'silent' }),
    everyMs: 60_000,
    downMs: given.downMs ?? 3_600_000,
    takeReply: takeReplyCommand(deps, secretKey),
    noteMailbox: noteMailboxCommand(deps),
    mailbox: createImapMailbox({
      ...{ host: '127.0.0.1', port, security: 'tls', user: 'replies', folder: 'INBOX', ca },
      password: given.password ?? 'mailbox-password',
      timeoutMs: 5_000,
    }),
  });
  watches.push(watch);
  return watch;
}

async function withMailbox<T>(work: (client: ImapFlow) => Promise<T>): Promise<T> {
  const client = new ImapFlow({
    ...{ host: '127.0.0.1', port, secure: true, logger: false },
    auth: { user: 'replies', pass: 'mailbox-password' },
    tls: { ca },
  });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.logout();
  }
}

const put = (...mails: readonly string[]): Promise<void> =>
  withMailbox(async (client) => {
    for (const mail of mails) await client.append('INBOX', mail.replaceAll('\n', '\r\n'));
  });

const signed = (): string => replyAddress('soc@example.org', secretKey, world.logpointId, incidentId);

let mails = 0;
function reply(given: { from?: string; to?: string; id?: string; headers?: string; text?: string } = {}): string {
  mails += 1;
  const id = given.id ?? `<m${mails}@example.org>`;
  const from = given.from ?? 'Admin <ADMIN@example.org>';
  const to = given.to ?? signed();
  const text = given.text ?? `Reply ${mails}\n\nOn Monday Tocsin <soc@example.org> wrote:\n> the incident`;
  return `From: ${from}\nTo: ${to}\nMessage-ID: ${id}\nSubject: Re\n${given.headers ?? ''}\n${text}\n`;
}

async function comments(): Promise<readonly string[]> {
  const answer = await call(world, world.admin, '/incidents', { ts_from: 0, ts_to: Date.now() / 1000 + 60 });
  const incident = rowsOf(answer, 'incidents').find(({ id }) => id === incidentId);
  const rows = incident?.['comments'];
  return Array.isArray(rows) ? rows.filter(isJsonObject).map((row) => `${row['title']}: ${row['comment']}`) : [];
}

test.skipIf(isMissing)(
  `a reply becomes a comment of its sender, once, whatever the mailbox says ${reason}`,
  async () => {
    await put(reply({ text: 'I look into it.\n\n-----Original Message-----\nsecret rows', id: '<first@example.org>' }));
    const watch = openWatch();
    await watch.look();
    expect(await comments()).toEqual(['admin: I look into it.']);
    await watch.look();
    expect(watch.counts()).toMatchObject({ looks: 2, failures: 0, comments: 1, duplicates: 0 });
    // As after a crash between the comment and the mark, and as a server that delivers twice.
    await withMailbox(async (client) => {
      await client.mailboxOpen('INBOX');
      await client.messageFlagsRemove('1:*', ['\\Seen'], { uid: true });
    });
    await put(reply({ text: 'I look into it.', id: '<first@example.org>' }));
    await watch.look();
    expect(await comments()).toEqual(['admin: I look into it.']);
    expect(watch.counts()).toMatchObject({ comments: 1, duplicates: 2 });
  },
);

test.skipIf(isMissing)(`mail that nobody may be believed is no comment ${reason}`, async () => {
  const before = await comments();
  const forged = signed().replace(/\+(.)/, (_whole, first: string) => `+${first === 'a' ? 'b' : 'a'}`);
  const refused = [
    reply({ from: 'mallory@example.org' }),
    reply({ from: `${stranger.username}@example.org` }),
    reply({ from: 'admin@example.org, mallory@example.org' }),
    reply({ to: 'soc@example.org' }),
    reply({ to: forged }),
    reply({ to: replyAddress('soc@example.org', new Uint8Array(32), world.logpointId, incidentId) }),
    reply({ headers: 'Auto-Submitted: auto-replied\n' }),
    reply({ headers: 'Precedence: bulk\n' }),
    reply({ from: 'MAILER-DAEMON@example.org' }),
    reply({ text: '> nothing of its own' }),
    reply({ text: 'x'.repeat(MAIL_BYTES_MAX) }),
    'no mail at all',
  ];
  await put(...refused);
  const watch = openWatch();
  await watch.look();
  expect(watch.counts()).toMatchObject({ comments: 0, ignored: refused.length, failures: 0 });
  expect(await comments()).toEqual(before);
});

test.skipIf(isMissing)(
  `HTML alone, a forwarded recipient and a huge text are read within their limits ${reason}`,
  async () => {
    const before = (await comments()).length;
    await put(
      reply({
        headers: 'Content-Type: text/html; charset=utf-8\n',
        text: '<p>Seen &amp; <b>blocked</b></p><script>x</script>',
      }),
      reply({ to: 'team@example.org', headers: `Delivered-To: ${signed()}\n`, text: 'By alias' }),
      reply({ text: 'y'.repeat(50_000) }),
    );
    const watch = openWatch();
    await watch.look();
    const added = (await comments()).slice(before);
    expect(added.slice(0, 2).map((text) => text.slice(0, 100))).toEqual(['admin: Seen & blocked', 'admin: By alias']);
    expect(added[2]?.length).toBeLessThan(17_000);
    expect(added[2]?.slice(-7)).toBe('… (cut)'.slice(-7));
  },
);

test.skipIf(isMissing)(`two programs that answer each other end at the limit of an hour ${reason}`, async () => {
  await put(...Array.from({ length: 40 }, () => reply({ text: 'again' })));
  const watch = openWatch();
  await watch.look();
  expect(watch.counts().comments).toBeLessThanOrEqual(30);
  expect(watch.counts().ignored).toBeGreaterThanOrEqual(10);
});

test.skipIf(isMissing)(
  `a mailbox that cannot be read is counted and raises one incident, until it answers ${reason}`,
  async () => {
    const incidents = async () => {
      const answer = await call(
        world,
        world.admin,
        '/incidents?name=Replies by mail do not arrive'.replaceAll(' ', '%20'),
        {
          ts_from: 0,
          ts_to: Date.now() / 1000 + 60,
        },
      );
      return rowsOf(answer, 'incidents').length;
    };
    const locked = openWatch({ password: 'another', downMs: 0 });
    await locked.look();
    await locked.look();
    expect(locked.counts()).toMatchObject({ looks: 2, failures: 2, failing: 1 });
    expect(await incidents()).toBe(1);
    const watch = openWatch({ downMs: 0 });
    await watch.look();
    expect(watch.counts().failing).toBe(0);
    await stopDovecot();
    await watch.look();
    expect(watch.counts()).toMatchObject({ failures: 1, failing: 1 });
    expect(await incidents()).toBe(2);
    await startDovecot();
    await watch.look();
    expect(watch.counts().failing).toBe(0);
  },
  60_000,
);

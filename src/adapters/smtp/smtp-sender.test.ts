import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, expect, test } from 'vitest';
import { createEgressPolicy, openEgress } from '../../notify/egress-policy.ts';
import { type EmailMessage, htmlToText, isEmailAddress, parseLogo } from '../../notify/email-message.ts';
import { selfSigned } from '../net/self-signed.ts';
import { createSmtpSender, type SmtpSenderOptions } from './smtp-sender.ts';

type Mail = { readonly from: string; readonly to: readonly string[]; readonly raw: string; readonly secure: boolean };

const servers: SMTPServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise<void>((resolve) => server.close(resolve));
});

async function listen(options: SMTPServerOptions): Promise<{ port: number; mails: Mail[] }> {
  const mails: Mail[] = [];
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    authOptional: true,
    logger: false,
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          raw: Buffer.concat(chunks).toString(),
          secure: session.secure,
        });
        done();
      });
    },
    ...options,
  });
  server.on('error', () => {});
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.server.address() as AddressInfo).port, mails };
}

const sender = (port: number, given: Partial<SmtpSenderOptions> = {}) =>
  createSmtpSender({
    host: '127.0.0.1',
    port,
    security: 'none',
    user: null,
    password: null,
    from: 'tocsin@example.com',
    egress: openEgress,
    connectTimeoutMs: 2000,
    socketTimeoutMs: 2000,
    ...given,
  });

const message = (given: Partial<EmailMessage> = {}): EmailMessage => ({
  to: ['soc@example.com'],
  subject: 'brute force: Käse',
  text: 'plain words',
  html: '<p>words in HTML</p>',
  logo: null,
  deliveryId: '0b0e2f1c-0000-4000-8000-000000000001',
  ...given,
});

const live = (): AbortSignal => new AbortController().signal;

/** An answer of the server with a status, as smtp-server takes it. */
const refuse = (responseCode: number, text: string): Error => Object.assign(new Error(text), { responseCode });

test('a mail has both forms, the sender, every recipient and the id of its delivery', async () => {
  const { port, mails } = await listen({});
  const outcome = await sender(port).send(message({ to: ['a@example.com', 'b@example.com'] }), live());
  expect([outcome.kind, outcome.status, outcome.error]).toEqual(['delivered', 250, null]);
  const [mail] = mails;
  expect([mail?.from, mail?.to]).toEqual(['tocsin@example.com', ['a@example.com', 'b@example.com']]);
  expect(mail?.raw).toContain('Message-ID: <0b0e2f1c-0000-4000-8000-000000000001@example.com>');
  expect(mail?.raw).toContain('plain words');
  expect(mail?.raw).toContain('<p>words in HTML</p>');
  expect(mail?.raw).toMatch(/Subject: =\?UTF-8\?Q\?/);
});

test('a logo comes along as an inline image', async () => {
  const { port, mails } = await listen({});
  const logo = parseLogo(Buffer.from([0x89, 0x50, 0x4e, 0x47, 1, 2]).toString('base64'));
  await sender(port).send(message({ logo, html: '<img src="cid:logo">' }), live());
  expect(mails[0]?.raw).toContain('Content-ID: <logo>');
  expect(mails[0]?.raw).toContain('Content-Type: image/png');
});

test.each([
  [421, 'retry'],
  [450, 'retry'],
  [550, 'dead'],
  [554, 'dead'],
])('an answer of %i to the recipient is %s', async (status, kind) => {
  const { port } = await listen({ onRcptTo: (_address, _session, done) => done(refuse(status, 'not now')) });
  const outcome = await sender(port).send(message(), live());
  expect([outcome.kind, outcome.status]).toEqual([kind, status]);
  expect(outcome.answer).toContain('not now');
});

test.each([
  [451, 'retry'],
  [552, 'dead'],
])('an answer of %i to the data is %s', async (status, kind) => {
  const { port } = await listen({
    onData: (stream, _session, done) => {
      stream.resume();
      stream.on('end', () => done(refuse(status, 'no room')));
    },
  });
  const outcome = await sender(port).send(message(), live());
  expect([outcome.kind, outcome.status]).toEqual([kind, status]);
});

test('one recipient that is put off makes the mail go again, one that is refused is told in the log', async () => {
  const { port, mails } = await listen({
    onRcptTo: ({ address }, _session, done) => {
      if (address.startsWith('later')) return done(refuse(450, 'greylisted'));
      return address.startsWith('never') ? done(refuse(550, 'unknown')) : done();
    },
  });
  const never = await sender(port).send(message({ to: ['a@example.com', 'never@example.com'] }), live());
  expect([never.kind, never.error]).toEqual(['delivered', 'refused for never@example.com']);
  const later = await sender(port).send(message({ to: ['a@example.com', 'later@example.com'] }), live());
  expect(later.kind).toBe('retry');
  expect(mails).toHaveLength(2);
});

test('a login that is refused is tried again and shows no password', async () => {
  const { port, mails } = await listen({
    authOptional: false,
    authMethods: ['PLAIN'],
    allowInsecureAuth: true,
    onAuth: (auth, _session, done) =>
      auth.username === 'tocsin' && auth.password === 'hunter22'
        ? done(null, { user: 'tocsin' })
        : done(new Error(`bad ${auth.password}`)),
  });
  const wrong = await sender(port, { user: 'tocsin', password: 'wrong-password' }).send(message(), live());
  expect(wrong.kind).toBe('retry');
  expect(JSON.stringify(wrong)).not.toContain('wrong-password');
  const right = await sender(port, { user: 'tocsin', password: 'hunter22' }).send(message(), live());
  expect(right.kind).toBe('delivered');
  expect(mails).toHaveLength(1);
});

test('STARTTLS and TLS are used with a certificate that is trusted, and only then', async () => {
  const { key, cert } = selfSigned();
  const start = await listen({ disabledCommands: [], key, cert });
  const trusting = await sender(start.port, { security: 'starttls', ca: cert }).send(message(), live());
  expect(trusting.error).toBeNull();
  const doubting = await sender(start.port, { security: 'starttls' }).send(message(), live());
  expect([trusting.kind, doubting.kind]).toEqual(['delivered', 'retry']);
  expect(doubting.error).toContain('self-signed');
  const direct = await listen({ disabledCommands: [], key, cert, secure: true });
  expect((await sender(direct.port, { security: 'tls', ca: cert }).send(message(), live())).kind).toBe('delivered');
  expect([...start.mails, ...direct.mails].map(({ secure }) => secure)).toEqual([true, true]);
});

test('a server that does not offer STARTTLS gets no mail', async () => {
  const { port, mails } = await listen({});
  const outcome = await sender(port, { security: 'starttls' }).send(message(), live());
  expect(outcome.kind).toBe('retry');
  expect(mails).toEqual([]);
});

test('nobody there, and a server that says nothing, are tried again', async () => {
  const { port } = await listen({});
  const [server] = servers.splice(0);
  await new Promise<void>((resolve) => server?.close(resolve));
  const outcome = await sender(port).send(message(), live());
  expect(outcome.kind).toBe('retry');
  expect(outcome.error).toContain('ECONNREFUSED');
});

test('a mail server in the private network is reached because the administrator named it; a policy holds it back', async () => {
  const { port, mails } = await listen({});
  const policy = { egress: createEgressPolicy([]) };
  const literal = await sender(port, policy).send(message(), live());
  const named = await sender(port, { ...policy, host: 'localhost' }).send(message(), live());
  expect([literal.kind, named.kind]).toEqual(['dead', 'dead']);
  expect(named.error).toContain('refused');
  expect(mails).toEqual([]);
  expect((await sender(port).send(message(), live())).kind).toBe('delivered');
});

test('no text of a message becomes a header or a command', async () => {
  const { port, mails } = await listen({});
  const hostile = 'x\r\nBcc: evil@example.com\r\n\r\n.\r\nMAIL FROM:<evil@example.com>';
  await sender(port).send(message({ subject: hostile, text: hostile, html: hostile }), live());
  expect(mails).toHaveLength(1);
  expect(mails[0]?.to).toEqual(['soc@example.com']);
  const [head = ''] = (mails[0]?.raw ?? '').split('\r\n\r\n');
  expect(head).not.toMatch(/^Bcc:/im);
});

test('an address is one address', () => {
  expect(['a@b', 'first.last+tag@mail.example.com'].every(isEmailAddress)).toBe(true);
  const wrong = ['', 'a', 'a@', '@b', 'a@b,c@d', 'a b@c', 'a@b\r\nBcc: x@y', '<a@b>', '"a"@b', `${'a'.repeat(65)}@b`];
  expect(wrong.filter(isEmailAddress)).toEqual([]);
});

test('the plain part of a page is its reading text', () => {
  expect(htmlToText('<style>p{}</style><p>a &amp; b<br>c</p><script>x()</script><b>&lt;d&gt;</b>')).toBe(
    'a & b\nc\n<d>',
  );
});

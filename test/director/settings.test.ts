import { readdirSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { logpointMail } from '../../src/logpoint-mail.ts';
import { createEgressPolicy } from '../../src/notify/egress-policy.ts';
import type { JsonObject } from '../../src/shared/json.ts';
import { type DirectorWorld, listOf, openDirectorWorld, registrySettings } from './director-world.ts';

const PASSWORD = 'a password of the mail server';
type Mail = { readonly user: unknown; readonly to: readonly string[]; readonly text: string };

let world: DirectorWorld;
let server: SMTPServer;
let port: number;
const mails: Mail[] = [];
beforeAll(async () => {
  world = await openDirectorWorld();
  server = new SMTPServer({
    hideSTARTTLS: true,
    allowInsecureAuth: true,
    authOptional: true,
    onAuth: (auth, _session, done) =>
      auth.password === PASSWORD ? done(null, { user: auth.username }) : done(new Error('wrong password')),
    onData: (stream, session, done) => {
      let text = '';
      stream.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      stream.on('end', () => {
        mails.push({ user: session.user, to: session.envelope.rcptTo.map(({ address }) => address), text });
        done();
      });
    },
  });
  port = await new Promise<number>((resolve) => {
    const listening = server.listen(0, '127.0.0.1', () => resolve((listening.address() as AddressInfo).port));
  });
});
afterAll(async () => {
  await world.close();
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

const smtp = (more: JsonObject = {}): JsonObject => ({
  smtp_server: '127.0.0.1',
  smtp_port: port,
  smtp_security: 'none',
  smtp_sender_email: 'soc@example.org',
  smtp_sender_name: 'The SOC',
  login_required: 'on',
  smtp_username: 'mailer',
  smtp_password: PASSWORD,
  ...more,
});
const mail = { email: 'analyst@example.org', subject: 'Does it work?', message: 'It <does>.' };

test('a mail server is saved, shown without its password and audited without it', async () => {
  expect(listOf(await world.call('GET SystemSettingsSMTP'))).toEqual([]);
  expect(await world.order('POST SystemSettingsSMTP', smtp())).toMatchObject({ success: true });
  const shown = await world.call('GET SystemSettingsSMTP');
  const [row] = listOf(shown);
  expect(row).toEqual({
    id: expect.stringMatching(/^[0-9a-f]{24}$/),
    login_required: true,
    smtp_port: port,
    smtp_security: 'none',
    smtp_sender_email: 'soc@example.org',
    smtp_sender_name: 'The SOC',
    smtp_server: '127.0.0.1',
    smtp_username: 'mailer',
    username_in_email_field: '',
    password_set: true,
  });
  const id = String(row?.['id']);
  // Without a password the one of the same user stays; for another user it is asked for.
  const kept = await world.order(`PUT SystemSettingsSMTP/${id}`, smtp({ smtp_password: '', smtp_sender_name: 'SOC' }));
  expect(kept).toMatchObject({ success: true });
  const other = await world.order(`PUT SystemSettingsSMTP/${id}`, smtp({ smtp_password: '', smtp_username: 'me' }));
  expect(other).toMatchObject({ validationErrors: { smtp_password: [expect.any(String)] } });
  expect(await world.audited()).toContain('settings changed');
});

test('a test mail goes through the saved server, or through the one that is named', async () => {
  expect(await world.order('POST SystemSettingsSMTP/smtptest', mail)).toMatchObject({ success: true });
  expect(await world.order('POST SystemSettingsSMTP/smtptest', smtp(mail))).toMatchObject({ success: true });
  expect(mails.map(({ user, to }) => [user, to])).toEqual([
    ['mailer', ['analyst@example.org']],
    ['mailer', ['analyst@example.org']],
  ]);
  expect(mails[0]?.text).toContain('From: SOC <soc@example.org>');
  const wrong = await world.order('POST SystemSettingsSMTP/smtptest', smtp({ ...mail, smtp_password: 'not this one' }));
  expect(wrong).toMatchObject({ success: false, message: expect.stringContaining('The test mail was not sent') });
  expect(JSON.stringify(wrong)).not.toContain('not this one');
  for (const file of readdirSync(world.dir)) {
    const bytes = readFileSync(join(world.dir, file));
    expect([bytes.includes(PASSWORD), bytes.includes('not this one')]).toEqual([false, false]);
  }
});

test('a mail server in a network that notifications may not reach is not spoken to', async () => {
  for (const smtp_server of ['127.0.0.2', '169.254.169.254', '[::1]', '10.0.0.1']) {
    const refused = await world.order('POST SystemSettingsSMTP/smtptest', smtp({ ...mail, smtp_server }));
    expect(refused).toMatchObject({ success: false, message: expect.stringContaining('refused') });
  }
});

test('notifications of the logpoint go through its own server as long as it has one', async () => {
  const { secretKey } = registrySettings.notifications;
  const egress = createEgressPolicy(['127.0.0.1/32']);
  const mailOf = logpointMail({ control: world.store, secretKey, egress });
  expect(await mailOf(world.other.logpoint.id)).toBeNull();
  const sender = await mailOf(world.acme.logpoint.id);
  const message = { to: ['soc@example.org'], subject: 'x', text: 'x', html: 'x', logo: null, deliveryId: 'd1' };
  const before = mails.length;
  expect(await sender?.send(message, new AbortController().signal)).toMatchObject({ kind: 'delivered' });
  expect(mails).toHaveLength(before + 1);
  const [row] = listOf(await world.call('GET SystemSettingsSMTP'));
  expect(await world.order(`DELETE SystemSettingsSMTP/${String(row?.['id'])}`)).toMatchObject({ success: true });
  expect(await mailOf(world.acme.logpoint.id)).toBeNull();
  expect(await world.order('POST SystemSettingsSMTP/smtptest', mail)).toMatchObject({ success: false });
});

test.each([
  ['smtp_server', 'a b'],
  ['smtp_sender_email', 'soc@example.org\r\nBcc: x@example.org'],
  ['smtp_port', 70_000],
  ['smtp_security', 'maybe'],
  ['smtp_username', ''],
])('a mail server whose %s does not fit is refused', async (field, value) => {
  const response = await world.order('POST SystemSettingsSMTP', smtp({ [field]: value }));
  expect(response['validationErrors']).toHaveProperty(field);
});

test('general settings: the name of the logpoint and the time zone of new users', async () => {
  const [row] = listOf(await world.call('GET SystemSettingsGeneral'));
  const id = String(row?.['id']);
  expect(row).toMatchObject({ logpoint_name: 'acme-lp', timezone: 'UTC', timestamp_on: 'log_ts' });
  const saved = await world.order(`PUT SystemSettingsGeneral/${id}`, {
    logpoint_name: 'acme north',
    timezone: 'Europe/Lisbon',
    ip: '1.2.3.4',
  });
  expect(saved).toMatchObject({ success: true });
  expect((await world.call('GET MachineInfo')).body).toMatchObject([{ name: 'acme north', private_ip: '10.0.0.1' }]);
  const user = await world.order('POST Users', {
    username: 'lisa',
    email: 'lisa@example.org',
    firstname: 'Lisa',
    lastname: 'Last',
    password: 'correct horse battery',
    usergroup: [world.acme.administratorsId],
  });
  expect((await world.call(`GET Users/${String(user['id'])}`)).body).toMatchObject({ timezone: 'Europe/Lisbon' });
  for (const fixed of [{ timestamp_on: 'col_ts' }, { enable_soar: 'on' }]) {
    expect(await world.order(`PUT SystemSettingsGeneral/${id}`, fixed)).toMatchObject({ success: false });
  }
  const asRead = listOf(await world.call('GET SystemSettingsGeneral'))[0] ?? {};
  expect(await world.order(`PUT SystemSettingsGeneral/${id}`, asRead)).toMatchObject({ success: true });
  expect(await world.order(`PUT SystemSettingsGeneral/${id}`, { timezone: 'Mars/Olympus' })).toMatchObject({
    validationErrors: { timezone: [expect.any(String)] },
  });
});

test('a logpoint says what it is, which time zones it knows and how it does', async () => {
  const zones = listOf(await world.call('GET Timezone'));
  expect(zones[0]).toEqual({ id: 'UTC', timezone: 'UTC' });
  expect(zones.length).toBeGreaterThan(300);
  expect(listOf(await world.call('GET Repos/RepoPaths'))).toHaveLength(1);
  expect((await world.call('GET Diagnosis')).body).toMatchObject({ status: 'ok', repos_being_dropped: [] });
});

test('settings of another tenant are not reached, and a token that may only read changes nothing', async () => {
  const tenant = world.other;
  const [row] = listOf(await world.call('GET SystemSettingsGeneral'));
  const id = String(row?.['id']);
  const foreign = await world.order(`PUT SystemSettingsGeneral/${id}`, { timezone: 'UTC' }, { tenant });
  expect(foreign).toMatchObject({ success: false, message: 'Settings not found' });
  const token = await world.token('readonly');
  const calls = [
    await world.call('POST SystemSettingsSMTP', smtp(), { token }),
    await world.call('POST SystemSettingsSMTP/smtptest', smtp(mail), { token }),
    await world.call('POST SystemSettingsGeneral', { timezone: 'UTC' }, { token }),
  ];
  expect(calls.map(({ status }) => status)).toEqual([403, 403, 403]);
  expect((await world.call('GET Diagnosis', undefined, { tenant, token })).status).toBe(403);
});

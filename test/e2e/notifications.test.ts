import { createSocket } from 'node:dgram';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonObject } from '../../src/shared/json.ts';
import { Director, eventually, type Founded, initFolder, ServerProcess, temporaryFolder } from './tocsin-process.ts';

// From a log line to a message at a receiver of its own: an automatic one when the incident is raised, a manual one when
// somebody asks for it.

type Received = { readonly path: string; readonly body: string; readonly headers: IncomingMessage['headers'] };

const ROOT_MESSAGE = /incident="[0-9a-f]{24}" number="INC-\d+"\] INC-\d+ Watched: resolved/;
const folder = temporaryFolder();
const received: Received[] = [];
const mails: string[] = [];
let founded: Founded;
let server: ServerProcess;
let director: Director;
let sink: Server;
let smtp: SMTPServer;
let failures = 1;

beforeAll(async () => {
  sink = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += String(chunk);
    });
    request.on('end', () => {
      // The first attempt fails, so that the repetition is part of the path.
      failures -= 1;
      response.writeHead(failures >= 0 ? 500 : 204).end();
      if (failures < 0) received.push({ path: request.url ?? '', body, headers: request.headers });
    });
  });
  await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve));
  smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, _session, done) {
      let text = '';
      stream.on('data', (chunk) => {
        text += String(chunk);
      });
      stream.on('end', () => {
        mails.push(text);
        done();
      });
    },
  });
  const smtpPort = await new Promise<number>((resolve) => {
    const listening = smtp.listen(0, '127.0.0.1', () => resolve((listening.address() as AddressInfo).port));
  });
  founded = await initFolder(`${folder.dir}/data`);
  const egress = ['--egress-allow', '127.0.0.0/8', '--notify-backoff-ms', '50'];
  const mail = ['--smtp-host', '127.0.0.1', '--smtp-port', String(smtpPort), '--smtp-security', 'none'];
  // Nobody listens there: replies do not arrive, and mail goes out all the same.
  const mailbox = ['host', '127.0.0.1', 'port', '1', 'user', 'replies', 'address', 'soc@example.org'];
  const inbound = mailbox.map((word, n) => (n % 2 === 0 ? `--notify-inbound-${word}` : word));
  server = await ServerProcess.start(`${folder.dir}/data`, ...egress, ...mail, ...inbound);
  director = new Director(server.url, founded);
});
afterAll(async () => {
  await server.kill();
  await new Promise((resolve) => smtp.close(() => resolve(null)));
  sink.close();
  folder.remove();
});

test('a raised incident is posted to the receiver, mailed, and posted again when somebody asks', async () => {
  const created = await director.order('AlertRules', {
    searchname: 'Notified',
    owner: founded.admin.id,
    repos: ['default'],
    query: 'user=mallory',
    limit: 10,
    timerange_minute: 5,
    condition_option: 'greaterthan',
    condition_value: 0,
    risk: 'critical',
    aggregate: 'max',
  });
  const ruleId = String(created['id']);
  const url = `http://127.0.0.1:${(sink.address() as AddressInfo).port}/hook`;
  const http = (data: JsonObject): Promise<JsonObject> =>
    director.order(`AlertRules/${ruleId}/HTTPNotification`, {
      notify_http: 'on',
      http_url: url,
      http_request_type: 'POST',
      http_body: '{"alert": "{{ alert_name }}", "risk": "{{ risk }}"}',
      http_header: { auth_type: 'None' },
      protocol: 'HTTP',
      ...data,
    });
  expect(await http({ dispatch_option: 'auto' })).toMatchObject({ success: true });
  const email = {
    notify_email: true,
    email_emails: ['soc@example.org'],
    subject: '{{ alert_name }}',
    dispatch_option: 'auto',
  };
  expect(await director.order(`AlertRules/${ruleId}/EmailNotification`, email)).toMatchObject({ success: true });

  await director.ingest('{"user":"mallory"}\n');
  const first = await eventually(async () => received[0], 'the message to the receiver');
  expect([first.path, JSON.parse(first.body)]).toEqual(['/hook', { alert: 'Notified', risk: 'critical' }]);
  expect(await eventually(async () => mails[0], 'the mail')).toMatch(/^Subject: Notified\r?$/m);
  expect(mails[0]).toMatch(/^Reply-To: soc\+[a-z2-7]{39}@example\.org\r?$/m);
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  expect(metrics).toMatch(/^tocsin_inbound_failing 1$/m);

  expect(await http({ dispatch_option: 'manual' })).toMatchObject({ success: true });
  const [incident] = await director.rows('Incidents/fetch', {});
  const data = { incident_user_id: founded.admin.id };
  const sent = await director.order(`Incidents/${String(incident?.['id'])}/sendForInvestigation`, data);
  expect(sent).toEqual({ success: true, message: 'Successfully sent for investigation' });
  await eventually(async () => received[1], 'the message that was asked for');
});

test('a rule that tells of changes is seen through: log, test, dead letters, targets, previews, rendered data', async () => {
  const datagrams: string[] = [];
  const syslog = createSocket('udp4').on('message', (datagram) => datagrams.push(datagram.toString()));
  await new Promise<void>((resolve) => syslog.bind(0, '127.0.0.1', resolve));
  const created = await director.order('AlertRules', {
    searchname: 'Watched',
    owner: founded.admin.id,
    repos: ['default'],
    query: 'user=trudy',
    limit: 10,
    timerange_minute: 5,
    condition_option: 'greaterthan',
    condition_value: 0,
    risk: 'high',
    aggregate: 'max',
    apply_jinja_template: 'on',
    alert_context_template: '<b>{{ alert_name }}</b>{% for row in rows %} {{ row.user }}{% endfor %}',
  });
  const ruleId = String(created['id']);
  const set = await director.order(`AlertRules/${ruleId}/SyslogNotification`, {
    ...{ notify_syslog: 'on', server: '127.0.0.1', port: syslog.address().port, protocol: 'UDP', severity: 4 },
    notify_on: ['resolved'],
  });
  expect(set).toMatchObject({ success: true });
  const hook = `http://127.0.0.1:${(sink.address() as AddressInfo).port}/hook`;
  const http = (url: string) =>
    director.order(`AlertRules/${ruleId}/HTTPNotification`, {
      notify_http: 'on',
      http_url: url,
      http_request_type: 'GET',
    });
  // An address that egress refuses: dead at once.
  expect(await http('http://169.254.169.254/latest')).toMatchObject({ success: true });

  await director.ingest('{"user":"trudy"}\n');
  await eventually(async () => datagrams[0], 'the datagram of the raising');
  const find = async () =>
    (await director.rows('Incidents/fetch', {})).find((incident) => incident['name'] === 'Watched');
  const incident = await eventually(find, 'the incident');
  const id = String(incident['id']);
  const acting = { incident_user_id: founded.admin.id };
  expect(await director.order(`Incidents/${id}/resolve`, acting)).toMatchObject({ success: true });
  await eventually(async () => datagrams.find((text) => ROOT_MESSAGE.test(text)), 'the datagram of the resolving');
  syslog.close();

  const deliveries = async () => (await director.list(`Incidents/${id}/deliveries`)) as JsonObject[];
  const ended = await eventually(async () => {
    const rows = await deliveries();
    return rows.length === 3 && rows.every(({ state }) => state !== 'queued') ? rows : undefined;
  }, 'the ends of all deliveries');
  expect(ended.map(({ channel, cause, state }) => `${channel} ${cause} ${state}`).sort()).toEqual([
    'http raised dead',
    'syslog raised delivered',
    'syslog resolved delivered',
  ]);

  const [dead] = (await director.list('Notifications/deadLetters')) as JsonObject[];
  expect(dead).toMatchObject({ incident_id: id, reason: expect.stringContaining('link-local') });
  expect(await http(hook)).toMatchObject({ success: true });
  const resent = await director.order('Notifications/resend', { delivery_ids: [dead?.['delivery_id'] ?? ''] });
  expect(resent).toMatchObject({ success: true, resent: 1 });
  const again = await eventually(async () => {
    const row = (await director.list(`Notifications/deliveries/${String(dead?.['delivery_id'])}`)) as JsonObject;
    return row['state'] === 'delivered' ? row : undefined;
  }, 'the dead letter to arrive');
  expect((again['attempts'] as JsonObject[]).map(({ outcome }) => outcome)).toEqual(['dead', 'delivered']);
  expect(await director.order('Notifications/resend', {})).toMatchObject({ success: false });

  const tested = await director.order(`AlertRules/${ruleId}/testNotification`, { channel: 'http' });
  expect(tested).toMatchObject({ success: true, message: 'Test is queued' });
  await eventually(async () => {
    const row = (await director.list(`Notifications/deliveries/${String(tested['delivery_id'])}`)) as JsonObject;
    return row['state'] === 'delivered' ? row : undefined;
  }, 'the test to arrive');
  const untold = await director.order(`AlertRules/${ruleId}/testNotification`, { channel: 'sms' });
  expect(untold).toMatchObject({ success: false, message: 'Alert rule has no sms notification' });

  const targets = (await director.list('Notifications/targets')) as JsonObject[];
  expect(targets.find(({ target }) => String(target).startsWith('syslog+udp'))).toMatchObject({
    ...{ queued: 0, dead: 0, failures: 0, circuit: 'closed', last_error: null },
  });

  const preview = async (data: JsonObject) =>
    (await director.request('POST', `/configapi/${director.tenant}/Notifications/preview`, { data })).json();
  expect(await preview({ template: 'a\n{{ b', kind: 'text' })).toEqual({
    text: null,
    errors: [{ line: 2, column: expect.any(Number), message: expect.stringContaining('expected }}') }],
  });
  const template = '{{ alert_name }} {{ row.user }} {{ rows_count }}';
  expect(await preview({ template, rows: [{ user: '<x>' }], incident_id: id })).toEqual({
    text: 'Watched &lt;x&gt; 1',
    errors: [],
  });
  const elsewhere = await director.request('POST', `/configapi/${director.tenant}/Notifications/preview`, {
    data: { template, incident_id: '0'.repeat(24) },
  });
  expect(elsewhere.status).toBe(404);

  await director.order(`Incidents/${id}/fetchIncidentData`, {});
  expect(await director.list(`Incidents/IncidentData/${id}/rendered`)).toEqual({
    text: '<b>Watched</b> trudy',
    errors: [],
  });
});

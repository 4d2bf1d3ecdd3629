import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonObject } from '../../src/shared/json.ts';
import { Director, eventually, type Founded, initFolder, ServerProcess, temporaryFolder } from './tocsin-process.ts';

// From a log line to a message at a receiver of its own: an automatic one when the incident is raised, a manual one when
// somebody asks for it.

type Received = { readonly path: string; readonly body: string; readonly headers: IncomingMessage['headers'] };

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
  server = await ServerProcess.start(`${folder.dir}/data`, ...egress, ...mail);
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

  expect(await http({ dispatch_option: 'manual' })).toMatchObject({ success: true });
  const [incident] = await director.rows('Incidents/fetch', {});
  const data = { incident_user_id: founded.admin.id };
  const sent = await director.order(`Incidents/${String(incident?.['id'])}/sendForInvestigation`, data);
  expect(sent).toEqual({ success: true, message: 'Successfully sent for investigation' });
  await eventually(async () => received[1], 'the message that was asked for');
});

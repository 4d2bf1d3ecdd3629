import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { TOTP } from 'otpauth';
import { SMTPServer } from 'smtp-server';
import type { OperationId } from '../../src/client/request-types.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/shared/json.ts';
import { freePort } from '../suite/free-port.ts';
import { eventually, type Founded, initFolder, ServerProcess } from './tocsin-process.ts';

// Calls of the recording that need somebody else: a mail server, a receiver, a person with a cookie, a busy server.

type Asked = {
  readonly path?: JsonObject;
  readonly query?: JsonObject;
  readonly data?: JsonObject;
  readonly body?: Json;
  readonly headers?: Record<string, string>;
};
export type Play = (id: OperationId, asked?: Asked) => Promise<JsonObject>;
export type Receivers = { readonly smtpPort: number; readonly hook: string; close(): Promise<void> };

/** A mail server, and a receiver that knows no hook: what is sent there is given up. */
export async function openReceivers(): Promise<Receivers> {
  const hook: Server = createServer((_request, response) => response.writeHead(404).end('no such hook'));
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, _session, done) {
      stream.resume().on('end', () => done());
    },
  });
  const smtpPort = await new Promise<number>((resolve) => {
    const listening = smtp.listen(0, '127.0.0.1', () => resolve((listening.address() as AddressInfo).port));
  });
  return {
    smtpPort,
    hook: `http://127.0.0.1:${(hook.address() as AddressInfo).port}/hook`,
    close: async () => {
      await new Promise((resolve) => smtp.close(() => resolve(null)));
      await new Promise((resolve) => hook.close(resolve));
    },
  };
}

export async function playChannels(play: Play, rule: string, { smtpPort, hook }: Receivers): Promise<void> {
  const server = { smtp_server: '127.0.0.1', smtp_port: smtpPort, smtp_security: 'none', login_required: false };
  await play('SaveSystemSettingsSMTP', { data: { ...server, smtp_sender_email: 'tocsin@example.org' } });
  await play('ListSystemSettingsSMTP');
  const mail = { email: 'soc@example.org', subject: 'A test', message: 'It works.' };
  await play('TestSystemSettingsSMTP', { data: mail });
  const path = { id: rule };
  const http = { notify_http: 'on', http_url: hook, http_request_type: 'POST', http_body: '{"risk": "{{ risk }}"}' };
  const none = { http_header: { auth_type: 'None' }, protocol: 'HTTP', dispatch_option: 'auto' };
  await play('HTTPNotification', { path, data: { ...http, ...none } });
  const email = { notify_email: true, email_emails: ['soc@example.org'], subject: '{{ alert_name }}' };
  await play('EmailNotification', { path, data: { ...email, dispatch_option: 'auto' } });
  await play('ListRuleNotifications', { path });
  const { delivery_id: delivery } = await play('TestNotification', { path, data: { channel: 'http' } });
  const given = { path: { delivery_id: String(delivery) } };
  await eventually(async () => {
    const { state } = await play('GetDelivery', given);
    return state === 'dead' ? state : undefined;
  }, 'the end of the delivery');
  await play('GetDelivery', given);
  await play('ListRuleDeliveries', { path });
  await play('ListDeadLetters', { query: { limit: 2 } });
  await play('ListTargets');
  await play('ResendNotifications', { data: { delivery_ids: [String(delivery)] } });
}

/** An account with a cookie of its own, from its making to its end. */
export async function playAccount(play: Play, url: string, pool: string): Promise<void> {
  const who = { username: 'ann', password: 'correct-horse-battery-9' };
  const made = await play('CreateAccount', { body: { ...who, name: 'Ann Analyst', role: 'engineer', pools: [pool] } });
  const path = { id: String(made['id']) };
  await play('EditAccount', { path, body: { name: 'Ann Lead' } });
  await play('UnlockAccount', { path });
  const signedIn = await fetch(`${url}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(who),
  });
  const [cookie = ''] = (signedIn.headers.getSetCookie()[0] ?? '').split(';');
  const headers = { cookie, 'x-tocsin-console': '1' };
  await play('Me', { headers });
  const { secret } = await play('EnrollTotp', { headers });
  const codeAt = (later: number): string =>
    new TOTP({ secret: String(secret) }).generate({ timestamp: Date.now() + later * 30_000 });
  await play('ConfirmTotp', { headers, body: { code: codeAt(0) } });
  await play('DisableTotp', { headers, body: { code: codeAt(1) } });
  await play('Logout', { headers });
  await play('DeleteAccount', { path });
}

/** The node's own API, with the key of a user in the body. */
export async function playNode(play: Play, { admin }: Founded, incident: string): Promise<void> {
  const body = (requestData: JsonObject): JsonObject => ({
    username: admin.username,
    secret_key: admin.access_key,
    requestData,
  });
  const now = Math.floor(Date.now() / 1000);
  const window = { ts_from: now - 3600, ts_to: now + 60 };
  const ids = { incident_ids: [incident] };
  await play('NodeUsers', { body: body({}) });
  await play('NodeIncidents', { body: body(window) });
  await play('NodeIncidentData', { body: body({ incident_obj_id: incident }) });
  await play('NodeAddComment', { body: body({ states: [{ _id: incident, comments: ['seen'] }] }) });
  await play('NodeAssign', { body: body({ ...ids, new_assignee: admin.id }) });
  await play('NodeResolve', { body: body(ids) });
  await play('NodeClose', { body: body(ids) });
  await play('NodeReopen', { body: body(ids) });
  await play('NodeIncidentStates', { body: body(window) });
  await play('NodeAllowedData', { body: { ...body({}), type: 'logpoint_repos' } });
}

export type Refused = { readonly answer: Json; readonly code: string | null; readonly headers: JsonObject };

/** A server that has only begun to start, and then takes two requests a second from a token. */
export async function busyRefusals(dir: string): Promise<{ readonly 429: Refused; readonly 503: Refused }> {
  const founded = await initFolder(join(dir, 'busy'));
  const port = await freePort();
  const args = ['--port', String(port), '--limits-token-requests-per-second', '2'];
  const starting = ServerProcess.start(join(dir, 'busy'), ...args);
  const base = `http://127.0.0.1:${port}`;
  const tenant = `${founded.pool_uuid}/${founded.logpoint_identifier}`;
  const ask = async (path: string, status: number, body?: string): Promise<Refused | undefined> => {
    const headers = { authorization: `Bearer ${founded.token}`, 'content-type': 'application/json' };
    const method = body === undefined ? 'GET' : 'POST';
    const sent = fetch(`${base}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
    const answer = await sent.catch(() => null);
    if (answer?.status !== status) return undefined;
    const said: Json = JSON.parse(await answer.text());
    const retry = answer.headers.get('retry-after');
    return {
      answer: isJsonObject(said) ? said : {},
      code: answer.headers.get('x-error-code'),
      headers: { 'retry-after': retry },
    };
  };
  const unavailable = await eventually(() => ask(`/ingest/${tenant}/default`, 503, '{}'), 'a server that starts');
  const server = await starting;
  const overloaded = await eventually(() => ask(`/configapi/${tenant}/Users`, 429), 'the limit of the token');
  await server.kill();
  return { 429: overloaded, 503: unavailable };
}

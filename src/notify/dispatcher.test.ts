import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SMTPServer } from 'smtp-server';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { accountsMigrations } from '../accounts/migrations.ts';
import { createSenders } from '../adapters/senders.ts';
import { createSmtpSender } from '../adapters/smtp/smtp-sender.ts';
import { openInProcessControlStore } from '../adapters/sqlite/in-process-control-store.ts';
import { auditMigrations } from '../audit/migrations.ts';
import { type ControlStore, command, registryOf } from '../control/control-store.ts';
import { newHex32, newObjectId } from '../shared/ids.ts';
import { tenancyMigrations } from '../tenancy/migrations.ts';
import { createDispatcher, type Dispatcher, type DispatcherOptions } from './dispatcher.ts';
import { createEgressPolicy, openEgress } from './egress-policy.ts';
import type { MessageContent } from './message-content.ts';
import { notifyMigrations } from './migrations.ts';
import { readEmailNotification, readHttpNotification } from './notification-input.ts';
import { enqueueNotifications } from './outbox.ts';
import { deliveriesQuery, incidentDeliveriesQuery, notifyEntries } from './registry.ts';
import {
  clearRuleNotifications,
  type StoredNotification,
  secretContext,
  setRuleNotification,
} from './rule-notification.ts';
import { createSecretBox } from './secret-box.ts';

const LOGPOINT = newHex32();
const RULE = newObjectId(0);
const box = createSecretBox(Buffer.alloc(32, 7));

const setCommand = command('test.set', (tx, input: StoredNotification) => setRuleNotification(tx, input));
const clearCommand = command('test.clear', (tx, _input: null) => clearRuleNotifications(tx, LOGPOINT, RULE));
const raiseCommand = command('test.raise', (tx, content: MessageContent) =>
  enqueueNotifications(tx, {
    logpointId: LOGPOINT,
    incidentId: content.incidentId,
    ruleId: RULE,
    cause: 'raised',
    content: () => content,
  }),
);

const content = (given: Partial<MessageContent> = {}): MessageContent => ({
  logpointId: LOGPOINT,
  incidentId: newObjectId(0),
  ruleId: newObjectId(0),
  seriesId: newHex32(),
  number: 'INC-1',
  ownerId: newObjectId(0),
  alertName: 'sshd "brute" force',
  description: 'many failures',
  detectedAtMs: 1_700_000_000_000,
  risk: 'high',
  status: 'unresolved',
  rowsCount: 2,
  hits: 2,
  query: 'user=root',
  repos: ['default'],
  limit: 100,
  windowFromMs: 1_699_999_940_000,
  windowToMs: 1_700_000_000_000,
  attackIds: ['T1110'],
  attackTags: ['Brute Force'],
  attackCategories: ['Credential Access'],
  logSources: ['sshd'],
  metadata: [{ field: 'team', value: 'blue' }],
  ...given,
});

type Seen = { method: string; url: string; headers: IncomingHttpHeaders; body: string };

let dir: string;
let store: ControlStore;
let nowMs: number;
let server: Server;
let url: string;
let seen: Seen[];
let answer: (response: ServerResponse, count: number) => void;
let dispatchers: Dispatcher[];
let problems: unknown[];
const senders = createSenders({
  egress: createEgressPolicy(['127.0.0.0/8']),
  clock: () => nowMs,
  email: null,
  httpTimeoutMs: 5000,
});

beforeEach(async () => {
  nowMs = 1_700_000_100_000;
  seen = [];
  dispatchers = [];
  problems = [];
  answer = (response) => response.end();
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      seen.push({ method, url: path, headers, body: Buffer.concat(chunks).toString() });
      answer(response, seen.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  dir = mkdtempSync(join(tmpdir(), 'tocsin-dispatch-'));
  store = await openInProcessControlStore({
    dir,
    registry: registryOf([...notifyEntries, setCommand, clearCommand, raiseCommand]),
    migrations: [...tenancyMigrations, ...accountsMigrations, ...auditMigrations, ...notifyMigrations],
    clock: () => nowMs,
  });
});
afterEach(async () => {
  for (const dispatcher of dispatchers) await dispatcher.stop(0);
  await new Promise((resolve) => server.close(resolve).closeAllConnections());
  await store.close();
  rmSync(dir, { recursive: true, force: true });
  expect(problems).toEqual([]);
});

function dispatcher(given: Partial<DispatcherOptions> = {}): Dispatcher {
  const made = createDispatcher({
    store,
    clock: () => nowMs,
    secretBox: box,
    senders,
    sshKey: null,
    linkHost: 'tocsin.example',
    rows: async () => [{ user: 'root' }, { user: '"}' }],
    backoffBaseMs: 100,
    random: () => 0.5,
    onProblem: (error) => problems.push(error),
    ...given,
  });
  dispatchers.push(made);
  return made;
}

/** Sets the rule's HTTP notification as the API would. */
async function setHttp(data: Record<string, unknown> = {}): Promise<void> {
  const input = readHttpNotification({
    notify_http: 'on',
    http_url: `${url}/hook`,
    http_request_type: 'POST',
    ...JSON.parse(JSON.stringify(data)),
  });
  if (input.kind === 'off') throw new Error('the notification is off');
  expect(input.errors).toEqual({});
  await store.write(setCommand, {
    logpointId: LOGPOINT,
    ruleId: RULE,
    dispatchOption: input.dispatchOption,
    settings: input.settings,
    thresholdMs: input.thresholdMs,
    notifyOn: input.notifyOn,
    sealedSecrets: box.seal(JSON.stringify(input.secrets), secretContext(LOGPOINT, RULE, 'http')),
  });
}

async function until(isTrue: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error('the condition did not come true within 10 s');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function tickAndSettle(one: Dispatcher): Promise<number> {
  const { claimed } = await one.tick();
  await one.settled();
  return claimed;
}

test('a notification without templates is a JSON document with the incident', async () => {
  await setHttp();
  const raised = content();
  await store.write(raiseCommand, raised);
  expect(await tickAndSettle(dispatcher())).toBe(1);
  const [request] = seen;
  expect([request?.method, request?.url, request?.headers['content-type']]).toEqual([
    'POST',
    '/hook',
    'application/json',
  ]);
  expect(JSON.parse(request?.body ?? '')).toMatchObject({
    type: 'incident.raised',
    timestamp: '2023-11-14T22:13:20.000Z',
    data: { id: raised.incidentId, alert_name: 'sshd "brute" force', risk: 'high', attack_id: ['T1110'] },
  });
  expect(request?.body).toContain('https://tocsin.example/#Logs/searchLogs?query=user%3Droot');
});

test('templates, query string, credentials and signature are what the rule says', async () => {
  const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
  await setHttp({
    http_body: '{"text": "{{ alert_name }} by {{ team }}", "users": {{ rows|map(attribute="user")|list }}}',
    http_querystring: 'risk={{ risk }}&who={{ "a&b" }}',
    http_url: `${url}/hook?fixed=1`,
    http_header: { auth_type: 'basic_auth', auth_key: 'tocsin', auth_pass: 'pass:word' },
    webhook_secret: secret,
  });
  await store.write(raiseCommand, content());
  await tickAndSettle(dispatcher());
  const [request] = seen;
  expect(request?.url).toBe('/hook?fixed=1&risk=high&who=a%26b');
  expect(JSON.parse(request?.body ?? '')).toEqual({ text: 'sshd "brute" force by blue', users: ['root', '"}'] });
  expect(request?.headers.authorization).toBe(`Basic ${Buffer.from('tocsin:pass:word').toString('base64')}`);
  const signed = `${request?.headers['webhook-id']}.${request?.headers['webhook-timestamp']}.${request?.body}`;
  const expected = createHmac('sha256', Buffer.alloc(32, 1)).update(signed).digest('base64');
  expect(request?.headers['webhook-signature']).toBe(`v1,${expected}`);
});

test.each([
  [{ auth_type: 'bearer_token', auth_value: 'abc' }, 'authorization', 'Bearer abc'],
  [{ auth_type: 'api_token', auth_key: 'X-Api-Key', auth_value: 'k1' }, 'x-api-key', 'k1'],
])('%o becomes its header', async (header, name, value) => {
  await setHttp({ http_header: header });
  await store.write(raiseCommand, content());
  await tickAndSettle(dispatcher());
  expect(seen[0]?.headers[name]).toBe(value);
});

test('a receiver that fails and comes back gets the notification once more under the same id', async () => {
  await setHttp();
  answer = (response, count) => response.writeHead(count < 3 ? 503 : 200).end('hello');
  const raised = content();
  await store.write(raiseCommand, raised);
  const one = dispatcher();
  for (const waitMs of [0, 100, 200]) {
    nowMs += waitMs;
    expect(await tickAndSettle(one)).toBe(1);
  }
  expect(new Set(seen.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  const [delivery] = await store.read(incidentDeliveriesQuery, { logpointId: LOGPOINT, incidentId: raised.incidentId });
  expect(delivery?.state).toBe('delivered');
  expect(delivery?.attempts.map(({ status, request }) => `${status} ${request}`)).toEqual([
    `503 POST ${url}/hook`,
    `503 POST ${url}/hook`,
    `200 POST ${url}/hook`,
  ]);
  expect(one.counters().attempts.http).toEqual({ delivered: 1, retry: 2, dead: 0, late: 0 });
});

test('a refusal of the receiver and a notification that is gone are dead letters with their reason', async () => {
  await setHttp();
  answer = (response) => response.writeHead(404).end('no such hook');
  await store.write(raiseCommand, content());
  const one = dispatcher();
  await tickAndSettle(one);
  await store.write(raiseCommand, content());
  await store.write(clearCommand, null);
  await tickAndSettle(one);
  const { rows: dead } = await store.read(deliveriesQuery, { logpointId: LOGPOINT, choice: { of: 'dead' } });
  expect(dead.map(({ reason }) => reason).sort()).toEqual([
    'answered 404',
    'the rule has no such notification any more',
  ]);
  expect(dead.flatMap(({ attempts }) => attempts.map(({ answer }) => answer)).sort()).toEqual(['', 'no such hook']);
});

test('a template that fails when it is filled sends the built-in text and says why', async () => {
  await setHttp({ http_body: 'x {{ alert_name + 1 }}' });
  const raised = content();
  await store.write(raiseCommand, raised);
  await tickAndSettle(dispatcher());
  expect(JSON.parse(seen[0]?.body ?? '')).toMatchObject({ type: 'incident.raised' });
  const [delivery] = await store.read(incidentDeliveriesQuery, { logpointId: LOGPOINT, incidentId: raised.incidentId });
  expect(delivery?.attempts[0]?.error).toContain('template error at 1:');
});

test('rows that cannot be searched do not hold the notification back', async () => {
  await setHttp({ http_body: '{"n": {{ rows|length }}, "why": "{{ rows_error }}"}' });
  await store.write(raiseCommand, content());
  await tickAndSettle(dispatcher({ rows: () => Promise.reject(new Error('the event store is away')) }));
  expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ n: 0, why: 'sent without rows: the event store is away' });
});

test('a receiver that hangs delays no other one', async () => {
  await setHttp();
  const hanging: ServerResponse[] = [];
  answer = (response) => hanging.push(response);
  for (let i = 0; i < 10; i += 1) await store.write(raiseCommand, content());
  const one = dispatcher();
  await one.start();
  await until(() => hanging.length === 4);
  const other = createServer((_request, response) => response.end());
  const arrived = new Promise<void>((resolve) => other.once('request', () => resolve()));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  await setHttp({ http_url: `http://127.0.0.1:${(other.address() as AddressInfo).port}` });
  await store.write(raiseCommand, content());
  await arrived;
  expect(hanging).toHaveLength(4);
  await one.stop(0);
  await new Promise((resolve) => other.close(resolve).closeAllConnections());
});

test('a started dispatcher sends what is raised without being asked, and repeats by itself', async () => {
  await setHttp();
  answer = (response, count) => response.writeHead(count === 1 ? 500 : 200).end();
  const one = dispatcher({ backoffBaseMs: 1, clock: Date.now });
  nowMs = Date.now();
  await one.start();
  await store.write(raiseCommand, content());
  await until(() => {
    nowMs = Date.now();
    return seen.length === 2;
  });
  expect(seen[0]?.headers['webhook-id']).toBe(seen[1]?.headers['webhook-id']);
});

test('what was under way when the process ended is sent again, and the lost attempt is seen', async () => {
  await setHttp();
  const raised = content();
  await store.write(raiseCommand, raised);
  const hung = new Promise<void>((resolve) => {
    answer = () => resolve();
  });
  await dispatcher({ node: 'a' }).tick();
  await hung;
  answer = (response) => response.end();
  const second = dispatcher({ node: 'a' });
  await second.start();
  await until(() => seen.length === 2);
  await second.settled();
  const [delivery] = await store.read(incidentDeliveriesQuery, { logpointId: LOGPOINT, incidentId: raised.incidentId });
  expect(delivery?.attempts.map(({ outcome }) => outcome)).toEqual(['lost', 'delivered']);
  expect(seen[0]?.headers['webhook-id']).toBe(seen[1]?.headers['webhook-id']);
});

test('a mail that the server puts off goes again with the same Message-ID', async () => {
  const input = readEmailNotification({ notify_email: 'on', email_emails: ['soc@example.com'] });
  if (input.kind === 'off') throw new Error('the notification is off');
  await store.write(setCommand, { ...input, logpointId: LOGPOINT, ruleId: RULE, sealedSecrets: null });
  const ids: string[] = [];
  const smtp = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData: (stream, _session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        ids.push(/^Message-ID: (.*)$/im.exec(Buffer.concat(chunks).toString())?.[1] ?? 'none');
        done(ids.length === 1 ? Object.assign(new Error('try later'), { responseCode: 451 }) : null);
      });
    },
  });
  await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', resolve));
  const { port } = smtp.server.address() as AddressInfo;
  const raised = content();
  await store.write(raiseCommand, raised);
  const options = { host: '127.0.0.1', port, user: null, password: null, from: 'tocsin@example.com' };
  const one = dispatcher({
    senders: { ...senders, email: createSmtpSender({ ...options, security: 'none', egress: openEgress }) },
  });
  expect(await tickAndSettle(one)).toBe(1);
  nowMs += 100;
  expect(await tickAndSettle(one)).toBe(1);
  await new Promise<void>((resolve) => smtp.close(resolve));
  const [delivery] = await store.read(incidentDeliveriesQuery, { logpointId: LOGPOINT, incidentId: raised.incidentId });
  expect(ids).toEqual(Array.from({ length: 2 }, () => `<${delivery?.deliveryId}@example.com>`));
  expect(delivery?.attempts.map(({ status }) => status)).toEqual([451, 250]);
  expect((await one.status()).counts).toEqual({
    queued: 0,
    dead: 0,
    suppressed: 0,
    downTargets: 0,
    oldestQueuedMs: 0,
    openCircuits: 0,
  });
});

test('without a mail server a mail waits and says what is missing', async () => {
  const input = readEmailNotification({ notify_email: 'on', email_emails: ['soc@example.com'] });
  if (input.kind === 'off') throw new Error('the notification is off');
  await store.write(setCommand, { ...input, logpointId: LOGPOINT, ruleId: RULE, sealedSecrets: null });
  const raised = content();
  await store.write(raiseCommand, raised);
  const one = dispatcher();
  await tickAndSettle(one);
  const [delivery] = await store.read(incidentDeliveriesQuery, { logpointId: LOGPOINT, incidentId: raised.incidentId });
  expect([delivery?.state, delivery?.reason]).toEqual(['queued', 'no mail server is configured: set smtp.host']);
  expect((await one.status()).counts.queued).toBe(1);
});

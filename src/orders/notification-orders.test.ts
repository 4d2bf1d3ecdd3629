import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openInProcessControlStore } from '../adapters/sqlite/in-process-control-store.ts';
import { auditMigrations } from '../audit/migrations.ts';
import { type ControlStore, command, query, registryOf } from '../control/control-store.ts';
import { listMigrations } from '../lists/migrations.ts';
import type { ChannelName } from '../notify/channel-settings.ts';
import { pinHostKey } from '../notify/host-key-pin.ts';
import { notifyMigrations } from '../notify/migrations.ts';
import { getRuleNotification, secretContext } from '../notify/rule-notification.ts';
import { createSecretBox, loadSecretKey } from '../notify/secret-box.ts';
import { type AlertRule, plainSettings } from '../rules/alert-rule.ts';
import { ruleMigrations } from '../rules/migrations.ts';
import { insertRule } from '../rules/rule-store.ts';
import { AppError } from '../shared/errors.ts';
import { newHex32, newObjectId, newRequestId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import { notificationOrders } from './notification-orders.ts';
import { trashRuleOrder } from './rule-orders.ts';

const LOGPOINT = newHex32();
const RULE = newObjectId(0);
const NOW_MS = 1_700_000_000_000;

const rule: AlertRule = {
  id: RULE,
  logpointId: LOGPOINT,
  alertruleId: newHex32(),
  ownerId: newObjectId(0),
  active: true,
  mode: 'stream',
  version: 1,
  matchVersion: 1,
  createdAtMs: NOW_MS,
  updatedAtMs: NOW_MS,
  name: 'sshd brute force',
  description: '',
  query: 'user=root',
  repos: ['default'],
  ...plainSettings,
  rangeMinutes: 10,
  intervalMinutes: 10,
};

let dir: string;
let store: ControlStore;
let key: Buffer;

const place = command('test.place', async (tx, input: { action: string; data: JsonObject; logpointId?: string }) => {
  const kind = notificationOrders({ secretKey: key }).find(({ action }) => action === input.action);
  if (kind === undefined) throw new Error(`no kind ${input.action}`);
  const actor = { tokenId: newObjectId(0), name: 'console', role: 'admin', pools: null } as const;
  const logpointId = input.logpointId ?? LOGPOINT;
  return kind.run(
    tx,
    { orderId: newRequestId(), poolId: newHex32(), logpointId, actor, acceptedAtMs: NOW_MS },
    input.data,
  );
});
const trash = command('test.trash', (tx, _: null) => {
  const actor = { tokenId: newObjectId(0), name: 'console', role: 'admin', pools: null } as const;
  const ctx = { orderId: newRequestId(), poolId: newHex32(), logpointId: LOGPOINT, actor, acceptedAtMs: NOW_MS };
  return trashRuleOrder.run(tx, ctx, { ruleId: RULE });
});
const addRule = command('test.addRule', (tx, input: AlertRule) => insertRule(tx, input));
const pin = command('test.pin', (tx, fingerprint: string) =>
  pinHostKey(tx, { logpointId: LOGPOINT, ruleId: RULE, fingerprint }),
);
const stored = query('test.stored', (tx, channel: ChannelName) => getRuleNotification(tx, LOGPOINT, RULE, channel));
const everything = query('test.everything', async (tx, _: null) => {
  const tables = ['rule_notifications', 'outbox', 'audit_events'];
  return JSON.stringify(await Promise.all(tables.map((table) => tx.all(`select * from ${table}`))));
});
const audited = query('test.audited', (tx, _: null) =>
  tx.all<{ action: string; after_json: string | null }>('select action, after_json from audit_events order by seq'),
);

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tocsin-notification-orders-'));
  key = loadSecretKey(dir);
  store = await openInProcessControlStore({
    dir,
    registry: registryOf([place, trash, pin, addRule, stored, everything, audited]),
    migrations: [...listMigrations, ...ruleMigrations, ...auditMigrations, ...notifyMigrations],
    clock: () => NOW_MS,
  });
  await store.write(addRule, rule);
});
afterEach(async () => {
  await store.close();
  rmSync(dir, { recursive: true, force: true });
});

const email = (data: JsonObject) =>
  store.write(place, { action: '/AlertRules/EmailNotification', data: { id: RULE, notify_email: 'on', ...data } });
const http = (data: JsonObject) =>
  store.write(place, {
    action: '/AlertRules/HTTPNotification',
    data: { id: RULE, notify_http: true, http_url: 'https://hooks.example/x', http_request_type: 'POST', ...data },
  });

async function errorsOf(placed: Promise<unknown>): Promise<Readonly<Record<string, readonly string[]>>> {
  const error: unknown = await placed.then(
    () => new Error('the order was carried out'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof AppError)) throw error;
  return error.fields ?? {};
}

test('an email notification is set, replaced and cleared, and each is audited', async () => {
  const first = await email({
    email_emails: ['soc@example.com'],
    subject: '{{ alert_name }}',
    dispatch_option: 'manual',
    email_threshold_value: 2,
    email_threshold_option: 'hour',
    link_disable: 'true',
  });
  expect(first).toEqual({ message: 'Notification is saved' });
  expect(await store.read(stored, 'email')).toMatchObject({
    dispatchOption: 'manual',
    thresholdMs: 7_200_000,
    settings: { emails: ['soc@example.com'], subject: '{{ alert_name }}', linkDisable: true, logoEnable: false },
  });
  await email({ email_emails: 'a@example.com, b@example.com' });
  expect(await store.read(stored, 'email')).toMatchObject({
    dispatchOption: 'auto',
    thresholdMs: 0,
    settings: { emails: ['a@example.com', 'b@example.com'] },
  });
  expect(await email({ notify_email: 'off' })).toEqual({ message: 'Notification is cleared' });
  expect(await store.read(stored, 'email')).toBeNull();
  expect((await store.read(audited, null)).map(({ action }) => action)).toEqual([
    'notification set',
    'notification set',
    'notification cleared',
  ]);
});

test('secrets are sealed, open only with the key and for their own rule, and are nowhere in clear', async () => {
  const secrets = { auth_value: 'tok-5ecret-value' };
  await http({ http_header: { auth_type: 'bearer_token', ...secrets }, webhook_secret: `whsec_${'A'.repeat(40)}` });
  const dump = await store.read(everything, null);
  expect(dump).not.toContain('5ecret');
  expect(dump).not.toContain('AAAAAAAA');
  const sealed = (await store.read(stored, 'http'))?.sealedSecrets ?? '';
  const context = secretContext(LOGPOINT, RULE, 'http');
  expect(JSON.parse(createSecretBox(key).open(sealed, context))).toMatchObject(secrets);
  expect(() => createSecretBox(key).open(sealed, secretContext(LOGPOINT, newObjectId(0), 'http'))).toThrow(
    'cannot be opened',
  );
  expect(() => createSecretBox(Buffer.alloc(32)).open(sealed, context)).toThrow('cannot be opened');
  expect(() => createSecretBox(key).open(`${sealed.slice(0, -4)}AAAA`, context)).toThrow('cannot be opened');
});

test('the key of a data folder stays the same', () => {
  expect(loadSecretKey(dir).equals(key)).toBe(true);
});

test('an address without a scheme takes that of protocol, a fragment goes', async () => {
  await http({ http_url: 'hooks.example:8443/in#x', protocol: 'HTTPS', http_request_type: 'put' });
  expect(await store.read(stored, 'http')).toMatchObject({
    settings: { url: 'https://hooks.example:8443/in', method: 'PUT' },
  });
});

test('with a rule go its notifications', async () => {
  await http({});
  await email({ email_emails: ['a@b.example'] });
  await store.write(trash, null);
  expect([await store.read(stored, 'http'), await store.read(stored, 'email')]).toEqual([null, null]);
});

test('a rule of another logpoint is unknown', async () => {
  const data = { id: RULE, notify_email: 'on', email_emails: ['a@b.example'] };
  const foreign = { action: '/AlertRules/EmailNotification', data, logpointId: newHex32() };
  await expect(store.write(place, foreign)).rejects.toThrow('Alert rule not found');
  await expect(email({ id: '__proto__', email_emails: ['a@b.example'] })).rejects.toThrow('Alert rule not found');
});

describe('what is wrong is told by field, and nothing is changed', () => {
  const emailCases: readonly (readonly [JsonObject, string, string])[] = [
    [{}, 'email_emails', 'at least one address'],
    [{ email_emails: [] }, 'email_emails', 'at least one address'],
    [{ email_emails: ['a@b.example', 'nobody'] }, 'email_emails', 'expected name@domain'],
    [{ email_emails: ['a@b.example\r\nBcc: c@d.example'] }, 'email_emails', 'expected name@domain'],
    [{ email_emails: [1] }, 'email_emails', 'must hold texts'],
    [{ email_emails: ['a@b.example'], subject: '{{ x' }, 'subject', 'subject at 1:1: expected }} before the end'],
    [{ email_emails: ['a@b.example'], email_template: '{{ x|nope }}' }, 'email_template', 'unknown filter "nope"'],
    [{ email_emails: ['a@b.example'], dispatch_option: 'later' }, 'dispatch_option', 'one of auto, manual'],
    [{ email_emails: ['a@b.example'], email_threshold_value: 5 }, 'email_threshold_option', 'must be present'],
    [
      { email_emails: ['a@b.example'], email_threshold_value: -1, email_threshold_option: 'day' },
      'email_threshold_value',
      'from 0 to',
    ],
    [{ email_emails: ['a@b.example'], logo_enable: true }, 'b64_logo', 'must be present'],
    [{ email_emails: ['a@b.example'], b64_logo: 'PHN2Zz4=' }, 'b64_logo', 'JPEG, PNG or GIF'],
    [{ notify_email: 'perhaps', email_emails: ['a@b.example'] }, 'notify_email', 'true, false, on or off'],
    [{ notify_email: null }, 'notify_email', 'must be present in request.'],
  ];
  test.each(emailCases)('EmailNotification %j: %s', async (data, field, message) => {
    expect((await errorsOf(email(data)))[field]?.join()).toContain(message);
    expect(await store.read(stored, 'email')).toBeNull();
  });

  const httpCases: readonly (readonly [JsonObject, string, string])[] = [
    [{ http_url: '' }, 'http_url', 'must not be empty'],
    [{ http_url: 'ftp://x.example' }, 'http_url', 'expected http or https'],
    [{ http_url: 'file:///etc/passwd' }, 'http_url', 'http'],
    [{ http_url: 'https://u:p@x.example' }, 'http_url', 'holds credentials'],
    [{ http_url: 'https://x.example/a\r\nb' }, 'http_url', 'must be an address'],
    [{ http_url: 'https://x y' }, 'http_url', 'must be an address'],
    [{ http_request_type: 'TRACE' }, 'http_request_type', 'GET, POST'],
    [{ http_request_type: 'GET', http_body: 'x' }, 'http_body', 'POST, PUT and PATCH only'],
    [{ http_header: { auth_type: 'digest' } }, 'http_header', 'auth_type must be one of'],
    [{ http_header: { auth_type: 'bearer_token' } }, 'http_header', 'auth_value'],
    [{ http_header: { auth_type: 'bearer_token', auth_value: 'a\r\nb: c' } }, 'http_header', 'one line'],
    [{ http_header: { auth_type: 'api_token', auth_key: 'Host', auth_value: 'x' } }, 'http_header', 'auth_key'],
    [{ http_header: { auth_type: 'api_token', auth_key: 'a b', auth_value: 'x' } }, 'http_header', 'auth_key'],
    [{ http_header: { auth_type: 'basic_auth', auth_key: 'u' } }, 'http_header', 'auth_pass'],
    [{ http_header: 'x' }, 'http_header', 'must be an object'],
    [{ webhook_secret: 'short' }, 'webhook_secret', 'whsec_'],
    [{ http_querystring: '{% for %}' }, 'http_querystring', 'expected a name'],
  ];
  test.each(httpCases)('HTTPNotification %j: %s', async (data, field, message) => {
    expect((await errorsOf(http(data)))[field]?.join()).toContain(message);
    expect(await store.read(stored, 'http')).toBeNull();
  });
});

const NETWORK = {
  Syslog: { notify_syslog: 'on', server: 'logs.example', port: 514, protocol: 'UDP', severity: 4 },
  SNMP: {
    ...{ notify_snmp: 'on', snmp_ip: '192.0.2.7', snmp_port: 162, snmp_oid: '1.3.6.1.4.1.32473' },
    ...{ snmp_version: 'SNMPv2c', snmp_community_string: 'comm-5ecret' },
  },
  SSH: {
    ...{ notify_ssh: 'on', ssh_server: 'host.example', ssh_username: 'soc', ssh_auth_type: 'password' },
    ...{ ssh_auth_password: 'pass-5ecret', ssh_command: 'respond {{ alert_name }}' },
  },
  SMS: {
    ...{ notify_sms: 'on', sms_server: 'smsc.example', sms_sender: 'Tocsin', sms_receivers: ['4512345678'] },
    ...{ sms_username: 'tocsin', sms_password: '5ecret' },
  },
} as const;
type NetworkName = keyof typeof NETWORK;
const network = (name: NetworkName, data: JsonObject = {}) =>
  store.write(place, { action: `/AlertRules/${name}Notification`, data: { id: RULE, ...NETWORK[name], ...data } });
const channelOf = (name: NetworkName): ChannelName =>
  ({ Syslog: 'syslog', SNMP: 'snmp', SSH: 'ssh', SMS: 'sms' })[name] as ChannelName;

describe('the channels of the network', () => {
  const settings: readonly (readonly [NetworkName, JsonObject, JsonObject])[] = [
    ['Syslog', {}, { host: 'logs.example', port: 514, transport: 'udp', format: 'rfc5424', facility: 16, severity: 4 }],
    [
      'Syslog',
      { protocol: 'TLS', facility: '4', syslog_format: 'CEF', split_rows: 'on', message: '{{ row.user }}' },
      { transport: 'tls', facility: 4, format: 'cef', splitRows: true, message: '{{ row.user }}' },
    ],
    ['SNMP', {}, { host: '192.0.2.7', port: 162, version: 'v2c', oid: '1.3.6.1.4.1.32473' }],
    [
      'SNMP',
      {
        ...{
          snmp_version: 'SNMPv3',
          snmp_username: 'soc',
          snmp_authorization_key: 'longenough',
          snmp_agent: '192.0.2.1',
        },
        ...{ snmp_authorization_protocol: 'SHA256', snmp_private_key: 'longenough2' },
      },
      { version: 'v3', user: 'soc', authProtocol: 'sha256', privProtocol: 'aes', agent: '192.0.2.1' },
    ],
    ['SSH', {}, { host: 'host.example', port: 22, auth: 'password', hostKey: '', trustFirstKey: false }],
    [
      'SSH',
      { ssh_auth_type: 'certificate', ssh_cert_type: 'system_cert', ssh_host_key: `SHA256:${'a'.repeat(43)}` },
      { auth: 'server-key', hostKey: `SHA256:${'a'.repeat(43)}` },
    ],
    ['SMS', {}, { host: 'smsc.example', port: 2775, security: 'none', receivers: ['4512345678'], user: 'tocsin' }],
    ['SMS', { sms_receivers: '+451234, 459876' }, { receivers: ['451234', '459876'] }],
  ];
  test.each(settings)('%sNotification %j is stored', async (name, data, expected) => {
    await network(name, { ...data, notify_on: ['resolved', 'Closed'] });
    expect(await store.read(stored, channelOf(name))).toMatchObject({
      settings: { channel: channelOf(name), ...expected },
      notifyOn: ['resolved', 'closed'],
    });
    expect(await store.read(everything, null)).not.toContain('5ecret');
    expect(await network(name, { [`notify_${channelOf(name)}`]: 'off' })).toEqual({
      message: 'Notification is cleared',
    });
  });

  const wrong: readonly (readonly [NetworkName, JsonObject, string, string])[] = [
    ['Syslog', { server: 'a b' }, 'server', 'expected a host name or an address'],
    ['Syslog', { port: 0 }, 'port', 'from 1 to 65535'],
    ['Syslog', { protocol: 'SCTP' }, 'protocol', 'udp, tcp, tls'],
    ['Syslog', { severity: 8 }, 'severity', 'from 0 to 7'],
    ['Syslog', { facility: 24 }, 'facility', 'from 0 to 23'],
    ['Syslog', { message: '{{' }, 'message', 'message at 1:'],
    ['Syslog', { notify_on: ['raised'] }, 'notify_on', 'must hold resolved'],
    ['SNMP', { snmp_oid: '.1.3.6' }, 'snmp_oid', 'expected numbers and dots'],
    ['SNMP', { snmp_oid: '1.40.6' }, 'snmp_oid', 'expected numbers and dots'],
    ['SNMP', { snmp_version: 'SNMPv1' }, 'snmp_version', 'snmpv2c, snmpv3'],
    ['SNMP', { snmp_community_string: '' }, 'snmp_community_string', 'must not be empty'],
    ['SNMP', { snmp_version: 'SNMPv3' }, 'snmp_username', 'must not be empty'],
    [
      'SNMP',
      { snmp_version: 'SNMPv3', snmp_username: 'u', snmp_authorization_key: 'short' },
      'snmp_authorization_key',
      'at least 8',
    ],
    ['SSH', { ssh_command: '' }, 'ssh_command', 'must not be empty'],
    ['SSH', { ssh_command: 'x "{{ v }}"' }, 'ssh_command', 'cannot stand inside quotes'],
    ['SSH', { ssh_host_key: 'aa:bb' }, 'ssh_host_key', 'SHA256: and 43 characters'],
    ['SSH', { ssh_auth_password: '' }, 'ssh_auth_password', 'must not be empty'],
    ['SSH', { ssh_username: '-oProxyCommand=x' }, 'ssh_username', 'name of an account'],
    ['SSH', { ssh_auth_type: 'certificate', ssh_cert_type: 'user_cert' }, 'ssh_private_key', 'must not be empty'],
    ['SMS', { sms_receivers: [] }, 'sms_receivers', 'at least one number'],
    ['SMS', { sms_receivers: ['12'] }, 'sms_receivers', '3 to 15 digits'],
    ['SMS', { sms_sender: 'far too long a name' }, 'sms_sender', 'at most 11'],
    ['SMS', { sms_password: 'longer than eight' }, 'sms_password', 'at most 8'],
  ];
  test.each(wrong)('%sNotification %j: %s', async (name, data, field, message) => {
    expect((await errorsOf(network(name, data)))[field]?.join()).toContain(message);
    expect(await store.read(stored, channelOf(name))).toBeNull();
  });

  test('a host key is pinned on first use only when the notification asks for that, and then once', async () => {
    expect(await network('SSH')).toEqual({
      message: 'Notification is saved; nothing is sent until ssh_host_key or ssh_trust_first_key is set',
    });
    expect(await store.write(pin, 'SHA256:first')).toBeNull();
    await network('SSH', { ssh_trust_first_key: 'on' });
    expect(await store.write(pin, 'SHA256:first')).toBe('SHA256:first');
    expect(await store.write(pin, 'SHA256:second')).toBe('SHA256:first');
    expect((await store.read(audited, null)).at(-1)?.action).toBe('host key pinned');
  });
});

import { isIPv4 } from 'node:net';
import { FieldReader } from '../rules/field-reader.ts';
import type { JsonObject } from '../shared/json.ts';
import {
  isOn,
  type NotificationInput,
  readHost,
  readPort,
  readSecret,
  readTemplate,
  setChannel,
} from './channel-input.ts';
import {
  type ChannelSecrets,
  type SmsSettings,
  SNMP_AUTH_PROTOCOLS,
  SNMP_PRIV_PROTOCOLS,
  type SnmpSettings,
  SYSLOG_FORMATS,
  SYSLOG_TRANSPORTS,
  type SyslogSettings,
} from './channel-settings.ts';

const CA_CHARS_MAX = 20_000;
const NAME_CHARS_MAX = 255;
const RECEIVERS_MAX = 50;
const SMPP_PORT = 2775;
/** `system_id` and `password` of a bind. Source: SMPP 3.4, 5.2.1 and 5.2.2, without the closing zero. */
const SMPP_USER_CHARS_MAX = 15;
const SMPP_PASSWORD_CHARS_MAX = 8;
/** RFC 3414 asks for keys of this length at least. */
const SNMP_KEY_CHARS_MIN = 8;

/**
 * Reads the `data` of SyslogNotification. Beyond the vendor's fields: protocol TLS, `syslog_format`, `syslog_ca`.
 *
 * Source: contract/director-api.md, section 5; contract/incident-api.md, C.5; also for the other channels here.
 */
export function readSyslogNotification(data: JsonObject): NotificationInput {
  const fields = new FieldReader(data);
  if (!isOn(fields, 'notify_syslog')) return { kind: 'off' };
  const settings: SyslogSettings = {
    channel: 'syslog',
    host: readHost(fields, 'server'),
    port: readPort(fields, 'port'),
    transport: fields.choice('protocol', SYSLOG_TRANSPORTS) ?? 'udp',
    format: fields.has('syslog_format') ? (fields.choice('syslog_format', SYSLOG_FORMATS) ?? 'rfc5424') : 'rfc5424',
    facility: fields.integer('facility', { min: 0, max: 23, fallback: 16 }),
    severity: fields.integer('severity', { min: 0, max: 7 }),
    message: readTemplate(fields, 'message'),
    splitRows: fields.flag('split_rows'),
    ca: fields.text('syslog_ca', { charsMax: CA_CHARS_MAX }),
  };
  if (settings.ca !== '' && !settings.ca.includes('-----BEGIN CERTIFICATE-----')) {
    fields.fail('syslog_ca', 'syslog_ca must be a certificate in PEM');
  }
  return setChannel(fields, 'syslog', settings, {});
}

const OID = /^[012](?:\.(?:0|[1-9]\d{0,9})){1,60}$/;

/** Reads the `data` of SNMPNotification. Beyond the vendor's fields: the two `…_protocol`. */
export function readSnmpNotification(data: JsonObject): NotificationInput {
  const fields = new FieldReader(data);
  if (!isOn(fields, 'notify_snmp')) return { kind: 'off' };
  const word = fields.choice('snmp_version', ['snmpv2c', 'snmpv3'] as const, { v2c: 'snmpv2c', v3: 'snmpv3' });
  const version = word === 'snmpv3' ? 'v3' : 'v2c';
  const oid = fields.text('snmp_oid', { charsMax: NAME_CHARS_MAX, required: true }).trim();
  if (oid !== '' && !isOid(oid)) {
    fields.fail(
      'snmp_oid',
      `snmp_oid is ${JSON.stringify(oid.slice(0, 80))}, expected numbers and dots such as 1.3.6.1.4.1`,
    );
  }
  const agent = fields.text('snmp_agent', { charsMax: 40 }).trim();
  if (agent !== '' && !isIPv4(agent)) fields.fail('snmp_agent', 'snmp_agent must be an IPv4 address');
  const settings: SnmpSettings = {
    channel: 'snmp',
    host: readHost(fields, 'snmp_ip'),
    port: readPort(fields, 'snmp_port', 162),
    version,
    oid,
    message: readTemplate(fields, 'snmp_message'),
    agent,
    user: version === 'v3' ? fields.text('snmp_username', { charsMax: 32, required: true }) : '',
    authProtocol: optionalChoice(fields, 'snmp_authorization_protocol', SNMP_AUTH_PROTOCOLS, 'sha'),
    privProtocol: optionalChoice(fields, 'snmp_private_protocol', SNMP_PRIV_PROTOCOLS, 'aes'),
  };
  return setChannel(fields, 'snmp', settings, readSnmpSecrets(fields, version));
}

/** The first two arcs are one number of the encoding; the others fit into 32 bits. */
const isOid = (oid: string): boolean => {
  const [first = 0, second = 0, ...rest] = oid.split('.').map(Number);
  return OID.test(oid) && (first === 2 || second < 40) && rest.every((arc) => arc < 2 ** 32);
};

function readSnmpSecrets(fields: FieldReader, version: SnmpSettings['version']): ChannelSecrets {
  if (version === 'v2c') {
    return { snmp_community_string: readSecret(fields, 'snmp_community_string', { required: true, charsMax: 255 }) };
  }
  const auth = readSecret(fields, 'snmp_authorization_key', { charsMax: 255 });
  const priv = readSecret(fields, 'snmp_private_key', { charsMax: 255 });
  for (const [field, key] of [
    ['snmp_authorization_key', auth],
    ['snmp_private_key', priv],
  ] as const) {
    if (key !== '' && key.length < SNMP_KEY_CHARS_MIN) {
      fields.fail(field, `${field} must have at least ${SNMP_KEY_CHARS_MIN} characters`);
    }
  }
  if (priv !== '' && auth === '') {
    fields.fail('snmp_authorization_key', 'snmp_authorization_key must be present with snmp_private_key');
  }
  return {
    ...(auth === '' ? {} : { snmp_authorization_key: auth }),
    ...(priv === '' ? {} : { snmp_private_key: priv }),
  };
}

const RECEIVER = /^\d{3,15}$/;
const SENDER = /^(?:\+?\d{3,15}|[A-Za-z0-9][A-Za-z0-9 ._-]{0,10})$/;

/** Reads the `data` of SMSNotification. Beyond the vendor's fields: `sms_security`. */
export function readSmsNotification(data: JsonObject): NotificationInput {
  const fields = new FieldReader(data);
  if (!isOn(fields, 'notify_sms')) return { kind: 'off' };
  const given = data['sms_receivers'];
  const list = typeof given === 'string' ? given.split(/[\s,;]+/).filter((part) => part !== '') : given;
  const reader = new FieldReader(list === undefined ? {} : { sms_receivers: list });
  const receivers = reader
    .texts('sms_receivers', { countMax: RECEIVERS_MAX, charsMax: 20 })
    .map((receiver) => receiver.trim().replace(/^\+/, ''));
  for (const message of reader.errors['sms_receivers'] ?? []) fields.fail('sms_receivers', message);
  if (receivers.length === 0) fields.fail('sms_receivers', 'sms_receivers must name at least one number');
  for (const receiver of receivers) {
    if (!RECEIVER.test(receiver)) {
      fields.fail('sms_receivers', `sms_receivers holds ${JSON.stringify(receiver)}, expected 3 to 15 digits`);
    }
  }
  const sender = fields.text('sms_sender', { charsMax: 20, required: true }).trim();
  if (sender !== '' && !SENDER.test(sender)) {
    fields.fail('sms_sender', 'sms_sender must be 3 to 15 digits or at most 11 letters and digits');
  }
  const settings: SmsSettings = {
    channel: 'sms',
    host: readHost(fields, 'sms_server'),
    port: readPort(fields, 'sms_port', SMPP_PORT),
    security: optionalChoice(fields, 'sms_security', ['none', 'tls'] as const, 'none'),
    sender,
    receivers,
    body: readTemplate(fields, 'sms_body'),
    user: fields.text('sms_username', { charsMax: SMPP_USER_CHARS_MAX, required: true }),
  };
  const password = readSecret(fields, 'sms_password', { charsMax: SMPP_PASSWORD_CHARS_MAX });
  return setChannel(fields, 'sms', settings, password === '' ? {} : { sms_password: password });
}

export const optionalChoice = <T extends string>(
  fields: FieldReader,
  field: string,
  words: readonly T[],
  fallback: T,
): T => (fields.has(field) ? (fields.choice(field, words) ?? fallback) : fallback);

import { expect, test } from 'vitest';
import type { JsonObject } from '../shared/json.ts';
import type { NotificationInput } from './channel-input.ts';
import { readSmsNotification, readSnmpNotification, readSyslogNotification } from './network-input.ts';
import { networkRow } from './network-row.ts';
import { readSshNotification } from './ssh-input.ts';

type Case = readonly [
  name: string,
  read: (data: JsonObject) => NotificationInput,
  data: JsonObject,
  secrets: JsonObject,
];

const KEY = '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----';
const CA = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
const SYSLOG = { notify_syslog: 'on', server: 'log.example.org', port: 514, protocol: 'UDP', severity: 3 };
const SNMP = { notify_snmp: 'on', snmp_ip: '192.0.2.1', snmp_oid: '1.3.6.1.4.1', snmp_version: 'SNMPv2c' };
const SSH = { notify_ssh: 'on', ssh_server: '192.0.2.1', ssh_username: 'soc', ssh_command: 'echo {{ alert_name }}' };
const SMS = {
  notify_sms: 'on',
  sms_server: 'sms.example.org',
  sms_sender: 'SOC',
  sms_receivers: ['4512345678', '491700000'],
  sms_username: 'u',
};

const CASES: readonly Case[] = [
  ['syslog', readSyslogNotification, SYSLOG, {}],
  [
    'syslog with everything',
    readSyslogNotification,
    {
      ...SYSLOG,
      protocol: 'TLS',
      facility: 0,
      severity: 0,
      message: '{{ rows }}',
      split_rows: true,
      syslog_format: 'cef',
      syslog_ca: CA,
      dispatch_option: 'manual',
      threshold_value: 2,
      threshold_option: 'hour',
    },
    {},
  ],
  ['SNMPv2c', readSnmpNotification, SNMP, { snmp_community_string: 'public' }],
  [
    'SNMPv3',
    readSnmpNotification,
    {
      ...SNMP,
      snmp_version: 'SNMPv3',
      snmp_port: 1162,
      snmp_username: 'trap',
      snmp_agent: '192.0.2.9',
      snmp_message: 'm',
      snmp_authorization_protocol: 'sha256',
      snmp_private_protocol: 'aes256b',
      snmp_threshold_value: 3,
      snmp_threshold_option: 'minute',
    },
    { snmp_authorization_key: 'authenticate', snmp_private_key: 'encipherment' },
  ],
  ['SSH by password', readSshNotification, { ...SSH, ssh_auth_type: 'password' }, { ssh_auth_password: 'p' }],
  [
    'SSH by the key of the server',
    readSshNotification,
    { ...SSH, ssh_auth_type: 'certificate', ssh_cert_type: 'system_cert', ssh_trust_first_key: true },
    {},
  ],
  [
    'SSH by a key of its own',
    readSshNotification,
    { ...SSH, ssh_auth_type: 'certificate', ssh_cert_type: 'user_cert', ssh_host_key: `SHA256:${'A'.repeat(43)}` },
    { ssh_private_key: KEY },
  ],
  ['SMS', readSmsNotification, { ...SMS, sms_security: 'tls', sms_body: '{{ risk }}' }, { sms_password: 'p' }],
];

test.each(CASES)('%s is read back under the names that set it, and sets the same again', (_, read, data, secrets) => {
  const set = read({ ...data, ...secrets });
  if (set.kind !== 'set') throw new Error('not set');
  expect(set.errors).toEqual({});
  const row = networkRow({ ...set, logpointId: '', ruleId: '' });
  expect(read({ ...row, ...secrets })).toEqual(set);
  for (const secret of Object.values(secrets)) expect(JSON.stringify(row)).not.toContain(JSON.stringify(secret));
  for (const name of Object.keys(data)) expect(Object.keys(row ?? {})).toContain(name);
});

import type { JsonObject } from '../shared/json.ts';
import type { SmsSettings, SnmpSettings, SshSettings, SyslogSettings } from './channel-settings.ts';
import type { RuleNotification } from './rule-notification.ts';

const MINUTE_MS = 60_000;

/** A notification of the network under the names that set it, without its secrets. Null for email and HTTP. */
export function networkRow({ settings, dispatchOption, thresholdMs }: RuleNotification): JsonObject | null {
  const { channel } = settings;
  if (channel === 'email' || channel === 'http') return null;
  const prefix = channel === 'syslog' ? '' : `${channel}_`;
  const threshold =
    thresholdMs === 0
      ? {}
      : { [`${prefix}threshold_value`]: thresholdMs / MINUTE_MS, [`${prefix}threshold_option`]: 'minute' };
  return { [`notify_${channel}`]: true, ...rowOf(settings), dispatch_option: dispatchOption, ...threshold };
}

function rowOf(settings: SyslogSettings | SnmpSettings | SshSettings | SmsSettings): JsonObject {
  switch (settings.channel) {
    case 'syslog':
      return syslogRow(settings);
    case 'snmp':
      return snmpRow(settings);
    case 'ssh':
      return sshRow(settings);
    default:
      return smsRow(settings);
  }
}

const syslogRow = (settings: SyslogSettings): JsonObject => ({
  server: settings.host,
  port: settings.port,
  protocol: settings.transport.toUpperCase(),
  severity: settings.severity,
  facility: settings.facility,
  message: settings.message,
  split_rows: settings.splitRows,
  syslog_format: settings.format,
  syslog_ca: settings.ca,
});

const snmpRow = (settings: SnmpSettings): JsonObject => ({
  snmp_ip: settings.host,
  snmp_port: settings.port,
  snmp_oid: settings.oid,
  snmp_version: settings.version === 'v3' ? 'SNMPv3' : 'SNMPv2c',
  snmp_message: settings.message,
  snmp_agent: settings.agent,
  snmp_username: settings.user,
  snmp_authorization_protocol: settings.authProtocol,
  snmp_private_protocol: settings.privProtocol,
});

const sshRow = (settings: SshSettings): JsonObject => ({
  ssh_server: settings.host,
  ssh_port: settings.port,
  ssh_username: settings.user,
  ssh_auth_type: settings.auth === 'password' ? 'password' : 'certificate',
  ...(settings.auth === 'password' ? {} : { ssh_cert_type: settings.auth === 'key' ? 'user_cert' : 'system_cert' }),
  ssh_command: settings.command,
  ssh_host_key: settings.hostKey,
  ssh_trust_first_key: settings.trustFirstKey,
});

const smsRow = (settings: SmsSettings): JsonObject => ({
  sms_server: settings.host,
  sms_port: settings.port,
  sms_sender: settings.sender,
  sms_receivers: settings.receivers,
  sms_username: settings.user,
  sms_security: settings.security,
  sms_body: settings.body,
});

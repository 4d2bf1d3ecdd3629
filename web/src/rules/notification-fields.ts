import type { Json, JsonObject } from '../../../src/shared/json.ts';
import { objectOf, textOf, textsOf } from '../api/read-json.ts';

export type FieldKind = 'text' | 'number' | 'area' | 'secret' | 'check' | 'list' | readonly string[];

export type ChannelField = {
  /** As the API takes it; `http_header.auth_key` is a member of a member. */
  readonly name: string;
  readonly word: string;
  readonly kind: FieldKind;
  readonly isRequired?: boolean;
  readonly first?: string;
};

export type Channel = {
  /** As the API calls it. */
  readonly id: string;
  readonly word: string;
  /** Last part of the path that sets it. */
  readonly operation: string;
  readonly flag: string;
  /** What the names of its threshold begin with. */
  readonly prefix: string;
  readonly fields: readonly ChannelField[];
};

const port = (name: string, first: string): ChannelField => ({
  name,
  word: 'Port',
  kind: 'number',
  first,
});

/** Every channel of the API with the fields that people set; the rest is for programs. */
export const CHANNELS: readonly Channel[] = [
  {
    id: 'email',
    word: 'Email',
    operation: 'EmailNotification',
    flag: 'notify_email',
    prefix: 'email_',
    fields: [
      { name: 'email_emails', word: 'To, separated by commas', kind: 'list', isRequired: true },
      { name: 'subject', word: 'Subject (Jinja; built in when empty)', kind: 'text' },
      { name: 'email_template', word: 'Text (Jinja; a table when empty)', kind: 'area' },
      { name: 'email_digest_minutes', word: 'Minutes collected into one mail', kind: 'number', first: '0' },
      { name: 'link_disable', word: 'without the link to the search', kind: 'check' },
    ],
  },
  {
    id: 'http',
    word: 'HTTP',
    operation: 'HTTPNotification',
    flag: 'notify_http',
    prefix: 'http_',
    fields: [
      { name: 'http_url', word: 'Address', kind: 'text', isRequired: true },
      { name: 'http_request_type', word: 'Method', kind: ['POST', 'PUT', 'PATCH', 'GET', 'DELETE', 'HEAD'] },
      {
        name: 'preset',
        word: 'Made for',
        kind: ['', 'slack', 'mattermost', 'teams', 'pagerduty', 'opsgenie', 'jira', 'servicenow', 'generic'],
      },
      { name: 'http_body', word: 'Body (Jinja; JSON when empty)', kind: 'area' },
      {
        name: 'http_header.auth_type',
        word: 'Authentication',
        kind: ['None', 'api_token', 'basic_auth', 'bearer_token'],
      },
      { name: 'http_header.auth_key', word: 'Header or user', kind: 'text' },
      { name: 'http_header.auth_value', word: 'Token', kind: 'secret' },
      { name: 'http_header.auth_pass', word: 'Password', kind: 'secret' },
      { name: 'preset_secret', word: 'Routing key', kind: 'secret' },
      { name: 'webhook_secret', word: 'Signing secret (whsec_…)', kind: 'secret' },
    ],
  },
  {
    id: 'syslog',
    word: 'Syslog',
    operation: 'SyslogNotification',
    flag: 'notify_syslog',
    prefix: '',
    fields: [
      { name: 'server', word: 'Server', kind: 'text', isRequired: true },
      port('port', '514'),
      { name: 'protocol', word: 'Over', kind: ['UDP', 'TCP', 'TLS'] },
      { name: 'severity', word: 'Severity, 0 to 7', kind: 'number', first: '4' },
      { name: 'facility', word: 'Facility, 0 to 23', kind: 'number', first: '16' },
      { name: 'syslog_format', word: 'Form', kind: ['rfc5424', 'cef', 'leef'] },
      { name: 'message', word: 'Message (Jinja; built in when empty)', kind: 'area' },
      { name: 'split_rows', word: 'a message for each row', kind: 'check' },
    ],
  },
  {
    id: 'snmp',
    word: 'SNMP',
    operation: 'SNMPNotification',
    flag: 'notify_snmp',
    prefix: 'snmp_',
    fields: [
      { name: 'snmp_ip', word: 'Receiver', kind: 'text', isRequired: true },
      port('snmp_port', '162'),
      { name: 'snmp_oid', word: 'OID of the trap', kind: 'text', isRequired: true },
      { name: 'snmp_version', word: 'Version', kind: ['SNMPv2c', 'SNMPv3'] },
      { name: 'snmp_community_string', word: 'Community (v2c)', kind: 'secret' },
      { name: 'snmp_username', word: 'User (v3)', kind: 'text' },
      { name: 'snmp_authorization_key', word: 'Authorization key (v3)', kind: 'secret' },
      { name: 'snmp_private_key', word: 'Privacy key (v3)', kind: 'secret' },
      { name: 'snmp_message', word: 'Message (Jinja)', kind: 'area' },
    ],
  },
  {
    id: 'ssh',
    word: 'SSH',
    operation: 'SSHNotification',
    flag: 'notify_ssh',
    prefix: 'ssh_',
    fields: [
      { name: 'ssh_server', word: 'Host', kind: 'text', isRequired: true },
      port('ssh_port', '22'),
      { name: 'ssh_username', word: 'Account', kind: 'text', isRequired: true },
      { name: 'ssh_auth_type', word: 'Authentication', kind: ['password', 'certificate'] },
      { name: 'ssh_auth_password', word: 'Password', kind: 'secret' },
      { name: 'ssh_private_key', word: 'Private key', kind: 'secret' },
      { name: 'ssh_command', word: 'Command (Jinja)', kind: 'area', isRequired: true },
      { name: 'ssh_host_key', word: 'Fingerprint of the host, SHA256:…', kind: 'text' },
      { name: 'ssh_trust_first_key', word: 'pin the first key that is seen', kind: 'check' },
    ],
  },
  {
    id: 'sms',
    word: 'SMS',
    operation: 'SMSNotification',
    flag: 'notify_sms',
    prefix: 'sms_',
    fields: [
      { name: 'sms_server', word: 'SMS centre', kind: 'text', isRequired: true },
      port('sms_port', '2775'),
      { name: 'sms_sender', word: 'Sender', kind: 'text', isRequired: true },
      { name: 'sms_receivers', word: 'To, separated by commas', kind: 'list', isRequired: true },
      { name: 'sms_username', word: 'User', kind: 'text', isRequired: true },
      { name: 'sms_password', word: 'Password', kind: 'secret' },
      { name: 'sms_security', word: 'Over', kind: ['none', 'tls'] },
      { name: 'sms_body', word: 'Text (Jinja; built in when empty)', kind: 'area' },
    ],
  },
];

/** Changes of an incident that a channel can tell as well. */
export const CHANGES = ['resolved', 'closed', 'reopened', 'reassigned', 'commented', 'sla_breached'] as const;

/** What is set of a channel, as the form shows it; secrets are never read back. */
export function storedText(field: ChannelField, settings: JsonObject): string {
  const [outer = '', inner] = field.name.split('.');
  const value: Json | undefined = inner === undefined ? settings[outer] : objectOf(settings[outer])[inner];
  if (field.kind === 'secret') return '';
  if (field.kind === 'check') return value === true ? 'on' : '';
  if (field.kind === 'list') return textsOf(value).join(', ');
  const text = textOf(value);
  if (typeof field.kind === 'string') return text === '' ? (field.first ?? '') : text;
  return field.kind.find((choice) => choice.toLowerCase() === text.toLowerCase()) ?? field.kind[0] ?? '';
}

/** `data` of the order that sets the channel; what is left empty is left out. */
export function channelData(channel: Channel, given: FormData): JsonObject {
  const data: Record<string, Json> = { [channel.flag]: true };
  for (const { name, kind } of channel.fields) {
    const text = String(given.get(name) ?? '').trim();
    const value: Json =
      kind === 'check'
        ? text === 'on'
        : kind === 'number'
          ? Number(text)
          : kind === 'list'
            ? text.split(/[\s,;]+/).filter((part) => part !== '')
            : text;
    const [outer = '', inner] = name.split('.');
    if (text === '' && kind !== 'check') continue;
    if (inner === undefined) data[outer] = value;
    else data[outer] = { ...objectOf(data[outer]), [inner]: value };
  }
  const threshold = Number(given.get('threshold') ?? 0);
  if (threshold > 0) {
    data[`${channel.prefix}threshold_value`] = threshold;
    data[`${channel.prefix}threshold_option`] = 'minute';
  }
  const changes = CHANGES.filter((change) => given.get(`on ${change}`) === 'on');
  return { ...data, dispatch_option: String(given.get('dispatch_option') ?? 'auto'), notify_on: changes };
}

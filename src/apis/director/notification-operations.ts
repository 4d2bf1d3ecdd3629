import { type TProperties, Type } from 'typebox';
import { anyText, dataAlone, dataWithId, flag, type Operation, optional, text, texts, whole } from './operation.ts';

/** What every channel takes. `prefix` is how the vendor begins the names of its threshold. */
const common = (prefix: string): TProperties => ({
  dispatch_option: optional(text('auto, or manual: only SendForInvestigation.')),
  [`${prefix}threshold_value`]: optional(whole('With its option: at most one automatic message in this time.')),
  [`${prefix}threshold_option`]: optional(text('minute, hour or day.')),
  notify_on: optional(
    texts('Changes to tell as well: resolved, closed, reopened, reassigned, commented, sla_breached.'),
  ),
  rate_per_minute: optional(whole('Most attempts in a minute; 0 = as many as the receiver gets from all.')),
});

const EmailNotification = Type.Object({
  notify_email: flag('Sets or clears the channel.'),
  ...common('email_'),
  email_emails: optional(Type.Union([texts('Addresses.'), Type.String()])),
  subject: optional(anyText('Jinja.')),
  email_template: optional(anyText('Jinja.')),
  email_digest_minutes: optional(whole('Collects what happens in this time into one mail; 0 = a mail for each.')),
  link_disable: optional(flag('Leaves the link to the search out.')),
  logo_enable: optional(flag('Puts a logo on top.')),
  b64_logo: optional(anyText('Image, base64.')),
});

const HttpNotification = Type.Object({
  notify_http: flag('Sets or clears the channel.'),
  ...common('http_'),
  http_url: optional(anyText('Where to.')),
  http_request_type: optional(anyText('GET, POST, PUT, PATCH, DELETE or HEAD.')),
  http_querystring: optional(anyText('Jinja.')),
  http_body: optional(anyText('Jinja.')),
  http_header: optional(
    Type.Object({
      auth_type: optional(anyText('None, api_token, basic_auth or bearer_token.')),
      auth_key: optional(anyText('Name of the header or the user.')),
      auth_value: optional(anyText('Secret; never shown again.')),
      auth_pass: optional(anyText('Secret; never shown again.')),
    }),
  ),
  protocol: optional(anyText('HTTP or HTTPS.')),
  preset: optional(
    anyText('slack, teams, mattermost, pagerduty, opsgenie, jira, servicenow or generic: makes the body.'),
  ),
  preset_fields: optional(
    Type.Object({ project: optional(anyText('Jira.')), issue_type: optional(anyText('Jira; Task when not given.')) }),
  ),
  preset_secret: optional(anyText('Routing key of PagerDuty; never shown again.')),
  webhook_secret: optional(anyText('Standard Webhooks secrets (whsec_…), blank-separated; never shown again.')),
});

const Port = optional(Type.Union([whole('Port.'), Type.String()]));
const NumberOrText = (description: string) => optional(Type.Union([whole(description), Type.String()]));

const SyslogNotification = Type.Object({
  notify_syslog: flag('Sets or clears the channel.'),
  ...common(''),
  server: optional(anyText('Name or address of the receiver.')),
  port: Port,
  protocol: optional(anyText('UDP, TCP or TLS.')),
  severity: NumberOrText('0 to 7.'),
  facility: NumberOrText('0 to 23; 16 (local0) when not given.'),
  message: optional(anyText('Jinja.')),
  split_rows: optional(flag('A message for each row, or for each line of the template.')),
  syslog_format: optional(anyText('rfc5424, cef or leef.')),
  syslog_ca: optional(anyText('Certificate authority to trust beside the usual ones, PEM.')),
});

const SnmpNotification = Type.Object({
  notify_snmp: flag('Sets or clears the channel.'),
  ...common('snmp_'),
  snmp_ip: optional(anyText('Name or address of the receiver.')),
  snmp_port: Port,
  snmp_oid: optional(anyText('OID of the trap, without a leading dot.')),
  snmp_version: optional(anyText('SNMPv2c or SNMPv3.')),
  snmp_message: optional(anyText('Jinja.')),
  snmp_agent: optional(anyText('IPv4 address that the trap names as its origin.')),
  snmp_community_string: optional(anyText('Secret of v2c; never shown again.')),
  snmp_username: optional(anyText('User of v3.')),
  snmp_authorization_key: optional(anyText('Secret of v3; never shown again.')),
  snmp_authorization_protocol: optional(anyText('md5, sha, sha224, sha256, sha384 or sha512; sha when not given.')),
  snmp_private_key: optional(anyText('Secret of v3; never shown again.')),
  snmp_private_protocol: optional(anyText('des, aes, aes256b or aes256r; aes when not given.')),
});

const SshNotification = Type.Object({
  notify_ssh: flag('Sets or clears the channel.'),
  ...common('ssh_'),
  ssh_server: optional(anyText('Name or address of the host.')),
  ssh_port: Port,
  ssh_username: optional(anyText('Account.')),
  ssh_auth_type: optional(anyText('password or certificate.')),
  ssh_auth_password: optional(anyText('Secret; never shown again.')),
  ssh_cert_type: optional(anyText('system_cert (key of the server) or user_cert (ssh_private_key).')),
  ssh_private_key: optional(anyText('Secret; never shown again.')),
  ssh_private_key_passphrase: optional(anyText('Secret; never shown again.')),
  ssh_command: optional(anyText('Jinja; values become quoted words.')),
  ssh_host_key: optional(anyText('Fingerprint of the host, SHA256:…; nothing is sent to another one.')),
  ssh_trust_first_key: optional(flag('Pins the key that the first connection shows.')),
});

const SmsNotification = Type.Object({
  notify_sms: flag('Sets or clears the channel.'),
  ...common('sms_'),
  sms_server: optional(anyText('Name or address of the SMS centre.')),
  sms_port: Port,
  sms_sender: optional(anyText('3 to 15 digits, or at most 11 letters and digits.')),
  sms_receivers: optional(Type.Union([texts('3 to 15 digits each.'), Type.String()])),
  sms_body: optional(anyText('Jinja.')),
  sms_username: optional(anyText('system_id of the bind.')),
  sms_password: optional(anyText('Secret; never shown again.')),
  sms_security: optional(anyText('none or tls.')),
});

const CHANNELS = [
  ['EmailNotification', 'email', EmailNotification],
  ['HTTPNotification', 'HTTP', HttpNotification],
  ['SyslogNotification', 'syslog', SyslogNotification],
  ['SNMPNotification', 'SNMP', SnmpNotification],
  ['SSHNotification', 'SSH', SshNotification],
  ['SMSNotification', 'SMS', SmsNotification],
] as const;

const Resend = Type.Object({
  delivery_ids: optional(texts('Dead letters by id; all of them or none.')),
  target: optional(anyText('Every dead letter of this target.')),
  all: optional(flag('Every dead letter of the logpoint.')),
});

const settings = CHANNELS.map(
  ([id, channel, data]): Operation => ({
    id,
    tag: 'AlertRules',
    summary: `Sets or clears the ${channel} notification of a rule.`,
    method: 'POST',
    path: `AlertRules/:id/${id}`,
    action: `/AlertRules/${id}`,
    permission: 'write',
    data,
    input: dataWithId,
  }),
);

/**
 * One operation for each channel of a rule. Shapes are checked at the door; values are the node's to refuse, in
 * `validationErrors`. Source: contract/director-api.md, section 5. The last two are Tocsin's own.
 */
export const notificationOperations: readonly Operation[] = [
  ...settings,
  {
    id: 'TestNotification',
    tag: 'AlertRules',
    summary: 'Sends a notification of the rule once, as it is set; the delivery log shows what became of it.',
    method: 'POST',
    path: 'AlertRules/:id/testNotification',
    action: '/AlertRules/testNotification',
    permission: 'write',
    data: Type.Object({ channel: text('email, http, syslog, snmp, ssh or sms.') }),
    input: dataWithId,
  },
  {
    id: 'ResendNotifications',
    tag: 'Notifications',
    summary: 'Queues dead letters again under their old ids, 1,000 at a time.',
    method: 'POST',
    path: 'Notifications/resend',
    action: '/Notifications/resend',
    permission: 'write',
    data: Resend,
    input: dataAlone,
  },
];

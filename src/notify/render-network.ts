import type { JsonObject } from '../shared/json.ts';
import { attributionOf } from './attribution.ts';
import type { ChannelSecrets, SmsSettings, SnmpSettings, SshSettings, SyslogSettings } from './channel-settings.ts';
import { fillTemplate } from './fill-template.ts';
import { templateVariables } from './message-content.ts';
import { type DeliveryParts, incidentDocument, type Rendered } from './render-http.ts';
import { type SmsMessage, smsText } from './sms-message.ts';
import { type SnmpTrap, snmpEngineId, snmpEngineTime } from './snmp-trap.ts';
import type { SshCommand } from './ssh-command.ts';
import { formatSyslog, type SyslogMessages } from './syslog-message.ts';

const BUILT_IN_TEXT = `{{ incident_number }} {{ alert_name }}: {{ dispatch }}, risk {{ risk }}, {{ status }}, {{ hits }} hits
{%- if attack_id %}, {{ attack_id|join(" ") }}{% endif %}{% if attribution %}, {{ attribution }}{% endif %}`;
const BUILT_IN_LOG = `${BUILT_IN_TEXT}{% for reference in references %} {{ reference }}{% endfor %}{% if search_link %}, {{ search_link }}{% endif %}`;
const BUILT_IN_ROW = `${BUILT_IN_TEXT}, {% for name, value in row.items() %}{{ name }}="{{ value }}" {% endfor %}`;

/** Messages of one delivery at most; rows after them are left out, and the delivery log says so. */
const SPLIT_MESSAGES_MAX = 1_000;

const variablesOf = (parts: DeliveryParts): JsonObject => templateVariables(parts.content, parts.cause, parts.extras);

export function renderSyslogMessages(settings: SyslogSettings, parts: DeliveryParts): Rendered<SyslogMessages> {
  const { content, cause, deliveryId, atMs, extras } = parts;
  const { texts, warning } = syslogTexts(settings, parts);
  const { logpointName, searchLink } = extras;
  const format = { settings, content, cause, deliveryId, atMs, logpointName, searchLink };
  const left = texts.length - SPLIT_MESSAGES_MAX;
  const { host, port, transport, ca } = settings;
  return {
    message: {
      ...{ host, port, transport, ca },
      messages: texts.slice(0, SPLIT_MESSAGES_MAX).map((text, place) => formatSyslog(format, text, place + 1)),
    },
    warning: left > 0 ? `${left} messages after the first ${SPLIT_MESSAGES_MAX} are left out` : warning,
  };
}

type Texts = { readonly texts: readonly string[]; readonly warning: string | null };

/**
 * One text; with `split_rows` one for each row when the template is the built-in one or names `row`, else one for each
 * line that the template gives.
 */
function syslogTexts({ message, splitRows }: SyslogSettings, parts: DeliveryParts): Texts {
  const variables = variablesOf(parts);
  const options = { escape: 'none', timeZone: parts.extras.timeZone } as const;
  const { rows } = parts.extras;
  const isByRow = splitRows && (message === '' || /\brow\b/.test(message)) && rows.length > 0;
  if (isByRow) {
    const filled = rows.map((row) => fillTemplate(message, BUILT_IN_ROW, { ...variables, row, rows: [row] }, options));
    return {
      texts: filled.map(({ text }) => text),
      warning: filled.find(({ error }) => error !== null)?.error ?? null,
    };
  }
  const { text, error } = fillTemplate(message, BUILT_IN_LOG, variables, options);
  const lines = splitRows ? text.split('\n').filter((line) => line.trim() !== '') : [text];
  return { texts: lines.length === 0 ? [text] : lines, warning: error };
}

/** Places below the notification's own OID, constant for receivers that pick values by OID. */
const TRAP_FIELDS = { message: 1, incident: 2, delivery: 3, risk: 4, dispatch: 5, attribution: 6 };
const TRAP_TEXT_CHARS_MAX = 1_000;

export function renderSnmpTrap(
  settings: SnmpSettings,
  secrets: ChannelSecrets,
  parts: DeliveryParts,
): Rendered<SnmpTrap> {
  const { content, cause, deliveryId, atMs, extras } = parts;
  const { text, error } = fillTemplate(settings.message, BUILT_IN_LOG, variablesOf(parts), {
    escape: 'none',
    timeZone: extras.timeZone,
  });
  const { host, port, oid, agent } = settings;
  const at = (place: number, value: string) => ({ oid: `${oid}.${place}`, value });
  const { text: attribution } = attributionOf(content);
  const common = {
    ...{ host, port, oid, agent },
    varbinds: [
      at(TRAP_FIELDS.message, text.slice(0, TRAP_TEXT_CHARS_MAX)),
      at(TRAP_FIELDS.incident, content.number),
      at(TRAP_FIELDS.delivery, deliveryId),
      at(TRAP_FIELDS.risk, content.risk),
      at(TRAP_FIELDS.dispatch, cause),
      ...(attribution === '' ? [] : [at(TRAP_FIELDS.attribution, attribution.slice(0, TRAP_TEXT_CHARS_MAX))]),
    ],
  };
  if (settings.version === 'v2c') {
    return { message: { ...common, version: 'v2c', community: secrets.snmp_community_string ?? '' }, warning: error };
  }
  const { user, authProtocol, privProtocol } = settings;
  const message: SnmpTrap = {
    ...common,
    version: 'v3',
    ...{ user, authProtocol, privProtocol },
    authKey: secrets.snmp_authorization_key ?? '',
    privKey: secrets.snmp_private_key ?? '',
    engineId: snmpEngineId(content.logpointId),
    engineTime: snmpEngineTime(atMs),
  };
  return { message, warning: error };
}

/** The command with its values as words, the incident as JSON on its standard input; null when it cannot be filled. */
export function renderSshCommand(
  settings: SshSettings,
  secrets: ChannelSecrets,
  parts: DeliveryParts,
  isTrustedHostKey: SshCommand['isTrustedHostKey'],
): Rendered<SshCommand | null> {
  const { host, port, user } = settings;
  const options = { escape: 'shell', timeZone: parts.extras.timeZone } as const;
  const command = fillTemplate(settings.command, '', variablesOf(parts), options);
  // There is no other command to fall back to.
  if (command.error !== null) return { message: null, warning: command.error };
  return {
    message: {
      ...{ host, port, user },
      auth:
        settings.auth === 'password'
          ? { kind: 'password', password: secrets.ssh_auth_password ?? '' }
          : {
              kind: 'key',
              privateKey: secrets.ssh_private_key ?? '',
              passphrase: secrets.ssh_private_key_passphrase ?? '',
            },
      command: command.text,
      stdin: `${incidentDocument(parts)}\n`,
      isTrustedHostKey,
    },
    warning: null,
  };
}

export function renderSmsMessage(
  settings: SmsSettings,
  secrets: ChannelSecrets,
  parts: DeliveryParts,
): Rendered<SmsMessage> {
  const { text, error } = fillTemplate(settings.body, BUILT_IN_TEXT, variablesOf(parts), {
    escape: 'none',
    timeZone: parts.extras.timeZone,
  });
  const { host, port, security, sender, receivers, user } = settings;
  return {
    message: {
      ...{ host, port, security, sender, receivers },
      systemId: user,
      password: secrets.sms_password ?? '',
      text: smsText(text, parts.deliveryId),
    },
    warning: error,
  };
}

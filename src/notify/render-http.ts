import type { JsonObject } from '../shared/json.ts';
import type { ChannelSecrets, HttpSettings } from './channel-settings.ts';
import { fillTemplate } from './fill-template.ts';
import { type HttpMessage, webhookHeaders } from './http-message.ts';
import { PRESET_BODIES } from './http-presets.ts';
import { type DeliveryCause, type MessageContent, type MessageExtras, templateVariables } from './message-content.ts';
import { BODY_METHODS } from './notification-input.ts';
import type { DigestItem } from './outbox-claims.ts';
import type { EscapeMode } from './templates/escape-output.ts';

export type DeliveryParts = {
  readonly deliveryId: string;
  readonly atMs: number;
  readonly cause: DeliveryCause;
  readonly content: MessageContent;
  readonly extras: MessageExtras;
  /** What a digest tells of; empty or absent for every other delivery. */
  readonly items?: readonly DigestItem[];
  /** Where answers by mail become comments; absent where they do not. */
  readonly replyTo?: string | undefined;
};

export type Rendered<M> = {
  readonly message: M;
  /** What went wrong without stopping the message; null when all is well. */
  readonly warning: string | null;
};

/** The body that is sent when the rule has no template, in the shape that Standard Webhooks recommends. */
const BUILT_IN_BODY = `{"type": "incident.{{ dispatch }}", "timestamp": {{ timestamp|tojson }}, "data": {"id": {{ id|tojson }},
"incident_id": {{ incident_id|tojson }}, "number": {{ incident_number|tojson }}, "alert_name": {{ alert_name|tojson }},
"description": {{ description|tojson }}, "risk": {{ risk|tojson }}, "status": {{ status|tojson }},
"detection_timestamp": {{ detection_timestamp }}, "rows_count": {{ rows_count }}, "query": {{ extra_info.query|tojson }},
"attack_id": {{ attack_id|tojson }}, "attack_tag": {{ attack_tag|tojson }}, "attack_category": {{ attack_category|tojson }},
"log_source": {{ log_source|tojson }}, "metadata": {{ metadata|tojson }}, "logpoint_name": {{ logpoint_name|tojson }},
"search_link": {{ search_link|tojson }}
{%- if changed_by %}, "changed_by": {{ changed_by|tojson }}, "assigned_to": {{ assigned_to|tojson }}, "comment": {{ comment|tojson }}{% endif %}}}`;

/** The incident as a JSON document: what HTTP sends without a template, and what a command reads. */
export function incidentDocument(parts: DeliveryParts): string {
  const variables = httpVariables(parts);
  return fillTemplate('', BUILT_IN_BODY, variables, { escape: 'json', timeZone: parts.extras.timeZone }).text;
}

const httpVariables = (parts: DeliveryParts): JsonObject => ({
  ...templateVariables(parts.content, parts.cause, parts.extras),
  timestamp: new Date(parts.content.detectedAtMs).toISOString(),
});

/** A body that starts like a JSON document is one: its values are written as JSON. A tag does not start a document. */
const isJsonTemplate = (source: string): boolean => /^\s*(?:\[|\{(?![{%#]))/.test(source);

export function renderHttpMessage(
  settings: HttpSettings,
  secrets: ChannelSecrets,
  parts: DeliveryParts,
): Rendered<HttpMessage> {
  const variables = {
    ...httpVariables(parts),
    ...(settings.preset === undefined ? {} : presetVariables(settings, secrets)),
  };
  const source = settings.preset === undefined ? settings.body : PRESET_BODIES[settings.preset];
  const fill = (source: string, builtIn: string, mode: EscapeMode) =>
    fillTemplate(source, builtIn, variables, { escape: mode, timeZone: parts.extras.timeZone });
  const query = fill(settings.queryString, '', 'url');
  const hasBody = BODY_METHODS.includes(settings.method);
  const body = hasBody ? fill(source, BUILT_IN_BODY, source === '' || isJsonTemplate(source) ? 'json' : 'none') : null;
  const auth = authHeader(settings, secrets);
  const signing = (secrets.webhook_secret ?? '').split(' ').filter((secret) => secret !== '');
  return {
    message: {
      method: settings.method,
      url: withQuery(settings.url, query.text),
      headers: {
        ...(body === null ? {} : { 'content-type': contentTypeOf(body.text) }),
        'user-agent': 'Tocsin',
        ...webhookHeaders(parts.deliveryId, parts.atMs, body?.text ?? '', signing),
        ...auth,
      },
      body: body?.text ?? null,
      secrets: secretTexts(secrets, auth),
    },
    warning: query.error ?? body?.error ?? null,
  };
}

/** Only presets see these: a template of a rule must not be able to write a secret into its body. */
const presetVariables = (settings: HttpSettings, secrets: ChannelSecrets): JsonObject => ({
  preset_fields: settings.presetFields ?? {},
  preset_secret: secrets.preset_secret ?? '',
});

function withQuery(address: string, query: string): string {
  const added = query.trim().replace(/^[?&]+/, '');
  if (added === '') return address;
  const url = new URL(address);
  url.search = url.search === '' ? added : `${url.search}&${added}`;
  return url.href;
}

function contentTypeOf(body: string): string {
  try {
    JSON.parse(body);
    return 'application/json';
  } catch {
    return 'text/plain; charset=utf-8';
  }
}

function authHeader(settings: HttpSettings, secrets: ChannelSecrets): Record<string, string> {
  switch (settings.authType) {
    case null:
      return {};
    case 'basic_auth': {
      const pair = Buffer.from(`${settings.authKey}:${secrets.auth_pass ?? ''}`).toString('base64');
      return { authorization: `Basic ${pair}` };
    }
    case 'bearer_token':
      return { authorization: `Bearer ${secrets.auth_value ?? ''}` };
    case 'api_token':
      return { [settings.authKey.toLowerCase()]: secrets.auth_value ?? '' };
  }
}

const secretTexts = (secrets: ChannelSecrets, auth: Record<string, string>): string[] => [
  ...Object.values(auth).map((value) => value.replace(/^(?:Basic|Bearer) /, '')),
  ...[secrets.auth_value, secrets.auth_pass, secrets.preset_secret].filter((secret) => secret !== undefined),
  ...(secrets.webhook_secret ?? '').split(' ').filter((secret) => secret !== ''),
];

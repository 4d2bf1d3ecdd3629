import { FieldReader } from '../rules/field-reader.ts';
import { isJsonObject, type Json, type JsonObject } from '../shared/json.ts';
import { isOn, type NotificationInput, readTemplate, setChannel } from './channel-input.ts';
import {
  AUTH_TYPES,
  type ChannelSecrets,
  type EmailSettings,
  HTTP_METHODS,
  type HttpSettings,
} from './channel-settings.ts';
import { isEmailAddress, parseLogo } from './email-message.ts';
import { webhookKey } from './http-message.ts';
import { HTTP_PRESETS, type HttpPreset, PRESET_FIELDS, PRESETS_WITH_SECRET } from './http-presets.ts';

const EMAILS_MAX = 100;
const TEXT_CHARS_MAX = 2_000;
const PRESET_FIELD_CHARS_MAX = 200;
const DIGEST_MINUTES_MAX = 1_440;
const LOGO_CHARS_MAX = 400_000;

/** Methods that carry a body. Source: contract/incident-api.md, C.5. */
export const BODY_METHODS: readonly string[] = ['POST', 'PUT', 'PATCH'];

/**
 * Reads the `data` of EmailNotification. The secrets of a channel are given anew with each setting of it: kept ones
 * could be sent to a new address by somebody who never knew them.
 *
 * Source: contract/director-api.md, section 5; contract/incident-api.md, C.5.
 */
export function readEmailNotification(data: JsonObject): NotificationInput {
  const fields = new FieldReader(data);
  if (!isOn(fields, 'notify_email')) return { kind: 'off' };
  const digestMinutes = fields.integer('email_digest_minutes', { min: 0, max: DIGEST_MINUTES_MAX, fallback: 0 });
  const settings: EmailSettings = {
    channel: 'email',
    emails: readEmails(fields, data),
    subject: readTemplate(fields, 'subject'),
    template: readTemplate(fields, 'email_template'),
    linkDisable: fields.flag('link_disable'),
    logoEnable: fields.flag('logo_enable'),
    logo: fields.text('b64_logo', { charsMax: LOGO_CHARS_MAX }),
    ...(digestMinutes === 0 ? {} : { digestMinutes }),
  };
  if (settings.logo !== '' && parseLogo(settings.logo) === null) {
    fields.fail('b64_logo', 'b64_logo must be a JPEG, PNG or GIF image of at most 256 KiB in base64');
  }
  if (settings.logoEnable && settings.logo === '') fields.fail('b64_logo', 'b64_logo must be present with logo_enable');
  return setChannel(fields, 'email', settings, {});
}

/** Reads the `data` of HTTPNotification. `webhook_secret` (one or several `whsec_…`) is beyond the vendor's fields. */
export function readHttpNotification(data: JsonObject): NotificationInput {
  const fields = new FieldReader(data);
  if (!isOn(fields, 'notify_http')) return { kind: 'off' };
  const preset = fields.has('preset') ? fields.choice('preset', HTTP_PRESETS) : null;
  const method = readMethod(fields, data, preset === null ? null : 'POST');
  const auth = readAuth(fields, data['http_header']);
  const webhookSecret = fields.text('webhook_secret', { charsMax: TEXT_CHARS_MAX });
  for (const secret of webhookSecret.split(/[\s,]+/).filter((part) => part !== '')) {
    if (webhookKey(secret) === undefined) {
      fields.fail('webhook_secret', 'webhook_secret must be whsec_ and 24 to 64 bytes in base64');
    }
  }
  const settings: HttpSettings = {
    channel: 'http',
    url: readUrl(fields),
    method,
    queryString: readTemplate(fields, 'http_querystring'),
    body: readTemplate(fields, 'http_body'),
    authType: auth.authType,
    authKey: auth.authKey,
    ...(preset === null ? {} : { preset, presetFields: readPresetFields(fields, data, preset) }),
  };
  if (preset !== null && settings.body !== '') {
    fields.fail('http_body', 'http_body and preset exclude each other');
  }
  if (preset !== null && !BODY_METHODS.includes(method)) {
    fields.fail('preset', `preset goes with POST, PUT and PATCH only, not with ${method}`);
  }
  const presetSecret = preset === null ? '' : readPresetSecret(fields, preset);
  if (settings.body !== '' && !BODY_METHODS.includes(method)) {
    fields.fail('http_body', `http_body goes with POST, PUT and PATCH only, not with ${method}`);
  }
  return setChannel(fields, 'http', settings, {
    ...auth.secrets,
    ...(presetSecret === '' ? {} : { preset_secret: presetSecret }),
    ...(webhookSecret === ''
      ? {}
      : {
          webhook_secret: webhookSecret
            .split(/[\s,]+/)
            .filter(Boolean)
            .join(' '),
        }),
  });
}

function readEmails(fields: FieldReader, data: JsonObject): readonly string[] {
  const given = data['email_emails'];
  const list =
    typeof given === 'string' ? { email_emails: given.split(/[\s,;]+/).filter((part) => part !== '') } : data;
  const reader = new FieldReader(list);
  const emails = reader.texts('email_emails', { countMax: EMAILS_MAX, charsMax: 254 }).map((email) => email.trim());
  for (const message of reader.errors['email_emails'] ?? []) fields.fail('email_emails', message);
  if (emails.length === 0 && reader.errors['email_emails'] === undefined) {
    fields.fail('email_emails', 'email_emails must name at least one address');
  }
  for (const email of emails) {
    if (!isEmailAddress(email)) {
      fields.fail('email_emails', `email_emails holds ${JSON.stringify(email.slice(0, 80))}, expected name@domain`);
    }
  }
  return emails;
}

function readPresetFields(fields: FieldReader, data: JsonObject, preset: HttpPreset): Readonly<Record<string, string>> {
  const given = data['preset_fields'];
  const inner = new FieldReader(isJsonObject(given) ? given : {});
  const values: Record<string, string> = {};
  for (const { name, fallback } of PRESET_FIELDS[preset]) {
    values[name] = inner.text(name, { charsMax: PRESET_FIELD_CHARS_MAX }).trim() || (fallback ?? '');
    if (values[name] === '') fields.fail('preset_fields', `preset_fields must hold ${name} for ${preset}`);
  }
  for (const message of Object.values(inner.errors).flat()) fields.fail('preset_fields', message);
  return values;
}

function readPresetSecret(fields: FieldReader, preset: HttpPreset): string {
  const isNeeded = PRESETS_WITH_SECRET.includes(preset);
  return isNeeded ? fields.text('preset_secret', { charsMax: TEXT_CHARS_MAX, required: true }) : '';
}

/** @param fallback for a request that does not say; null = it has to */
function readMethod(
  fields: FieldReader,
  data: JsonObject,
  fallback: HttpSettings['method'] | null,
): HttpSettings['method'] {
  const given = data['http_request_type'];
  if (fallback !== null && !fields.has('http_request_type')) return fallback;
  const method = HTTP_METHODS.find((word) => typeof given === 'string' && word === given.trim().toUpperCase());
  if (method !== undefined) return method;
  const seen = JSON.stringify(given ?? null).slice(0, 80);
  fields.fail('http_request_type', `http_request_type must be one of ${HTTP_METHODS.join(', ')}, not ${seen}`);
  return 'POST';
}

/** `protocol` counts for an address without a scheme only. */
function readUrl(fields: FieldReader): string {
  const given = fields.text('http_url', { charsMax: TEXT_CHARS_MAX, required: true }).trim();
  const protocol = fields.has('protocol') ? fields.choice('protocol', ['http', 'https'] as const) : 'http';
  if (given === '') return '';
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(given) ? given : `${protocol ?? 'http'}://${given}`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these must not reach a request line
  if (!URL.canParse(text) || /[\u0000-\u0020\u007f]/.test(text)) {
    fields.fail('http_url', 'http_url must be an address such as https://receiver.example/path');
    return '';
  }
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    fields.fail('http_url', `http_url has the scheme ${url.protocol.slice(0, -1)}, expected http or https`);
  }
  if (url.username !== '' || url.password !== '') {
    fields.fail('http_url', 'http_url holds credentials: give them in http_header, where they are sealed');
  }
  url.hash = '';
  return url.href;
}

type Auth = { readonly authType: HttpSettings['authType']; readonly authKey: string; readonly secrets: ChannelSecrets };
const NO_AUTH: Auth = { authType: null, authKey: '', secrets: {} };

const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/;
const HEADER_VALUE = /^[\u0020-\u007e\u0080-\u00ff]+$/;
/** Headers that the connection or the delivery itself needs. */
const TAKEN_HEADERS = new Set([
  ...['host', 'content-length', 'content-type', 'transfer-encoding', 'connection', 'keep-alive', 'upgrade', 'te'],
  ...['expect', 'trailer', 'proxy-authorization', 'webhook-id', 'webhook-timestamp', 'webhook-signature'],
]);

function readAuth(fields: FieldReader, header: Json | undefined): Auth {
  if (header === undefined || header === null || header === '') return NO_AUTH;
  const fail = (message: string): Auth => {
    fields.fail('http_header', message);
    return NO_AUTH;
  };
  if (!isJsonObject(header)) return fail('http_header must be an object');
  const inner = new FieldReader(header);
  const given = inner.text('auth_type', { charsMax: 40 }).trim().toLowerCase();
  if (given === '' || given === 'none') return NO_AUTH;
  const authType = AUTH_TYPES.find((word) => word === given);
  if (authType === undefined) return fail(`auth_type must be one of ${AUTH_TYPES.join(', ')}, none`);
  const authKey = inner.text('auth_key', { charsMax: 200 });
  const value = inner.text('auth_value', { charsMax: TEXT_CHARS_MAX });
  const pass = inner.text('auth_pass', { charsMax: TEXT_CHARS_MAX });
  for (const message of Object.values(inner.errors).flat()) fields.fail('http_header', message);
  if (authType === 'basic_auth') {
    if (authKey === '' || authKey.includes(':')) return fail('auth_key must be a user name without a colon');
    // Some clients give the password as the value of the key.
    const secret = pass === '' ? value : pass;
    return secret === '' ? fail('auth_pass must not be empty') : { authType, authKey, secrets: { auth_pass: secret } };
  }
  if (!HEADER_VALUE.test(value)) return fail('auth_value must be printable text on one line');
  if (authType === 'bearer_token') return { authType, authKey: '', secrets: { auth_value: value } };
  if (!HEADER_NAME.test(authKey) || TAKEN_HEADERS.has(authKey.toLowerCase())) {
    return fail('auth_key must be the name of a header that the delivery does not set itself');
  }
  return { authType, authKey, secrets: { auth_value: value } };
}

import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';
import { invalid } from './request-fields.ts';

// The bodies of the bearer API in the words of the Director's orders. Source: contract/incident-api.md, C.4 and C.5.

const NAME_CHARS_MIN = 5;
const LIMIT_DEFAULT = 100;

/** Only what is given: an update leaves the rest as it is. */
function given(fields: Readonly<Record<string, Json | undefined>>): JsonObject {
  const kept = Object.entries(fields).filter(
    (entry): entry is [string, Json] => entry[1] !== undefined && entry[1] !== null,
  );
  return Object.fromEntries(kept);
}

function section(body: JsonObject, name: string): JsonObject {
  const value = body[name];
  if (value === undefined || value === null) return {};
  if (isJsonObject(value)) return value;
  throw invalid(`${name} must be an object`);
}

/** The nested body of a rule as the flat `data` of AlertRules. */
export function ruleData(body: JsonObject, isNew: boolean): JsonObject {
  const name = body['name'];
  if (isNew && typeof name !== 'string') throw invalid('name must be present in request.');
  if (typeof name === 'string' && name.length < NAME_CHARS_MIN) {
    throw invalid(`name has ${name.length} characters, at least ${NAME_CHARS_MIN} are expected`);
  }
  const search = section(body, 'search_params');
  const taxonomy = section(body, 'taxonomy');
  const ownership = section(body, 'incident_ownership');
  const display = section(body, 'incident_display_data');
  return given({
    ...(isNew ? { limit: LIMIT_DEFAULT } : {}),
    ...given(search),
    ...given(section(body, 'incident_condition')),
    searchname: name,
    description: body['description'],
    attack_tag: taxonomy['attack_tag_hashes'],
    log_source: taxonomy['logsources'],
    metadata: taxonomy['metadata'],
    assigned_to: ownership['assignee'],
    manageable_by: ownership['visible_to_usergroups'],
    apply_jinja_template: display['apply_jinja_template'],
    alert_context_template: display['jinja_template'],
    original_data: section(body, 'foureyes')['original_data'],
  });
}

/** `EmailNotification/create_api`: other names for some fields, and a notification that is created is on. */
export const emailData = (body: JsonObject): JsonObject =>
  given({
    ...body,
    ids: undefined,
    type: undefined,
    notify_email: body['notify_email'] ?? true,
    subject: body['subject'] ?? body['email_subject'],
    link_disable: body['link_disable'] ?? body['disable_search_link'],
    b64_logo: body['b64_logo'] ?? body['logo'],
    email_threshold_value: numberOf(body['email_threshold_value'] ?? body['threshold_value']),
    email_threshold_option: body['email_threshold_option'] ?? body['threshold_option'],
  });

export const httpData = (body: JsonObject): JsonObject =>
  given({
    ...body,
    ids: undefined,
    type: undefined,
    notify_http: body['notify_http'] ?? true,
    http_header: headerOf(body['http_header']),
    http_threshold_value: numberOf(body['http_threshold_value']),
  });

/** Forms know texts only. */
function numberOf(value: Json | undefined): Json | undefined {
  return typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
}

/** Comes as an object or as its JSON text; a bearer token may stand in `auth_key`. */
function headerOf(value: Json | undefined): Json | undefined {
  let header = value;
  if (typeof value === 'string' && value !== '') {
    try {
      header = JSON.parse(value) as Json;
    } catch {
      throw invalid('http_header must be an object, or a text that holds one as JSON');
    }
  }
  if (!isJsonObject(header) || header['auth_type'] !== 'bearer_token') return header;
  return { auth_type: 'bearer_token', auth_value: header['auth_value'] ?? header['auth_key'] ?? '' };
}

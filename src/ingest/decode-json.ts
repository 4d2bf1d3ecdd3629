import { cloudFieldNames } from '../events/taxonomy.ts';
import { isJsonObject, type Json, type JsonObject } from '../shared/json.ts';
import { parseWindows } from './decode-windows.ts';
import { type Decoding, Undecodable } from './decoding.ts';
import { takeTime } from './event-clock.ts';
import { flatten, putLeaf } from './flatten.ts';
import { MSG_LENGTH_MAX } from './limits.ts';

/** One JSON object → fields. Windows events and a few cloud services get taxonomy names, the rest keeps its own. */
export function decodeJson(decoding: Decoding): void {
  const record = parseObject(decoding.text);
  decodeObject(decoding, record);
  if (!decoding.event.has('msg')) decoding.event.putMsg(decoding.text, MSG_LENGTH_MAX);
}

/** @throws Undecodable `invalid_json`, `not_an_object` */
export function parseObject(text: string): JsonObject {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (error) {
    throw new Undecodable('invalid_json', error instanceof Error ? error.message.slice(0, 200) : 'not JSON');
  }
  if (!isJsonObject(value)) throw new Undecodable('not_an_object', `${describe(value)}, expected a JSON object`);
  return value;
}

export function decodeObject(decoding: Decoding, record: JsonObject): void {
  const { event } = decoding;
  const msg = record['msg'];
  if (typeof msg === 'string') event.putMsg(msg, MSG_LENGTH_MAX);
  const windows = parseWindows(record);
  if (windows !== null) {
    windows.decode(decoding);
    return;
  }
  const consumed = takeTime(decoding, record);
  const names = cloudNames(decoding, record);
  for (const key in record) {
    const value = record[key];
    if (key === consumed || (key === 'msg' && typeof value === 'string')) continue;
    if (key === 'label') putLabel(decoding, value);
    else flatten(decoding, names?.get(key) ?? key, value, 1);
  }
}

function putLabel(decoding: Decoding, value: Json | undefined): void {
  if (!Array.isArray(value)) putLeaf(decoding, 'label', value ?? null);
  else decoding.event.put('label', value.filter((item) => typeof item === 'string').join(' '));
}

/** Azure activity and sign-in logs, Office 365 audit logs: known by members that only they have. */
function cloudNames(decoding: Decoding, record: JsonObject): ReadonlyMap<string, string> | null {
  const { event } = decoding;
  if (record['Workload'] !== undefined && record['Operation'] !== undefined) {
    event.put('norm_id', 'Office365');
  } else if (
    record['Category'] === 'SignInLogs' ||
    record['Category'] === 'SigninLogs' ||
    record['Category'] === 'AuditLogs'
  ) {
    event.put('norm_id', 'AzureLogAnalytics');
    event.put('event_type', record['Category'] === 'AuditLogs' ? 'AuditLogs' : 'SigninLogs');
  } else if (
    record['OperationNameValue'] !== undefined ||
    (record['operationName'] !== undefined && record['resourceId'] !== undefined)
  ) {
    event.put('norm_id', 'MicrosoftAzure');
  } else return null;
  return cloudFieldNames;
}

const describe = (value: Json): string =>
  value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`;

import { plainWindowsName, type WindowsNormId, windowsFieldNames } from '../events/taxonomy.ts';
import { isJsonObject, type Json, type JsonObject } from '../shared/json.ts';
import type { Decoding } from './decoding.ts';
import { takeTime } from './event-clock.ts';
import { windowsLabels, windowsSignature } from './event-labels.ts';
import { flatten, leafText } from './flatten.ts';

type WindowsRecord = { decode(decoding: Decoding): void };

const SYSMON_CHANNEL = 'microsoft-windows-sysmon/operational';

/**
 * A Windows event in one of the forms in which collectors write it: flat (NXLog, OTRF), as evtx-dump nests it
 * (`Event.System`, `Event.EventData`), or under `winlog` (Winlogbeat). Null for anything else.
 */
export function parseWindows(record: JsonObject): WindowsRecord | null {
  if (record['EventID'] !== undefined || record['EventId'] !== undefined) {
    const isWindows = ['Channel', 'Provider_Name', 'SourceName', 'ProviderName', 'Computer'].some((name) =>
      isText(record[name]),
    );
    return isWindows ? flatRecord(record, {}) : null;
  }
  const nested = record['Event'];
  if (isJsonObject(nested) && isJsonObject(nested['System']))
    return flatRecord(fromEvtxDump(nested, nested['System']), {});
  const { winlog } = record;
  if (isJsonObject(winlog) && winlog['event_id'] !== undefined) return fromWinlogbeat(record, winlog);
  return null;
}

const isText = (value: Json | undefined): value is string => typeof value === 'string' && value !== '';

const firstText = (record: JsonObject, names: readonly string[]): string => {
  for (const name of names) {
    const value = record[name];
    if (isText(value)) return value;
  }
  return '';
};

function flatRecord(record: JsonObject, beside: JsonObject): WindowsRecord {
  return { decode: (decoding) => decodeFlat(decoding, record, beside) };
}

function decodeFlat(decoding: Decoding, record: JsonObject, beside: JsonObject): void {
  const { event } = decoding;
  const eventId = String(record['EventID'] ?? record['EventId']);
  const channel = firstText(record, ['Channel']);
  const isSysmon =
    channel.toLowerCase() === SYSMON_CHANNEL ||
    (channel === '' &&
      firstText(record, ['Provider_Name', 'SourceName', 'ProviderName']) === 'Microsoft-Windows-Sysmon');
  const normId: WindowsNormId = isSysmon ? 'WindowsSysmon' : 'WinServer';
  const consumed = takeTime(decoding, record) ?? takeTime(decoding, beside);
  event.put('norm_id', normId);
  event.put('sig_id', windowsSignature(isSysmon, eventId));
  const label = windowsLabels(isSysmon, channel, eventId);
  if (label !== '') event.put('label', label);
  const names = windowsFieldNames(normId, channel, eventId);
  for (const key in record) {
    if (
      (key === 'msg' && typeof record[key] === 'string') ||
      (key === consumed && key !== 'TimeCreated' && key !== 'UtcTime')
    )
      continue;
    // Sysmon's rendered text says once more what every other field says; it stays readable in `msg`.
    if (isSysmon && key === 'Message') continue;
    putNamed(decoding, names, key, record[key]);
  }
  for (const key in beside) {
    if (key !== consumed && key !== 'msg') flatten(decoding, key, beside[key], 1);
  }
  const host = event.get('host');
  if (host !== undefined) event.put('device_name', host);
}

function putNamed(decoding: Decoding, names: ReadonlyMap<string, string>, key: string, value: Json | undefined): void {
  const { event } = decoding;
  if (value === undefined || value === null) return;
  if (typeof value === 'object') {
    flatten(decoding, names.get(key) ?? plainName(key), value, 1);
    return;
  }
  const text = typeof value === 'string' ? value : (leafText(decoding.text, key, value) ?? '');
  if (key === 'Hashes') {
    putHashes(decoding, text);
    return;
  }
  const name = names.get(key) ?? plainName(key);
  if (event.putForeign(name, text)) return;
  // Two names of one meaning with two values: the second keeps its own name, then a number.
  const plain = plainName(key);
  event.putBeside(plain, text);
}

const HASH_NAMES = new Map([
  ['MD5', 'hash'],
  ['SHA1', 'hash_sha1'],
  ['SHA256', 'hash_sha256'],
  ['IMPHASH', 'hash_import'],
]);

/** The field for a hash that goes by such a name in `Hashes`. */
export const hashFieldName = (name: string): string => HASH_NAMES.get(name.trim().toUpperCase()) ?? 'hashes';

/**
 * The names under which an event may have a member of a flat record, but for those of third members with one name: the
 * first that is free, or has its value.
 */
export function windowsTargets(channel: string, eventId: string, key: string): readonly string[] {
  const normId = channel.toLowerCase() === SYSMON_CHANNEL ? 'WindowsSysmon' : 'WinServer';
  const plain = plainName(key);
  return [windowsFieldNames(normId, channel, eventId).get(key) ?? plain, plain, `${plain}_2`];
}

/** `SHA1=…,MD5=…,IMPHASH=…`; what has another form stays in `hashes`. */
function putHashes(decoding: Decoding, text: string): void {
  for (const part of text.split(',')) {
    const at = part.indexOf('=');
    const name = HASH_NAMES.get(part.slice(0, at).trim().toUpperCase());
    if (at === -1 || name === undefined) decoding.event.put('hashes', text);
    else decoding.event.put(name, part.slice(at + 1));
  }
}

const plainNames = new Map<string, string>();
/** Names come from lines: a stream of made-up ones must not fill the memory. */
const PLAIN_NAMES_MAX = 20_000;
function plainName(key: string): string {
  let name = plainNames.get(key);
  if (name === undefined) {
    name = plainWindowsName(key);
    if (plainNames.size >= PLAIN_NAMES_MAX) plainNames.clear();
    plainNames.set(key, name);
  }
  return name;
}

type Flat = { [name: string]: Json };
const newFlat = (): Flat => Object.create(null) as Flat;

/** Attributes of an XML element, as the two usual converters write them. */
function attribute(value: Json | undefined, name: string): Json | undefined {
  if (!isJsonObject(value)) return undefined;
  const attributes = value['#attributes'];
  return isJsonObject(attributes) ? attributes[name] : (value[`@${name}`] ?? value[name]);
}

const elementText = (value: Json | undefined): Json | undefined => (isJsonObject(value) ? value['#text'] : value);

function fromEvtxDump(nested: JsonObject, system: JsonObject): JsonObject {
  const flat = newFlat();
  const set = (name: string, value: Json | undefined): void => {
    if (value !== undefined && value !== null) flat[name] = value;
  };
  set('EventID', elementText(system['EventID']) ?? '');
  set('Provider_Name', attribute(system['Provider'], 'Name'));
  set('ProviderGuid', attribute(system['Provider'], 'Guid'));
  set('TimeCreated', attribute(system['TimeCreated'], 'SystemTime'));
  set('ExecutionProcessID', attribute(system['Execution'], 'ProcessID'));
  set('ExecutionThreadID', attribute(system['Execution'], 'ThreadID'));
  set('SecurityUserID', attribute(system['Security'], 'UserID'));
  set('ActivityID', attribute(system['Correlation'], 'ActivityID'));
  for (const name of ['Channel', 'Computer', 'EventRecordID', 'Level', 'Task', 'Opcode', 'Keywords', 'Version']) {
    set(name, elementText(system[name]));
  }
  copyData(flat, nested['EventData']);
  const userData = nested['UserData'];
  if (isJsonObject(userData)) for (const name in userData) copyData(flat, userData[name]);
  return flat;
}

/** `{Name: value}`, `{Data: {"#text": […]}}` or `{Data: [{"@Name": …, "#text": …}]}`. */
function copyData(flat: Flat, data: Json | undefined): void {
  if (!isJsonObject(data)) return;
  for (const name in data) {
    const value = data[name];
    if (name === '#attributes' || value === undefined) continue;
    if (name !== 'Data') {
      flat[Object.hasOwn(flat, name) ? `EventData${name}` : name] = elementText(value) ?? value;
      continue;
    }
    for (const item of Array.isArray(value) ? value : [value]) {
      const itemName = attribute(item, 'Name');
      if (isText(itemName)) flat[itemName] = elementText(item) ?? '';
      else addUnnamed(flat, elementText(item));
    }
  }
}

function addUnnamed(flat: Flat, value: Json | undefined): void {
  if (value === undefined || value === null) return;
  const text = Array.isArray(value) ? value.map(String).join(', ') : String(value);
  flat['Data'] = flat['Data'] === undefined ? text : `${String(flat['Data'])}, ${text}`;
}

const WINLOG_NAMES = new Map([
  ['event_id', 'EventID'],
  ['channel', 'Channel'],
  ['provider_name', 'Provider_Name'],
  ['provider_guid', 'ProviderGuid'],
  ['computer_name', 'Computer'],
  ['record_id', 'EventRecordID'],
  ['task', 'Task'],
  ['opcode', 'Opcode'],
  ['keywords', 'Keywords'],
]);

function fromWinlogbeat(record: JsonObject, winlog: JsonObject): WindowsRecord {
  const flat = newFlat();
  for (const key in winlog) {
    const value = winlog[key];
    if (value === undefined || key === 'event_data' || key === 'user_data') continue;
    flat[WINLOG_NAMES.get(key) ?? key] = value;
  }
  for (const data of [winlog['event_data'], winlog['user_data']]) {
    if (!isJsonObject(data)) continue;
    for (const key in data) flat[Object.hasOwn(flat, key) ? `EventData${key}` : key] = data[key] ?? null;
  }
  if (isText(record['message'])) flat['Message'] = record['message'];
  const beside = newFlat();
  for (const key in record) if (key !== 'winlog' && key !== 'message') beside[key] = record[key] ?? null;
  return flatRecord(flat, beside);
}

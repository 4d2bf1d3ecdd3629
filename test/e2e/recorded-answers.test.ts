import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OPERATIONS } from '../../src/client/operation-table.ts';
import type { OperationId } from '../../src/client/request-types.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/shared/json.ts';
import { busyRefusals, openReceivers, playAccount, playChannels, playNode, type Receivers } from './recorded-doors.ts';
import { eventually, type Founded, initFolder, ServerProcess, temporaryFolder } from './tocsin-process.ts';

// The examples of openapi.json are answers of a real server. This plays the calls that they come from again: what the
// server says now has every name that is recorded, with its type. `RECORD=1 npx vitest run test/e2e/recorded-answers`
// writes the recording anew; `npm run gen` puts it into the document.

const FILE = 'src/apis/http/recorded-answers.json';
/** Longer lists are cut in the recording. */
const ROWS_SHOWN = 2;

type Asked = {
  readonly path?: JsonObject;
  readonly query?: JsonObject;
  readonly data?: JsonObject;
  readonly body?: Json;
  readonly headers?: Record<string, string>;
};
type Recorded = Record<string, JsonObject>;

const folder = temporaryFolder();
const recorded: Recorded = {};
let firstIncident = '';
let founded: Founded;
let server: ServerProcess;
let admin = '';
let receivers: Receivers;

beforeAll(async () => {
  founded = await initFolder(`${folder.dir}/data`);
  server = await ServerProcess.start(
    `${folder.dir}/data`,
    '--rules-settle-seconds',
    '0',
    '--egress-allow',
    '127.0.0.0/8',
  );
  receivers = await openReceivers();
  admin = founded.admin.id;
});
afterAll(async () => {
  await server.kill();
  await receivers.close();
  folder.remove();
});

async function send(method: string, path: string, body?: Json, headers: Record<string, string> = {}) {
  const answer = await fetch(`${server.url}${path}`, {
    method,
    headers: {
      ...(headers['cookie'] === undefined ? { authorization: `Bearer ${founded.token}` } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, value: text === '' ? null : (JSON.parse(text) as Json), headers: answer.headers };
}

/** Makes a call and keeps it as the example of its operation. Of an order: what became of it. */
async function play(id: OperationId, asked: Asked = {}): Promise<JsonObject> {
  const { method, path: form, kind } = OPERATIONS[id];
  const names: JsonObject = { pool: founded.pool_uuid, logpoint: founded.logpoint_identifier, ...asked.path };
  const filled = form.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(names[name])));
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(asked.query ?? {})) query.set(name, String(value));
  const hasBody = method === 'POST' || method === 'PUT';
  const body =
    asked.body ?? (asked.data !== undefined || (kind === 'order' && hasBody) ? { data: asked.data ?? {} } : undefined);
  const { status, value } = await send(method, query.size === 0 ? filled : `${filled}?${query}`, body, asked.headers);
  expect([id, status, status === 200 ? '' : value]).toEqual([id, 200, '']);
  const order = kind === 'order' && isJsonObject(value) ? await ended(String(value['message'])) : null;
  const given = {
    path: names,
    ...(asked.query === undefined ? {} : { query: asked.query }),
    ...(body === undefined ? {} : { body }),
  };
  recorded[id] = { ...given, answer: value, ...(order === null ? {} : { order }) };
  const said = order === null ? value : order['response'];
  if (order !== null && isJsonObject(said))
    expect([id, said['success'], said['message']]).toEqual([id, true, said['message']]);
  return isJsonObject(said) ? said : {};
}

async function ended(path: string): Promise<JsonObject> {
  return eventually(async () => {
    const { value } = await send('GET', `${path}?wait=10`);
    const response = isJsonObject(value) ? value['response'] : undefined;
    return isJsonObject(value) && isJsonObject(response) && response['success'] !== undefined ? value : undefined;
  }, path);
}

const acting = (more: JsonObject = {}): JsonObject => ({ incident_user_id: admin, ...more });
const idOf = (said: JsonObject): string => String(said['id']);

async function playPeople(): Promise<void> {
  const login = { username: founded.admin.username, password: founded.admin.password };
  await play('Login', { body: login });
  const group = idOf(await play('CreateUserGroup', { data: { name: 'analysts', lpadmin: false } }));
  const user = { username: 'bo', email: 'bo@example.org', firstname: 'Bo', lastname: 'Berg', usergroup: [group] };
  const id = idOf(await play('CreateUser', { data: { ...user, password: 'correct-horse-9' } }));
  await play('EditUser', { path: { id }, data: { lastname: 'Bergh' } });
  await play('ChangePassword', { path: { id }, data: { new_password: 'battery-staple-9' } });
  await play('CreateIncidentUserGroup', { data: { selected_usergroups: [group] } });
  for (const list of ['ListUsers', 'ListUserGroups', 'ListIncidentUserGroups', 'ListPermissionGroups'] as const)
    await play(list);
  await play('GetUsers', { path: { id } });
  await play('FetchUsers');
  await play('DeactivateUser', { path: { id } });
  await play('ActivateUser', { path: { id } });
  await play('DeactivateUser', { path: { id } });
  await play('TrashUser', { path: { id }, data: { assigned_to_user: admin } });
  const token = await play('IssueToken', {
    body: { name: 'night shift', role: 'readonly', pools: [founded.pool_uuid] },
  });
  await play('ListTokens');
  await play('RevokeToken', { path: { id: idOf(token) } });
  await play('ListAccounts');
  await play('AuthMethods');
}

async function playLogpoint(): Promise<void> {
  const repo = idOf(await play('CreateRepo', { data: { name: 'firewall', retention: 30 } }));
  await play('EditRepo', { path: { id: repo }, data: { retention: 90 } });
  await play('CreateLogSource', { data: { name: 'edge', hosts: ['192.0.2.7'] } });
  const list = idOf(await play('CreateList', { data: { name: 'ADMINS', type: 'static', items: ['anna'] } }));
  await play('EditList', { path: { id: list }, data: { items: ['anna', 'bo'] } });
  const data = { name: 'Logins', definitions: [{ query: 'action=login', labels: ['login'] }] };
  await play('CreateLabelPackage', { data });
  for (const read of ['ListRepos', 'ListLogSources', 'ListLists', 'ListLabelPackages', 'ListRepoPaths'] as const)
    await play(read);
  for (const read of [
    'ListTimezone',
    'ListMachineInfo',
    'PoolInfo',
    'DirectorVersion',
    'ListSystemSettingsGeneral',
  ] as const)
    await play(read);
  await play('FetchRepos');
  await play('FetchMitreAttacks');
}

async function playRules(): Promise<string> {
  const rule = {
    searchname: 'Login of anna',
    query: 'user=anna action=login',
    owner: admin,
    repos: ['default'],
    limit: 100,
    timerange_minute: 5,
    condition_option: 'greaterthan',
    condition_value: 0,
    risk: 'high',
    aggregate: 'max',
  };
  const id = idOf(await play('CreateAlertRule', { data: rule }));
  await play('EditAlertRule', { path: { id }, data: { description: 'anna is on leave' } });
  await play('ValidateQuery', { data: { query: rule.query } });
  const exception = { name: 'Drill', query: 'user=anna host=lab', owner: admin, reason: 'a drill of ours' };
  await play('CreateException', { data: exception });
  await play('ListExceptions');
  return id;
}

async function playIncidents(rule: string): Promise<void> {
  const path = { repo: 'default' };
  const lines = ['h1', 'h2'].map((host) => JSON.stringify({ user: 'anna', action: 'login', host })).join('\n');
  await play('Ingest', { path, body: `${lines}\n{"user":` });
  const found = async (): Promise<JsonObject | undefined> => {
    const { value } = await send('GET', `/configapi/${founded.pool_uuid}/${founded.logpoint_identifier}/Incidents`);
    return Array.isArray(value) && isJsonObject(value[0]) ? value[0] : undefined;
  };
  const id = idOf(await eventually(found, 'the incident of the rule'));
  const byHand = { name: 'Seen by hand', query: 'user=*', time_range: [1795000000, 1795003600], risk: 'low' };
  await play('CreateIncident', { data: acting(byHand) });
  await play('ListIncidents', { query: { status: 'unresolved', limit: 2, total: true } });
  await play('IncidentFacets', { query: { status: 'unresolved' } });
  await play('IncidentHistogram', { query: { buckets: 2 } });
  await play('FetchIncidents', { data: { status: ['unresolved'], limit: 2 } });
  const of = { path: { id } };
  firstIncident = id;
  await play('FetchIncidentData', of);
  await play('GetIncidentData', of);
  await play('Comment', { ...of, data: acting({ comment: 'planned maintenance' }) });
  await play('Reassign', { ...of, data: acting({ new_assignee: admin }) });
  await play('Resolve', { ...of, data: acting() });
  await play('Close', { ...of, data: acting() });
  await play('Reopen', { ...of, data: acting() });
  await play('SetDisposition', { ...of, data: acting({ disposition: 'false_positive', reason: 'a scanner of ours' }) });
  await play('MergeIncidents', { ...of, data: acting({ ids: ['INC-2'] }) });
  await play('GetIncident', of);
  await play('UnmergeIncidents', { ...of, data: acting() });
  const bulk = await play('BulkChange', { data: acting({ action: 'resolve', ids: ['INC-1', 'INC-9'] }) });
  await play('UndoBulkChange', { path: { id: String(bulk['bulk_id']) }, data: acting() });
  await play('EditSlaPolicy', { data: { high: { acknowledge: 15, resolve: 240 } } });
  await play('GetSlaPolicy');
  const filter = await play('CreateSavedFilter', { data: { name: 'mine', filter: { risk: ['high'] }, shared: false } });
  await play('ListSavedFilters');
  await play('TrashSavedFilter', { path: { id: idOf(filter) } });
  await play('IncidentTimeline', of);
  await play('IncidentAudit', of);
  await play('RelatedIncidents', { ...of, query: { by: 'rule' } });
  await play('IncidentMetrics', { query: { by: 'rule' } });
  const span = { from: Math.floor(Date.now() / 1000) - 3600, to: Math.floor(Date.now() / 1000) + 60 };
  await play('FetchLogs', { data: { query: 'user=anna', time_range: [span.from, span.to], user_id: admin, limit: 2 } });
  await play('BacktestAlertRule', { data: { rule_id: rule, ...span } });
  await play('ListAlertRules');
  await play('GetAlertRule', { path: { id: rule } });
}

async function playTrails(): Promise<void> {
  await play('ListOrders', { query: { limit: 2 } });
  await play('ListAudit', { query: { limit: 2 } });
  await play('AuditState');
  const resolve = recorded['Resolve']?.['answer'];
  const path = isJsonObject(resolve) ? String(resolve['message']) : '';
  await play('PollOrder', { path: { id: path.split('/').at(-1) ?? '' }, query: { wait: 10 } });
}

/** What is refused, by status: message and code as they come. */
async function playRefusals(): Promise<void> {
  const base = `/configapi/${founded.pool_uuid}/${founded.logpoint_identifier}`;
  const { value: issued } = await send('POST', '/tokens', { name: 'ci', role: 'readonly', pools: [founded.pool_uuid] });
  const reader = { authorization: `Bearer ${isJsonObject(issued) ? String(issued['token']) : ''}` };
  const json = { 'content-type': 'application/json' };
  const refused = {
    400: await send('POST', `${base}/Incidents/INC-1/resolve`, { data: {} }),
    401: await send('GET', `${base}/Users`, undefined, { authorization: '' }),
    403: await send('POST', `${base}/Lists`, { data: { name: 'X', type: 'static' } }, reader),
    404: await send('GET', `${base}/Incidents/INC-77`),
    413: await send('POST', `${base}/Lists`, ' '.repeat(3 * 1024 * 1024), json),
    415: await send('POST', `${base}/Lists`, 'x', { 'content-type': 'text/plain' }),
    default: await send('PATCH', `${base}/Users`),
  };
  for (const [status, { value, headers, ...answer }] of Object.entries(refused)) {
    if (status !== 'default') expect([status, answer.status]).toEqual([status, Number(status)]);
    recorded[`refused ${status}`] = { answer: value, code: headers.get('x-error-code') };
  }
  for (const [status, refusal] of Object.entries(await busyRefusals(folder.dir)))
    recorded[`refused ${status}`] = refusal;
}

/** Without secrets, ports and long lists. */
function shown(value: Json): Json {
  if (Array.isArray(value)) return value.slice(0, ROWS_SHOWN).map(shown);
  if (isJsonObject(value))
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shown(inner)]));
  if (typeof value !== 'string') return value;
  const text = value
    .replaceAll(founded.admin.password, 'correct-horse-9')
    .replaceAll(receivers.hook, 'https://receiver.example/hook')
    .replaceAll(new URL(receivers.hook).origin, 'https://receiver.example')
    .replaceAll(new URL(server.url).host, '127.0.0.1:8514');
  return text.replace(/\b(tct|tcs|tak)_[\w-]{43}/g, (_, kind: string) => `${kind}_${'0123456789'.repeat(4)}abc`);
}

/** What of a recording is not there any more, or has another type; a null and an empty list fit anything. */
function unlike(where: string, was: Json, now: Json | undefined): string[] {
  if (was === null || now === null) return [];
  if (Array.isArray(was) && Array.isArray(now)) {
    const [first] = was;
    return first === undefined || now.length === 0 ? [] : unlike(`${where}[]`, first, now[0]);
  }
  if (!isJsonObject(was) || !isJsonObject(now)) {
    return typeof was === typeof now ? [] : [`${where}: ${typeof was}, ${typeof now}`];
  }
  return Object.entries(was).flatMap(([name, inner]) => unlike(`${where}.${name}`, inner, now[name]));
}

test('the examples of the document are what the server answers', async () => {
  await playPeople();
  await playLogpoint();
  const rule = await playRules();
  await playIncidents(rule);
  await playChannels(play, rule, receivers);
  await playAccount(play, server.url, founded.pool_uuid);
  await playNode(play, founded, firstIncident);
  await playTrails();
  await playRefusals();
  const now = shown(recorded);
  if (process.env['RECORD'] !== undefined) writeFileSync(FILE, `${JSON.stringify(now, null, 1)}\n`);
  const before: JsonObject = JSON.parse(readFileSync(FILE, 'utf8'));
  expect(unlike('', before, now)).toEqual([]);
});

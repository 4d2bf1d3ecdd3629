import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/shared/json.ts';
import { isJsonObject } from '../../src/shared/json.ts';
import { servedFolder } from './served-folder.ts';
import { eventually, runCommand } from './tocsin-process.ts';

// The one path that matters, with real processes: a folder is made, a server serves it, a log line becomes an incident,
// the incident is worked through all nine operations, the server is killed, and everything is as it was.

let incident: JsonObject;

const served = servedFolder(['--pool', 'acme', '--logpoint', 'LP1', '--admin', 'anna']);

const acting = (): JsonObject => ({ incident_user_id: served.founded.admin.id });
const idOf = (): string => String(incident['id']);

async function statusOf(id: string): Promise<string> {
  const rows = await served.director.rows('Incidents/fetch', {});
  return String(rows.find((row) => row['id'] === id)?.['status']);
}

test('init prints ids and secrets, and refuses a folder that is one', async () => {
  expect(served.founded.pool_uuid).toMatch(/^[0-9a-f]{32}$/);
  expect(served.founded.logpoint_identifier).toMatch(/^[0-9a-f]{32}$/);
  expect(served.founded.admin).toMatchObject({ username: 'anna', id: expect.stringMatching(/^[0-9a-f]{24}$/) });
  const again = await runCommand(['init', '--data', served.dataDir]);
  expect(again).toEqual({
    code: 1,
    stdout: '',
    stderr: `tocsin: DATA_EXISTS: ${served.dataDir} is a data folder already\n`,
  });
});

test('a second server on the folder is refused', async () => {
  const { code, stderr } = await runCommand(['serve', '--data', served.dataDir, '--port', '0']);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^tocsin: DATA_IN_USE: [^\n]+\n$/)]);
});

test('the pool, its logpoint and its repos are there', async () => {
  const pools = await served.director.get('/monitorapi/v1/director/poolinfo');
  expect(pools).toMatchObject([
    {
      active: true,
      name: 'acme',
      pool_uuid: served.founded.pool_uuid,
      machines: [{ identifier: served.founded.logpoint_identifier }],
    },
  ]);
  const repos = await served.director.list('Repos');
  const addresses = (Array.isArray(repos) ? repos : []).map((repo) => (isJsonObject(repo) ? repo['address'] : null));
  const named = ['_LogPointAlerts', '_logpoint', 'default'].map((name) => `127.0.0.1:5504/${name}`);
  expect(addresses.sort()).toEqual(named);
});

test('a log line that a rule matches becomes an incident within seconds', async () => {
  const created = await served.director.order('AlertRules', {
    searchname: 'Root logs in',
    owner: served.founded.admin.id,
    repos: ['127.0.0.1:5504/default'],
    query: 'user=root action=login',
    limit: 10,
    timerange_minute: 5,
    condition_option: 'greaterthan',
    condition_value: 0,
    risk: 'high',
    aggregate: 'max',
    flush_on_trigger: 'off',
  });
  expect(created).toMatchObject({ success: true });
  const answer = await served.director.ingest(
    `${JSON.stringify({ user: 'root', action: 'login', source_address: '203.0.113.7' })}\n${JSON.stringify({ user: 'eve' })}\n`,
  );
  expect([answer.status, await answer.json()]).toEqual([200, { accepted: 2, rejected: 0 }]);
  incident = await eventually(async () => (await served.director.rows('Incidents/fetch', {}))[0], 'an incident');
  expect(incident).toMatchObject({
    type: 'Alert',
    name: 'Root logs in',
    status: 'unresolved',
    risk: 'high',
    username: served.founded.admin.id,
    repos: ['127.0.0.1:5504/default'],
    comments: [],
  });
  expect(String(incident['search_link'])).toContain(
    `https://${new URL(served.server.url).host}/#Logs/searchLogs?query=`,
  );
});

test('its data is fetched as an order, and the copy is read again', async () => {
  const path = await served.director.place(`Incidents/${idOf()}/fetchIncidentData`, {});
  expect(path).toMatch(
    /^\/monitorapi\/[0-9a-f]{32}\/[0-9a-f]{32}\/orders\/[0-9a-f-]{36}\/[0-9a-f]{8}-Logs\/fetchLogData$/,
  );
  const rows = await eventually(async () => {
    const order = await served.director.get(`${path}?wait=5`);
    const response = isJsonObject(order) ? order['response'] : undefined;
    const found = isJsonObject(response) ? response['rows'] : undefined;
    return Array.isArray(found) && found.length > 0 ? found : undefined;
  }, 'the rows of the incident');
  expect(rows).toMatchObject([
    { _participating_events: [{ user: 'root', repo_name: 'default', logpoint_name: 'LP1' }] },
  ]);
  expect(await served.director.list(`Incidents/IncidentData/${idOf()}`)).toEqual(rows);
});

test('it is worked through comment, reassign, resolve, close and reopen with the words of the contract', async () => {
  const say = (verb: string, data: JsonObject = acting()) => served.director.order(`Incidents/${idOf()}/${verb}`, data);
  expect(await say('comment', { ...acting(), comment: 'Looking.' })).toEqual({
    success: true,
    message: 'Comment added.',
  });
  expect(await say('reassign')).toEqual({ success: true, message: 'Incident is reassigned' });
  expect(await say('close')).toMatchObject({ success: false, message: 'Only resolved incidents can be closed' });
  expect(await say('resolve')).toEqual({ success: true, message: 'Incident is resolved' });
  expect(await say('resolve')).toMatchObject({ success: false, message: 'Incident is already resolved' });
  expect(await say('close')).toEqual({
    success: true,
    audit_data: [{ action: 'incident closed', document: 'Root logs in' }],
    message: 'Incident is closed',
  });
  expect(await say('reopen')).toEqual({ success: true, message: 'Incident is reopened' });
  expect(await say('sendForInvestigation')).toMatchObject({ success: false });
  expect(await statusOf(idOf())).toBe('unresolved');
});

test('a finished order reads the same, byte for byte, after the server was killed', async () => {
  const path = await served.director.place(`Incidents/${idOf()}/resolve`, acting());
  const before = await (await served.director.request('GET', path)).text();
  expect(JSON.parse(before)).toEqual({
    request: {},
    logpoint_identifier: served.founded.logpoint_identifier,
    pool_uuid: served.founded.pool_uuid,
    response: { success: true, message: 'Incident is resolved' },
  });
  const rows = await served.director.rows('Incidents/fetch', {});
  await served.restart();
  expect(await (await served.director.request('GET', path)).text()).toBe(before);
  const withoutLink = (all: readonly JsonObject[]) => all.map(({ search_link: _link, ...row }) => row);
  expect(withoutLink(await served.director.rows('Incidents/fetch', {}))).toEqual(withoutLink(rows));
});

test('after the restart lines are taken, found by a search, and the raised incident is an event of its own', async () => {
  const answer = await served.director.ingest('{"user":"after-restart"}\n');
  expect([answer.status, await answer.json()]).toEqual([200, { accepted: 1, rejected: 0 }]);
  const nowS = Math.floor(Date.now() / 1000);
  const search = (query: string, repo: string) => async () => {
    const data = { query, time_range: [nowS - 3600, nowS + 60], user_id: served.founded.admin.id, repos: [repo] };
    return (await served.director.rows('Search/logs/fetch', data))[0];
  };
  await eventually(search('user="after-restart"', 'default'), 'the line after the restart');
  const alert = await eventually(search('action=raised', '_LogPointAlerts'), 'the alert event');
  expect(alert).toMatchObject({ alert_name: 'Root logs in', incident_obj_id: idOf(), risk: 'high' });
});

test('the command line works the incident on the folder of the running server', async () => {
  const reopened = await runCommand(['incidents', 'reopen', idOf(), '--data', served.dataDir]);
  expect(reopened).toEqual({ code: 0, stdout: 'Incident is reopened\n', stderr: '' });
  const list = await runCommand(['incidents', 'list', '--status', 'unresolved', '--json', '--data', served.dataDir]);
  expect(JSON.parse(list.stdout)).toMatchObject([{ id: idOf(), name: 'Root logs in' }]);
  const env = { TOCSIN_TOKEN: served.founded.token };
  const shown = await runCommand(['incidents', 'show', idOf(), '--url', served.server.url, '--json'], { env });
  expect(JSON.parse(shown.stdout)).toMatchObject({ id: idOf(), data: [{ _participating_events: [{ user: 'root' }] }] });
});

test('SIGTERM drains and ends with 0; the log is JSON with exactly one ready', async () => {
  expect(await served.server.stop()).toBe(0);
  expect(served.server.log.filter((record) => record['msg'] === 'ready')).toMatchObject([{ url: served.server.url }]);
  expect(JSON.stringify(served.server.log)).not.toContain(served.founded.token);
});

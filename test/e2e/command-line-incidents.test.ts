import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/shared/json.ts';
import { servedFolder } from './served-folder.ts';
import { eventually, runCommand } from './tocsin-process.ts';

// Many incidents worked from the command line, and rules that come from files, against a running server.

const served = servedFolder([], async () => {
  const rules = ['low', 'medium', 'high'].map((risk) => ({ searchname: `Of ${risk}`, query: `user=${risk}`, risk }));
  writeFileSync(`${served.dir}/rules.jsonl`, rules.map((rule) => JSON.stringify(rule)).join('\n'));
  expect(await tocsin('rules', 'import', '--rules', `${served.dir}/rules.jsonl`)).toEqual([
    0,
    '3 imported, 0 updated, 0 unchanged, 0 refused',
    '',
  ]);
  // One after another, for the numbers to be known.
  for (const [i, user] of ['low', 'medium', 'high'].entries()) {
    await served.director.ingest(JSON.stringify({ user }));
    await eventually(async () => ((await incidents()).length > i ? true : undefined), `the incident of ${user}`);
  }
});

async function tocsin(...args: string[]): Promise<[number, string, string]> {
  const { code, stdout, stderr } = await runCommand([...args, '--url', served.server.url], {
    env: { TOCSIN_TOKEN: served.founded.token },
  });
  return [code, stdout.trim(), stderr.trim()];
}

const json = async (...args: string[]): Promise<JsonObject> => JSON.parse((await tocsin(...args, '--json'))[1]);

async function incidents(): Promise<JsonObject[]> {
  const [, stdout] = await tocsin('incidents', 'list', '--json');
  return JSON.parse(stdout) as JsonObject[];
}

const statuses = async (): Promise<string> =>
  (await incidents())
    .map(({ number, status }) => `${String(number)} ${String(status)}`)
    .sort()
    .join(', ');

test('incidents are resolved by filter and by number, and a bulk change is undone', async () => {
  const done = await json('incidents', 'resolve', '--filter', 'risk=low,medium&status=unresolved');
  expect(done).toMatchObject({ success: true, done: 2, refused: [], refused_count: 0 });
  expect(await statuses()).toBe('INC-1 resolved, INC-2 resolved, INC-3 unresolved');
  const [code, stdout, stderr] = await tocsin('incidents', 'resolve', 'INC-1', 'INC-3', 'INC-9');
  expect(code).toBe(1);
  expect(stdout).toMatch(/^1 of 3 incidents changed\nnumber +id +message\n/);
  expect(stdout).toMatch(/INC-9 +Incident not found/);
  expect(stdout).toMatch(/INC-1 .* Incident is already resolved/);
  expect(stderr).toBe('tocsin: BULK_REFUSED: 2 of the incidents were refused');
  const [, bulkId = ''] = /undo: tocsin incidents undo (\S+)/.exec(stdout) ?? [];
  expect((await tocsin('incidents', 'undo', bulkId))[0]).toBe(0);
  expect(await statuses()).toBe('INC-1 resolved, INC-2 resolved, INC-3 unresolved');
  expect((await tocsin('incidents', 'undo', String(done['bulk_id'])))[0]).toBe(0);
  expect(await statuses()).toBe('INC-1 unresolved, INC-2 unresolved, INC-3 unresolved');
  expect(await tocsin('incidents', 'undo', bulkId)).toEqual([
    1,
    '',
    expect.stringMatching(/^tocsin: ORDER_REFUSED: [^\n]+$/),
  ]);
});

test('a filter that would let every incident through by mistake is wrong usage', async () => {
  for (const [filter, message] of [
    ['riskk=low', /^tocsin: USAGE: --filter has no riskk: expected status, risk, /],
    ['{"riskk":["low"]}', /^tocsin: USAGE: --filter has no riskk: /],
    ['', /^tocsin: USAGE: --filter names nothing/],
    ['{}', /^tocsin: USAGE: --filter names nothing/],
    ['status=', /^tocsin: USAGE: --filter status has no value/],
    ['{"risk":', /^tocsin: USAGE: --filter is no JSON object/],
    ['start_date=soon', /^tocsin: USAGE: --filter start_date is soon: expected epoch seconds/],
  ] as const) {
    const [code, stdout, stderr] = await tocsin('incidents', 'resolve', '--filter', filter);
    expect([filter, code, stdout]).toEqual([filter, 2, '']);
    expect(stderr).toMatch(message);
  }
  const [code, , stderr] = await tocsin('incidents', 'resolve', '--filter', 'risk=purple');
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^tocsin: INCIDENT_FILTER: risk is "purple"/)]);
  expect(await statuses()).toBe('INC-1 unresolved, INC-2 unresolved, INC-3 unresolved');
});

test('incidents are merged, unmerged, judged and counted', async () => {
  expect(await tocsin('incidents', 'merge', 'INC-1', 'INC-2', 'INC-3')).toEqual([
    0,
    'Incidents are merged into INC-1',
    '',
  ]);
  const merged = await json('incidents', 'show', 'INC-2');
  expect(merged['merged_into']).toEqual((await json('incidents', 'show', 'INC-1'))['id']);
  expect((await tocsin('incidents', 'unmerge', 'INC-1'))[0]).toBe(0);
  expect(await tocsin('incidents', 'unmerge', 'INC-1')).toEqual([
    1,
    '',
    'tocsin: ORDER_REFUSED: INC-1 has no merged incidents',
  ]);
  expect((await tocsin('incidents', 'disposition', 'INC-1', 'false_positive', '--reason', 'ours'))[0]).toBe(0);
  expect((await tocsin('incidents', 'disposition', 'INC-1', 'perhaps'))[0]).toBe(2);
  const { rows } = await json('incidents', 'stats', '--by', 'assignee');
  expect(rows).toMatchObject([{ name: 'admin', incidents: 3, false_positive_ratio: 1 }]);
  expect(await tocsin('incidents', 'stats', '--from', 'yesterday')).toEqual([
    2,
    '',
    'tocsin: USAGE: --from is yesterday: expected epoch seconds',
  ]);
  expect(await tocsin('incidents', 'show', 'INC-77')).toEqual([
    1,
    '',
    'tocsin: OBJECT_UNKNOWN: incident "INC-77" is unknown',
  ]);
});

test('rules come from a file, each refusal with its place and reason', async () => {
  const path = `${served.dir}/more.jsonl`;
  writeFileSync(path, '{"searchname":"Of low","query":"user=low"}\n{"searchname":"Broken","query":"user=("}\n');
  const [code, stdout] = await tocsin('rules', 'import', '--rules', path);
  expect(code).toBe(0);
  expect(stdout.split('\n')).toEqual([
    expect.stringMatching(
      /^refused line 2: the alert rule is not valid: see query; query: 1:6: error: expected a value/,
    ),
    '0 imported, 0 updated, 1 unchanged, 1 refused',
  ]);
  writeFileSync(path, '{"searchname":"Of low"}\n[1]\n');
  expect(await tocsin('rules', 'import', '--rules', path)).toEqual([
    1,
    '',
    'tocsin: RULE_FILE: line 2: expected an object with the fields of POST AlertRules',
  ]);
});

test('a rule is tried over the past', async () => {
  const [, listed] = await tocsin('rules', 'list', '--json', '--query', 'Of high');
  const [{ id }] = JSON.parse(listed) as [JsonObject];
  expect(await json('rules', 'backtest', String(id), '--from', '1h')).toMatchObject({ incidents: 1, hits: 1 });
  expect(await json('rules', 'backtest', String(id), '--from', '1h', '--exception', 'user=*')).toMatchObject({
    incidents: 0,
    suppressed: 1,
  });
  expect(await tocsin('rules', 'backtest', 'nothing', '--from', '1h')).toEqual([
    1,
    '',
    'tocsin: ORDER_REFUSED: Alert rule not found',
  ]);
});

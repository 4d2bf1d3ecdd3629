import { createSocket } from 'node:dgram';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonObject } from '../../src/shared/json.ts';
import {
  Director,
  eventually,
  type Founded,
  initFolder,
  runCommand,
  ServerProcess,
  temporaryFolder,
} from './tocsin-process.ts';

// The command line as an operator uses it, against a folder without a server and against a running one.

const folder = temporaryFolder();
const dataDir = `${folder.dir}/data`;
let founded: Founded;
let server: ServerProcess | undefined;

beforeAll(async () => {
  founded = await initFolder(dataDir);
});
afterAll(async () => {
  await server?.kill();
  folder.remove();
});

const file = (name: string, content: string | Buffer): string => {
  const path = `${folder.dir}/${name}`;
  writeFileSync(path, content);
  return path;
};

async function running(): Promise<ServerProcess> {
  server ??= await ServerProcess.start(dataDir, '--syslog-port', '0', '--rules-settle-seconds', '0');
  return server;
}

test('wrong usage is one line on stderr and exit code 2', async () => {
  const cases: [string[], RegExp][] = [
    [['nothing'], /^tocsin: USAGE: unknown command 'nothing'\n$/],
    [['init'], /^tocsin: USAGE: required option '--data <dir>' not specified\n$/],
    [
      ['serve', '--data', dataDir, '--port', '99999'],
      /^tocsin: CONFIG_INVALID: option port \(--port\) is "99999": expected a whole number from 0 to 65535\n$/,
    ],
    [['incidents', 'list'], /^tocsin: USAGE: no server is named/],
    [
      ['token', 'create', '--role', 'emperor', '--data', dataDir],
      /^tocsin: USAGE: option '--role <role>' argument 'emperor' is invalid/,
    ],
  ];
  for (const [args, stderr] of cases) {
    const result = await runCommand(args);
    expect([args, result.code, result.stdout]).toEqual([args, 2, '']);
    expect(result.stderr).toMatch(stderr);
  }
});

test('failures are one line with a code and exit code 1; help goes to stdout with 0', async () => {
  const missing = await runCommand(['serve', '--data', `${folder.dir}/none`]);
  expect([missing.code, missing.stderr]).toEqual([1, expect.stringMatching(/^tocsin: DATA_MISSING: [^\n]+\n$/)]);
  const gone = await runCommand(['incidents', 'list', '--url', 'http://127.0.0.1:9', '--token', 'x']);
  expect([gone.code, gone.stderr]).toEqual([1, expect.stringMatching(/^tocsin: SERVER_UNREACHABLE: [^\n]+\n$/)]);
  const help = await runCommand(['ingest', '--help']);
  expect([help.code, help.stdout, help.stderr]).toEqual([0, expect.stringContaining('Usage: tocsin ingest'), '']);
});

test('a settings file with an unknown key stops the start', async () => {
  const other = `${folder.dir}/other`;
  await initFolder(other);
  writeFileSync(`${other}/tocsin.yaml`, 'rules:\n  settle: 5\n');
  const { code, stderr } = await runCommand(['serve', '--data', other, '--port', '0']);
  expect([code, stderr]).toEqual([2, expect.stringMatching(/option rules\.settle \(tocsin\.yaml\) is unknown/)]);
});

test('tokens and pools are made, listed and ended on the folder alone', async () => {
  const made = await runCommand([
    'token',
    'create',
    '--role',
    'readonly',
    '--pool',
    'default',
    '--data',
    dataDir,
    '--json',
  ]);
  expect(JSON.parse(made.stdout)).toMatchObject({
    token: expect.stringMatching(/^tct_/),
    secret_key: expect.stringMatching(/^tcs_/),
    expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
  });
  const { id } = JSON.parse(made.stdout) as { id: string };
  await runCommand(['token', 'revoke', id, '--data', dataDir]);
  const listed = await runCommand(['token', 'list', '--data', dataDir, '--json']);
  const tokens = JSON.parse(listed.stdout) as JsonObject[];
  expect(tokens.find((token) => token['id'] === id)).toMatchObject({
    role: 'readonly',
    revoked_at: expect.any(String),
  });
  expect(listed.stdout).not.toMatch(/tct_|tcs_/);
  await runCommand(['pool', 'create', '--data', dataDir, '--pool', 'second', '--admin', 'bo', '--json']);
  const pools = await runCommand(['pool', 'list', '--data', dataDir, '--json']);
  expect(JSON.parse(pools.stdout)).toMatchObject([{ name: 'default' }, { name: 'second' }]);
});

test('without a server, ingest starts one for its time and stores every line of plain, gzip and Brotli files', async () => {
  const lines = (user: string): string => `{"user":"${user}1"}\n{"user":"${user}2"}\n`;
  const files = [
    file('a.jsonl', lines('a')),
    file('b.jsonl.gz', gzipSync(lines('b'))),
    file('c.br', brotliCompressSync(lines('c'))),
  ];
  const args = ['ingest', ...files, '--data', dataDir, '--pool', 'default', '--json'];
  const { code, stdout, stderr } = await runCommand(args);
  expect([code, JSON.parse(stdout), stderr]).toEqual([0, { read: 6, stored: 6, rejected: 0, rejections: [] }, '']);
});

test('with a server, ingest goes to it, reads standard input and says where rejected lines are', async () => {
  await running();
  const input = '{"user":"good"}\n{"user":"bad\n{"user":"good2"}\n';
  const args = ['ingest', '-', '--data', dataDir, '--pool', 'default', '--format', 'jsonl'];
  const { code, stdout } = await runCommand(args, { input });
  expect([code, stdout.split('\n')[0]]).toEqual([0, 'read 3, stored 2, rejected 1']);
  expect(stdout).toMatch(/\n {2}-:2: /);
});

test('syslog over UDP and TCP is found by a search, and so are the files of before', async () => {
  const { url } = await running();
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const portOf = (kind: string): number =>
    Number(new RegExp(`^tocsin_ingest_syslog_${kind}_port (\\d+)$`, 'm').exec(metrics)?.[1]);
  const udp = createSocket('udp4');
  await new Promise<void>((resolve, reject) =>
    udp.send('<13>Nov 23 08:00:00 host1 prog: over udp', portOf('udp'), '127.0.0.1', (error) =>
      error === null ? resolve() : reject(error),
    ),
  );
  udp.close();
  const message = '<13>1 2026-11-23T08:00:00Z host2 prog - - - over tcp';
  await new Promise<void>((resolve, reject) => {
    const socket = connect(portOf('tcp'), '127.0.0.1', () => socket.end(`${Buffer.byteLength(message)} ${message}`));
    socket.on('close', () => resolve());
    socket.on('error', reject);
  });
  const director = new Director(url, founded);
  const found = async (query: string): Promise<JsonObject | undefined> => {
    const to = Math.floor(Date.now() / 1000) + 86_400;
    const data = { query, time_range: [0, to], user_id: founded.admin.id, repos: ['default'] };
    return (await director.rows('Search/logs/fetch', data))[0];
  };
  expect(await eventually(() => found('message="over udp"'), 'the datagram')).toMatchObject({ device_name: 'host1' });
  expect(await eventually(() => found('message="over tcp"'), 'the frame')).toMatchObject({ device_name: 'host2' });
  for (const user of ['a1', 'b2', 'c2', 'good2']) await eventually(() => found(`user=${user}`), user);
});

test('tokens are made, listed and ended over the URL, and an administrator makes no root', async () => {
  const { url } = await running();
  const run = (token: string, ...args: string[]) =>
    runCommand(['token', ...args, '--url', url, '--json'], { env: { TOCSIN_TOKEN: token } });
  const made = await run(founded.token, 'create', '--role', 'admin', '--name', 'night');
  const admin = JSON.parse(made.stdout) as { token: string; id: string };
  const refused = await run(admin.token, 'create', '--role', 'root');
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/^tocsin: ACCESS_FORBIDDEN: only a token/)]);
  const listed = JSON.parse((await run(admin.token, 'list')).stdout) as JsonObject[];
  expect(listed.find((token) => token['id'] === admin.id)).toMatchObject({
    name: 'night',
    role: 'admin',
    revoked_at: null,
  });
  expect(JSON.parse((await run(founded.token, 'revoke', admin.id)).stdout)).toEqual({ id: admin.id, revoked: true });
  expect((await run(admin.token, 'list')).stderr).toMatch(/^tocsin: TOKEN_[A-Z]+: .*revoked/);
  const pools = await runCommand(['pool', 'list', '--url', url, '--token', founded.token, '--json']);
  expect(JSON.parse(pools.stdout)).toMatchObject([
    { pool_uuid: founded.pool_uuid, name: 'default' },
    { name: 'second' },
  ]);
});

test('an incident is shown, commented, assigned, resolved, closed and reopened from the command line', async () => {
  const { url } = await running();
  const director = new Director(url, founded);
  await director.order('AlertRules', {
    searchname: 'From the command line',
    owner: founded.admin.id,
    repos: ['default'],
    query: 'user=cli-case',
    limit: 5,
    timerange_minute: 1,
    condition_option: 'greaterthan',
    condition_value: 0,
    risk: 'low',
    aggregate: 'max',
  });
  await director.ingest('{"user":"cli-case"}\n');
  const incident = await eventually(async () => (await director.rows('Incidents/fetch', {}))[0], 'an incident');
  const id = String(incident['id']);
  const run = async (...args: string[]) => {
    const tenant = ['--data', dataDir, '--pool', 'default', '--as', 'admin'];
    const { code, stdout, stderr } = await runCommand(['incidents', ...args, ...tenant]);
    return code === 0 ? stdout.trim() : stderr.trim();
  };
  expect(await run('list')).toMatch(
    new RegExp(`^number +id +detected +risk +status +name +assigned_to\\nINC-1 +${id} .* low +unresolved +From the`),
  );
  expect(await run('comment', id, 'seen')).toBe('Comment added.');
  expect(await run('assign', id, '--to', 'admin')).toBe('Incident is reassigned');
  expect(await run('close', id)).toBe('tocsin: ORDER_REFUSED: Only resolved incidents can be closed');
  expect(await run('resolve', id)).toBe('Incident is resolved');
  expect(await run('close', id)).toBe('Incident is closed');
  expect(await run('reopen', id)).toBe('Incident is reopened');
  expect(JSON.parse(await run('show', id))).toMatchObject({
    id,
    comments: expect.arrayContaining([expect.anything()]),
  });
});

test('a query is run over the store by URL: rows, CSV, a cut that is told, and mistakes', async () => {
  const { url } = await running();
  const director = new Director(url, founded);
  await director.ingest('{"user":"query-one","size":"5"}\n{"user":"query-two","size":"7"}\n');
  const made = await director.order('Lists', { name: 'QUERIED', type: 'static', items: ['query-*'] });
  expect(made).toMatchObject({ success: true });
  const run = (...args: string[]) =>
    runCommand(['query', ...args, '--url', url, '--pool', 'default', '--as', 'admin'], {
      env: { TOCSIN_TOKEN: founded.token },
    });
  const count = 'user IN QUERIED | chart count() as n by user order by user';
  const rows = await eventually(async () => {
    const { stdout } = await run(count, '--json');
    return stdout.includes('query-two') ? stdout : undefined;
  }, 'the lines in the store');
  expect(
    rows
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toMatchObject([
    { user: 'query-one', n: 1 },
    { user: 'query-two', n: 1 },
  ]);
  const csv = await run('user IN QUERIED | chart sum(size) as s', '--csv');
  expect([csv.code, csv.stdout, csv.stderr]).toEqual([0, 's\r\n12\r\n', '']);
  const table = await run('user=query-one', '--from', '1h', '--limit', '1');
  expect([table.code, table.stdout]).toEqual([0, expect.stringContaining('query-one')]);
  const cut = await run('user IN QUERIED', '--limit', '1', '--json');
  expect([cut.stdout.trim().split('\n').length, cut.stderr]).toEqual([
    1,
    'tocsin: More than 1 rows; the rest was left out\n',
  ]);
  const wrong = await run('user IN QUERIED | sort -count');
  expect([wrong.code, wrong.stdout]).toEqual([1, '']);
  expect(wrong.stderr).toMatch(
    /1:19: error: expected a command, saw `sort`.*help: write `\| order by count\(\) desc`/s,
  );
  const unknown = await run('user IN QUERYED');
  expect(unknown.stderr).toMatch(/unknown list "QUERYED".*QUERIED/s);
});

test('the event store may die: readyz says so, nothing is lost, and it comes back', async () => {
  const { url, pid } = await running();
  const director = new Director(url, founded);
  process.kill(childNamed(pid, 'eventd'), 'SIGKILL');
  const answer = await director.ingest('{"user":"while-away"}\n');
  expect([answer.status, await answer.json()]).toEqual([200, { accepted: 1, rejected: 0 }]);
  await eventually(async () => ((await fetch(`${url}/readyz`)).status === 200 ? true : undefined), 'ready again');
  const to = Math.floor(Date.now() / 1000) + 60;
  const data = { query: 'user="while-away"', time_range: [0, to], user_id: founded.admin.id };
  const rows = await eventually(async () => {
    const response = await director.order('Search/logs/fetch', data);
    return Array.isArray(response['rows']) && response['rows'].length > 0 ? response['rows'] : undefined;
  }, 'the line of meanwhile');
  expect(rows).toHaveLength(1);
});

test('the demo tells the whole story and ends by itself', async () => {
  const { code, stdout, stderr } = await runCommand(['demo', '--once']);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/Created \d+ alert rules/);
  expect(stdout).toMatch(/\n {2}incident {2}\w+/);
  expect(stdout).toContain('resolve: Incident is resolved');
  expect(stdout).toContain('close: Incident is closed');
});

/** The child of a process whose command line holds `name`. */
function childNamed(parent: number, name: string): number {
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim().split(' ').map(Number);
  const child = children.find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(name));
  if (child === undefined) throw new Error(`process ${parent} has no child ${name}`);
  return child;
}

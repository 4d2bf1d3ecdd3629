import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CLI,
  Director,
  eventually,
  type Founded,
  initFolder,
  ServerProcess,
  temporaryFolder,
} from '../e2e/tocsin-process.ts';

// `tocsin query` as somebody sees it who sits at a terminal: `script` of util-linux makes one.

const script = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'script'))
  .find(existsSync);

const folder = temporaryFolder();
const dataDir = `${folder.dir}/data`;
const START = Math.floor(Date.now() / 3_600_000) * 3_600 - 7_200;
let founded: Founded;
let server: ServerProcess | undefined;

/** Twelve events, one a minute but three in the fifth and none in the seventh. */
const EVENTS = [0, 1, 2, 3, 4, 4, 4, 5, 7, 8, 9, 10].map((minute, n) =>
  JSON.stringify({ log_ts: START + minute * 60, user: n % 2 === 0 ? 'even' : 'odd, "quoted"', size: String(n) }),
);

beforeAll(async () => {
  founded = await initFolder(dataDir);
  server = await ServerProcess.start(
    dataDir,
    '--syslog-port',
    '0',
    '--query-providers',
    'dns,whois',
    '--query-whois-server',
    '127.0.0.1:9',
  );
  const director = new Director(server.url, founded);
  await director.ingest(`${EVENTS.join('\n')}\n`);
  const data = { query: '', time_range: [START, START + 3_600], user_id: founded.admin.id, repos: ['default'] };
  await eventually(
    async () => ((await director.rows('Search/logs/fetch', data)).length === 12 ? true : undefined),
    'the events in the store',
  );
}, 120_000);
afterAll(async () => {
  await server?.kill();
  folder.remove();
});

type Shown = { readonly code: number; readonly text: string };
const shellWord = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** Everything that a command writes when both of its outputs are a terminal. */
function atTerminal(...args: string[]): Promise<Shown> {
  const command = [process.execPath, CLI, 'query', ...args].map(shellWord).join(' ');
  const env = { ...process.env, TOCSIN_TOKEN: founded.token, SHELL: '/bin/sh' };
  return new Promise((resolve) => {
    const child = execFile(script ?? '', ['-qec', command, '/dev/null'], { env, timeout: 60_000 }, (error, text) =>
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, text }),
    );
    child.stdin?.end();
  });
}

const overUrl = (query: string, ...more: string[]): Promise<Shown> =>
  atTerminal(query, '--url', server?.url ?? '', '--from', String(START), '--to', String(START + 3_600), ...more);

/** To the start of the line, and everything on it away. Here it is shown as `↺`. */
const CLEAR = '\r\u001b[K';
const marked = (text: string): string => text.replaceAll(CLEAR, '↺');

/** What is left on the screen: of a line that was begun again what was written last. */
const screen = (text: string): string =>
  marked(text)
    .split(/\r*\n/)
    .map((line) => line.split('↺').at(-1) ?? '')
    .join('\n');

const linesWith = (text: string, word: string): number =>
  screen(text)
    .split('\n')
    .filter((line) => line.includes(word)).length;

describe.skipIf(script === undefined)('at a terminal (skipped without `script` of util-linux)', () => {
  test('a search over the URL shows how far back it has come, then a table and nothing of the bar', async () => {
    const { code, text } = await overUrl('user=even', '--as', 'admin');
    expect(code).toBe(0);
    expect(marked(text)).toMatch(/↺\[#+\.*\] back to \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z: \d+ rows/);
    expect(marked(text)).toContain(`↺[${'#'.repeat(30)}] back to ${new Date(START * 1000).toISOString()}: 6 rows`);
    expect(screen(text)).not.toContain('back to');
    expect(linesWith(text, 'even')).toBe(6);
    expect(screen(text)).toMatch(/^LOG_TS +.*USER/im);
  });

  test('a timechart over the URL is drawn over time', async () => {
    const { code, text } = await overUrl(
      '| timechart count() as n, sum(size) as total every 1 minute',
      '--as',
      'admin',
    );
    expect(code).toBe(0);
    const drawn = screen(text);
    expect(drawn).toContain('n  ▃▃▃▃█▃ ▃▃▃▃  at most 3');
    expect(drawn).toMatch(/total {2}.*█.* at most 15/);
    const clock = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
    expect(drawn).toContain(`${clock(START)} to ${clock(START + 600)}`);
  });

  test('CSV and NDJSON over the URL are whole, with the bar apart', async () => {
    const csv = await overUrl('| chart count() as n by user order by user', '--csv', '--as', 'admin');
    expect(screen(csv.text).trim().split('\n')).toEqual(['user,n', 'even,6', '"odd, ""quoted""",6']);
    const json = await overUrl('size<3 | fields user, size | order by size', '--json', '--as', 'admin');
    const rows = screen(json.text).trim().split('\n');
    expect(rows.map((row) => JSON.parse(row))).toEqual([
      { user: 'even', size: '0' },
      { user: 'odd, "quoted"', size: '1' },
      { user: 'even', size: '2' },
    ]);
  });

  test('a search over files shows how much is read, and the same table, CSV, NDJSON and drawing', async () => {
    const file = join(folder.dir, 'events.ndjson');
    // So many lines that the bar is seen to move.
    const filler = Array.from({ length: 200_000 }, (_, n) => `{"log_ts":${START - 90_000 + (n % 60)},"user":"other"}`);
    writeFileSync(file, `${EVENTS.join('\n')}\n${filler.join('\n')}\n`);
    const table = await atTerminal('user=even', file);
    expect(marked(table.text)).toMatch(/↺\[#+\.+\] .*events\.ndjson: \d+ events, 6 found/);
    expect(screen(table.text)).not.toContain('found');
    expect(linesWith(table.text, 'even')).toBe(6);
    const chart = 'user!=other | timechart count() as n every 1 minute';
    expect(screen((await atTerminal(chart, file)).text)).toContain('n  ▃▃▃▃█▃ ▃▃▃▃  at most 3');
    const csv = screen(
      (await atTerminal('user!=other | chart count() as n by user order by user', file, '--csv')).text,
    );
    expect(csv.trim().split('\n')).toEqual(['user,n', 'even,6', '"odd, ""quoted""",6']);
    const json = screen((await atTerminal('user!=other | chart max(size) as m', file, '--json')).text);
    expect(JSON.parse(json)).toMatchObject({ m: 11 });
  });

  test('a mistake is shown with its place, and the code is 1', async () => {
    const { code, text } = await overUrl('user=even | sort -count', '--as', 'admin');
    expect(code).toBe(1);
    expect(screen(text)).toMatch(
      /1:13: error: expected a command, saw `sort`[\s\S]*\^+[\s\S]*help: write `\| order by count\(\) desc`/,
    );
  });
});

test('what providers are asked is counted at /metrics', async () => {
  const director = new Director(server?.url ?? '', founded);
  const query = 'user=even | process whoislookup(user) as who | chart count() as n by user';
  // The policy refuses the server, which is on this machine: so much is one question, and a failure.
  const data = { query, time_range: [START, START + 3_600], user_id: founded.admin.id };
  expect(await director.order('Search/logs/fetch', data)).toMatchObject({ success: true, is_cut: true });
  const text = await (await director.request('GET', '/metrics')).text();
  expect(text).toMatch(/^tocsin_provider_calls\{provider="whois"\} 1$/m);
  expect(text).toMatch(/^tocsin_provider_calls\{provider="dns"\} 0$/m);
  expect(text).toMatch(/^tocsin_provider_failures\{provider="whois"\} 1$/m);
  expect(text).toMatch(/^tocsin_provider_cache_hits\{provider="whois"\} 0$/m);
  expect(text).toMatch(/^tocsin_provider_seconds\{provider="whois"\} [\d.e-]+$/m);
});

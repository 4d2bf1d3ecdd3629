import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LogEvent } from '../../src/events/event.ts';
import type { JsonObject } from '../../src/shared/json.ts';
import { type NodeWorld, openNodeWorld } from './node-world.ts';

let world: NodeWorld;
const startMs = Math.floor(Date.now() / 60_000) * 60_000 - 3_600_000;
const EVENTS: readonly LogEvent[] = Array.from({ length: 60 }, (_, n) => ({
  seq: n + 1,
  repo: 'default',
  eventAtMs: startMs + n * 60_000,
  receivedAtMs: startMs + n * 60_000,
  fields: Object.assign(Object.create(null) as Record<string, string>, { msg: `line ${n}`, user: `u${n % 3}` }),
}));

beforeAll(async () => {
  world = await openNodeWorld();
  await world.events.append(world.logpointId, EVENTS, 'batch');
}, 120_000);
afterAll(() => world.close(), 60_000);

const range = [startMs / 1000, startMs / 1000 + 3_600];
const ask = (data: JsonObject, signal?: AbortSignal) =>
  fetch(`${world.url}/configapi/${world.poolId}/${world.logpointId}/Search/logs/stream`, {
    method: 'POST',
    headers: { authorization: `Bearer ${world.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ data: { time_range: range, user_id: world.admin.id, ...data } }),
    ...(signal === undefined ? {} : { signal }),
  });
async function linesOf(data: JsonObject): Promise<JsonObject[]> {
  const answer = await ask(data);
  expect(answer.headers.get('content-type')).toBe('application/x-ndjson');
  return (await answer.text())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as JsonObject);
}
const messages = (lines: readonly JsonObject[]) =>
  lines.flatMap(({ row }) => (row === undefined ? [] : [String((row as JsonObject)['msg'])]));

test('rows come newest first, some before the whole range has been looked at', async () => {
  const lines = await linesOf({ query: 'user=u1', limit: 100 });
  expect(Object.keys(lines[0] ?? {})).toEqual(['start']);
  expect(messages(lines)).toEqual(Array.from({ length: 20 }, (_, n) => `line ${58 - n * 3}`));
  expect(lines.at(-1)).toMatchObject({ end: { rows: 20, is_cut: false } });
  const firstRow = lines.findIndex((line) => 'row' in line);
  const wholeRange = lines.findIndex((line) => line['searched_from'] === range[0]);
  expect(firstRow).toBeLessThan(lines.findIndex((line) => 'searched_from' in line) + 3);
  expect(lines.slice(firstRow, wholeRange).filter((line) => 'searched_from' in line).length).toBeGreaterThan(1);
});

test('a limit ends the search and says so', async () => {
  const lines = await linesOf({ query: '', limit: 5 });
  expect(messages(lines)).toEqual(['line 59', 'line 58', 'line 57', 'line 56', 'line 55']);
  expect(lines.at(-1)).toMatchObject({ end: { is_cut: true, message: 'More than 5 rows; the rest was left out' } });
  expect(lines.some((line) => line['searched_from'] === range[0])).toBe(false);
});

test('a chart comes as a whole', async () => {
  const lines = await linesOf({ query: '| chart count() as n by user order by user' });
  expect(lines.flatMap(({ row }) => (row === undefined ? [] : [(row as JsonObject)['n']]))).toEqual([20, 20, 20]);
  expect(lines[0]).toEqual({ start: { query_type: 'chart', grouping: ['user'], aliases: ['n'] } });
});

test('mistakes are answered before the first line, as everywhere', async () => {
  const answer = await ask({ query: 'user=' });
  expect(answer.ok).toBe(false);
  expect(await answer.text()).toContain('expected a value');
  const stranger = await ask({ query: '', user_id: 'f'.repeat(24) });
  expect(await stranger.text()).toContain('Invalid user id');
});

test('clients that go away leave room for others', async () => {
  for (let n = 0; n < 40; n++) {
    const gone = new AbortController();
    const asked = ask({ query: '*' }, gone.signal).catch(() => null);
    gone.abort();
    await asked;
  }
  expect((await linesOf({ query: 'user=u1', limit: 100 })).at(-1)).toMatchObject({ end: { rows: 20 } });
});

test('a table that a streamed search writes is kept, and read by the next', async () => {
  const lines = await linesOf({ query: '| chart count() as n by user | process toTable(seen, user, n)' });
  expect(lines.at(-1)).toMatchObject({ end: { written: [{ to: 'table', name: 'seen', kept: true }] } });
  const rows = (await linesOf({ query: 'table "seen" user=u1 n>10' })).flatMap(({ row }) => row ?? []);
  expect(rows).toMatchObject([{ user: 'u1', n: '20' }]);
});

/** How many searches of events run in the engine at this moment, as the engine itself says. */
function searchesInEngine(): Promise<number> {
  const { address, secret } = world.events.endpoint;
  const sql =
    "SELECT count() AS n FROM system.processes WHERE query LIKE '%tocsin.events_%' AND query NOT LIKE '%system.processes%' FORMAT JSONEachRow";
  return new Promise((resolve, reject) => {
    const to = address.kind === 'socket' ? { socketPath: address.path } : { host: '127.0.0.1', port: address.port };
    const asked = request({ ...to, method: 'POST', path: '/', auth: `default:${secret}` }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve(Number((JSON.parse(body) as JsonObject)['n']));
        else reject(new Error(body));
      });
    });
    asked.on('error', reject).end(sql);
  });
}

async function until(holds: () => Promise<boolean>, withinMs: number): Promise<number> {
  const startedMs = performance.now();
  while (!(await holds())) {
    if (performance.now() - startedMs > withinMs) throw new Error(`it did not come to be within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return performance.now() - startedMs;
}

test('when the client goes away its search ends in the engine, long before it would have', async () => {
  const many = Array.from({ length: 50_000 }, (_, n) => ({
    seq: 1_000 + n,
    repo: 'default',
    eventAtMs: startMs + 3_600_000 + n,
    receivedAtMs: startMs + 3_600_000 + n,
    fields: Object.assign(Object.create(null) as Record<string, string>, { msg: `${'ab '.repeat(300)}${n}` }),
  }));
  for (const token of ['a', 'b', 'c']) await world.events.append(world.logpointId, many, token);
  // Patterns with groups over long messages: it runs for ten seconds or more, alone.
  const steps = Array.from(
    { length: 30 },
    (_, n) => `| process regex("(?P<x${n}>(a|b| )*(.*)${n}(.*)b(.*))$", msg)`,
  ).join(' ');
  const gone = new AbortController();
  const asked = ask(
    {
      query: `${steps} | chart count(x0=* x1=*) as n, ${Array.from({ length: 30 }, (_, n) => `count(x${n}="*q") as c${n}`).join(', ')}`,
      time_range: [range[0] ?? 0, (range[0] ?? 0) + 9_000],
    },
    gone.signal,
  )
    .then((answer) => answer.text())
    .catch(() => 'gone');
  await until(async () => (await searchesInEngine()) === 1, 10_000);
  gone.abort();
  expect(await asked).toBe('gone');
  expect(await until(async () => (await searchesInEngine()) === 0, 20_000)).toBeLessThan(5_000);
  expect((await linesOf({ query: 'user=u1', limit: 100 })).at(-1)).toMatchObject({ end: { rows: 20 } });
}, 60_000);

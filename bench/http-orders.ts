// Order round trips over HTTP: POST a status change, then poll until it is done, at 16 concurrent clients.
//
//   npm run bench -- http-orders [seconds] [clients]
//
// The server runs in a process of its own, as an operator starts it; every order is durable when its POST answers.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { Pool } from 'undici';

const SECONDS = Number(process.argv[2] ?? 8);
const CLIENTS = Number(process.argv[3] ?? 16);
const WARM_UP_SECONDS = 2;

type Founded = { pool_uuid: string; logpoint_identifier: string; token: string; admin: { id: string } };

const dir = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
const dataDir = join(dir, 'data');
const cli = join(import.meta.dirname, '..', '..', 'dist', 'cli.js');
const founded: Founded = JSON.parse(
  execFileSync(process.execPath, [cli, 'init', '--data', dataDir, '--json'], { encoding: 'utf8' }),
);
const args = ['serve', '--data', dataDir, '--port', '0', '--log-level', 'warn'];
const server = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
const ended = new Promise((resolve) => server.on('exit', resolve));

/** `ready` is logged at `info`; the folder's note tells the URL at any level. */
async function findUrl(): Promise<string> {
  for (;;) {
    try {
      const { readFileSync } = await import('node:fs');
      return (JSON.parse(readFileSync(join(dataDir, 'server.json'), 'utf8')) as { url: string }).url;
    } catch {
      await wait(50);
    }
  }
}
createInterface({ input: server.stdout }).on('line', (line) => console.error(line));

const pool = new Pool(await findUrl(), { connections: CLIENTS, pipelining: 1 });
const tenant = `${founded.pool_uuid}/${founded.logpoint_identifier}`;
const headers = { authorization: `Bearer ${founded.token}`, 'content-type': 'application/json' };

type Order = { response: { success?: boolean; message?: string; rows?: { id: string }[] } };

async function call<T>(method: 'GET' | 'POST', path: string, body?: string): Promise<T> {
  const answer = await pool.request({ method, path, headers, ...(body === undefined ? {} : { body }) });
  const text = await answer.body.text();
  if (answer.statusCode !== 200) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
  return JSON.parse(text) as T;
}

/** POST, then poll until the order has ended. */
async function order(resource: string, data: object): Promise<Order['response']> {
  const { message } = await call<{ message: string }>(
    'POST',
    `/configapi/${tenant}/${resource}`,
    JSON.stringify({ data }),
  );
  for (;;) {
    const { response } = await call<Order>('GET', message);
    if (response.success !== undefined) return response;
  }
}

/** One incident for each client: a rule that raises anew for every line. */
async function raiseIncidents(): Promise<string[]> {
  await order('AlertRules', {
    searchname: 'bench',
    owner: founded.admin.id,
    repos: ['default'],
    query: 'user=bench*',
    limit: 1,
    timerange_minute: 1,
    condition_option: 'greaterthan',
    condition_value: 0,
    risk: 'low',
    aggregate: 'max',
    throttling_enabled: 'on',
    throttling_field: 'user',
    throttling_time_range: 1,
  });
  const lines = Array.from({ length: CLIENTS }, (_, i) => JSON.stringify({ user: `bench${i}` })).join('\n');
  for (let sent = false; !sent; ) {
    const { statusCode, body } = await pool.request({
      method: 'POST',
      path: `/ingest/${tenant}/default`,
      headers,
      body: lines,
    });
    await body.dump();
    sent = statusCode === 200;
    if (!sent) await wait(200);
  }
  for (;;) {
    const { rows = [] } = await order('Incidents/fetch', {});
    if (rows.length >= CLIENTS) return rows.map(({ id }) => id);
    await wait(100);
  }
}

const tookMs: number[] = [];
let isMeasuring = false;

async function work(id: string, untilMs: number): Promise<void> {
  for (let i = 0; performance.now() < untilMs; i += 1) {
    const startMs = performance.now();
    const verb = i % 2 === 0 ? 'resolve' : 'reopen';
    const { success, message } = await order(`Incidents/${id}/${verb}`, { incident_user_id: founded.admin.id });
    if (success !== true) throw new Error(`${verb}: ${message}`);
    if (isMeasuring) tookMs.push(performance.now() - startMs);
  }
}

const ids = await raiseIncidents();
const startMs = performance.now();
const untilMs = startMs + (WARM_UP_SECONDS + SECONDS) * 1000;
setTimeout(() => {
  isMeasuring = true;
}, WARM_UP_SECONDS * 1000);
await Promise.all(ids.slice(0, CLIENTS).map((id) => work(id, untilMs)));

tookMs.sort((a, b) => a - b);
const at = (share: number): string => (tookMs[Math.floor(tookMs.length * share)] ?? Number.NaN).toFixed(1);
console.log(`${CLIENTS} clients, ${SECONDS} s: ${Math.round(tookMs.length / SECONDS)} orders/s (goal 2000)`);
console.log(`round trip p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms (goal p99 25 ms)`);
await pool.close();
server.kill('SIGTERM');
await ended;
rmSync(dir, { recursive: true, force: true });

// Order round trips over HTTP: POST a status change, then poll until it is done, at 16 concurrent clients.
//
//   npm run bench -- http-orders [seconds] [clients]
//
// The server runs in a process of its own, as an operator starts it; every order is durable when its POST answers.

import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { idleStallMs, stallOf } from './support/idle-stall.ts';
import { fdatasyncRate, initFolder, loadText, Served, share, temporaryDir } from './support/served.ts';

const SECONDS = Number(process.argv[2] ?? 8);
const CLIENTS = Number(process.argv[3] ?? 16);
const WARM_UP_SECONDS = 2;

const dir = temporaryDir();
const dataDir = join(dir.path, 'data');
const { founded } = initFolder(dataDir);
const syncsBefore = fdatasyncRate(dir.path);
const server = await Served.start(dataDir, founded, CLIENTS);

/** One incident for each client: a rule that raises anew for every value. */
async function raiseIncidents(): Promise<string[]> {
  await server.order('AlertRules', {
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
  await server.call('POST', `/ingest/${server.tenant}/default`, lines);
  for (;;) {
    const { rows = [] } = await server.order<{ rows?: { id: string }[] }>('Incidents/fetch', {});
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
    const { success, message } = await server.order(`Incidents/${id}/${verb}`, {
      incident_user_id: founded.admin.id,
    });
    if (success !== true) throw new Error(`${verb}: ${message}`);
    if (isMeasuring) tookMs.push(performance.now() - startMs);
  }
}

const ids = await raiseIncidents();
const untilMs = performance.now() + (WARM_UP_SECONDS + SECONDS) * 1000;
const works = ids.slice(0, CLIENTS).map((id) => work(id, untilMs));
await wait(WARM_UP_SECONDS * 1000);
isMeasuring = true;
const before = server.usage();
await server.metrics();
const idleMs = await idleStallMs(async () => void (await Promise.all(works)));
const after = server.usage();
const metrics = await server.metrics();
await server.stop();
const syncs = Math.round((syncsBefore + fdatasyncRate(dir.path)) / 2);
dir.remove();

tookMs.sort((a, b) => a - b);
const rate = tookMs.length / SECONDS;
const at = (part: number): string => share(tookMs, part).toFixed(1);
console.log(`${CLIENTS} clients, ${SECONDS} s: ${Math.round(rate)} orders/s (goal 2000)`);
console.log(`${(rate / syncs).toFixed(2)} of the ${syncs} fdatasync/s that the disk does one by one`);
console.log(`round trip p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms (goal p99 25 ms)`);
console.log(
  `server CPU ${((after.main.cpuMs - before.main.cpuMs) / tookMs.length).toFixed(2)} ms an order, all threads`,
);
console.log(
  `longest stall of the main thread ${stallOf(metrics.get('nodejs_eventloop_lag_max_seconds')).toFixed(0)} ms; of an idle process beside it ${idleMs.toFixed(0)} ms`,
);
console.log(loadText());

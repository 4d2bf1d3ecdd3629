// What does a server of many logpoints cost when nothing happens, how long does it take to start, and how long do the
// lists over all of them take? Pools hold ten logpoints, each logpoint has rules, half of them scheduled.
// npm run bench -- logpoints [LOGPOINTS] [RULES OF EACH]
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createUserGroup } from '../src/accounts/user-groups.ts';
import { createUser } from '../src/accounts/users.ts';
import { openInProcessControlStore } from '../src/adapters/sqlite/in-process-control-store.ts';
import { command, registryOf } from '../src/control/control-store.ts';
import { migrations } from '../src/control-registry.ts';
import { createRule } from '../src/rules/rule-edits.ts';
import { createLogpoint } from '../src/tenancy/logpoints.ts';
import { createPool } from '../src/tenancy/pools.ts';
import { initFolder, loadText, Served, share, temporaryDir } from './support/served.ts';

const LOGPOINTS = Number(process.argv[2] ?? 1_000);
const RULES = Number(process.argv[3] ?? 10);
const POOL_LOGPOINTS = 10;
const PIECE = 50;
const SETTLE_MS_MAX = 300_000;
const LOOK_MS = 2_000;
/** Looks at which nothing of the filling and the start was under way. They outlast the first run of the retention, after a minute. */
const QUIET_LOOKS = 45;
const IDLE_MS = 60_000;
const ROUNDS = 100;
const STARTS = 3;
const by = { actor: 'bench' };

const fill = command('bench.fill', async (tx, { from, to }: { from: number; to: number }) => {
  let poolId = '';
  for (let n = from; n < to; n++) {
    if (poolId === '' || n % POOL_LOGPOINTS === 0) poolId = (await createPool(tx, { name: `pool ${n}`, by })).id;
    const { id } = await createLogpoint(tx, { poolId, name: `logpoint ${n}`, by });
    const group = await createUserGroup(tx, id, { name: 'operators' }, by);
    const person = { username: 'admin', email: `admin${n}@example.org`, firstname: 'a', lastname: 'b' };
    const user = await createUser(tx, id, { ...person, passwordHash: 'none', usergroup: [group.id] }, by);
    for (let rule = 0; rule < RULES; rule++) {
      const isScheduled = rule % 2 === 1;
      const query = isScheduled ? `label=Login user=u${rule} | chart count() by user` : `label=Login user=u${rule}`;
      const range = { timerange_minute: 60, ...(isScheduled ? { search_interval_minute: 60 } : {}) };
      const condition = { condition_option: 'greaterthan', condition_value: 0, limit: 25, aggregate: 'max' };
      const data = { searchname: `rule ${rule}`, owner: user.id, risk: 'low', query, repos: ['default'] };
      await createRule(tx, id, { ...data, ...range, ...condition }, by);
    }
  }
});

async function fillFolder(dataDir: string): Promise<void> {
  const store = await openInProcessControlStore({
    dir: dataDir,
    registry: registryOf([fill]),
    migrations,
    clock: Date.now,
  });
  for (let from = 1; from < LOGPOINTS; from += PIECE) {
    await store.write(fill, { from, to: Math.min(from + PIECE, LOGPOINTS) });
  }
  await store.close();
}

async function timed(server: Served, path: string): Promise<void> {
  const times: number[] = [];
  let bytes = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    bytes = (await server.send('GET', path)).text.length;
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const [p50, p95] = [share(times, 0.5).toFixed(1), share(times, 0.95).toFixed(1)];
  console.log(`GET ${path}`.padEnd(60), `p50 ${p50} ms  p95 ${p95} ms  ${(bytes / 1000).toFixed(0)} kB`);
}

/** What the filling and the start tell of themselves has reached the event store. */
async function quiet(server: Served): Promise<void> {
  const fromMs = performance.now();
  let looks = 0;
  while (looks < QUIET_LOOKS && performance.now() - fromMs < SETTLE_MS_MAX) {
    await wait(LOOK_MS);
    looks = (await server.metrics()).get('tocsin_ingest_lag_seconds') === 0 ? looks + 1 : 0;
  }
  console.log(`quiet after ${Math.round((performance.now() - fromMs) / 1000)} s`);
}

/** CPU in percent of one core, over a time in which nobody asks for anything. */
async function idle(server: Served): Promise<void> {
  await quiet(server);
  const before = server.usage();
  await wait(IDLE_MS);
  const after = server.usage();
  const percent = (key: 'main' | 'eventd'): string =>
    (((after[key].cpuMs - before[key].cpuMs) / IDLE_MS) * 100).toFixed(1);
  console.log(
    `idle: main process ${percent('main')} % of a core, ${after.main.rssMiB} MiB; eventd ${percent('eventd')} %, ${after.eventd.rssMiB} MiB`,
  );
}

const dir = temporaryDir();
const dataDir = join(dir.path, 'data');
const { founded } = initFolder(dataDir);
await fillFolder(dataDir);
console.log(`${LOGPOINTS} logpoints with ${RULES} rules each`);
const ready: number[] = [];
for (let start = 0; start < STARTS; start++) {
  const server = await Served.start(dataDir, founded, 2);
  ready.push(Math.round(server.readyMs));
  if (start === STARTS - 1) {
    const prefix = '/monitorapi/v1/director';
    await idle(server);
    for (const path of [`${prefix}/poolinfo`, `${prefix}/health`, '/readyz', '/metrics', '/auth/me']) {
      await timed(server, path);
    }
    await timed(server, `/configapi/${server.tenant}/AlertRules?limit=100`);
    await timed(server, `/configapi/${server.tenant}/Incidents?limit=50`);
  }
  await server.stop();
}
console.log(`start to ready: ${ready.join(', ')} ms`);
console.log(loadText());
dir.remove();

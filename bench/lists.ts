// How long does a page of users take when a logpoint has many? Beside it, the whole list.
// npm run bench -- lists [USERS]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { usersCount, usersList, usersPage } from '../src/accounts/registry.ts';
import { createUserGroup } from '../src/accounts/user-groups.ts';
import { createUser } from '../src/accounts/users.ts';
import { openInProcessControlStore } from '../src/adapters/sqlite/in-process-control-store.ts';
import { command, registryOf } from '../src/control/control-store.ts';
import { migrations } from '../src/control-registry.ts';
import { createLogpoint } from '../src/tenancy/logpoints.ts';
import { createPool } from '../src/tenancy/pools.ts';
import { logpointsList } from '../src/tenancy/registry.ts';

const USERS = Number(process.argv[2] ?? 100_000);
const LOGPOINTS = 1_000;
const ROUNDS = 200;
const by = { actor: 'bench' };

const setUp = command('bench.setUp', async (tx, _: null) => {
  const pool = await createPool(tx, { name: 'bench', by });
  let first = '';
  for (let n = 0; n < LOGPOINTS; n++) {
    const { id } = await createLogpoint(tx, { poolId: pool.id, name: `logpoint ${n}`, by });
    if (n === 0) first = id;
  }
  return { logpointId: first, groupId: (await createUserGroup(tx, first, { name: 'operators' }, by)).id };
});
const fill = command(
  'bench.fill',
  async (tx, input: { logpointId: string; groupId: string; from: number; to: number }) => {
    for (let n = input.from; n < input.to; n++) {
      const username = `user${n}`;
      const person = {
        username,
        email: `${username}@example.org`,
        firstname: 'a',
        lastname: 'b',
        passwordHash: 'none',
      };
      await createUser(tx, input.logpointId, { ...person, usergroup: [input.groupId] }, by);
    }
  },
);

function report(what: string, times: readonly number[]): void {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(2);
  console.log(`${what.padEnd(44)} p50 ${at(0.5)} ms  p95 ${at(0.95)} ms  max ${at(1)} ms`);
}

async function timed(rounds: number, work: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  return times;
}

async function main(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
  const registry = registryOf([setUp, fill, usersPage, usersList, usersCount, logpointsList]);
  const store = await openInProcessControlStore({ dir, registry, migrations, clock: Date.now });
  try {
    const place = await store.write(setUp, null);
    for (let from = 0; from < USERS; from += 5_000) {
      await store.write(fill, { ...place, from, to: Math.min(from + 5_000, USERS) });
    }
    const { logpointId } = place;
    let afterId = '';
    const page = async (): Promise<void> => {
      const rows = await store.read(usersPage, { logpointId, afterId, limit: 101 });
      afterId = rows.at(-1)?.id ?? '';
    };
    report(`page of 100 of ${USERS} users`, await timed(ROUNDS, page));
    report('count of them', await timed(20, () => store.read(usersCount, logpointId)));
    report('all of them at once', await timed(2, () => store.read(usersList, logpointId)));
    report(`all ${LOGPOINTS} logpoints`, await timed(50, () => store.read(logpointsList, {})));
  } finally {
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

await main();

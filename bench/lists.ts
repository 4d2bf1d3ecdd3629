// How long does a page of a list take when the list is long? Beside it the page of what changed last, the count, and the
// whole list. Users, rules and log sources of one logpoint, and many logpoints.
// npm run bench -- lists [USERS] [RULES]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { usersList, usersPage } from '../src/accounts/registry.ts';
import { createUserGroup } from '../src/accounts/user-groups.ts';
import { createUser } from '../src/accounts/users.ts';
import { openInProcessControlStore } from '../src/adapters/sqlite/in-process-control-store.ts';
import { type ControlStore, command, type Query, registryOf } from '../src/control/control-store.ts';
import type { Page, PageOf } from '../src/control/list-page.ts';
import { migrations } from '../src/control-registry.ts';
import { rulesLight } from '../src/rules/registry.ts';
import { createRule } from '../src/rules/rule-edits.ts';
import type { JsonObject } from '../src/shared/json.ts';
import { createLogSource } from '../src/tenancy/log-sources.ts';
import { createLogpoint } from '../src/tenancy/logpoints.ts';
import { createPool } from '../src/tenancy/pools.ts';
import { logpointsList, logSourcesPage } from '../src/tenancy/registry.ts';

const USERS = Number(process.argv[2] ?? 100_000);
const RULES = Number(process.argv[3] ?? 10_000);
const LOG_SOURCES = 5_000;
const LOGPOINTS = 1_000;
const PAGE_ROWS = 100;
const ROUNDS = 200;
const PIECE = 5_000;
const by = { actor: 'bench' };

type Place = { readonly logpointId: string; readonly groupId: string; readonly userId: string };
type Fill = Place & { readonly from: number; readonly to: number };

const personOf = (n: number) => ({
  username: `user${n}`,
  email: `user${n}@example.org`,
  firstname: 'a',
  lastname: 'b',
  passwordHash: 'none',
});

const setUp = command('bench.setUp', async (tx, _: null): Promise<Place> => {
  const pool = await createPool(tx, { name: 'bench', by });
  let logpointId = '';
  for (let n = 0; n < LOGPOINTS; n++) {
    const { id } = await createLogpoint(tx, { poolId: pool.id, name: `logpoint ${n}`, by });
    if (n === 0) logpointId = id;
  }
  const groupId = (await createUserGroup(tx, logpointId, { name: 'operators' }, by)).id;
  const user = await createUser(tx, logpointId, { ...personOf(0), usergroup: [groupId] }, by);
  return { logpointId, groupId, userId: user.id };
});
const fillUsers = command('bench.users', async (tx, { logpointId, groupId, from, to }: Fill) => {
  for (let n = from; n < to; n++) await createUser(tx, logpointId, { ...personOf(n), usergroup: [groupId] }, by);
});
const fillRules = command('bench.rules', async (tx, { logpointId, userId, from, to }: Fill) => {
  for (let n = from; n < to; n++) {
    const data: JsonObject = { searchname: `rule ${n}`, owner: userId, risk: 'low', query: `user=user${n}` };
    const range = {
      timerange_minute: 5,
      condition_option: 'greaterthan',
      condition_value: 0,
      limit: 25,
      aggregate: 'max',
    };
    await createRule(tx, logpointId, { ...data, ...range, repos: ['default'] }, by);
  }
});
const fillSources = command('bench.sources', async (tx, { logpointId, from, to }: Fill) => {
  for (let n = from; n < to; n++) {
    await createLogSource(tx, logpointId, { name: `source ${n}`, description: '', hosts: ['10.0.0.1'] }, by);
  }
});

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

async function pages<T>(store: ControlStore, what: string, query: Query<PageOf, Page<T>>, logpointId: string) {
  let cursor: string | undefined;
  const page = async (): Promise<void> => {
    cursor = (await store.read(query, { logpointId, cursor, limit: PAGE_ROWS })).nextCursor ?? undefined;
  };
  report(`page of ${PAGE_ROWS} of ${what}`, await timed(ROUNDS, page));
  const changedFromMs = Date.now() - 1;
  const changed = () => store.read(query, { logpointId, limit: PAGE_ROWS, changedFromMs });
  report('  of those that changed last', await timed(20, changed));
  report('  with the count of all', await timed(20, () => store.read(query, { logpointId, limit: 1, total: true })));
  report('  without limit', await timed(3, () => store.read(query, { logpointId })));
}

async function main(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
  const fills = [fillUsers, fillRules, fillSources];
  const reads = [usersPage, usersList, rulesLight, logSourcesPage, logpointsList];
  const registry = registryOf([setUp, ...fills, ...reads]);
  const store = await openInProcessControlStore({ dir, registry, migrations, clock: Date.now });
  try {
    const place = await store.write(setUp, null);
    for (const [fill, count, first] of [
      [fillUsers, USERS, 1],
      [fillRules, RULES, 0],
      [fillSources, LOG_SOURCES, 0],
    ] as const) {
      for (let from: number = first; from < count; from += PIECE) {
        await store.write(fill, { ...place, from, to: Math.min(from + PIECE, count) });
      }
    }
    const { logpointId } = place;
    await pages(store, `${USERS} users`, usersPage, logpointId);
    await pages(store, `${RULES} rules`, rulesLight, logpointId);
    const search = () => store.read(rulesLight, { logpointId, q: `rule ${RULES - 1}`, limit: PAGE_ROWS });
    report('  that mention a text', await timed(5, search));
    await pages(store, `${LOG_SOURCES} log sources`, logSourcesPage, logpointId);
    report(`all ${LOGPOINTS} logpoints`, await timed(50, () => store.read(logpointsList, {})));
  } finally {
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

await main();

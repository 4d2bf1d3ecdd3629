import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openChdbEventStore } from '../../src/adapters/chdb/chdb-event-store.ts';
import type { LogEvent } from '../../src/events/event.ts';
import type { EventStore } from '../../src/events/event-store.ts';
import { compileSearch } from '../../src/query/compile-search.ts';
import { evaluate } from '../../src/query/evaluate.ts';
import { parseQuery } from '../../src/query/parse-query.ts';
import type { Plan } from '../../src/query/plan.ts';
import { planQuery } from '../../src/query/plan-query.ts';
import { isAbsent, named } from '../corpus/public-data.ts';
import { eventsOfFile, importAll } from '../sigma/manifests.ts';

// A Sigma rule is one condition for the stream and for the store: both find the same events of real recordings.

const FILES = [
  'otrf/cmd_psexec_lsa_secrets_dump_2020-10-1903305471.jsonl.br',
  'otrf/cmd_lsass_memory_dumpert_syscalls_2020-10-1822561997.jsonl.br',
  'otrf/cmd_sam_copy_esentutl_2020-10-1900290001.jsonl.br',
  'otrf/psh_lsass_memory_dump_comsvcs_2020-10-18T19500924.jsonl.br',
];
const LOGPOINT = 'c0ffee00c0ffee00c0ffee00c0ffee02';
/** One rule of this many that match nothing is asked for too. */
const SILENT_ONE_IN = 12;

let dataDir: string;
let store: EventStore;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'tocsin-sigma-'));
  store = await openChdbEventStore({ dataDir });
});

afterAll(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

function planOf(filter: Plan['filter']): Plan {
  const { query } = parseQuery('*');
  const plan = query === null ? null : planQuery(query).plan;
  if (plan === null) throw new Error('no plan for all events');
  return { ...plan, filter };
}

test.skipIf(isAbsent)(named('the event store finds what the rules find in memory'), async () => {
  const events: LogEvent[] = [];
  for (const file of FILES) {
    for await (const event of eventsOfFile(file)) events.push({ ...event, seq: events.length + 1 });
  }
  await store.append(LOGPOINT, events, 'all');
  const times = events.map(({ eventAtMs }) => eventAtMs);
  const range = { repos: ['default'], fromMs: Math.min(...times), toMs: Math.max(...times) + 1, limit: 10_000 };
  let asked = 0;
  let found = 0;
  for (const [index, { condition, file }] of importAll().rules.entries()) {
    const plan = planOf(condition);
    const inMemory = evaluate(plan, events).flatMap((row) => (row.kind === 'event' ? [row.event.seq] : []));
    if (inMemory.length === 0 && index % SILENT_ONE_IN !== 0) continue;
    const answer = await store.search(LOGPOINT, compileSearch(plan, range), { timeoutMs: 60_000, rowsMax: 10_000 });
    const inStore = answer.rows.map((row) => Number(row['seq']));
    expect(
      inStore.sort((a, b) => a - b),
      file,
    ).toEqual(inMemory.sort((a, b) => a - b));
    asked += 1;
    found += inMemory.length;
  }
  expect(asked).toBeGreaterThan(300);
  expect(found).toBeGreaterThan(40);
});

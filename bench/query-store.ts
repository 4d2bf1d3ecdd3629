// Queries over many events in the store: those that a person waits for.
//
//   npm run bench -- query-store [events]
//
// 10,000,000 events unless told. They are made by the engine itself, in the layout that appends make, over ten days, because sending so many through the socket takes minutes and is
// measured by `events-store`. Queries go the way of every search: text, plan, SQL, rows. Best of several runs, with the engine's memory of conditions left as it is in the server.

import { mkdtempSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { openChdbEventStore } from '../src/adapters/chdb/chdb-event-store.ts';
import { EVENT_INSERT_COLUMNS, eventsTable } from '../src/events/event-layout.ts';
import { parseQuery } from '../src/query/parse-query.ts';
import type { Plan } from '../src/query/plan.ts';
import { planQuery } from '../src/query/plan-query.ts';
import { runPlan } from '../src/query/run-plan.ts';

const EVENTS = Number(process.argv[2] ?? 10_000_000);
const RUNS = 5;
const CHUNK = 500_000;
const DAYS = 10;
const FROM_MS = Date.UTC(2026, 5, 15);
const TO_MS = FROM_MS + DAYS * 86_400_000;
const QUARTER_MS = 900_000;
const LOGPOINT = 'b'.repeat(32);

/** Figures that a query is held against, ms. Source: issue 3. */
const CASES = [
  { name: 'equality in 15 minutes', query: 'user=user77', isQuarter: true, wantedMs: 100 },
  { name: 'count by one field', query: '| chart count() by user', isQuarter: false, wantedMs: 1_500 },
  { name: 'contains, a hot field', query: 'command="*netsvcs*9z*"', isQuarter: false, wantedMs: 3_000 },
  { name: 'contains, a field of the map', query: 'process_guid="*abcd*"', isQuarter: false, wantedMs: 3_000 },
  { name: 'contains, the message', query: 'msg="*netsvcs*9z*"', isQuarter: false, wantedMs: 3_000 },
  { name: 'first 100 rows of a broad search', query: 'label=Process', isQuarter: false, wantedMs: 300 },
] as const;

/** The rows from `from` on: many small fields, some with few values, a message that repeats them. */
function insertSql(from: number, count: number): string {
  const pick = (salt: number, most: number): string => `(cityHash64(number, ${salt}) % ${most})`;
  const fields = {
    event_id: `toString(4600 + ${pick(1, 90)})`,
    norm_id: "'WinServer'",
    channel: "'Security'",
    host: `concat('host', toString(${pick(2, 300)}), '.example.test')`,
    device_ip: `concat('10.0.', toString(${pick(3, 8)}), '.', toString(${pick(4, 250)}))`,
    user: `concat('user', toString(${pick(5, 2_000)}))`,
    source_address: `concat('10.', toString(${pick(6, 4)}), '.', toString(${pick(7, 250)}), '.1')`,
    process: `concat('C:\\\\Windows\\\\System32\\\\', ['svchost', 'powershell', 'cmd', 'lsass'][${pick(8, 4)} + 1], '.exe')`,
    process_guid: `hex(cityHash64(number, 9))`,
    command: `concat('svchost.exe -k netsvcs -p ', toString(${pick(10, 1_000_000)}), ' /flag:', lower(hex(${pick(11, 1_000_000)})), 'z')`,
    label: "'Process Create'",
    sig_id: "'10537'",
    status: "'0x0'",
  };
  const map = Object.entries(fields).map(([name, sql]) => `'${name}', ${sql}`);
  const spread = Math.floor((TO_MS - FROM_MS) / EVENTS);
  return (
    `INSERT INTO ${eventsTable(LOGPOINT)} (${EVENT_INSERT_COLUMNS}) ` +
    `SELECT number + 1, 'default', ${FROM_MS} + number * ${spread}, ${FROM_MS} + number * ${spread} + 500, ` +
    `concat('{"command":"', f['command'], '","user":"', f['user'], '","guid":"', f['process_guid'], '"}'), f, [] ` +
    `FROM (SELECT number, map(${map.join(', ')})::Map(LowCardinality(String), String) AS f FROM numbers(${from}, ${count}))`
  );
}

function planOf(text: string): Plan {
  const { query } = parseQuery(text);
  const plan = query === null ? null : planQuery(query).plan;
  if (plan === null) throw new Error(`no plan for ${text}`);
  return plan;
}

const dataDir = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
const store = await openChdbEventStore({ dataDir });
try {
  await store.openLogpoint(LOGPOINT);
  const { address, secret } = store.endpoint;
  if (address.kind !== 'socket') throw new Error('the bench expects a socket');
  const agentOptions = { keepAlive: true, socketPath: address.path };
  const client = createClient({
    url: 'http://eventd',
    password: secret,
    http_agent: new Agent(agentOptions),
    request_timeout: 600_000,
    log: { level: ClickHouseLogLevel.OFF },
  });
  const startedMs = performance.now();
  for (let from = 0; from < EVENTS; from += CHUNK) {
    await client.command({ query: insertSql(from, Math.min(CHUNK, EVENTS - from)) });
  }
  await client.close();
  const seconds = (performance.now() - startedMs) / 1000;
  const [size] = await store.repoSizes(LOGPOINT);
  const megabytes = Math.round((size?.bytesOnDisk ?? 0) / 1e6);
  console.log(
    `${size?.events ?? 0} events over ${DAYS} days, ${megabytes} MB, made in ${seconds.toFixed(1)} s; best of ${RUNS} runs`,
  );
  const results: Record<string, Record<string, number>> = {};
  for (const { name, query, isQuarter, wantedMs } of CASES) {
    const plan = planOf(query);
    const fromMs = isQuarter ? FROM_MS + 5 * 86_400_000 : FROM_MS;
    const toMs = isQuarter ? fromMs + QUARTER_MS : TO_MS;
    let best = Number.POSITIVE_INFINITY;
    let first = 0;
    let rowCount = 0;
    for (let run = 0; run < RUNS; run++) {
      const beganMs = performance.now();
      const { rows } = await runPlan(store, plan, {
        logpointId: LOGPOINT,
        repos: ['default'],
        fromMs,
        toMs,
        limit: 100,
        rowsMax: 10_000,
        timeoutMs: 120_000,
      });
      const ms = performance.now() - beganMs;
      if (run === 0) first = ms;
      best = Math.min(best, ms);
      rowCount = rows.length;
    }
    results[name] = {
      rows: rowCount,
      'first, ms': Math.round(first),
      'best, ms': Math.round(best),
      'wanted, ms': wantedMs,
    };
  }
  console.table(results);
} finally {
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
}

// How big, how fast in, how fast out: the layout of a logpoint's table against others, in one run on one machine.
//
//   npm run bench -- events-store [events]
//
// Best times, because a busy machine only ever adds. Every layout takes the same batches through the same process and socket as the server's own appends (parsed, synced,
// acknowledged). Absolute numbers belong to the machine; the ratios between the layouts are the result.

import { mkdtempSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { openChdbEventStore } from '../src/adapters/chdb/chdb-event-store.ts';
import { encodeBatch } from '../src/adapters/clickhouse/batch-encoding.ts';
import { type LogEvent, newFields } from '../src/events/event.ts';
import { createTableSql, EVENT_INSERT_COLUMNS, eventsTable } from '../src/events/event-layout.ts';
import { HOT_FIELDS } from '../src/events/hot-fields.ts';

const EVENTS = Number(process.argv[2] ?? 160_000);
const BATCH = 10_000;
const RUNS = 7;
const FROM_MS = Date.UTC(2026, 5, 15);
const LOGPOINT = 'b'.repeat(32);

/** A small generator, so that each run and each layout sees the same events. */
function newRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const PROCESSES = [
  'svchost.exe',
  'powershell.exe',
  'cmd.exe',
  'chrome.exe',
  'lsass.exe',
  'rundll32.exe',
  'explorer.exe',
];

function sampleEvents(): LogEvent[] {
  const random = newRandom(7);
  const pick = (count: number): number => Math.floor(count * random() ** 2);
  return Array.from({ length: EVENTS }, (_, seq) => {
    const process = PROCESSES[pick(PROCESSES.length)] ?? '';
    const user = `user${pick(2_000)}`;
    const fields = Object.assign(newFields(), {
      event_id: String(4600 + pick(90)),
      norm_id: 'WinServer',
      channel: 'Security',
      host: `host${pick(300)}.example.test`,
      device_name: `host${pick(300)}`,
      device_ip: `10.0.${pick(8)}.${pick(250)}`,
      col_type: 'http',
      user,
      domain: 'EXAMPLE',
      user_id: `S-1-5-21-${pick(4_000_000_000)}-${pick(2_000)}`,
      source_address: `10.${pick(4)}.${pick(250)}.${pick(250)}`,
      source_port: String(1024 + pick(60_000)),
      process: `C:\\Windows\\System32\\${process}`,
      process_id: String(pick(9_000)),
      process_guid: `{${pick(1e9).toString(16)}-${pick(1e9).toString(16)}-${pick(1e9).toString(16)}}`,
      parent_process: `C:\\Windows\\${PROCESSES[pick(7)] ?? ''}`,
      command: `"C:\\Windows\\System32\\${process}" -k netsvcs -p ${pick(1e6)} /flag:${pick(1e6).toString(36)}`,
      integrity_level: 'Medium',
      logon_id: `0x${pick(1e9).toString(16)}`,
      logon_type: String(2 + pick(9)),
      hash: pick(2 ** 48)
        .toString(16)
        .padStart(16, '0')
        .repeat(2),
      label: 'Process Create',
      sig_id: '10537',
      status: '0x0',
    });
    const msg = JSON.stringify(fields);
    return {
      seq,
      repo: 'default',
      eventAtMs: FROM_MS + Math.floor((seq / EVENTS) * 20 * 3_600_000),
      receivedAtMs: FROM_MS + Math.floor((seq / EVENTS) * 20 * 3_600_000) + 900,
      fields: Object.assign(fields, { msg }),
    };
  });
}

type Layout = { readonly name: string; readonly ddl: string; readonly isHot: boolean };

const own = createTableSql(LOGPOINT);
const hotColumn = / f_\w+ (?:LowCardinality\(String\)|String) MATERIALIZED fields\['\w+'\] CODEC\(ZSTD\(1\)\),?/g;
const named = (name: string, ddl: string): string => ddl.replace(eventsTable(LOGPOINT), `tocsin.bench_${name}`);
const oneMap = own.replace(/map_\w+ = (?:'\w+'|\d+), /g, '');
const nullable = own.replace(
  /f_(\w+) (LowCardinality\(String\)|String) MATERIALIZED fields\['\w+'\]/g,
  (_, field: string, type: string) =>
    `f_${field} ${type.replace('String', 'Nullable(String)')} MATERIALIZED if(mapContains(fields, '${field}'), fields['${field}'], NULL)`,
);
const LAYOUTS: readonly Layout[] = [
  { name: 'own', ddl: named('own', own), isHot: true },
  { name: 'nullable', ddl: named('nullable', nullable), isHot: true },
  { name: 'one_map', ddl: named('one_map', oneMap), isHot: true },
  { name: 'map_only', ddl: named('map_only', own.replace(hotColumn, '').replace(/,\s*\)/, ')')), isHot: false },
  { name: 'zstd1', ddl: named('zstd1', own.replaceAll('ZSTD(3)', 'ZSTD(1)')), isHot: true },
];

const dataDir = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
const openedMs = performance.now();
const store = await openChdbEventStore({ dataDir });
console.log(`eventd on an empty folder: ready after ${Math.round(performance.now() - openedMs)} ms`);
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

// The engine remembers which granules a condition met; a bench must not profit from it.
const SETTINGS = { readonly: '1' as const, max_threads: 4, use_query_condition_cache: 0 as const };
const select = async (query: string): Promise<Record<string, unknown>[]> =>
  (await client.query({ query, format: 'JSONEachRow', clickhouse_settings: SETTINGS })).json();

async function timeMs(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

async function bestMs(sql: string): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < RUNS; run++) best = Math.min(best, await timeMs(() => select(sql)));
  return best;
}

async function insert(layout: Layout, body: Buffer, token: string): Promise<void> {
  const { stream } = await client.exec({
    query: `INSERT INTO tocsin.bench_${layout.name} (${EVENT_INSERT_COLUMNS}) FORMAT JSONCompactEachRow`,
    values: Readable.from([body], { objectMode: false }),
    clickhouse_settings: { insert_deduplication_token: token, async_insert: 0 },
  });
  stream.resume();
}

function searchesOf(layout: Layout): Readonly<Record<string, string>> {
  const table = `tocsin.bench_${layout.name}`;
  const field = (name: string): string =>
    layout.isHot && Object.hasOwn(HOT_FIELDS, name) ? `toString(f_${name})` : `fields['${name}']`;
  const quarter = `event_at_ms >= ${FROM_MS + 36e6} AND event_at_ms < ${FROM_MS + 36e6 + 900_000}`;
  return {
    'equality 15 min': `SELECT * FROM ${table} WHERE ${quarter} AND ${field('user')} = 'user77'`,
    'count by user': `SELECT ${field('user')} AS u, count() FROM ${table} GROUP BY u`,
    'wildcard hot': `SELECT count() FROM ${table} WHERE ${field('command')} ILIKE '%k netsvcs%99%'`,
    'wildcard map': `SELECT count() FROM ${table} WHERE fields['process_guid'] ILIKE '%abc%'`,
    'equality map': `SELECT count() FROM ${table} WHERE fields['logon_id'] = '0x1f4'`,
    'wildcard msg': `SELECT count() FROM ${table} WHERE msg ILIKE '%k netsvcs%99%'`,
  };
}

/** All layouts in turn for every single step, so that whatever else the machine does meets all of them alike. */
async function measure(bodies: readonly Buffer[]): Promise<Record<string, Record<string, number>>> {
  const results: Record<string, Record<string, number>> = {};
  const keepBest = (layout: Layout, what: string, ms: number): void => {
    results[layout.name] ??= {};
    const row = results[layout.name] ?? {};
    row[what] = Math.round(Math.min(row[what] ?? Number.POSITIVE_INFINITY, ms) * 10) / 10;
  };
  for (const layout of LAYOUTS) await client.command({ query: layout.ddl });
  for (const [i, body] of bodies.entries()) {
    for (const layout of LAYOUTS) keepBest(layout, 'batch in', await timeMs(() => insert(layout, body, `b${i}`)));
  }
  for (const layout of LAYOUTS) await client.command({ query: `OPTIMIZE TABLE tocsin.bench_${layout.name} FINAL` });
  for (const layout of LAYOUTS) {
    const where = `active AND table = 'bench_${layout.name}'`;
    const [size] = await select(`SELECT sum(bytes_on_disk) AS bytes FROM system.parts WHERE ${where}`);
    keepBest(layout, 'bytes/event', Number(size?.['bytes']) / EVENTS);
  }
  for (let run = 0; run < RUNS; run++) {
    for (const layout of LAYOUTS) {
      for (const [what, sql] of Object.entries(searchesOf(layout))) {
        keepBest(layout, what, await timeMs(() => select(sql)));
      }
    }
  }
  return results;
}

try {
  const events = sampleEvents();
  const bytes = events.reduce((sum, { fields }) => sum + (fields['msg']?.length ?? 0), 0);
  console.log(
    `${EVENTS} events, msg of ${Math.round(bytes / EVENTS)} bytes; batches of ${BATCH}; times are the best of ${RUNS} in ms`,
  );
  const encodedMs = performance.now();
  const bodies: Buffer[] = [];
  for (let at = 0; at < EVENTS; at += BATCH) bodies.push(encodeBatch(events.slice(at, at + BATCH)));
  console.log(`encoding in this thread: ${Math.round(EVENTS / ((performance.now() - encodedMs) / 1000))} events/s`);
  await client.command({ query: 'CREATE DATABASE IF NOT EXISTS tocsin' });
  console.table(await measure(bodies));

  await client.command({
    query: "ALTER TABLE tocsin.bench_own ADD COLUMN p_guid String MATERIALIZED fields['process_guid'] CODEC(ZSTD(1))",
  });
  const wildcard = (text: string) => `SELECT count() FROM tocsin.bench_own WHERE ${text} ILIKE '%abc%'`;
  const inMap = await bestMs(wildcard("fields['process_guid']"));
  const fresh = await bestMs(wildcard('p_guid'));
  await client.command({ query: 'OPTIMIZE TABLE tocsin.bench_own FINAL' });
  const merged = await bestMs(wildcard('p_guid'));
  console.log(
    `promotion of a field: map ${inMap.toFixed(1)} ms, column in old parts ${fresh.toFixed(1)} ms, ` +
      `after a merge ${merged.toFixed(1)} ms (${(inMap / merged).toFixed(1)} times faster)`,
  );
  await client.close();
  await store.close();
  const reopenedMs = performance.now();
  const again = await openChdbEventStore({ dataDir });
  console.log(`eventd on this folder: ready after ${Math.round(performance.now() - reopenedMs)} ms`);
  await again.close();
} finally {
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
}

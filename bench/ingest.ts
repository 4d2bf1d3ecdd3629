// How many events a second go from bytes to durable, normalised, matched and stored, and what each stage costs.
// npm run bench -- ingest [events]
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { openChdbEventStore } from '../src/adapters/chdb/chdb-event-store.ts';
import { encodeBatch } from '../src/adapters/clickhouse/batch-encoding.ts';
import type { LogEvent } from '../src/events/event.ts';
import { decodeEntry } from '../src/ingest/decode-entry.ts';
import { Journal } from '../src/ingest/journal.ts';
import type { RecordContext, Records } from '../src/ingest/record.ts';
import { RuleSet } from '../src/ingest/rule-set.ts';
import { splitLines, toFrames } from '../src/ingest/split-records.ts';
import { startIngest } from '../src/ingest/start-ingest.ts';
import type { Match } from '../src/rules/match.ts';
import type { StreamRule } from '../src/rules/stream-rule.ts';

const EVENTS = Number(process.argv[2] ?? 200_000);
const BODY_EVENTS = 2_000;
const SENDERS = 4;

const target = { poolId: 'a'.repeat(32), logpointId: 'b'.repeat(32), logpointName: 'LP1', repo: 'default' };
const context: RecordContext = {
  ...target,
  format: 'jsonl',
  colType: 'http',
  remoteIp: '192.0.2.1',
  sourceName: 'bench',
  timeZone: 'UTC',
  receivedAtMs: Date.now(),
};

const QUERIES: readonly ((i: number) => string)[] = [
  (i) => `label=Process label=Create command="*mimikatz${i}*" OR command="*sekurlsa${i}*"`,
  (i) => `label=Process label=Create "process"="*\\powershell.exe" command IN ["*-enc${i} *", "*downloadstring${i}*"]`,
  (i) => `norm_id=WinServer event_id=4625 user="admin${i}"`,
  (i) => `label=Registry label=Set target_object="*\\Run${i}\\*"`,
  (i) => `user="CORP\\u${i}" command="*-Id ?00?"`,
];

const rules: readonly StreamRule[] = Array.from({ length: 25 }, (_, i) => ({
  ruleId: String(i).padStart(24, '0'),
  ruleVersion: 1,
  logpointId: target.logpointId,
  query: QUERIES[i % 5]?.(i) ?? '',
  repos: ['default'],
  throttlingField: null,
}));

/** One Windows event of about 700 bytes, no two alike. */
function line(i: number): string {
  const at = new Date(context.receivedAtMs - (i % 60_000)).toISOString();
  return JSON.stringify({
    TimeCreated: at,
    EventID: 1,
    Channel: 'Microsoft-Windows-Sysmon/Operational',
    Computer: `ws${i % 500}.corp.example`,
    UtcTime: at,
    ProcessId: String(1000 + (i % 30_000)),
    ProcessGuid: `{00000000-0000-0000-0000-${String(i).padStart(12, '0')}}`,
    Image: 'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe',
    CommandLine: `powershell.exe -NoProfile -File C:\\Scripts\\job${i % 5000}.ps1 -Id ${i}`,
    User: `CORP\\u${i % 1000}`,
    ParentImage: 'C:\\Windows\\System32\\svchost.exe',
    Hashes: `SHA1=${String(i).padStart(40, '0')},MD5=${String(i).padStart(32, '0')}`,
    Company: 'Microsoft Corporation',
    IntegrityLevel: 'High',
    pad: 'x'.repeat(60),
  });
}

const bodyOf = (n: number): Buffer =>
  Buffer.from(Array.from({ length: BODY_EVENTS }, (_, i) => line(n * BODY_EVENTS + i)).join('\n'));

function timed(label: string, events: number, run: () => void): void {
  run();
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  console.log(`${label.padEnd(28)} ${((user + system) / events).toFixed(2)} µs/event`);
}

async function stages(): Promise<void> {
  const bodies = Array.from({ length: 10 }, (_, n) => bodyOf(n));
  const events = bodies.length * BODY_EVENTS;
  const bytes = bodies.reduce((sum, body) => sum + body.length, 0);
  console.log(`${cpus().length} cores, Node ${process.version}, ${Math.round(bytes / events)} bytes/event`);
  const frames = (): Records[] => bodies.flatMap((body) => [...toFrames(body, splitLines(body))]);
  timed('split', events, () => void frames());
  const cut = frames();
  timed('JSON.parse alone', events, () => {
    for (const body of bodies) for (const text of body.toString().split('\n')) JSON.parse(text);
  });
  let decoded: LogEvent[] = [];
  timed('decode and normalise', events, () => {
    decoded = cut.flatMap((records) => decodeEntry(context, records, 1).events);
  });
  const matcher = RuleSet.compile(rules).matcherOf(target);
  const matches: Match[] = [];
  timed('match, 25 rules', events, () => {
    for (const event of decoded) matcher?.match(event, matches);
  });
  timed('encode for the store', events, () => {
    for (let i = 0; i < decoded.length; i += 5000) encodeBatch(decoded.slice(i, i + 5000));
  });
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
  const journal = await Journal.open({ dir });
  const start = performance.now();
  for (const records of cut) await journal.append(context, records).durable;
  console.log(
    `${'journal, a sync each frame'.padEnd(28)} ${(((performance.now() - start) * 1000) / events).toFixed(2)} µs/event (elapsed)`,
  );
  await journal.close();
  rmSync(dir, { recursive: true, force: true });
}

/** CPU time of a process in µs, from /proc; 0 where there is none. */
function engineCpuUs(pid: number | undefined): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10_000;
  } catch {
    return 0;
  }
}

async function endToEnd(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
  const store = await openChdbEventStore({ dataDir });
  let applied = 0;
  const ingest = await startIngest({
    dataDir,
    eventStore: store.endpoint,
    syslog: null,
    rules,
    onMatches: async ({ matches }) => {
      applied += matches.length;
    },
    onDeadLetterRepo: async () => undefined,
    onNotice: ({ code, message }) => console.log(`${code}: ${message}`),
  });
  const bodies = Array.from({ length: Math.ceil(EVENTS / BODY_EVENTS) }, (_, n) => bodyOf(n));
  const total = bodies.length * BODY_EVENTS;
  const stall = monitorEventLoopDelay({ resolution: 5 });
  stall.enable();
  const cpuBefore = process.cpuUsage();
  const engineBefore = engineCpuUs(store.pid());
  const start = performance.now();
  const acks: number[] = [];
  const send = async (): Promise<void> => {
    for (let body = bodies.pop(); body !== undefined; body = bodies.pop()) {
      const sentMs = performance.now();
      await ingest.accept({
        ...target,
        body,
        encoding: 'identity',
        format: 'jsonl',
        remoteIp: '192.0.2.1',
        sourceName: 'bench',
      });
      acks.push(performance.now() - sentMs);
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, send));
  const ackedMs = performance.now() - start;
  await ingest.drain();
  const doneMs = performance.now() - start;
  stall.disable();
  const { user, system } = process.cpuUsage(cpuBefore);
  const engineUs = engineCpuUs(store.pid()) - engineBefore;
  const status = await ingest.status();
  acks.sort((a, b) => a - b);
  const rate = (ms: number): string => Math.round((total * 1000) / ms).toLocaleString('en');
  console.log(`acknowledged ${rate(ackedMs)} events/s; stored and matched ${rate(doneMs)} events/s (${total} events)`);
  // What a machine without other work would do: the cores are shared by the two processes.
  const [here, engine] = [(user + system) / total, engineUs / total].map((us) => us.toFixed(1));
  console.log(`CPU ${here} µs/event in this process, ${engine} µs/event in the engine`);
  console.log(
    `ack p50 ${acks[acks.length >> 1]?.toFixed(1)} ms, max ${acks.at(-1)?.toFixed(1)} ms for ${BODY_EVENTS} events`,
  );
  console.log(
    `main thread stall max ${(stall.max / 1e6).toFixed(1)} ms, p99 ${(stall.percentile(99) / 1e6).toFixed(1)} ms`,
  );
  console.log(
    `stored ${status.storedEvents}, batches ${status.batches}, syncs ${status.journalSyncs}, matches ${applied}`,
  );
  await ingest.close();
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
}

await stages();
await endToEnd();

import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openChdbEventStore } from '../adapters/chdb/chdb-event-store.ts';
import { EVENT_SELECT } from '../events/event-layout.ts';
import { eventFromStore } from '../events/event-row.ts';
import { compiledUrl } from '../shared/compiled.ts';
import { Journal } from './journal.ts';
import { JournalReader } from './journal-reader.ts';
import { startIngest } from './start-ingest.ts';

// Invariant: what was acknowledged before the process was killed is there after it, once.

const logpointId = 'b'.repeat(32);
const target = `{ poolId: '${'a'.repeat(32)}', logpointId: '${logpointId}', logpointName: 'LP1', repo: 'default' }`;

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tocsin-crash-'));
});
afterEach(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }));

const imported = (name: string, file: string): string =>
  `import { ${name} } from ${JSON.stringify(compiledUrl(file, import.meta.url).href)};`;

/** Runs a script until it has printed so many lines, kills it, and answers all lines it had printed. */
async function killAfter(script: string, lines: number): Promise<string[]> {
  const file = join(dir, 'script.mjs');
  await writeFile(file, script);
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const printed: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    printed.push(line);
    if (printed.length === lines) child.kill('SIGKILL');
  }
  return printed;
}

test('a journal whose process is killed while it appends has every line that it acknowledged', async () => {
  const script = (round: number) => `
    ${imported('Journal', './journal.ts')}
    const journal = await Journal.open({ dir: ${JSON.stringify(dir)}, segmentBytes: 20000 });
    const context = { ...${target}, format: 'text', colType: 'x', remoteIp: '', sourceName: '', timeZone: 'UTC', receivedAtMs: 0 };
    const one = async (i) => {
      const text = '${round}:' + i;
      const bytes = Buffer.from(text + 'x'.repeat(i % 300));
      await journal.append(context, { bytes, spans: Uint32Array.of(0, text.length) }).durable;
      process.stdout.write(text + '\\n');
    };
    for (let i = 0; ; i += 4) await Promise.all([one(i), one(i + 1), one(i + 2), one(i + 3)]);`;
  const acknowledged: string[] = [];
  for (const [round, lines] of [40, 3, 97].entries()) acknowledged.push(...(await killAfter(script(round), lines)));
  const journal = await Journal.open({ dir });
  const reader = new JournalReader(journal, 0);
  const found: string[] = [];
  let lastSeq = 0;
  for (let entry = await reader.next(); entry !== null; entry = await reader.next()) {
    expect(entry.firstSeq).toBeGreaterThan(lastSeq);
    lastSeq = entry.lastSeq;
    found.push(entry.records.bytes.toString('utf8', entry.records.spans[0], entry.records.spans[1]));
  }
  await journal.close();
  expect(acknowledged.length).toBeGreaterThanOrEqual(140);
  expect(new Set(found).size).toBe(found.length);
  expect(acknowledged.filter((text) => !found.includes(text))).toEqual([]);
});

test('a server that is killed while it ingests has every acknowledged event in the store, once', async () => {
  const script = (round: number) => `
    ${imported('openChdbEventStore', '../adapters/chdb/chdb-event-store.ts')}
    ${imported('startIngest', './start-ingest.ts')}
    const dataDir = ${JSON.stringify(dir)};
    const store = await openChdbEventStore({ dataDir });
    const none = async () => undefined;
    const ingest = await startIngest({ dataDir, eventStore: store.endpoint, syslog: null, rules: [], batchLingerMs: 5, onMatches: none, onDeadLetterRepo: none });
    for (let i = 0; ; i += 1) {
      const body = Buffer.from(Array.from({ length: 50 }, (_, k) => JSON.stringify({ user: '${round}:' + i + ':' + k })).join('\\n'));
      await ingest.accept({ ...${target}, body, encoding: 'identity', format: 'jsonl', remoteIp: '', sourceName: '' });
      process.stdout.write('${round}:' + i + '\\n');
    }`;
  const acknowledged: string[] = [];
  for (const [round, lines] of [30, 45].entries()) acknowledged.push(...(await killAfter(script(round), lines)));
  const store = await openChdbEventStore({ dataDir: dir });
  const ingest = await startIngest({
    dataDir: dir,
    eventStore: store.endpoint,
    syslog: null,
    rules: [],
    onMatches: async () => undefined,
    onDeadLetterRepo: async () => undefined,
  });
  await ingest.drain();
  const sql = `SELECT ${EVENT_SELECT} FROM {events}`;
  const { rows } = await store.search(logpointId, { sql, params: {} }, { timeoutMs: 20_000, rowsMax: 100_000 });
  await ingest.close();
  await store.close();
  const events = rows.map(eventFromStore);
  const users = new Set(events.map(({ fields }) => fields['user']));
  const missing = acknowledged.flatMap((text) =>
    Array.from({ length: 50 }, (_, k) => `${text}:${k}`).filter((user) => !users.has(user)),
  );
  expect(missing).toEqual([]);
  expect(acknowledged.length).toBeGreaterThanOrEqual(75);
  expect(users.size).toBe(events.length);
  expect(new Set(events.map(({ seq }) => seq)).size).toBe(events.length);
}, 60_000);

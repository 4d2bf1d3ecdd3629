import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { openChdbEventStore } from '../../src/adapters/chdb/chdb-event-store.ts';
import type { LogEvent } from '../../src/events/event.ts';
import { decodeEntry } from '../../src/ingest/decode-entry.ts';
import { openLines } from '../../src/ingest/read-lines.ts';
import { splitLines } from '../../src/ingest/split-records.ts';
import { compileSearch } from '../../src/query/compile-search.ts';
import { evaluate } from '../../src/query/evaluate.ts';
import { parseQuery } from '../../src/query/parse-query.ts';
import type { Plan } from '../../src/query/plan.ts';
import { planQuery } from '../../src/query/plan-query.ts';
import { readStoreRow } from '../../src/query/read-store-row.ts';
import { DATA, isAbsent, named, recordContext } from '../corpus/public-data.ts';

// Converted detection rules over real attack telemetry: the evaluator and the store must find the very same events.

const LOGPOINT = recordContext.logpointId;
/** Small files first, until there are about so many events. */
const EVENTS_WANTED = 3_000;

async function telemetry(): Promise<LogEvent[]> {
  const folder = join(DATA, 'otrf');
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl.br'))
    .map((name) => ({ name, bytes: readFileSync(join(folder, name)).length }))
    .sort((a, b) => a.bytes - b.bytes);
  const events: LogEvent[] = [];
  for (const { name } of files) {
    if (events.length >= EVENTS_WANTED) break;
    const { chunks } = await openLines(join(folder, name));
    for await (const { bytes } of chunks) {
      events.push(...decodeEntry(recordContext, { bytes, spans: splitLines(bytes) }, events.length + 1).events);
    }
  }
  return events;
}

function plans(): { text: string; plan: Plan }[] {
  const lines = gunzipSync(readFileSync(join(DATA, 'sigma-lpql.jsonl.gz')))
    .toString('utf8')
    .trim()
    .split('\n');
  return lines.map((line) => {
    const { query: text } = JSON.parse(line) as { query: string };
    const { query } = parseQuery(text);
    const plan = query === null ? null : planQuery(query).plan;
    if (plan === null) throw new Error(`no plan for ${text}`);
    return { text, plan };
  });
}

const seqsOf = (rows: ReturnType<typeof evaluate>): number[] =>
  rows.flatMap((row) => (row.kind === 'event' ? [row.event.seq] : []));

test.skipIf(isAbsent)(named('converted rules find the same events in memory and in the store'), async () => {
  const events = await telemetry();
  expect(events.length).toBeGreaterThanOrEqual(EVENTS_WANTED);
  const dataDir = mkdtempSync(join(tmpdir(), 'tocsin-telemetry-'));
  const store = await openChdbEventStore({ dataDir });
  try {
    await store.append(LOGPOINT, events, 'telemetry');
    const range = { repos: ['default'], fromMs: 0, toMs: Date.UTC(2030, 0, 1), limit: 10_000 };
    let rulesThatHit = 0;
    for (const { text, plan } of plans()) {
      const inMemory = seqsOf(evaluate(plan, events));
      const { rows } = await store.search(LOGPOINT, compileSearch(plan, range), {
        timeoutMs: 60_000,
        rowsMax: 10_000,
      });
      expect(seqsOf(rows.map((row) => readStoreRow(plan, row))), text.slice(0, 300)).toEqual(inMemory);
      if (inMemory.length > 0) rulesThatHit++;
    }
    expect(rulesThatHit).toBeGreaterThan(20);
  } finally {
    await store.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
});

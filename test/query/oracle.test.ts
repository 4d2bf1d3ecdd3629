import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openChdbEventStore } from '../../src/adapters/chdb/chdb-event-store.ts';
import type { LogEvent } from '../../src/events/event.ts';
import type { EventStore } from '../../src/events/event-store.ts';
import { compileGroupEvents } from '../../src/query/compile-search.ts';
import { contextOf } from '../../src/query/definitions.ts';
import { formatDiagnostic } from '../../src/query/diagnostics.ts';
import { evaluate } from '../../src/query/evaluate.ts';
import { fold } from '../../src/query/fold.ts';
import { parseQuery } from '../../src/query/parse-query.ts';
import type { Plan } from '../../src/query/plan.ts';
import { planQuery } from '../../src/query/plan-query.ts';
import { printQuery } from '../../src/query/print-query.ts';
import type { ResultRow } from '../../src/query/result-row.ts';
import { runPlan } from '../../src/query/run-plan.ts';
import { arbitraryEvent, FROM_MS } from './arbitrary-event.ts';
import { arbitraryQuery, arbitraryStreams } from './arbitrary-query.ts';
import { HARD_CASES } from './oracle-cases.ts';

const LOGPOINT = 'c0ffee00c0ffee00c0ffee00c0ffee00';
const CONTEXT = contextOf(
  {
    lists: new Map([['nets', ['10.0.0.0/8', '10.1.2.0/24', 'fe80::/10', '::ffff:192.168.0.0/112', 'b*', '5']]]),
    listNames: ['NETS'],
    labels: [
      { query: 'user=b* OR size>100', labels: ['Login', 'Busy'] },
      { query: 'label=Busy -label=Fail user IN NETS', labels: ['Odd'] },
      { query: 'command=*', labels: ['Process'] },
    ],
  },
  { logpoint_name: 'main', device_ip: '10.0.0.9' },
);
const SEARCH = { timeoutMs: 20_000, rowsMax: 100_000 };

let dataDir: string;
let store: EventStore;
const events: LogEvent[] = fc
  .sample(arbitraryEvent, { numRuns: 160, seed: 7 })
  .map((event, index) => ({ ...event, seq: index + 1 }));

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'tocsin-oracle-'));
  store = await openChdbEventStore({ dataDir });
  await store.append(LOGPOINT, events, 'all');
});

afterAll(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const range = { repos: ['default'], fromMs: FROM_MS, toMs: FROM_MS + 3_600_000, limit: 1_000 };

async function fromStore(plan: Plan): Promise<ResultRow[]> {
  const { rows } = await runPlan(store, plan, { logpointId: LOGPOINT, ...range, ...SEARCH });
  return [...rows];
}

function planOf(text: string): Plan {
  const { query, diagnostics } = parseQuery(text);
  const planned = query === null ? { plan: null, diagnostics } : planQuery(query, CONTEXT);
  if (planned.plan !== null) return planned.plan;
  throw new Error(planned.diagnostics.map((diagnostic) => formatDiagnostic(text, diagnostic)).join('\n'));
}

/** Rows for comparison: events by their number, figures to 12 digits, since sums add up in another order. */
function comparable(rows: readonly ResultRow[]): unknown[] {
  return rows.map((row) => {
    if (row.kind === 'event') return row.parts === undefined ? row.event.seq : { ...row.event.fields };
    const cells = row.cells.map((cell) => (typeof cell === 'number' ? Number(cell.toPrecision(12)) + 0 : cell));
    return { cells, events: row.eventCount, newest: row.newestAtMs };
  });
}

async function expectAgreement(text: string): Promise<void> {
  const plan = planOf(text);
  const [inMemory, inStore] = [evaluate(plan, events), await fromStore(plan)];
  expect(comparable(inStore), text).toEqual(comparable(inMemory));
}

test('generated queries give the same rows in memory and in the store', async () => {
  let rowsSeen = 0;
  await fc.assert(
    fc.asyncProperty(arbitraryQuery, async (query) => {
      const { plan } = planQuery(query, CONTEXT);
      if (plan === null) throw new Error(`no plan for ${printQuery(query)}`);
      const inMemory = evaluate(plan, events);
      rowsSeen += inMemory.length;
      expect(comparable(await fromStore(plan)), printQuery(query)).toEqual(comparable(inMemory));
    }),
    { numRuns: Number(process.env['TOCSIN_ORACLE_RUNS'] ?? 250), seed: Number(process.env['TOCSIN_ORACLE_SEED'] ?? 1) },
  );
  expect(rowsSeen).toBeGreaterThan(1_000);
});

test('generated joins of two to four streams, of events and of charts, give the same rows in memory and from the store', async () => {
  let rowsSeen = 0;
  await fc.assert(
    fc.asyncProperty(arbitraryStreams, async (text) => {
      const plan = planOf(text);
      const inMemory = evaluate(plan, events).slice(0, range.limit);
      rowsSeen += inMemory.length;
      expect(comparable(await fromStore(plan)), text).toEqual(comparable(inMemory));
    }),
    { numRuns: Number(process.env['TOCSIN_ORACLE_RUNS'] ?? 200), seed: Number(process.env['TOCSIN_ORACLE_SEED'] ?? 1) },
  );
  expect(rowsSeen).toBeGreaterThan(500);
});

test.each(HARD_CASES)('both agree on %s', async (_name, text) => {
  await expectAgreement(text);
});

test('every event comes back as it went in', async () => {
  const rows = await fromStore(planOf('*'));
  const back = new Map(rows.flatMap((row) => (row.kind === 'event' ? [[row.event.seq, row.event]] : [])));
  for (const event of events) expect({ ...back.get(event.seq)?.fields }).toEqual({ ...event.fields });
});

test('the events behind a group are those that the group counted', async () => {
  const plan = planOf('user=* | chart count() as n, distinct_list(command) as c by user, label | search n>0');
  const groups = evaluate(plan, events);
  expect(groups.length).toBeGreaterThan(3);
  for (const row of groups) {
    if (row.kind !== 'group') throw new Error('a chart gave an event');
    const search = compileGroupEvents(plan, row, range);
    if (search === null) throw new Error('the group has no events');
    const { rows } = await store.search(LOGPOINT, search, SEARCH);
    const [user, label] = row.cells;
    const members = events.filter((event) => event.fields['user'] === user && event.fields['label'] === label);
    expect(rows.map((found) => Number(found['seq'])).sort((a, b) => a - b)).toEqual(members.map(({ seq }) => seq));
    expect(rows).toHaveLength(row.eventCount);
  }
});

test('folding is the same for every code point, alone and between letters', async () => {
  const points = Array.from({ length: 0x11_0000 - 0x800 - 1 }, (_, index) =>
    index < 0xd7ff ? index + 1 : index + 0x801,
  );
  const wrong: string[] = [];
  for (let from = 0; from < points.length; from += 40_000) {
    const texts = points.slice(from, from + 40_000).map((point) => `Ά${String.fromCodePoint(point)}Z`);
    const sql =
      "SELECT arrayMap(x -> lowerUTF8(translateUTF8(x, '\u0130\u212a\u03a3\u03c2', '\u0131\u0138\u03c3\u03c3')), {p:Array(String)}) AS folded FROM {events} LIMIT 1";
    const { rows } = await store.search(
      LOGPOINT,
      { sql, params: { p: { type: 'Array(String)', value: texts } } },
      SEARCH,
    );
    const folded = rows[0]?.['folded'] as string[];
    for (const [index, text] of texts.entries())
      if (fold(text) !== folded[index]) wrong.push(`${text} ${fold(text)} ${folded[index]}`);
  }
  expect(wrong).toEqual([]);
});

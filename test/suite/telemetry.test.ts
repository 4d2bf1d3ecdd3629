import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openChdbEventStore } from '../../src/adapters/chdb/chdb-event-store.ts';
import type { LogEvent } from '../../src/events/event.ts';
import { eventFromStore } from '../../src/events/event-row.ts';
import { eventsWhere } from '../../src/events/event-store-samples.ts';
import { decodeEntry } from '../../src/ingest/decode-entry.ts';
import { splitLines } from '../../src/ingest/split-records.ts';
import { evaluate } from '../../src/query/evaluate.ts';
import { parseQuery } from '../../src/query/parse-query.ts';
import { planQuery } from '../../src/query/plan-query.ts';
import { parseRuleFile } from '../../src/rules/rule-file.ts';
import { present } from '../../src/shared/assert.ts';
import { isHex32 } from '../../src/shared/ids.ts';
import type { JsonObject } from '../../src/shared/json.ts';
import { DATA, isAbsent, named } from '../corpus/public-data.ts';
import {
  Director,
  eventually,
  type Founded,
  initFolder,
  runCommand,
  ServerProcess,
  temporaryFolder,
} from '../e2e/tocsin-process.ts';

// Real attack telemetry through a real server: every line that was acknowledged is an event in the store, once, exactly
// as the decoder makes it, and a rule for LSASS dumping raises its incidents, whose data are the events that the
// in-memory evaluator finds. The data lie beside the project and are not part of it.

const paths = isAbsent
  ? []
  : ['otrf', 'evtx-cc0'].flatMap((folder) =>
      readdirSync(join(DATA, folder))
        .filter((name) => name.endsWith('.jsonl.br'))
        .map((name) => join(DATA, folder, name)),
    );
const sourceName = (path: string): string => basename(path);
/** The one file that goes through the command line. */
const BY_COMMAND = 'psh_lsass_memory_dump_comsvcs_2020-10-18T19500924.jsonl.br';

const folder = temporaryFolder();
const dataDir = `${folder.dir}/data`;
const rule = parseRuleFile(readFileSync('samples/rules/windows-lsass-dump-comsvcs.yaml', 'utf8'), 'comsvcs').fields;
let founded: Founded;
let server: ServerProcess;
let director: Director;
const linesOf = new Map<string, number>();

/** What the decoder makes of a file, in the order of its lines: the definition of what must be found again. */
function decodeFile(path: string): readonly LogEvent[] {
  const bytes = brotliDecompressSync(readFileSync(path));
  const { events } = decodeEntry(
    {
      poolId: founded.pool_uuid,
      logpointId: founded.logpoint_identifier,
      logpointName: 'LogPoint',
      repo: 'default',
      format: 'auto',
      colType: 'http',
      remoteIp: '127.0.0.1',
      sourceName: sourceName(path),
      timeZone: 'UTC',
      receivedAtMs: Date.now(),
    },
    { bytes, spans: splitLines(bytes) },
    1,
  );
  return events;
}

/** One event without what differs from one arrival to the next. */
function digest(event: LogEvent): string {
  const fields = Object.entries(event.fields).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([event.repo, event.eventAtMs, fields]))
    .digest('base64');
}

beforeAll(async () => {
  founded = await initFolder(dataDir);
  server = await ServerProcess.start(dataDir, '--rules-settle-seconds', '0');
  director = new Director(server.url, founded);
});
afterAll(async () => {
  await server.kill();
  folder.remove();
});

test.skipIf(isAbsent)(
  named('every line of every file is acknowledged, over HTTP and from the command line'),
  async () => {
    const created = await director.order('AlertRules', {
      ...rule,
      attack_tag: [],
      repos: ['127.0.0.1:5504/default'],
      owner: founded.admin.id,
    });
    expect(created).toMatchObject({ success: true });
    expect(paths.length).toBeGreaterThan(35);
    for (const path of paths) {
      const body = readFileSync(path);
      const lines = splitLines(brotliDecompressSync(body)).length / 2;
      linesOf.set(sourceName(path), lines);
      if (sourceName(path) === BY_COMMAND) {
        const { code, stdout } = await runCommand(['ingest', path, '--data', dataDir, '--json']);
        expect([code, JSON.parse(stdout)]).toEqual([0, { read: lines, stored: lines, rejected: 0, rejections: [] }]);
        continue;
      }
      const answer = await fetch(`${server.url}/ingest/${director.tenant}/default?source_name=${sourceName(path)}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${founded.token}`, 'content-encoding': 'br' },
        body,
      });
      expect([sourceName(path), answer.status, await answer.json()]).toEqual([
        sourceName(path),
        200,
        { accepted: lines, rejected: 0 },
      ]);
    }
    expect(linesOf.size).toBe(paths.length);
  },
);

test.skipIf(isAbsent)(named('a search counts every line of every file, none twice'), async () => {
  const query = '| chart count() as events by source_name';
  const range = [Date.UTC(2000, 0, 1) / 1000, Math.floor(Date.now() / 1000) + 3600];
  const expected = Object.fromEntries(linesOf);
  const total = [...linesOf.values()].reduce((a, b) => a + b, 0);
  const counted = await eventually(
    async () => {
      const rows = await director.rows('Search/logs/fetch', {
        query,
        time_range: range,
        user_id: founded.admin.id,
        repos: ['default'],
      });
      const counts = Object.fromEntries(rows.map((row) => [String(row['source_name']), Number(row['events'])]));
      return Object.values(counts).reduce((a, b) => a + b, 0) >= total ? counts : undefined;
    },
    'all events in the store',
    120_000,
  );
  expect(counted).toEqual(expected);
});

test.skipIf(isAbsent)(named('the rule raises incidents whose data are what the evaluator finds'), async () => {
  const query = String(rule['query']);
  const plan = present(planQuery(present(parseQuery(query).query, 'query')).plan, 'plan');
  const matching = paths.flatMap((path) => {
    const rows = evaluate(plan, decodeFile(path));
    return rows.flatMap((row) => (row.kind === 'event' ? [row.event] : []));
  });
  expect(matching.map(({ fields }) => fields['source_name'])).toContain(BY_COMMAND);
  const incidents = (await director.rows('Incidents/fetch', {})).filter((row) => row['name'] === rule['searchname']);
  const told = new Set<string>();
  for (const incident of incidents) {
    const [from, to] = (incident['time_range'] as number[]).map((seconds) => seconds * 1000);
    const inRange = matching.filter(({ eventAtMs }) => eventAtMs >= Number(from) && eventAtMs < Number(to));
    const rows = await director.rows(`Incidents/${String(incident['id'])}/fetchIncidentData`, {});
    const found = rows.flatMap((row) => row['_participating_events'] as JsonObject[]);
    expect(found.map((event) => event['msg']).sort()).toEqual(inRange.map(({ fields }) => fields['msg']).sort());
    expect(found.length).toBeGreaterThan(0);
    expect(await director.list(`Incidents/IncidentData/${String(incident['id'])}`)).toEqual(rows);
    for (const event of found) told.add(String(event['msg']));
  }
  // No match is without an incident that shows it.
  expect([...told].sort()).toEqual([...new Set(matching.map(({ fields }) => String(fields['msg'])))].sort());
  const ofComsvcs = incidents.filter((row) => JSON.stringify(row['time_range']).includes('16030'));
  expect(ofComsvcs.length).toBeGreaterThan(0);
  expect(ofComsvcs.every((row) => row['risk'] === 'critical' && row['status'] === 'unresolved')).toBe(true);
});

test.skipIf(isAbsent)(named('every stored event is what the decoder makes of its line, field by field'), async () => {
  expect(await server.stop()).toBe(0);
  const logpoint = founded.logpoint_identifier;
  if (!isHex32(logpoint)) throw new Error('the identifier of a logpoint is 32 hex digits');
  const store = await openChdbEventStore({ dataDir });
  try {
    for (const path of paths) {
      const decoded = decodeFile(path);
      const search = eventsWhere((bind) => `fields[${bind('source_name')}] = ${bind(sourceName(path))}`);
      const stored: LogEvent[] = [];
      for (let fromSeq = 0; ; ) {
        const page = { ...search, sql: search.sql.replace('ORDER BY', `AND seq > ${fromSeq} ORDER BY`) };
        const { rows, isCut } = await store.search(logpoint, page, { timeoutMs: 60_000, rowsMax: 5_000 });
        stored.push(...rows.map(eventFromStore));
        if (!isCut) break;
        fromSeq = present(stored.at(-1), 'last event').seq;
      }
      expect(new Set(stored.map(({ seq }) => seq)).size).toBe(stored.length);
      expect(stored.map(digest)).toEqual(decoded.map(digest));
    }
  } finally {
    await store.close();
  }
});

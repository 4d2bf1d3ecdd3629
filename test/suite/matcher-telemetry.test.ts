import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { LogEvent } from '../../src/events/event.ts';
import { decodeEntry } from '../../src/ingest/decode-entry.ts';
import { splitLines } from '../../src/ingest/split-records.ts';
import { eventAccess } from '../../src/query/access.ts';
import { closureOf } from '../../src/query/evaluate-condition.ts';
import { EventView } from '../../src/query/event-view.ts';
import { parseQuery } from '../../src/query/parse-query.ts';
import { planQuery } from '../../src/query/plan-query.ts';
import { buildMatcher } from '../../src/rules/matcher/build-matcher.ts';
import { DATA, isAbsent, named, recordContext } from '../corpus/public-data.ts';

function* eventsOf(file: string): Generator<LogEvent> {
  const bytes = brotliDecompressSync(readFileSync(file));
  const spans = splitLines(bytes);
  const LINES = 500;
  for (let at = 0; at < spans.length; at += LINES * 2) {
    yield* decodeEntry(recordContext, { bytes, spans: spans.slice(at, at + LINES * 2) }, at / 2 + 1).events;
  }
}

test.skipIf(isAbsent)(named('2,160 converted rules find in every real event exactly what each finds alone'), () => {
  const lines = gunzipSync(readFileSync(join(DATA, 'sigma-lpql.jsonl.gz')))
    .toString()
    .trim()
    .split('\n');
  const conditions = lines.flatMap((line) => {
    const { query } = parseQuery((JSON.parse(line) as { query: string }).query);
    return (query === null ? null : planQuery(query).plan?.filter) ?? [];
  });
  expect(conditions.length).toBe(2_160);
  const matcher = buildMatcher(conditions.map((condition, key) => ({ key, condition })));
  const alone = conditions.map((condition) => closureOf(condition, eventAccess));
  const view = new EventView();
  const found = new Set<number>();
  const files = readdirSync(join(DATA, 'otrf')).map((name) => join(DATA, 'otrf', name));
  files.push(join(DATA, 'evtx-cc0', 'evtx-to-mitre-attack.jsonl.br'));
  let events = 0;
  for (const file of files.filter((path) => path.endsWith('.br'))) {
    for (const event of eventsOf(file)) {
      events += 1;
      const keys = matcher.match(event, view);
      const expected: number[] = [];
      for (const [key, holds] of alone.entries()) if (holds(view.of(event))) expected.push(key);
      if (keys.join() !== expected.join()) expect(keys, `${file}, event ${event.seq}`).toEqual(expected);
      for (const key of keys) found.add(key);
    }
  }
  expect(events).toBeGreaterThan(100_000);
  expect(found.size).toBeGreaterThan(50);
});

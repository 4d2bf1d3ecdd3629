import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonObject } from '../../src/shared/json.ts';
import { aFiring, aRule, objectId, raiseMany } from '../incidents/world.ts';
import { call, type NodeWorld, openNodeWorld, rowsOf } from './node-world.ts';

const INCIDENTS = 10_000;
const BATCH = 50;

let world: NodeWorld;
beforeAll(async () => {
  world = await openNodeWorld({ rowsMax: 300 });
}, 120_000);
afterAll(() => world.close(), 60_000);

/** Raises incidents as rules do: each batch is detected at the moment of its transaction. */
async function arrive(name: string, count: number): Promise<void> {
  const rule = aRule({ logpointId: world.logpointId, id: objectId(1), ownerId: world.admin.id, name });
  for (let from = 0; from < count; from += BATCH) {
    const detectedAtMs = Date.now();
    const firing = (n: number) =>
      aFiring({ key: `${name} ${n}`, logpointId: world.logpointId, ruleId: rule.id, detectedAtMs });
    await world.control.write(
      raiseMany,
      Array.from({ length: Math.min(BATCH, count - from) }, (_, n) => ({ rule, firing: firing(from + n) })),
    );
  }
}

type Row = { readonly id: string; readonly detection_timestamp: number };

const rowOf = (row: JsonObject): Row => ({
  id: String(row['id']),
  detection_timestamp: Number(row['detection_timestamp']),
});

async function fetchFrom(name: string, from: number, to: number): Promise<readonly Row[]> {
  const answer = await call(world, world.admin, `/incidents?name=${name}`, { ts_from: from, ts_to: to }, 'GET');
  return rowsOf(answer, 'incidents').map(rowOf);
}

test('a loop that goes on from the newest moment gets 10,000 arriving incidents, each once', async () => {
  let isArriving = true;
  const startedAt = Date.now() / 1000;
  const arriving = arrive('newest', INCIDENTS).finally(() => {
    isArriving = false;
  });
  const known = new Set<string>();
  let newest = startedAt;
  let polls = 0;
  for (let isLast = false; ; polls += 1) {
    const rows = await fetchFrom('newest', newest, Date.now() / 1000 + 60);
    const moments = rows.map((row) => row.detection_timestamp);
    expect(moments).toEqual([...moments].sort((a, b) => a - b));
    const before = known.size;
    // Bounds are inclusive, so what was detected at the very bound comes again; nothing else does. A bound that happens to
    // be a whole second counts as rounded.
    const bound = Number.isInteger(newest) ? newest - 0.5 : newest;
    const again = rows.filter(
      (row) => known.has(row.id) && (row.detection_timestamp > newest || row.detection_timestamp < bound),
    );
    expect(again).toEqual([]);
    for (const row of rows) known.add(row.id);
    newest = rows.at(-1)?.detection_timestamp ?? newest;
    if (known.size > before) continue;
    // Nothing new: over when nothing arrived since before this look.
    if (isLast) break;
    isLast = !isArriving;
  }
  await arriving;
  expect(known.size).toBe(INCIDENTS);
  expect(polls).toBeGreaterThan(INCIDENTS / 300);
}, 180_000);

test('a whole second after more incidents than one answer holds does not lead the loop back', async () => {
  const rule = aRule({ logpointId: world.logpointId, id: objectId(3), ownerId: world.admin.id, name: 'whole' });
  const second = Math.floor(Date.now() / 1000) - 3_600;
  // One each millisecond of the half second before and after: 1,001, of which an answer holds 300.
  const moments = Array.from({ length: 1_001 }, (_, n) => second * 1_000 - 500 + n);
  const raised = moments.map((detectedAtMs) => ({
    rule,
    firing: aFiring({ key: `whole ${detectedAtMs}`, logpointId: world.logpointId, ruleId: rule.id, detectedAtMs }),
  }));
  await world.control.write(raiseMany, raised);
  const known = new Set((await fetchFrom('whole', second - 1, second)).map(({ id }) => id));
  let newest = second;
  for (let polls = 0; newest < second + 0.5; polls += 1) {
    expect(polls).toBeLessThan(10);
    const rows = await fetchFrom('whole', newest, second + 10);
    for (const { id } of rows) known.add(id);
    expect(rows.at(-1)?.detection_timestamp).toBeGreaterThan(newest);
    newest = rows.at(-1)?.detection_timestamp ?? newest;
  }
  expect(known.size).toBeGreaterThan(700);
}, 120_000);

test('a loop that goes on from its own clock, rounds to seconds and takes few at a time loses nothing', async () => {
  const rule = aRule({ logpointId: world.logpointId, id: objectId(2), ownerId: world.admin.id, name: 'clock' });
  const startMs = Date.now() - 600_000;
  const moments = Array.from({ length: 1_000 }, (_, n) => startMs + 37 * n);
  const takenMax = 50;
  const known = new Set<string>();
  let raised = 0;
  let lastRun = startMs / 1000 - 1;
  // The client's clock goes on by odd steps; what was detected until then is there, and nothing else.
  for (let nowMs = startMs; known.size < moments.length; nowMs += 1_370) {
    expect(nowMs).toBeLessThan(startMs + 200_000);
    const due = moments.filter((moment, n) => n >= raised && moment <= nowMs);
    const arrived = due.map((detectedAtMs, n) => ({
      rule,
      firing: aFiring({ key: `clock ${raised + n}`, logpointId: world.logpointId, ruleId: rule.id, detectedAtMs }),
    }));
    raised += due.length;
    await world.control.write(raiseMany, arrived);
    const rows = await fetchFrom('clock', Math.round(lastRun), Math.round(nowMs / 1000));
    for (const row of rows.slice(0, takenMax)) known.add(row.id);
    lastRun = rows[takenMax]?.detection_timestamp ?? nowMs / 1000;
  }
  expect(raised).toBe(moments.length);
}, 120_000);

test('an answer that is cut says from where to go on', async () => {
  const answer = await call(world, world.admin, '/incidents', { ts_from: 0, ts_to: Date.now() / 1000 + 60 }, 'GET');
  const rows = rowsOf(answer, 'incidents').map(rowOf);
  expect(rows.length).toBeLessThanOrEqual(300);
  expect(answer['message']).toMatch(/next_ts_from/);
  expect(answer['next_ts_from']).toBeGreaterThan(rows.at(-1)?.detection_timestamp ?? Number.POSITIVE_INFINITY);
});

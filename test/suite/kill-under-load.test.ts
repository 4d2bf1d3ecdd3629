import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonObject } from '../../src/shared/json.ts';
import {
  Director,
  eventually,
  type Founded,
  initFolder,
  ServerProcess,
  temporaryFolder,
} from '../e2e/tocsin-process.ts';

// Invariant: whatever was acknowledged before a power cut is there after it, once. Orders that were accepted have their
// effect and their answer; lines that were accepted are found; nothing is there twice.

const ROUNDS = 4;
const CLIENTS = 8;
const LOAD_MS = 1500;

const folder = temporaryFolder();
const dataDir = `${folder.dir}/data`;
let founded: Founded;
let server: ServerProcess;
let director: Director;

beforeAll(async () => {
  founded = await initFolder(dataDir);
  await restart();
  await director.order('AlertRules', {
    searchname: 'load',
    owner: founded.admin.id,
    repos: ['default'],
    query: 'user=first',
    limit: 5,
    timerange_minute: 1,
    condition_option: 'greaterthan',
    condition_value: 0,
    risk: 'low',
    aggregate: 'max',
  });
  await director.ingest('{"user":"first"}\n');
});
afterAll(async () => {
  await server.kill();
  folder.remove();
});

async function restart(): Promise<void> {
  server = await ServerProcess.start(dataDir, '--log-level', 'info');
  director = new Director(server.url, founded);
}

/** Calls `step` until the server is gone. */
async function untilDeath(step: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      await step();
    } catch (error) {
      if (error instanceof TypeError || String(error).includes('terminated')) return;
      throw error;
    }
  }
}

test('orders and lines that were acknowledged before kill -9 are there once, round after round', async () => {
  const incident = await eventually(async () => (await director.rows('Incidents/fetch', {}))[0], 'an incident');
  const id = String(incident['id']);
  const paths = new Map<string, string>();
  const lines = new Set<string>();
  let count = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const work = Array.from({ length: CLIENTS }, (_, client) =>
      untilDeath(async () => {
        count += 1;
        const text = `round ${round} client ${client} number ${count}`;
        if (client % 2 === 0) {
          paths.set(
            text,
            await director.place(`Incidents/${id}/comment`, { incident_user_id: founded.admin.id, comment: text }),
          );
        } else {
          const answer = await director.ingest(`${JSON.stringify({ marker: text })}\n`);
          if (answer.status === 200 && ((await answer.json()) as { accepted: number }).accepted === 1) lines.add(text);
        }
      }),
    );
    setTimeout(() => void server.kill(), LOAD_MS);
    await Promise.all(work);
    await restart();
  }
  expect(paths.size).toBeGreaterThan(ROUNDS * CLIENTS);
  expect(lines.size).toBeGreaterThan(ROUNDS * CLIENTS);

  for (const path of paths.values()) {
    expect(await director.get(path)).toMatchObject({ response: { success: true, message: 'Comment added.' } });
  }
  const [row = {}] = await director.rows('Incidents/fetch', {});
  const comments = (row['comments'] as JsonObject[]).map(({ comment }) => String(comment));
  expect(new Set(comments).size).toBe(comments.length);
  expect([...paths.keys()].filter((text) => !comments.includes(text))).toEqual([]);

  const found = async (): Promise<string[]> => {
    const to = Math.floor(Date.now() / 1000) + 60;
    const data = {
      query: 'marker=*',
      time_range: [0, to],
      user_id: founded.admin.id,
      repos: ['default'],
      limit: 10_000,
    };
    return (await director.rows('Search/logs/fetch', data)).map((event) => String(event['marker']));
  };
  const markers = await eventually(async () => {
    const now = await found();
    return [...lines].every((text) => now.includes(text)) ? now : undefined;
  }, 'every line that was acknowledged');
  expect(new Set(markers).size).toBe(markers.length);
});

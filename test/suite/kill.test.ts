import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openChdbEventStore } from '../../src/adapters/chdb/chdb-event-store.ts';
import { openInProcessControlStore } from '../../src/adapters/sqlite/in-process-control-store.ts';
import { auditVerify } from '../../src/audit/registry.ts';
import { query, registryOf } from '../../src/control/control-store.ts';
import { migrations } from '../../src/control-registry.ts';
import type { LogEvent } from '../../src/events/event.ts';
import { eventFromStore } from '../../src/events/event-row.ts';
import { everything } from '../../src/events/event-store-samples.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { isHex32 } from '../../src/shared/ids.ts';
import type { JsonObject } from '../../src/shared/json.ts';
import {
  Director,
  eventually,
  type Founded,
  initFolder,
  ServerProcess,
  temporaryFolder,
} from '../e2e/tocsin-process.ts';
import { type Address, type Say, Traffic } from './kill-traffic.ts';

// Invariant: whatever is killed whenever, what was acknowledged is there once. An accepted order has ended once, its
// answer is the same for ever, its effect is there once; the audit chain holds; incidents count their matches.

const ROUNDS = 18;
/** Every so many rounds it is not the whole process but the event store or the ingest worker that dies. */
const PARTS_EVERY = 3;

const folder = temporaryFolder();
const dataDir = `${folder.dir}/data`;
const random = seeded(20_261_123);
let founded: Founded;
let server: ServerProcess;
let address: Address = null;
const incidentIds: string[] = [];

beforeAll(async () => {
  founded = await initFolder(dataDir);
  await start();
  const director = new Director(server.url, founded);
  for (const [searchname, text, flush] of [
    ['plain', 'kind=hit', 'off'],
    ['flushing', 'kind=rare', 'on'],
    ['worked on', 'kind=seed', 'on'],
  ] as const) {
    const rule = ruleData(searchname, text, flush);
    expect(await director.order('AlertRules', rule)).toMatchObject({ success: true });
  }
  await director.ingest(Array.from({ length: 6 }, (_, n) => `{"kind":"seed","n":${n}}`).join('\n'));
  const rows = await eventually(async () => {
    const found = await director.rows('Incidents/fetch', {});
    return found.length === 6 ? found : undefined;
  }, 'six incidents to work on');
  incidentIds.push(...rows.map((row) => String(row['id'])));
});
afterAll(async () => {
  await server.kill();
  folder.remove();
});

const ruleData = (searchname: string, text: string, flush: string): JsonObject => ({
  searchname,
  query: text,
  owner: founded.admin.id,
  repos: ['default'],
  limit: 10,
  timerange_minute: 5,
  condition_option: 'greaterthan',
  condition_value: 0,
  risk: 'high',
  aggregate: 'max',
  flush_on_trigger: flush,
});

async function start(): Promise<void> {
  const env = { ...process.env, NODE_OPTIONS: `--import ${join(import.meta.dirname, 'terminate-ingest.mjs')}` };
  server = await ServerProcess.startAs({ env }, dataDir, '--syslog-port', '0', '--rules-settle-seconds', '0');
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  const port = /^tocsin_ingest_syslog_tcp_port (\d+)$/m.exec(metrics)?.[1];
  address = { url: server.url, syslogPort: Number(port) };
}

/** Numbers from 0 to 1, the same for a seed. Source: mulberry32. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function killEventd(): void {
  const children = readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8').trim().split(' ');
  const eventd = children.find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('eventd'));
  if (eventd !== undefined) process.kill(Number(eventd), 'SIGKILL');
}

let comments = 0;
const acting = (): JsonObject => ({ incident_user_id: founded.admin.id });

const commenting = (): Say => {
  const comment = `comment ${comments++}`;
  const id = incidentIds[comments % incidentIds.length];
  return { resource: `Incidents/${id}/comment`, data: { ...acting(), comment }, what: comment };
};

/** Resolves and reopens one incident by turns: carried out twice or not at all, the next one would fail. */
const toggling = (id: string | undefined): (() => Say) => {
  let turn = 0;
  return () => {
    const verb = turn++ % 2 === 0 ? 'resolve' : 'reopen';
    return { resource: `Incidents/${id}/${verb}`, data: acting(), what: `${verb} ${id}` };
  };
};

const fetching = (): Say => ({ resource: 'Incidents/fetch', data: { limit: 20 }, what: 'fetch' });

type Stored = {
  readonly comments: readonly { readonly incidentId: string; readonly comment: string }[];
  readonly hits: readonly RuleHits[];
};

type RuleHits = {
  readonly name: string;
  readonly incidents: number;
  readonly hits: number;
  readonly overflowed: number;
};

const storedQuery = query('test.stored', async (tx): Promise<Stored> => {
  const found = await tx.all<{ incidentId: string; comment: string }>(
    'select incident_id as "incidentId", comment from incident_comments',
  );
  const hits = await tx.all<RuleHits>(
    `select s.name, count(*) as incidents, sum(i.hits) as hits, coalesce(max(r.overflowed), 0) as overflowed
       from incidents i join incident_sources s on s.id = i.source_id left join rule_stats r on r.rule_id = s.rule_id
      group by s.name`,
  );
  return { comments: found, hits };
});

test('kills at any time lose nothing that was acknowledged and double nothing', { timeout: 500_000 }, async () => {
  const traffic = new Traffic(founded, () => address);
  const clients = Promise.all([
    traffic.ingest(),
    traffic.ingest(),
    traffic.syslog(),
    traffic.order(commenting),
    traffic.order(commenting),
    traffic.order(toggling(incidentIds[0])),
    traffic.order(toggling(incidentIds[1])),
    traffic.order(fetching),
  ]);
  const kills = { process: 0, eventd: 0, ingest: 0 };
  for (let round = 1; round <= ROUNDS; round += 1) {
    await wait(100 + random() * 2_400);
    if (round % PARTS_EVERY === 0) {
      if (kills.eventd <= kills.ingest) {
        killEventd();
        kills.eventd += 1;
      } else {
        process.kill(server.pid, 'SIGUSR2');
        kills.ingest += 1;
      }
      continue;
    }
    address = null;
    await server.kill();
    kills.process += 1;
    await start();
  }
  traffic.isOver = true;
  await clients;
  console.log(
    `${JSON.stringify(kills)} kills; ${traffic.acknowledged.size} of ${traffic.sent.size} lines acknowledged, ` +
      `${traffic.syslogSent.size} sent over TCP, ${traffic.orders.length} orders`,
  );

  expect(traffic.faults).toEqual([]);
  expect(kills).toEqual({ process: 12, eventd: 3, ingest: 3 });
  expect(traffic.acknowledged.size).toBeGreaterThan(100);
  await checkOrders(traffic);
  // SIGTERM drains: all that was journalled is stored and matched.
  expect(await server.stop()).toBe(0);
  const events = await readEvents();
  checkEvents(traffic, events);
  await checkControl(traffic, events);
});

async function checkOrders(traffic: Traffic): Promise<void> {
  const director = new Director(server.url, founded);
  for (const { path, what, answer } of traffic.orders) {
    expect([what, JSON.parse(answer ?? '{}')]).toMatchObject([what, { request: {}, response: { success: true } }]);
    expect(await (await director.request('GET', path)).text()).toBe(answer);
  }
  expect(new Set(traffic.orders.map(({ path }) => path)).size).toBe(traffic.orders.length);
}

async function readEvents(): Promise<LogEvent[]> {
  const logpoint = founded.logpoint_identifier;
  if (!isHex32(logpoint)) throw new Error('the identifier of a logpoint is 32 hex digits');
  const store = await openChdbEventStore({ dataDir });
  try {
    const { rows } = await store.search(logpoint, everything, { timeoutMs: 60_000, rowsMax: 10_000_000 });
    return rows.map(eventFromStore);
  } finally {
    await store.close();
  }
}

const countOf = (values: readonly string[]): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
};

const twice = (counts: ReadonlyMap<string, number>): string[] =>
  [...counts].flatMap(([value, count]) => (count > 1 ? [value] : []));

function checkEvents(traffic: Traffic, events: readonly LogEvent[]): void {
  const lines = countOf(events.flatMap(({ fields }) => fields['line_id'] ?? []));
  expect([...traffic.acknowledged].filter((id) => !lines.has(id))).toEqual([]);
  expect(twice(lines)).toEqual([]);
  expect([...lines.keys()].filter((id) => !traffic.sent.has(id))).toEqual([]);
  const messages = events.flatMap(({ fields }) => /^line (s\d+)$/.exec(fields['message'] ?? '')?.[1] ?? []);
  const syslog = countOf(messages);
  expect(twice(syslog)).toEqual([]);
  expect([...syslog.keys()].filter((id) => !traffic.syslogSent.has(id))).toEqual([]);
  expect(syslog.size).toBeGreaterThan(100);
}

async function checkControl(traffic: Traffic, events: readonly LogEvent[]): Promise<void> {
  const registry = registryOf([auditVerify, storedQuery]);
  const store = await openInProcessControlStore({ dir: dataDir, registry, migrations, clock: systemClock });
  try {
    const logpoint = founded.logpoint_identifier;
    if (!isHex32(logpoint)) throw new Error('the identifier of a logpoint is 32 hex digits');
    const chain = await store.read(auditVerify, logpoint);
    expect(chain.fault).toBeNull();
    expect(chain.events).toBeGreaterThan(traffic.orders.filter(({ what }) => what !== 'fetch').length);
    const stored = await store.read(storedQuery, null);
    const said = traffic.orders.flatMap(({ what }) => (what.startsWith('comment ') ? [what] : []));
    const kept = stored.comments.filter(({ comment }) => comment.startsWith('comment ')).map(({ comment }) => comment);
    expect(kept.sort()).toEqual(said.sort());
    for (const [verb, comment] of [
      ['resolve', 'Resolved'],
      ['reopen', 'Reopened'],
    ] as const) {
      const asked = countOf(traffic.orders.flatMap(({ what }) => (what.startsWith(verb) ? [what] : [])));
      const done = stored.comments.filter((row) => row.comment === comment);
      expect(countOf(done.map(({ incidentId }) => `${verb} ${incidentId}`))).toEqual(asked);
    }
    const matches = countOf(events.map(({ fields }) => fields['kind'] ?? ''));
    const hitsOf = (name: string) => stored.hits.find((row) => row.name === name);
    expect(hitsOf('plain')?.hits).toBe(matches.get('hit'));
    // Beyond the limit of a minute a firing is one more hit of the rule's last incident, and is counted as such.
    const flushing = hitsOf('flushing');
    expect(flushing?.hits).toBe(matches.get('rare'));
    expect((flushing?.incidents ?? 0) + (flushing?.overflowed ?? 0)).toBe(matches.get('rare'));
  } finally {
    await store.close();
  }
}

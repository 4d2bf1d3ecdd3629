// Events over HTTP, from the first byte sent until all are durable, stored, searchable and matched by the 38 rules.
//
//   npm run bench -- http-ingest [events] [senders]
//
// The server runs in a process of its own; the sender shares the machine with it.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { generateLines } from '../samples/generator.ts';
import { parseRuleFile } from '../src/rules/rule-file.ts';
import { idleStallMs, stallOf } from './support/idle-stall.ts';
import { initFolder, loadText, Served, share, temporaryDir } from './support/served.ts';

const EVENTS = Number(process.argv[2] ?? 200_000);
const SENDERS = Number(process.argv[3] ?? 4);
const BODY_EVENTS = 2_000;
const RULES = 'samples/rules';

const dir = temporaryDir();
const dataDir = join(dir.path, 'data');
const { founded } = initFolder(dataDir);
const server = await Served.start(dataDir, founded, SENDERS + 1);

let rules = 0;
for (const name of readdirSync(RULES)) {
  const { fields } = parseRuleFile(readFileSync(join(RULES, name), 'utf8'), name);
  const rule = { ...fields, attack_tag: [], repos: ['default'], owner: founded.admin.id };
  const { success, message } = await server.order('AlertRules', rule);
  if (success !== true) throw new Error(`${name}: ${message}`);
  rules += 1;
}

const lines = generateLines({ seed: 1, fromMs: Date.now() - EVENTS * 2, stepMs: 2 });
const bodies: Buffer[] = [];
for (let sent = 0; sent < EVENTS; sent += BODY_EVENTS) {
  const body: string[] = [];
  while (body.length < Math.min(BODY_EVENTS, EVENTS - sent)) body.push(lines.next().value);
  bodies.push(Buffer.from(`${body.join('\n')}\n`));
}
const bytes = bodies.reduce((sum, body) => sum + body.length, 0);

const answerMs: number[] = [];
let refused = 0;

async function sender(): Promise<void> {
  for (let body = bodies.pop(); body !== undefined; ) {
    const startMs = performance.now();
    const { status } = await server.send('POST', `/ingest/${server.tenant}/default`, body);
    if (status === 200) {
      answerMs.push(performance.now() - startMs);
      body = bodies.pop();
    } else {
      refused += 1;
      await wait(1_000);
    }
  }
}

/** Events that a search of everything counts. */
async function found(): Promise<number> {
  const { rows = [] } = await server.order<{ rows?: { n: string | number }[] }>('Search/logs/fetch', {
    query: '| chart count() as n',
    time_range: [0, Math.floor(Date.now() / 1000) + 86_400],
    user_id: founded.admin.id,
    repos: ['default'],
  });
  return Number(rows[0]?.n ?? 0);
}

const before = server.usage();
await server.metrics();
const fromMs = performance.now();
let durableMs = 0;
const idleMs = await idleStallMs(async () => {
  await Promise.all(Array.from({ length: SENDERS }, sender));
  durableMs = performance.now() - fromMs;
  while ((await found()) < EVENTS) await wait(50);
});
const searchableMs = performance.now() - fromMs;
const metrics = await server.metrics();
const after = server.usage();
await server.stop();
dir.remove();

answerMs.sort((a, b) => a - b);
const rate = (ms: number): number => Math.round((EVENTS / ms) * 1000);
const cpu = (part: 'main' | 'eventd'): string =>
  (((after[part].cpuMs - before[part].cpuMs) / EVENTS) * 1000).toFixed(1);
console.log(
  `${EVENTS} events of ${Math.round(bytes / EVENTS)} bytes, ${rules} rules, ${SENDERS} senders of ${BODY_EVENTS} lines`,
);
console.log(`durable: ${rate(durableMs)} events/s; searchable: ${rate(searchableMs)} events/s (goal 20000)`);
console.log(
  `answer p50 ${share(answerMs, 0.5).toFixed(0)} ms, p99 ${share(answerMs, 0.99).toFixed(0)} ms; ${refused} refused`,
);
console.log(`CPU an event: server ${cpu('main')} µs (all threads), eventd ${cpu('eventd')} µs`);
console.log(
  `matches ${metrics.get('tocsin_ingest_matches')}; resident: server ${after.main.rssMiB} MiB, eventd ${after.eventd.rssMiB} MiB`,
);
console.log(
  `longest stall of the main thread ${stallOf(metrics.get('nodejs_eventloop_lag_max_seconds')).toFixed(0)} ms (goal 50); of an idle process beside it ${idleMs.toFixed(0)} ms`,
);
console.log(loadText());

// From a log line to its incident, while lines come at a steady rate: the whole server process, measured from outside.
//
//   npm run bench -- event-to-incident [events a second] [seconds] [rules]
//
// Every so often a line is marked; one of the rules raises an incident for each. Times are taken from the sending of the
// request and from its answer, until the incident is told on `/events`; `detection_timestamp` divides them.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'undici';
import { generateLines } from '../samples/generator.ts';
import { parseRuleFile } from '../src/rules/rule-file.ts';
import { idleStallMs } from './support/idle-stall.ts';
import { initFolder, loadText, Served, share, temporaryDir } from './support/served.ts';

const PER_SECOND = Number(process.argv[2] ?? 5_000);
const SECONDS = Number(process.argv[3] ?? 20);
const RULES = Number(process.argv[4] ?? 300);
const STEP_MS = 20;
/** Every so many steps one line is marked: about six a second. */
const MARK_EVERY_STEPS = 8;
/** Each raises fewer incidents a minute than a rule may. */
const MARKING_RULES = 8;
const WARM_UP_MS = 3_000;

const dir = temporaryDir();
const dataDir = join(dir.path, 'data');
const { founded } = initFolder(dataDir);
const server = await Served.start(dataDir, founded, 64);
const plain = { attack_tag: [], repos: ['default'], owner: founded.admin.id };
const usual = {
  ...plain,
  limit: 100,
  risk: 'high',
  aggregate: 'max',
  condition_option: 'greaterthan',
  condition_value: 0,
};

async function makeRule(fields: object): Promise<void> {
  const { success, message } = await server.order('AlertRules', fields);
  if (success !== true) throw new Error(`a rule was refused: ${message}`);
}

let rules = 0;
for (const name of readdirSync('samples/rules')) {
  const { fields } = parseRuleFile(readFileSync(join('samples/rules', name), 'utf8'), name);
  await makeRule({ ...fields, ...plain });
  rules += 1;
}
for (let i = 0; i < MARKING_RULES; i += 1, rules += 1) {
  const query = `bench_mark="m${i}-*"`;
  await makeRule({ ...usual, searchname: `marked ${i}`, query, timerange_minute: 1, flush_on_trigger: 'on' });
}
for (; rules < RULES; rules += 1) {
  const query = `process_name="*tool${rules}.exe" -user=SYSTEM OR message="*never seen ${rules}*"`;
  await makeRule({ ...usual, searchname: `quiet ${rules}`, query, timerange_minute: 10 });
}

type Mark = { readonly sentMs: number; ackMs: number };
const marks = new Map<string, Mark>();
const toldMs = new Map<string, number>();
const now = (): number => performance.timeOrigin + performance.now();

/** Notes when each incident is told of. */
const feed = new Client(server.url);
const { body: changes } = await feed.request({
  method: 'GET',
  path: `/events/${server.tenant}`,
  headers: { authorization: `Bearer ${founded.token}` },
});
let rest = '';
changes.on('data', (chunk: Buffer) => {
  const atMs = now();
  rest += chunk.toString();
  const lines = rest.split('\n');
  rest = lines.pop() ?? '';
  for (const line of lines) {
    if (!line.startsWith('data: ')) continue;
    const { type, id, action } = JSON.parse(line.slice(6)) as { type: string; id: string; action: string };
    if (type === 'incident' && action === 'raised' && !toldMs.has(id)) toldMs.set(id, atMs);
  }
});
changes.on('error', () => undefined);

const lines = generateLines({ seed: 1, fromMs: Date.now(), stepMs: 1000 / PER_SECOND });
const perStep = Math.round((PER_SECOND * STEP_MS) / 1000);
const answers: Promise<void>[] = [];
let sent = 0;

function sendStep(step: number): void {
  const body: string[] = [];
  while (body.length < perStep) body.push(lines.next().value);
  const isMarked = step % MARK_EVERY_STEPS === 0;
  const rule = (step / MARK_EVERY_STEPS) % MARKING_RULES;
  const mark = { sentMs: now(), ackMs: 0 };
  if (isMarked) {
    const name = `m${rule}-${step}`;
    body[Math.floor(perStep / 2)] = JSON.stringify({ bench_mark: name, user: name, message: 'a marked event' });
    if (step * STEP_MS > WARM_UP_MS) marks.set(name, mark);
  }
  sent += perStep;
  const answer = server.send('POST', `/ingest/${server.tenant}/default`, Buffer.from(`${body.join('\n')}\n`));
  answers.push(
    answer.then(({ status }) => {
      if (status !== 200) throw new Error(`ingest answered ${status}`);
      mark.ackMs = now();
    }),
  );
}

const before = server.usage();
const steps = ((SECONDS * 1000 + WARM_UP_MS) / STEP_MS) | 0;
const fromMs = now();
let longestLateMs = 0;
const idleMs = await idleStallMs(async () => {
  for (let step = 0; step < steps; step += 1) {
    const dueMs = fromMs + step * STEP_MS;
    if (now() < dueMs) await wait(dueMs - now());
    longestLateMs = Math.max(longestLateMs, now() - dueMs);
    sendStep(step);
  }
  await Promise.all(answers);
});
const tookMs = now() - fromMs;
await wait(2_000);
const after = server.usage();
const metrics = await server.metrics();

type Row = {
  readonly id: string;
  readonly name: string;
  readonly detection_timestamp: number;
  readonly entities: readonly { readonly kind: string; readonly value: string }[];
};
const found: Row[] = [];
for (let cursor = ''; ; ) {
  const path = `/configapi/${server.tenant}/Incidents?limit=1000&q=marked${cursor === '' ? '' : `&cursor=${cursor}`}`;
  const page = await server.page<Row>(path);
  found.push(...page.rows);
  if (page.next === null) break;
  cursor = page.next;
}
await feed.destroy();
await server.stop();
dir.remove();

const columns = {
  answer: [] as number[],
  raised: [] as number[],
  told: [] as number[],
  fromAnswer: [] as number[],
  whole: [] as number[],
};
for (const { id, entities, detection_timestamp: detected } of found) {
  const mark = marks.get(entities.find(({ kind }) => kind === 'user')?.value ?? '');
  const told = toldMs.get(id);
  if (mark === undefined || told === undefined) continue;
  columns.answer.push(mark.ackMs - mark.sentMs);
  columns.raised.push(detected * 1000 - mark.sentMs);
  columns.told.push(told - detected * 1000);
  columns.fromAnswer.push(Math.max(0, told - mark.ackMs));
  columns.whole.push(told - mark.sentMs);
}
const text = (values: readonly number[]): string => {
  const sorted = [...values].sort((a, b) => a - b);
  return [0.5, 0.9, 0.99, 1]
    .map(
      (part) =>
        `${part === 1 ? 'max' : `p${part * 100}`} ${(part === 1 ? (sorted.at(-1) ?? Number.NaN) : share(sorted, part)).toFixed(0)} ms`,
    )
    .join(', ');
};
const cpu = (part: 'main' | 'eventd'): string => (((after[part].cpuMs - before[part].cpuMs) / sent) * 1000).toFixed(1);
console.log(
  `${Math.round((sent * 1000) / tookMs)} events/s for ${SECONDS} s, ${rules} rules; ${columns.whole.length} of ${marks.size} marked events have an incident`,
);
console.log(`sending to the answer:        ${text(columns.answer)}`);
console.log(`sending to the incident:      ${text(columns.raised)}`);
console.log(`the incident until it is told: ${text(columns.told)}`);
console.log(`the answer until it is told:   ${text(columns.fromAnswer)}`);
console.log(`sending until it is told:      ${text(columns.whole)} (goal p99 200 ms)`);
console.log(
  `CPU an event: server ${cpu('main')} µs (all threads), eventd ${cpu('eventd')} µs; matches ${metrics.get('tocsin_ingest_matches')}`,
);
console.log(
  `the sender was late by ${longestLateMs.toFixed(0)} ms at most; longest stall of an idle process beside it ${idleMs.toFixed(0)} ms`,
);
console.log(loadText());

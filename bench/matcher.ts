// What matching costs beside parsing the same lines, for more and more rules: npm run bench -- matcher [events]
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { LogEvent } from '../src/events/event.ts';
import { decodeEntry } from '../src/ingest/decode-entry.ts';
import type { RecordContext } from '../src/ingest/record.ts';
import { splitLines } from '../src/ingest/split-records.ts';
import { eventAccess } from '../src/query/access.ts';
import { closureOf } from '../src/query/evaluate-condition.ts';
import { EventView } from '../src/query/event-view.ts';
import { parseQuery } from '../src/query/parse-query.ts';
import type { Condition } from '../src/query/plan.ts';
import { planQuery } from '../src/query/plan-query.ts';
import { buildMatcher } from '../src/rules/matcher/build-matcher.ts';

const DATA = '../shared/data';
const EVENTS = Number(process.argv[2] ?? 100_000);
const RULE_COUNTS = [250, 1_000, 2_160, 3_200, 16_000];
const RUNS = 3;

const context: RecordContext = {
  poolId: 'a'.repeat(32),
  logpointId: 'b'.repeat(32),
  logpointName: 'LP1',
  repo: 'default',
  format: 'jsonl',
  colType: 'filesystem',
  remoteIp: '192.0.2.1',
  sourceName: 'bench',
  timeZone: 'UTC',
  receivedAtMs: Date.UTC(2026, 0, 1),
};

function readLines(): string[] {
  const lines: string[] = [];
  for (const name of readdirSync(`${DATA}/otrf`).filter((file) => file.endsWith('.jsonl.br'))) {
    if (lines.length >= EVENTS) break;
    const text = brotliDecompressSync(readFileSync(`${DATA}/otrf/${name}`)).toString();
    for (const line of text.split('\n')) if (line !== '' && lines.length < EVENTS) lines.push(line);
  }
  return lines;
}

function readConditions(): Condition[] {
  const lines = gunzipSync(readFileSync(`${DATA}/sigma-lpql.jsonl.gz`))
    .toString()
    .trim()
    .split('\n');
  return lines.flatMap((line) => {
    const { query } = parseQuery((JSON.parse(line) as { query: string }).query);
    return (query === null ? null : planQuery(query).plan?.filter) ?? [];
  });
}

/** As many rules as asked for: beyond the corpus its copies, each with words of its own. */
function rulesOf(conditions: readonly Condition[], count: number): Condition[] {
  const rules: Condition[] = [];
  for (let copy = 0; rules.length < count; copy += 1) {
    for (const condition of conditions) {
      if (rules.length === count) break;
      rules.push(copy === 0 ? condition : renamed(condition, copy));
    }
  }
  return rules;
}

/** Fields that say what kind of event it is keep their values: a copy looks at the same events. */
const KEPT = new Set(['label', 'norm_id', 'event_id', 'channel', 'event_source', 'event_type', 'is_initiated']);

function renamed(condition: Condition, copy: number): Condition {
  if (condition.kind === 'and' || condition.kind === 'or') {
    return { ...condition, operands: condition.operands.map((operand) => renamed(operand, copy)) };
  }
  if (condition.kind === 'not') return { ...condition, operand: renamed(condition.operand, copy) };
  if (condition.kind !== 'matches') return condition;
  const { ref, values } = condition;
  if (ref.kind !== 'field' || KEPT.has(ref.names[0])) return condition;
  const word = (text: string): string => text.replace(/[a-z]{4,}(?!.*[a-z]{4})/, (last) => shifted(last, copy));
  const patterns = values.patterns.map((pattern) =>
    pattern.kind === 'glob' ? { ...pattern, glob: word(pattern.glob) } : { ...pattern, text: word(pattern.text) },
  );
  return { kind: 'matches', ref, values: { exact: values.exact.map(word), numbers: values.numbers, patterns } };
}

/** Another word with the same letters' shape, so that tries and automata are as large as with real rules. */
const shifted = (word: string, by: number): string =>
  word.replace(/[a-z]/g, (letter, at: number) =>
    String.fromCharCode(97 + ((letter.charCodeAt(0) - 97 + by * (1 + (at % 3))) % 26)),
  );

/** CPU time in µs for each of `count`, of the best of a few runs. */
function cpuUs(count: number, run: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < RUNS; i += 1) {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / count);
  }
  return best;
}

function main(): void {
  if (!existsSync(DATA)) {
    console.log(`no corpus at ${DATA}: nothing is measured`);
    return;
  }
  const lines = readLines();
  const bytes = lines.reduce((sum, line) => sum + line.length, 0);
  const conditions = readConditions();
  console.log(
    `${cpus().length} cores, Node ${process.version}, ${lines.length} events of ${Math.round(bytes / lines.length)} bytes`,
  );
  const events: LogEvent[] = [];
  for (let i = 0; i < lines.length; i += 1000) {
    const chunk = Buffer.from(lines.slice(i, i + 1000).join('\n'));
    events.push(...decodeEntry(context, { bytes: chunk, spans: splitLines(chunk) }, i + 1).events);
  }
  for (const count of RULE_COUNTS) {
    const rules = rulesOf(conditions, count);
    const matcher = buildMatcher(rules.map((condition, key) => ({ key, condition })));
    const view = new EventView();
    let matches = 0;
    const parse = cpuUs(lines.length, () => {
      for (const line of lines) JSON.parse(line);
    });
    const match = cpuUs(lines.length, () => {
      matches = 0;
      for (const event of events) matches += matcher.match(event, view).length;
    });
    const tried = matcher.costs().reduce((sum, cost) => sum + cost.tried, 0) / RUNS / lines.length;
    const { report } = matcher;
    console.log(
      `${String(count).padStart(6)} rules: parse ${parse.toFixed(2)} µs, match ${match.toFixed(2)} µs, ratio ${(match / parse).toFixed(2)}; ` +
        `${tried.toFixed(2)} tried/event, ${matches} matches; built in ${report.buildMs.toFixed(0)} ms, ` +
        `automata ${(report.automatonBytes / 1e6).toFixed(1)} MB, ${report.fields} fields, ${report.expensive.length} expensive rules`,
    );
    if (process.env['MATCHER_COSTS'] !== undefined) {
      for (const { key, tried: looks, matched, estimatedUs } of matcher.costs().slice(0, 15)) {
        console.log(
          `    ${key} tried ${looks} matched ${matched} ${estimatedUs.toFixed(0)} µs ${JSON.stringify(rules[key]).slice(0, 300)}`,
        );
      }
    }
  }
  oneByOne(conditions, events.slice(0, 2_000));
}

/** What the rules cost when each is tried alone, for scale. */
function oneByOne(conditions: readonly Condition[], events: readonly LogEvent[]): void {
  const tests = conditions.map((condition) => closureOf(condition, eventAccess));
  const view = new EventView();
  const cost = cpuUs(events.length, () => {
    for (const event of events) for (const holds of tests) holds(view.of(event));
  });
  console.log(`${String(conditions.length).padStart(6)} rules one by one: ${cost.toFixed(1)} µs`);
}

main();

// What matching costs beside parsing the same lines, for more and more rules: events that are stored too, and lines of
// files, of which most are told quiet before they are parsed:
// npm run bench -- matcher [events] [corpus, counted from 0] [rules]
import { existsSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { gunzipSync } from 'node:zlib';
import { LineMatcher } from '../src/cli/match/line-matcher.ts';
import type { LogEvent } from '../src/events/event.ts';
import { decodeEntry } from '../src/ingest/decode-entry.ts';
import type { RecordContext, Records } from '../src/ingest/record.ts';
import { splitLines } from '../src/ingest/split-records.ts';
import { eventAccess } from '../src/query/access.ts';
import { closureOf } from '../src/query/evaluate-condition.ts';
import { EventView } from '../src/query/event-view.ts';
import { parseQuery } from '../src/query/parse-query.ts';
import type { Condition } from '../src/query/plan.ts';
import { planQuery } from '../src/query/plan-query.ts';
import { buildMatcher } from '../src/rules/matcher/build-matcher.ts';
import { routeCondition } from '../src/rules/matcher/routing.ts';
import { witnessOf } from '../src/rules/matcher/witness.ts';
import { importSigma } from '../src/sigma/import-rules.ts';
import { readTar } from '../src/sigma/read-tar.ts';
import { telemetryLines } from './support/telemetry-lines.ts';

const DATA = '../shared/data';
const EVENTS = Number(process.argv[2] ?? 60_000);
const ONLY = process.argv[3];
const RULE_COUNTS = process.argv[4] === undefined ? [250, 1_000, 3_200, 16_000] : [Number(process.argv[4])];
const RUNS = 6;
const BATCH_LINES = 32;
/** About as many as `tocsin match` reads at once. */
const CHUNK_LINES = 480;

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

type Corpus = { readonly name: string; readonly conditions: readonly Condition[] };

/** Queries as a converter wrote them: some look for free text in the messages of all events, whatever they are. */
function readQueries(): Condition[] {
  const lines = gunzipSync(readFileSync(`${DATA}/sigma-lpql.jsonl.gz`))
    .toString()
    .trim()
    .split('\n');
  return lines.flatMap((line) => {
    const { query } = parseQuery((JSON.parse(line) as { query: string }).query);
    return (query === null ? null : planQuery(query).plan?.filter) ?? [];
  });
}

function readSigma(): Condition[] {
  const files = readTar(readFileSync(`${DATA}/sigma-rules.tar.gz`)).filter(({ name }) => name.endsWith('.yml'));
  const { rules } = importSigma(files.map(({ name, bytes }) => ({ name, text: bytes.toString('utf8') })));
  return rules.map(({ condition }) => condition);
}

/** In an order that mixes the kinds of rules, the same each time: the files lie by product. */
const mixed = (conditions: readonly Condition[]): Condition[] => {
  const STRIDE = 7_919;
  return conditions.map((_, i) => conditions[(i * STRIDE) % conditions.length]).filter((one) => one !== undefined);
};

/**
 * As many rules as asked for: beyond the corpus its copies, each with words of its own. What a rule leaves out stays, or
 * its copies would match what the rule was told not to; without a word that could be another, there is no copy.
 */
function rulesOf(conditions: readonly Condition[], count: number): Condition[] {
  const rules: Condition[] = conditions.slice(0, count);
  for (let copy = 1; rules.length < count; copy += 1) {
    for (const condition of conditions) {
      const fresh = renamed(condition, copy);
      if (fresh !== condition) rules.push(fresh);
      if (rules.length === count) break;
    }
  }
  return rules;
}

/** Fields that say what kind of event it is keep their values: a copy looks at the same events. */
const KEPT = new Set(['label', 'norm_id', 'event_id', 'channel', 'event_source', 'event_type', 'is_initiated']);

/** The condition itself when it has no word that could be another. */
function renamed(condition: Condition, copy: number): Condition {
  if (condition.kind === 'and' || condition.kind === 'or') {
    const operands = condition.operands.map((operand) => renamed(operand, copy));
    // Each of several ways to hold must be another, or the copy holds where the rule does.
    const isOther = operands.map((operand, i) => operand !== condition.operands[i]);
    const isCopy = condition.kind === 'and' ? isOther.includes(true) : !isOther.includes(false);
    return isCopy ? { ...condition, operands } : condition;
  }
  if (condition.kind !== 'matches') return condition;
  const { ref, values } = condition;
  if (ref.kind !== 'field' || KEPT.has(ref.names[0])) return condition;
  const word = (text: string): string => text.replace(/[a-z]{4,}(?!.*[a-z]{4})/, (last) => shifted(last, copy));
  const patterns = values.patterns.map((pattern) =>
    pattern.kind === 'glob' ? { ...pattern, glob: word(pattern.glob) } : { ...pattern, text: word(pattern.text) },
  );
  const exact = values.exact.map(word);
  const isOther =
    values.numbers.length === 0 &&
    exact.every((text, i) => text !== values.exact[i]) &&
    patterns.every((pattern, i) => JSON.stringify(pattern) !== JSON.stringify(values.patterns[i]));
  return isOther ? { kind: 'matches', ref, values: { exact, numbers: values.numbers, patterns } } : condition;
}

/** Another word with the same letters' shape, so that tries and automata are as large as with real rules. */
const shifted = (word: string, by: number): string =>
  word.replace(/[a-z]/g, (letter, at: number) =>
    String.fromCharCode(97 + ((letter.charCodeAt(0) - 97 + by * (1 + (at % 3))) % 26)),
  );

/** Time in µs by the clock for each of `count`, of the best of a few runs; collections of memory count where they fall. */
function wallUs(count: number, run: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < RUNS; i += 1) {
    const startedAtMs = performance.now();
    run();
    best = Math.min(best, ((performance.now() - startedAtMs) * 1000) / count);
  }
  return best;
}

function main(): void {
  if (!existsSync(DATA)) {
    console.log(`no corpus at ${DATA}: nothing is measured`);
    return;
  }
  const lines = telemetryLines(DATA, EVENTS);
  const bytes = lines.reduce((sum, line) => sum + line.length, 0);
  const size = Math.round(bytes / lines.length);
  console.log(`${cpus().length} cores, Node ${process.version}, ${lines.length} events of ${size} bytes`);
  const batches: Records[] = [];
  for (let i = 0; i < lines.length; i += BATCH_LINES) {
    const bytes = Buffer.from(lines.slice(i, i + BATCH_LINES).join('\n'));
    batches.push({ bytes, spans: splitLines(bytes) });
  }
  const chunks: Buffer[] = [];
  for (let i = 0; i < lines.length; i += CHUNK_LINES)
    chunks.push(Buffer.from(lines.slice(i, i + CHUNK_LINES).join('\n')));
  const queries = mixed(readQueries());
  const bound = queries.filter((condition) => !looksEverywhere(condition));
  const corpora: readonly Corpus[] = [
    { name: 'Sigma rules', conditions: everywhereFirst(mixed(readSigma())) },
    { name: 'queries', conditions: queries },
    { name: 'queries without free text for events of every kind', conditions: bound },
  ];
  for (const { name, conditions } of corpora.filter((_, i) => ONLY === undefined || Number(ONLY) === i)) {
    console.log(`${name}: ${conditions.length}`);
    for (const count of RULE_COUNTS) measure(lines, batches, chunks, rulesOf(conditions, count));
  }
  if (ONLY === undefined)
    oneByOne(
      queries,
      batches.slice(0, 60).flatMap((batch) => decodeEntry(context, batch, 1).events),
    );
}

/** Events are matched once, right after they are read, as in the product: each value is seen for the first time. */
function measure(
  lines: readonly string[],
  batches: readonly Records[],
  chunks: readonly Buffer[],
  rules: readonly Condition[],
): void {
  const matcher = buildMatcher(rules.map((condition, key) => ({ key, condition })));
  const view = new EventView();
  let matches = 0;
  const parse = wallUs(lines.length, () => {
    for (const line of lines) JSON.parse(line);
  });
  let decode = Number.POSITIVE_INFINITY;
  let match = Number.POSITIVE_INFINITY;
  for (let run = 0; run < RUNS; run += 1) {
    matches = 0;
    let [decodeMs, matchMs] = [0, 0];
    for (const batch of batches) {
      const startedAtMs = performance.now();
      const { events } = decodeEntry(context, batch, 1);
      const decodedAtMs = performance.now();
      for (const event of events) matches += matcher.match(event, view).length;
      decodeMs += decodedAtMs - startedAtMs;
      matchMs += performance.now() - decodedAtMs;
    }
    decode = Math.min(decode, (decodeMs * 1000) / lines.length);
    match = Math.min(match, (matchMs * 1000) / lines.length);
  }
  const files = new LineMatcher(
    rules.map((condition) => ({ condition, part: null })),
    context.receivedAtMs,
  );
  let fileMatches = 0;
  const whole = wallUs(lines.length, () => {
    fileMatches = 0;
    for (const chunk of chunks) fileMatches += files.run({ file: 'bench', bytes: chunk }).matches.length / 2;
  });
  if (fileMatches !== matches)
    throw new Error(`${fileMatches} matches in lines of files, ${matches} in events to store`);
  const costs = matcher.costs();
  const tried = costs.reduce((sum, cost) => sum + cost.tried, 0) / RUNS / lines.length;
  const { buildMs, automatonBytes, fields, expensive } = matcher.report;
  console.log(
    `${String(rules.length).padStart(6)} rules: parse ${parse.toFixed(2)} µs; events to store: decode ${decode.toFixed(2)} µs, ` +
      `match ${match.toFixed(2)} µs, ratio ${(match / parse).toFixed(2)}; lines of files, from bytes to matches: ` +
      `${whole.toFixed(2)} µs, ratio of what is not parse ${(whole / parse - 1).toFixed(2)}; ` +
      `${tried.toFixed(2)} tried/event, ${matches} matches; ` +
      `built in ${buildMs.toFixed(0)} ms, automata ${(automatonBytes / 1e6).toFixed(1)} MB, ${fields} fields, ` +
      `${expensive.length} expensive`,
  );
  if (process.env['MATCHER_COSTS'] === undefined) return;
  for (const { key, tried: looks, matched, estimatedUs } of costs.slice(0, 15)) {
    const text = JSON.stringify(rules[key]).slice(0, 300);
    console.log(`    ${key} tried ${looks} matched ${matched} ${estimatedUs.toFixed(0)} µs ${text}`);
  }
}

/** Free text that no other condition binds to events of some kind. */
function looksEverywhere(condition: Condition): boolean {
  const { route, rest } = routeCondition(condition);
  const clues = witnessOf(rest)?.clues ?? [];
  return route.kind === 'always' && clues.some((clue) => clue.kind === 'literals' && clue.ref.names[0] === 'msg');
}

/**
 * Rules that look for words in all values come first, so that any number of rules has them: one of them costs as much
 * as a thousand others, and a sample without it is of another kind than the whole.
 */
function everywhereFirst(conditions: readonly Condition[]): Condition[] {
  const isEverywhere = (condition: Condition): boolean =>
    (witnessOf(routeCondition(condition).rest)?.clues ?? []).some(({ kind }) => kind === 'anywhere');
  return [...conditions.filter(isEverywhere), ...conditions.filter((condition) => !isEverywhere(condition))];
}

/** What the rules cost when each is tried alone, for scale. */
function oneByOne(conditions: readonly Condition[], events: readonly LogEvent[]): void {
  const tests = conditions.map((condition) => closureOf(condition, eventAccess));
  const view = new EventView();
  const cost = wallUs(events.length, () => {
    for (const event of events) for (const holds of tests) holds(view.of(event));
  });
  console.log(`${String(conditions.length).padStart(6)} rules one by one: ${cost.toFixed(1)} µs`);
}

main();

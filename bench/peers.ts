// The same lines and the same Sigma rules through rsigma and through `tocsin match`: which matches differ, and what a core
// does in a second. npm run bench -- peers [events]; see bench/peers/README.md
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { importSigma } from '../src/sigma/import-rules.ts';
import { readTar } from '../src/sigma/read-tar.ts';
import { differences, type Pair } from './peers/differences.ts';
import { loggedSource } from './peers/logged-source.ts';
import { telemetryLines } from './support/telemetry-lines.ts';

const DATA = '../shared/data';
const EVENTS = Number(process.argv[2] ?? 60_000);
const RSIGMA = process.env['RSIGMA'] ?? 'rsigma';
const RUNS = 5;
/** So many times the events, each time with other values: what a stream costs that lasts for more than seconds. */
const LONG_TIMES = 10;
const ROUTED = ['--logsource-routing', '--logsource-field-map', 'product=@product,service=@service,category=@category'];

function main(): void {
  if (!existsSync(DATA)) {
    console.log(`no telemetry at ${DATA}: nothing is compared`);
    return;
  }
  try {
    console.log(execFileSync(RSIGMA, ['--version'], { encoding: 'utf8' }).trim());
  } catch {
    console.log(`no rsigma: set RSIGMA or put it into PATH; bench/peers/README.md says how to build it`);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-peers-'));
  try {
    compare(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function compare(folder: string): void {
  const rules = join(folder, 'rules');
  const files = readTar(readFileSync(`${DATA}/sigma-rules.tar.gz`)).filter(({ name }) => name.endsWith('.yml'));
  for (const { name, bytes } of files) {
    mkdirSync(dirname(join(rules, name)), { recursive: true });
    writeFileSync(join(rules, name), bytes);
  }
  const lines = telemetryLines(DATA, EVENTS).map(sourced);
  const all = join(folder, 'all.jsonl');
  const one = join(folder, 'one.jsonl');
  const twice = join(folder, 'twice.jsonl');
  const long = join(folder, 'long.jsonl');
  writeFileSync(all, `${lines.join('\n')}\n`);
  writeFileSync(one, `${lines[0]}\n`);
  writeFileSync(twice, `${[...lines, ...lines.map((line) => varied(line, 1))].join('\n')}\n`);
  writeFileSync(long, '');
  for (let time = 0; time < LONG_TIMES; time += 1) {
    writeFileSync(long, `${lines.map((line) => varied(line, time)).join('\n')}\n`, { flag: 'a' });
  }
  const tocsin = (file: string): string[] => [
    process.execPath,
    'dist/cli.js',
    'match',
    '--sigma',
    rules,
    '--json',
    file,
  ];
  const rsigma = (file: string): string[] => {
    return [RSIGMA, 'engine', 'eval', '-q', '-r', rules, ...ROUTED, '--input-format', 'json', '-e', `@${file}`];
  };
  const size = Math.round(lines.reduce((sum, line) => sum + line.length, 0) / lines.length);
  console.log(
    `${lines.length} events of ${size} bytes, ${files.length} rules, CPU of the whole process, best of ${RUNS}`,
  );
  const streams = [one, all, twice, long];
  const theirs = throughput('rsigma', streams.map(rsigma), lines.length);
  const ours = throughput('tocsin match', streams.map(tocsin), lines.length);
  console.log(
    `tocsin / rsigma per core: ${(ours.soon / theirs.soon).toFixed(2)} in the second ${lines.length}, ` +
      `${(ours.later / theirs.later).toFixed(2)} later`,
  );
  const ourPairs = run(tocsin(all)).map((line) => {
    const { line: at, rule } = JSON.parse(line) as { line: number; rule: string };
    return { line: at, rule };
  });
  const theirPairs = run([...rsigma(all), '--include-event']).map((line): Pair => {
    const { rule_id: rule, event } = JSON.parse(line) as { rule_id: string; event: { '@line': number } };
    return { line: event['@line'], rule };
  });
  const { rules: known } = importSigma(files.map(({ name, bytes }) => ({ name, text: bytes.toString('utf8') })));
  differences(ourPairs, theirPairs, lines, known);
}

/** With its place and its log source: an engine that routes by log source is told it with each event. */
function sourced(line: string, index: number): string {
  const event = JSON.parse(line) as { readonly [name: string]: unknown };
  const source = loggedSource(event);
  const told = source === null ? {} : { '@product': source.product, '@service': source.service };
  const category = source === null || source.category === '' ? {} : { '@category': source.category };
  const mark = JSON.stringify({ '@line': index + 1, ...told, ...category });
  return `${mark.slice(0, -1)},${line.trimStart().slice(1)}`;
}

function run([command = '', ...args]: readonly string[]): string[] {
  const text = execFileSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return text.split('\n').filter((line) => line.startsWith('{'));
}

/**
 * Other times, identifiers and long numbers, as those of real streams never come again; the rest of a line may. `shift`:
 * 0 to 9; 0 is the line as it is. No number begins with 0 that did not.
 */
const varied = (line: string, shift: number): string =>
  line.replace(/(?<=\.)\d{3,}|\d{5,}|[0-9a-f]{12}/g, (run) =>
    run.replace(/\d/g, (digit, at: number) => {
      const other = (Number(digit) + shift) % 10;
      return String(at === 0 && other === 0 ? Number(digit) : other);
    }),
  );

type Rates = { readonly soon: number; readonly later: number };

/**
 * Prints what an event costs in a new process, in one that has seen as many before, and in one that has seen twice as
 * many; returns events a second of the latter two. `commands` run over one event, over all, over all twice, and over all
 * `LONG_TIMES` times.
 */
function throughput(name: string, commands: readonly (readonly string[])[], events: number): Rates {
  const best = commands.map(() => Number.POSITIVE_INFINITY);
  for (let i = 0; i < RUNS; i += 1) {
    for (const [at, command] of commands.entries()) best[at] = Math.min(best[at] ?? 0, cpuMs(command));
  }
  const [one = 0, all = 0, twice = 0, long = 0] = best;
  const newUs = ((all - one) * 1000) / events;
  const soonUs = ((twice - all) * 1000) / events;
  const laterUs = ((long - twice) * 1000) / (events * (LONG_TIMES - 2));
  const rates = { soon: 1e6 / soonUs, later: 1e6 / laterUs };
  console.log(
    `${name}: ${newUs.toFixed(1)} µs of CPU an event in a new process, which is ready after ${one.toFixed(0)} ms of CPU; ` +
      `${soonUs.toFixed(1)} µs after ${events}, ${rates.soon.toFixed(0)} events/s; ` +
      `${laterUs.toFixed(1)} µs after ${events * 2}, ${rates.later.toFixed(0)} events/s`,
  );
  return rates;
}

/** User and system time of a command with all its threads, as the shell counts it. */
function cpuMs(command: readonly string[]): number {
  const text = execFileSync('/bin/sh', ['-c', '"$@" >/dev/null 2>&1; times', 'sh', ...command], { encoding: 'utf8' });
  const children = text.trim().split('\n')[1] ?? '';
  const times = [...children.matchAll(/(\d+)m([\d.]+)s/g)];
  if (times.length !== 2) throw new Error(`expected two times of child processes, saw ${JSON.stringify(text)}`);
  return times.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds) * 1000, 0);
}

main();

// Lines a second of `tocsin match` with one thread and with two, by the wall clock: npm run bench -- threads [events]
// A core for each thread must have nothing else to do.
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { telemetryLines } from './support/telemetry-lines.ts';

const DATA = '../shared/data';
const EVENTS = Number(process.argv[2] ?? 60_000);
/** The file is read so often, so that what each thread's engine compiles first is a small part. */
const TIMES = 75;
const RUNS = 2;
const THREADS = [1, 2];

async function main(): Promise<void> {
  if (!existsSync(DATA)) {
    console.log(`no telemetry at ${DATA}: nothing is measured`);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-threads-'));
  try {
    const lines = telemetryLines(DATA, EVENTS);
    const file = join(folder, 'all.jsonl');
    writeFileSync(file, `${lines.join('\n')}\n`);
    const one = measure(file);
    const both = await twoProcesses(file);
    console.log(`two processes beside each other: ${both} events/s, ${(both / one).toFixed(2)} times one thread`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** By turns, the best of each; returns that of one thread. */
function measure(file: string): number {
  const best = THREADS.map(() => 0);
  const outputs = new Set<string>();
  for (let run = 0; run < RUNS; run += 1) {
    for (const [at, threads] of THREADS.entries()) {
      const { eventsPerSecond, output } = matched(file, threads);
      best[at] = Math.max(best[at] ?? 0, eventsPerSecond);
      outputs.add(output);
    }
  }
  if (outputs.size !== 1) throw new Error('the matches differ with the number of threads');
  const [one = 0] = best;
  for (const [at, threads] of THREADS.entries()) {
    const rate = best[at] ?? 0;
    console.log(`${threads} threads: ${rate} events/s, ${(rate / one).toFixed(2)} times one thread`);
  }
  const load = loadavg().map((value) => value.toFixed(1));
  console.log(`${cpus().length} cores, load average ${load.join(' ')}`);
  return one;
}

const command = (file: string, threads: number, times = TIMES): string[] => {
  const files = Array.from({ length: times }, () => file);
  return [
    'dist/cli.js',
    'match',
    '--sigma',
    `${DATA}/sigma-rules.tar.gz`,
    '--threads',
    String(threads),
    '--stats',
    ...files,
  ];
};

type Matched = { readonly eventsPerSecond: number; readonly output: string };

function matched(file: string, threads: number): Matched {
  return read(execFileSync(process.execPath, command(file, threads), { encoding: 'utf8', maxBuffer: 2 ** 30 }));
}

function read(text: string): Matched {
  const rate = /^events per second: (\d+)$/m.exec(text)?.[1];
  if (rate === undefined) throw new Error('the command did not say how many events a second it read');
  const output = text.slice(0, text.indexOf('\nevents: '));
  return { eventsPerSecond: Number(rate), output };
}

/** What two processes that share nothing reach beside each other, with half of the lines each as the two threads have. */
async function twoProcesses(file: string): Promise<number> {
  const run = promisify(execFile);
  const half = command(file, 1, Math.round(TIMES / 2));
  const started = [1, 2].map(() => run(process.execPath, half, { maxBuffer: 2 ** 30 }));
  const done = await Promise.all(started);
  return done.reduce((sum, { stdout }) => sum + read(stdout).eventsPerSecond, 0);
}

await main();

// Lines a second of `tocsin match` with one thread and with two, by the wall clock: npm run bench -- threads [events]
// A core for each thread must have nothing else to do.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { telemetryLines } from './support/telemetry-lines.ts';

const DATA = '../shared/data';
const EVENTS = Number(process.argv[2] ?? 90_000);
/** So that what the engine compiles first is a small part. */
const COPIES = 4;
const RUNS = 3;
const THREADS = [1, 2];

function main(): void {
  if (!existsSync(DATA)) {
    console.log(`no telemetry at ${DATA}: nothing is measured`);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-threads-'));
  try {
    const lines = telemetryLines(DATA, EVENTS);
    const file = join(folder, 'all.jsonl');
    for (let copy = 0; copy < COPIES; copy += 1) writeFileSync(file, `${lines.join('\n')}\n`, { flag: 'a' });
    measure(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** By turns, the best of each. */
function measure(file: string): void {
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
}

function matched(file: string, threads: number): { readonly eventsPerSecond: number; readonly output: string } {
  const args = ['match', '--sigma', `${DATA}/sigma-rules.tar.gz`, '--threads', String(threads), '--stats', file];
  const text = execFileSync(process.execPath, ['dist/cli.js', ...args], { encoding: 'utf8', maxBuffer: 2 ** 30 });
  const rate = /^events per second: (\d+)$/m.exec(text)?.[1];
  if (rate === undefined) throw new Error('the command did not say how many events a second it read');
  const output = text.slice(0, text.indexOf('\nevents: '));
  return { eventsPerSecond: Number(rate), output };
}

main();

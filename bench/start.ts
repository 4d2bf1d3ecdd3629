// How long a folder takes to make, how long an existing one with events and incidents takes until everything is ready,
// and what the processes hold when nothing happens.
//
//   npm run bench -- start [events]

import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { generateLines } from '../samples/generator.ts';
import { initFolder, loadText, Served, temporaryDir } from './support/served.ts';

const EVENTS = Number(process.argv[2] ?? 100_000);
const BODY_EVENTS = 5_000;
const STARTS = 5;
const IDLE_MS = 15_000;

const dir = temporaryDir();
const dataDir = join(dir.path, 'data');
const { founded, tookMs } = initFolder(dataDir);
const first = await Served.start(dataDir, founded, 2);
const lines = generateLines({ seed: 1, fromMs: Date.now() - EVENTS * 2, stepMs: 2 });
for (let sent = 0; sent < EVENTS; sent += BODY_EVENTS) {
  const body = Array.from({ length: BODY_EVENTS }, () => lines.next().value).join('\n');
  await first.call('POST', `/ingest/${first.tenant}/default`, body);
}
await first.stop();

const readyMs: number[] = [first.readyMs];
for (let start = 0; start < STARTS; start += 1) {
  const server = await Served.start(dataDir, founded, 2);
  readyMs.push(server.readyMs);
  if (start === STARTS - 1) {
    await wait(IDLE_MS);
    const { main, eventd } = server.usage();
    console.log(
      `idle after ${IDLE_MS / 1000} s: main process ${main.rssMiB} MiB (goal 200), eventd ${eventd.rssMiB} MiB`,
    );
  }
  await server.stop();
}
dir.remove();
console.log(`init ${Math.round(tookMs)} ms; start of the new folder ${Math.round(readyMs[0] ?? 0)} ms`);
const again = readyMs.slice(1).map(Math.round);
console.log(`start to ready with ${EVENTS} events: ${again.join(', ')} ms (goal 2000)`);
console.log(loadText());

import { spawn } from 'node:child_process';

/**
 * What Node samples an event loop with, ms. The delay that it tells is from one sample to the next, this time included:
 * a loop that nothing holds shows 10 ms and a little.
 */
const SAMPLE_MS = 10;

/** How long the loop was held at most, ms, from the longest delay that Node tells, in seconds. */
export const stallOf = (delaySeconds: number | undefined): number =>
  Math.max(0, (delaySeconds ?? Number.NaN) * 1000 - SAMPLE_MS);

const IDLE = `
const delay = require('node:perf_hooks').monitorEventLoopDelay({ resolution: ${SAMPLE_MS} });
delay.enable();
process.stdin.resume();
process.stdin.on('end', () => { console.log(delay.max / 1e9); process.exit(); });
`;

/**
 * Longest stall, in ms, of a process that does nothing while `work` runs: what the machine alone takes away from
 * everybody, to be read beside the stall of the server.
 */
export async function idleStallMs(work: () => Promise<void>): Promise<number> {
  const child = spawn(process.execPath, ['-e', IDLE], { stdio: ['pipe', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += String(chunk);
  });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  await work();
  child.stdin.end();
  await ended;
  return stallOf(Number(text));
}

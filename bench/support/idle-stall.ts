import { spawn } from 'node:child_process';

const IDLE = `
const delay = require('node:perf_hooks').monitorEventLoopDelay({ resolution: 10 });
delay.enable();
process.stdin.resume();
process.stdin.on('end', () => { console.log(delay.max / 1e6); process.exit(); });
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
  return Number(text);
}

// Junk logins and tokens: 500 bad attempts a second, and what they take from the main thread and from good requests.
//
//   npm run bench -- logins [seconds]
//
// The limits of addresses are off in the second run, so that every attempt is looked at.

import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { idleStallMs, stallOf } from './support/idle-stall.ts';
import { initFolder, share, temporaryDir } from './support/served.ts';

const SECONDS = Number(process.argv[2] ?? 6);
const PER_SECOND = 500;
const TICK_MS = 20;

async function serve(dataDir: string, ...flags: string[]): Promise<{ child: ChildProcess; url: string }> {
  const args = ['dist/cli.js', 'serve', '--data', dataDir, '--port', '0', ...flags];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise<string>((resolve, reject) => {
    child.on('exit', () => reject(new Error('the server ended')));
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).on('line', (line) => {
      const record: { msg?: string; url?: string } = JSON.parse(line);
      if (record.msg === 'ready' && record.url !== undefined) resolve(record.url);
    });
  });
  return { child, url };
}

/** How long the main thread was held at most since the last call, ms; the metric begins anew with each. */
async function stallMs(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return stallOf(Number(/^nodejs_eventloop_lag_max_seconds (\S+)/m.exec(text)?.[1] ?? Number.NaN));
}

async function run(name: string, dataDir: string, token: string, ...flags: string[]): Promise<void> {
  const { child, url } = await serve(dataDir, ...flags);
  await wait(2000);
  await stallMs(url);
  await wait(SECONDS * 1000);
  const quietMs = await stallMs(url);
  const statuses = new Map<number, number>();
  const goodMs: number[] = [];
  const sent: Promise<void>[] = [];
  const count = async (answer: Promise<Response>): Promise<void> => {
    const { status, body } = await answer;
    await body?.cancel();
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  };
  const bad = (n: number): Promise<Response> =>
    n % 2 === 0
      ? fetch(`${url}/monitorapi/v1/director/version`, { headers: { authorization: `Bearer tct_${n}` } })
      : fetch(`${url}/auth/login`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ username: `name${n}`, password: 'wrong password' }),
        });
  const idleMs = await idleStallMs(async () => {
    const from = performance.now();
    for (let n = 0; performance.now() - from < SECONDS * 1000; ) {
      const due = Math.floor(((performance.now() - from) / 1000) * PER_SECOND);
      for (; n < due; n += 1) sent.push(count(bad(n)));
      const at = performance.now();
      await (
        await fetch(`${url}/monitorapi/v1/director/version`, { headers: { authorization: `Bearer ${token}` } })
      ).text();
      goodMs.push(performance.now() - at);
      await wait(TICK_MS);
    }
    await Promise.all(sent);
  });
  const busyMs = await stallMs(url);
  goodMs.sort((a, b) => a - b);
  const shown = [...statuses].map(([status, times]) => `${status}: ${times}`).join(', ');
  console.log(
    `${name}: ${Math.round(sent.length / SECONDS)} bad attempts/s (${shown}); longest stall of the main thread ${busyMs.toFixed(1)} ms, ` +
      `quiet ${quietMs.toFixed(1)} ms, idle process beside it ${idleMs.toFixed(1)} ms; good requests p50 ` +
      `${share(goodMs, 0.5).toFixed(1)} ms, p99 ${share(goodMs, 0.99).toFixed(1)} ms`,
  );
  child.removeAllListeners('exit');
  const ended = new Promise((resolve) => child.on('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

const dir = temporaryDir();
const dataDir = join(dir.path, 'data');
const { founded } = initFolder(dataDir);
await run('limits as they come', dataDir, founded.token);
const unlimited = ['--limits-failures-per-minute', 'off'];
await run('no limit of addresses', dataDir, founded.token, ...unlimited);
await run('and two checks of passwords at a time', dataDir, founded.token, ...unlimited, '--auth-checks-max', '2');
dir.remove();

// node scripts/demo-server.mjs: a server on a folder of its own that has lived through demo-week.mjs; says where it is and
// runs until it is ended. screenshots.mjs takes its pictures of such a server.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createSampleRules } from '../dist/cli/demo-samples.js';
import { TocsinClient } from '../dist/client/client.js';
import { fillWeek } from './demo-week.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const cli = join(root, 'dist', 'cli.js');
const WEEK_MS = 604_800_000;

export async function startDemoServer() {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-pictures-'));
  const data = join(dir, 'data');
  const clock = join(dir, 'clock');
  const setClock = (offsetMs) => writeFileSync(clock, String(offsetMs));
  setClock(-WEEK_MS);
  const program = ['--import', join(root, 'scripts', 'shifted-clock.mjs'), cli];
  const env = { ...process.env, SHIFTED_CLOCK: clock };
  const founded = JSON.parse(
    execFileSync(process.execPath, [...program, 'init', '--data', data, '--json'], { env, encoding: 'utf8' }),
  );
  const server = spawn(process.execPath, [...program, 'serve', '--data', data, '--port', '0'], { env });
  const stop = async () => {
    const ended = new Promise((resolve) => server.once('close', resolve));
    server.kill('SIGTERM');
    await ended;
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    const url = await addressOf(server);
    const { pool_uuid: pool, logpoint_identifier: logpoint, admin } = founded;
    const base = `/configapi/${pool}/${logpoint}`;
    // The first token lives for hours, and a week is about to pass.
    const token = await lastingToken(url, founded.token);
    await createSampleRules(new TocsinClient({ url, token, pool, logpoint }), admin.id);
    await fillWeek({
      url,
      root,
      token,
      base,
      ingest: `/ingest/${pool}/${logpoint}/default`,
      ownerId: admin.id,
      setClock,
    });
    return { url, home: `${url}/p/${pool}/${logpoint}`, username: admin.username, password: admin.password, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The server names its address when it is ready. */
function addressOf(server) {
  const lines = [];
  server.stderr.on('data', (text) => lines.push(String(text)));
  return new Promise((resolve, reject) => {
    server.on('exit', (code) => reject(new Error(`the server ended with ${code}: ${lines.join('')}`)));
    createInterface({ input: server.stdout }).on('line', (line) => {
      lines.push(line);
      const url = /(http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1];
      if (url !== undefined) resolve(url);
    });
  });
}

async function lastingToken(url, token) {
  const response = await fetch(`${url}/tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'week', role: 'root', always_active: true }),
  });
  if (!response.ok) throw new Error(`POST /tokens: ${response.status} ${await response.text()}`);
  return (await response.json()).token;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { home, username, password, stop } = await startDemoServer();
  process.stdout.write(`${home}\n${username} / ${password}\n`);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void stop());
}

import { execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/shared/json.ts';
import {
  CLI,
  Director,
  eventually,
  type Founded,
  runCommand,
  ServerProcess,
  type Surroundings,
  temporaryFolder,
} from '../e2e/tocsin-process.ts';

// The program runs as root (containers, CI) and as a user who owns nothing but the data folder: no home, no right to
// write where the program lies.

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

/** No HOME, nothing of this test's environment but where programs are. */
const bare = { PATH: process.env['PATH'] ?? '' };

const mayRead = (uid: number): boolean =>
  spawnSync(process.execPath, ['-e', `fs.accessSync(${JSON.stringify(CLI)})`], { uid, gid: uid, env: bare }).status ===
  0;

const users: { name: string; as: Surroundings; isLeftOut: boolean }[] = [
  { name: isRoot ? 'root' : 'the user of the tests', as: { env: bare }, isLeftOut: false },
];
if (isRoot) {
  const isLeftOut = !mayRead(NOBODY);
  const reason = isLeftOut ? ' (left out: that user may not read the program)' : '';
  const as = { env: bare, uid: NOBODY, gid: NOBODY, cwd: '/' };
  users.push({ name: `a user without rights${reason}`, as, isLeftOut });
}

const hasCurl = spawnSync('curl', ['--version']).status === 0;

describe.each(users)('$name', ({ as, isLeftOut }) => {
  const folder = temporaryFolder();
  const dataDir = `${folder.dir}/data`;
  beforeAll(() => {
    if (as.uid !== undefined) execFileSync('chown', [`${as.uid}:${as.gid}`, folder.dir]);
  });
  afterAll(() => folder.remove());

  test.skipIf(isLeftOut)(
    'makes a folder that nobody else may read, serves it, takes logs and ends with 0',
    async () => {
      const made = await runCommand(['init', '--data', dataDir, '--json'], { as });
      expect([made.code, made.stderr]).toEqual([0, '']);
      const founded = JSON.parse(made.stdout) as Founded;
      const server = await ServerProcess.startAs(as, dataDir);
      try {
        const director = new Director(server.url, founded);
        const answer = await director.ingest('{"user":"someone"}\n');
        expect([answer.status, await answer.json()]).toEqual([200, { accepted: 1, rejected: 0 }]);
        const toS = Math.floor(Date.now() / 1000) + 60;
        const data = { query: 'user=someone', time_range: [0, toS], user_id: founded.admin.id };
        await eventually(async () => (await director.rows('Search/logs/fetch', data))[0], 'the line');
      } finally {
        expect(await server.stop()).toBe(0);
      }
      const owner = as.uid ?? process.getuid?.();
      expect(statSync(dataDir).mode & 0o077).toBe(0);
      for (const name of readdirSync(dataDir)) {
        expect([name, statSync(`${dataDir}/${name}`).uid]).toEqual([name, owner]);
      }
      expect(statSync(`${dataDir}/secret.key`).mode & 0o077).toBe(0);
    },
  );

  test.skipIf(isLeftOut)('a folder that may not be written is refused in one line', async () => {
    const closed = `${folder.dir}/closed`;
    execFileSync('mkdir', [closed]);
    chmodSync(closed, 0o555);
    const { code, stderr } = await runCommand(['init', '--data', `${closed}/data`], { as });
    // Root may write everywhere.
    if (as.uid === undefined && isRoot) expect(code).toBe(0);
    else expect([code, stderr]).toEqual([1, expect.stringMatching(/^tocsin: [A-Z_]+: [^\n]*\n$/)]);
  });

  test.skipIf(isLeftOut)('the demo works an incident to its end and leaves nothing behind', async () => {
    const env = { TMPDIR: folder.dir };
    const { code, stdout, stderr } = await runCommand(['demo', '--once'], { as, env });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('close: Incident is closed');
    expect(readdirSync(folder.dir).filter((name) => name.startsWith('tocsin-demo-'))).toEqual([]);
  });

  const leftOut = hasCurl ? '' : ' (left out: curl is not installed)';
  test.skipIf(isLeftOut || !hasCurl)(`the three curl lines of the demo work as printed${leftOut}`, async () => {
    const { cli = CLI, ...surroundings } = as;
    const env = { ...surroundings.env, TMPDIR: folder.dir };
    const demo = spawn(process.execPath, [cli, 'demo'], { ...surroundings, env, stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = new Promise((resolve) => demo.on('exit', resolve));
    try {
      const lines: string[] = [];
      for await (const line of createInterface(demo.stdout)) {
        if (line.startsWith('curl ')) lines.push(line);
        if (line.includes('Ctrl-C')) break;
      }
      const [fetching = '', polling = '', resolving = ''] = lines;
      expect(lines).toHaveLength(3);
      const accepted = await sh(fetching);
      expect(accepted).toEqual({ status: 'Success', message: expect.stringMatching(/^\/monitorapi\//) });
      expect(polling).toContain(String(accepted['message']));
      const polled = await sh(polling);
      expect(polled).toMatchObject({ request: {}, response: { success: true } });
      const { rows } = polled['response'] as { rows: JsonObject[] };
      expect(rows.length).toBeGreaterThan(10);
      const resolved = await sh(resolving);
      expect(resolved).toEqual({ status: 'Success', message: expect.stringMatching(/^\/monitorapi\//) });
      const order = await sh(
        polling.replace(/'http[^']*'$/, `'${urlOf(polling)}${String(resolved['message'])}?wait=10'`),
      );
      expect(order['response']).toEqual({ success: true, message: 'Incident is resolved' });
    } finally {
      demo.kill('SIGINT');
    }
    expect(await ended).toBe(0);
    expect(existsSync(folder.dir) && readdirSync(folder.dir).filter((name) => name.startsWith('tocsin-demo-'))).toEqual(
      [],
    );
  });
});

const urlOf = (line: string): string => /'(http:\/\/[^/]+)\//.exec(line)?.[1] ?? '';

/** Runs one printed line with a shell; what it prints is JSON. */
function sh(line: string): Promise<JsonObject> {
  return new Promise((resolve, reject) => {
    execFile('/bin/sh', ['-c', line], { timeout: 30_000 }, (error, stdout) => {
      if (error === null) resolve(JSON.parse(stdout) as JsonObject);
      else reject(error);
    });
  });
}

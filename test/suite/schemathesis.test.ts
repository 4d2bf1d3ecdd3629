import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Founded, initFolder, ServerProcess } from '../e2e/tocsin-process.ts';

// The server against requests made from its own document, fitting and unfitting ones, and along every link of the
// document, orders to their end: no answer is a bug, and each has a status, a type and a shape that the document names.

const VERSION = '4.32.5';
/** A slow package index is no fault of a change; the gate waits longer, and is red without the tool. */
const INSTALL_SECONDS = process.env['CI'] === 'true' ? 300 : 90;
const RUN_SECONDS = 120;
const LINKS_SECONDS = 60;

const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_schema_conformance',
];

/** Operations that are left out, each with its reason. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  '^/events/': 'the answer is a stream that does not end',
  '^/tokens/\\{id\\}/revoke$': 'it would end the token of the run',
};

const dir = mkdtempSync(join(tmpdir(), 'tocsin-schemathesis-'));

/** Null when the tool is there, else why it is not. */
function install(): string | null {
  const endMs = performance.now() + INSTALL_SECONDS * 1000;
  const isDone = (command: string, ...args: string[]): boolean =>
    spawnSync(command, args, { timeout: Math.max(1, Math.ceil(endMs - performance.now())), stdio: 'ignore' }).status ===
    0;
  if (!isDone('python3', '-m', 'venv', join(dir, 'venv'))) return 'python3 with venv is absent';
  const pip = ['install', '--quiet', '--retries', '1', '--disable-pip-version-check', `schemathesis==${VERSION}`];
  return isDone(join(dir, 'venv/bin/pip'), ...pip)
    ? null
    : `no schemathesis ${VERSION} from the Python package index within ${INSTALL_SECONDS} s`;
}

/** The exit code (null: it took too long) and all that it said. */
function run(
  program: 'st' | 'python',
  args: readonly string[],
  seconds: number,
  input = '',
): Promise<{ code: number | null; said: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(dir, 'venv/bin', program), args, {
      cwd: dir,
      timeout: seconds * 1000,
      killSignal: 'SIGKILL',
    });
    child.stdin.end(input);
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        said += String(chunk);
      });
    }
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, said }));
  });
}

const missing = install();

const isGate = process.env['CI'] === 'true';
const named = missing === null || isGate ? '' : ` (left out: ${missing})`;

let founded: Founded;
let server: ServerProcess | undefined;

beforeAll(async () => {
  if (missing !== null) return;
  founded = await initFolder(join(dir, 'data'));
  // The limits have tests of their own; here they would only hide the answers behind 429.
  const limits = ['token-requests-per-second', 'tenant-requests-per-second', 'failures-per-minute']
    .concat(['token-orders-per-hour', 'tenant-orders-per-hour'])
    .flatMap((name) => [`--limits-${name}`, '1000000']);
  server = await ServerProcess.start(join(dir, 'data'), '--host', '127.0.0.1', ...limits);
}, 60_000);
afterAll(async () => {
  await server?.stop();
  rmSync(dir, { recursive: true, force: true });
});

const bugs = (): readonly unknown[] => (server?.log ?? []).filter((line) => line['level'] === 'error').slice(0, 3);

test.skipIf(missing !== null && !isGate)(`every link of the document leads on from a real answer${named}`, async () => {
  expect(missing).toBeNull();
  const { id } = founded.admin;
  const acting = ['owner', 'incident_user_id', 'user_id', 'userid', 'new_assignee', 'assigned_to_user'];
  const place = {
    url: server?.url,
    token: founded.token,
    pool: founded.pool_uuid,
    logpoint: founded.logpoint_identifier,
    seconds: LINKS_SECONDS,
    ids: { id, pools: founded.pool_uuid, ...Object.fromEntries(acting.map((name) => [name, id])) },
  };
  const script = join(import.meta.dirname, 'follow_links.py');
  const { code, said } = await run('python', [script], LINKS_SECONDS * 1.5, JSON.stringify(place));
  expect([code, code === 0 ? '' : said]).toEqual([0, '']);
  const found: Followed = JSON.parse(said.trim().split('\n').at(-1) ?? '');
  expect({ bugs: bugs(), faults: found.faults, missed: found.missed }).toEqual({ bugs: [], faults: [], missed: [] });
  expect(found.links).toBeGreaterThan(200);
  // Every order was polled to its end; most of them did what they were asked.
  expect(found.orders_followed).toBe(found.orders);
  expect(found.orders).toBeGreaterThan(90);
  expect(found.succeeded).toBeGreaterThan(60);
});

type Followed = {
  readonly links: number;
  readonly orders: number;
  readonly orders_followed: number;
  /** Orders that ended with success, by operation. */
  readonly succeeded: number;
  readonly missed: readonly string[];
  readonly faults: readonly string[];
};

test.skipIf(missing !== null && !isGate)(`generated requests are answered as the document says${named}`, async () => {
  expect(missing).toBeNull();
  // One tenant that exists; an id that is unknown would end every request at the same refusal.
  const parameters = { pool: founded.pool_uuid, logpoint: founded.logpoint_identifier, repo: 'default' };
  const lines = Object.entries(parameters).map(([name, value]) => `"path.${name}" = "${value}"`);
  const single = '[phases.fuzzing]\ngeneration.max-examples = 2\n';
  writeFileSync(join(dir, 'schemathesis.toml'), `[parameters]\n${lines.join('\n')}\n${single}`);
  const args = [
    ...['--config-file', 'schemathesis.toml', 'run', `${server?.url}/openapi.json`],
    ...['--header', `Authorization: Bearer ${founded.token}`],
    ...['--phases', 'examples,coverage,fuzzing', '--mode', 'all'],
    ...['--checks', CHECKS.join(',')],
    ...['--exclude-path-regex', Object.keys(LEFT_OUT).join('|')],
    ...['--seed', '1', '--generation-database', 'none', '--no-shrink', '--continue-on-failure'],
    ...['--workers', '2', '--request-timeout', '30', '--warnings', 'off', '--no-color'],
  ];
  const { code, said } = await run('st', args, RUN_SECONDS);
  const told = code === 0 ? '' : said.slice(-20_000);
  expect({ bugs: bugs(), code, told }).toEqual({ bugs: [], code: 0, told: '' });
});

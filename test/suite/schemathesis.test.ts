import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { initFolder, ServerProcess } from '../e2e/tocsin-process.ts';

// The server against requests made from its own document, fitting and unfitting ones, and against chains of them along
// the links of the document: no answer is a bug, and each has a status, a type and a shape that the document names.

const VERSION = '4.32.5';
const INSTALL_SECONDS = 90;
const RUN_SECONDS = 150;

const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_schema_conformance',
];

/** Operations that are left out, each with its reason. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  '^/events/': 'the answer is a stream that does not end',
  '^/tokens/\\{id\\}/revoke$': 'the links of the document lead it to the token of the run',
};

const dir = mkdtempSync(join(tmpdir(), 'tocsin-schemathesis-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Null when the tool is there, else why it is not. */
function install(): string | null {
  const endMs = performance.now() + INSTALL_SECONDS * 1000;
  const run = (command: string, ...args: string[]): boolean =>
    spawnSync(command, args, { timeout: Math.max(1, Math.ceil(endMs - performance.now())), stdio: 'ignore' }).status ===
    0;
  if (!run('python3', '-m', 'venv', join(dir, 'venv'))) return 'python3 with venv is absent';
  const pip = ['install', '--quiet', '--retries', '1', '--disable-pip-version-check', `schemathesis==${VERSION}`];
  return run(join(dir, 'venv/bin/pip'), ...pip)
    ? null
    : `no schemathesis ${VERSION} from the Python package index within ${INSTALL_SECONDS} s`;
}

/** The exit code (null: it took too long) and all that it said. */
function schemathesis(args: readonly string[]): Promise<{ code: number | null; said: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(dir, 'venv/bin/st'), args, {
      cwd: dir,
      timeout: RUN_SECONDS * 1000,
      killSignal: 'SIGKILL',
    });
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

test.skipIf(missing !== null)(
  `generated requests are answered as the document says${missing === null ? '' : ` (left out: ${missing})`}`,
  async () => {
    const founded = await initFolder(join(dir, 'data'));
    // The limits have tests of their own; here they would only hide the answers behind 429.
    const limits = ['token-requests-per-second', 'tenant-requests-per-second', 'failures-per-minute']
      .concat(['token-orders-per-hour', 'tenant-orders-per-hour'])
      .flatMap((name) => [`--limits-${name}`, '1000000']);
    const server = await ServerProcess.start(join(dir, 'data'), '--host', '127.0.0.1', ...limits);
    try {
      // One tenant that exists; an id that is unknown would end every request at the same refusal.
      const parameters = { pool: founded.pool_uuid, logpoint: founded.logpoint_identifier, repo: 'default' };
      const lines = Object.entries(parameters).map(([name, value]) => `"path.${name}" = "${value}"`);
      const chains = '[phases.stateful]\ngeneration.max-examples = 250\n';
      const single = '[phases.fuzzing]\ngeneration.max-examples = 2\n';
      writeFileSync(join(dir, 'schemathesis.toml'), `[parameters]\n${lines.join('\n')}\n${single}${chains}`);
      const { code, said } = await schemathesis([
        ...['--config-file', 'schemathesis.toml', 'run', `${server.url}/openapi.json`],
        ...['--header', `Authorization: Bearer ${founded.token}`],
        ...['--phases', 'examples,coverage,fuzzing,stateful', '--mode', 'all'],
        ...['--checks', CHECKS.join(',')],
        ...['--exclude-path-regex', Object.keys(LEFT_OUT).join('|')],
        ...['--seed', '1', '--generation-database', 'none', '--no-shrink', '--continue-on-failure'],
        ...['--workers', '2', '--request-timeout', '30', '--warnings', 'off', '--no-color'],
      ]);
      const bugs = server.log.filter((line) => line['level'] === 'error').slice(0, 3);
      expect({ bugs, code, said: code === 0 ? '' : said.slice(-20_000) }).toEqual({ bugs: [], code: 0, said: '' });
      expect(said).toMatch(/Stateful/);
    } finally {
      await server.stop();
    }
  },
);

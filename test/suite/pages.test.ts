import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CLI, Director, eventually, type Founded, ServerProcess, temporaryFolder } from '../e2e/tocsin-process.ts';
import { blocksOf, missingPart, PageShell } from './run-page.ts';

// The commands of README.md and docs/api.md are run as they are written, but for the folder and the port, and print what
// the pages show.

const hasCurl = spawnSync('curl', ['--version']).status === 0;
const leftOut = hasCurl ? '' : ' (left out: curl is not installed)';

const folder = temporaryFolder();
const dataDir = `${folder.dir}/tocsin`;
const here = (text: string): string => text.replaceAll('/var/lib/tocsin', dataDir);
let founded: Founded;
let server: ServerProcess;

beforeAll(async () => {
  const install = blocksOf('README.md').find(({ heading }) => heading === 'Install it');
  const lines = (install?.commands ?? '').split('\n').map((line) => line.replace(/\s+#.*$/, ''));
  expect(lines).toEqual([
    'npm ci && npm run build',
    'node dist/cli.js init --data /var/lib/tocsin --json',
    'node dist/cli.js serve --data /var/lib/tocsin',
    '',
  ]);
  const init = here(lines[1] ?? '').replace('dist/cli.js', CLI);
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', init]);
  founded = JSON.parse(stdout) as Founded;
  server = await ServerProcess.start(dataDir);
});
afterAll(async () => {
  await server.kill();
  folder.remove();
});

async function follow(page: string, headings: (heading: string) => boolean): Promise<void> {
  const shell = new PageShell({
    P: founded.pool_uuid,
    L: founded.logpoint_identifier,
    TOKEN: founded.token,
    SECRET_KEY: founded.secret_key,
    ADMIN: founded.admin.id,
    PASSWORD: founded.admin.password,
  });
  const director = new Director(server.url, founded);
  for (const { commands, shown } of blocksOf(page).filter(({ heading }) => headings(heading))) {
    if (commands.includes('Incidents/fetch')) {
      await eventually(async () => (await director.rows('Incidents/fetch', {}))[0], 'the incident of the page');
    }
    const printed = await shell.run(commands.replaceAll('http://127.0.0.1:8514', server.url));
    if (shown !== null) expect(missingPart(shown, printed), `of ${printed}`).toBe(null);
  }
  shell.close();
}

test.skipIf(!hasCurl)(`README.md: the API by example${leftOut}`, () =>
  follow('README.md', (heading) => heading === 'The API by example'),
);

test.skipIf(!hasCurl)(`docs/api.md${leftOut}`, () => follow('docs/api.md', () => true));

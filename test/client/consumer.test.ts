import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Founded, initFolder, ServerProcess, temporaryFolder } from '../e2e/tocsin-process.ts';

// The client as another project uses it: installed as a package, its types checked, run against a real server.

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const folder = temporaryFolder();
let founded: Founded;
let server: ServerProcess;

const PROGRAM = `
import { type IncidentRow, TocsinClient, TocsinError, type User } from 'tocsin/client';

const [url = '', token = '', pool = '', logpoint = '', admin = ''] = process.argv.slice(2);
const tocsin = new TocsinClient({ url, token, pool, logpoint });

const sent: number = (await tocsin.ingest('default', [{ user: 'anna', action: 'login' }])).accepted;
const made = await tocsin.order('CreateList', { data: { name: 'ADMINS', items: ['anna'] } });
const name: string | undefined = made.message;
const nameOf = (user: User): string => user.username;
const users: string[] = [];
for await (const user of tocsin.rows('ListUsers', { query: { limit: 1 } })) users.push(nameOf(user));
const open: IncidentRow[] = [];
for await (const incident of tocsin.rows('ListIncidents')) open.push(incident);
let refusal = '';
try {
  await tocsin.order('Resolve', { path: { id: '000000000000000000000000' }, data: { incident_user_id: admin } });
} catch (error) {
  if (!(error instanceof TocsinError)) throw error;
  refusal = \`\${error.code}: \${error.message}\`;
}
console.log(JSON.stringify({ sent, name: typeof name, users, open: open.length, refusal }));
`;

const MISTAKES = `
import { TocsinClient } from 'tocsin/client';

const tocsin = new TocsinClient({ url: '', token: '' });
await tocsin.call('ListIncidents', { query: { statuss: 'unresolved' } });
await tocsin.call('GetIncident');
await tocsin.order('ListIncidents');
await tocsin.order('Resolve', { path: { id: 'INC-1' }, data: {} });
await tocsin.call('Nothing');
for await (const row of tocsin.rows('Timezone')) console.log(row);
`;

beforeAll(async () => {
  founded = await initFolder(join(folder.dir, 'data'));
  server = await ServerProcess.start(join(folder.dir, 'data'));
  mkdirSync(join(folder.dir, 'app', 'node_modules', '@types'), { recursive: true });
  symlinkSync(root, join(folder.dir, 'app', 'node_modules', 'tocsin'));
  symlinkSync(join(root, 'node_modules', '@types', 'node'), join(folder.dir, 'app', 'node_modules', '@types', 'node'));
  writeFileSync(join(folder.dir, 'app', 'package.json'), '{"type":"module"}');
});
afterAll(async () => {
  await server.kill();
  folder.remove();
});

/** Type errors of a program that has every strict flag, and none that hides mistakes in the client's own types. */
async function compile(name: string, text: string): Promise<string> {
  const dir = join(folder.dir, 'app');
  writeFileSync(join(dir, name), text);
  const flags = ['--strict', '--module', 'nodenext', '--target', 'es2022', '--lib', 'es2023', '--types', 'node'];
  const strict = ['--noUncheckedIndexedAccess', '--skipLibCheck', 'false'];
  const args = [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), ...flags, ...strict, name];
  try {
    return (await promisify(execFile)(process.execPath, args, { cwd: dir })).stdout;
  } catch (error) {
    return error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error);
  }
}

test('a program that uses the client is type checked and runs against a server', async () => {
  expect(await compile('program.ts', PROGRAM)).toBe('');
  const { pool_uuid: pool, logpoint_identifier: logpoint, token, admin } = founded;
  const args = [join(folder.dir, 'app', 'program.js'), server.url, token, pool, logpoint, admin.id];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  expect(JSON.parse(stdout)).toEqual({
    sent: 1,
    name: expect.any(String),
    users: ['admin'],
    open: 0,
    refusal: 'ORDER_REFUSED: Incident not found',
  });
});

test.each(['README.md', 'docs/api.md'])('the example of %s compiles as it stands', async (name) => {
  const page = readFileSync(join(root, name), 'utf8');
  const example = /```ts\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  const imports = name === 'README.md' ? '' : "import { TocsinClient, TocsinError } from 'tocsin/client';\n";
  const bound = name === 'README.md' ? '' : 'declare const tocsin: TocsinClient;\n';
  const given = 'declare const token: string, pool: string, logpoint: string, admin: string, lastEventId: string;\n';
  expect(await compile('page.ts', `${imports}${bound}${given}${example}\nexport const told = TocsinError;`)).toBe('');
});

test('a misspelt operation, a missing part and a wrong field do not compile', async () => {
  const lines = (await compile('mistakes.ts', MISTAKES)).match(/mistakes\.ts\(\d+/g) ?? [];
  expect([...new Set(lines)]).toEqual([5, 6, 7, 8, 9, 10].map((line) => `mistakes.ts(${line}`));
});

import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  Director,
  eventually,
  type Founded,
  initFolder,
  runCommand,
  ServerProcess,
  temporaryFolder,
} from './tocsin-process.ts';

// A real data folder that a server has filled and left, changed by hand in a copy for each test.

const folder = temporaryFolder();
const original = join(folder.dir, 'original');
const exported = join(folder.dir, 'checkpoint.json');
let founded: Founded;
let copies = 0;

beforeAll(async () => {
  founded = await initFolder(original);
  const server = await ServerProcess.start(original);
  const director = new Director(server.url, founded);
  for (let i = 0; i < 6; i += 1) await director.order('UserGroups', { name: `group ${i}` });
  expect(
    await director.order('Incidents/000000000000000000000000/close', { incident_user_id: founded.admin.id }),
  ).toMatchObject({
    success: false,
  });
  await director.ingest('{"user":"ann"}\n{"user":"bo"}');
  const answer = await director.request('GET', '/audit/checkpoints');
  writeFileSync(exported, await answer.text());
  await server.stop();
});
afterAll(() => folder.remove());

function copy(...statements: string[]): string {
  const dir = join(folder.dir, `copy-${++copies}`);
  cpSync(original, dir, { recursive: true });
  const db = new Database(join(dir, 'control.db'));
  for (const statement of statements) db.exec(statement);
  db.close();
  return dir;
}

async function verify(dir: string, ...more: string[]) {
  const { code, stdout, stderr } = await runCommand(['verify', '--data', dir, '--json', ...more]);
  return { code, report: JSON.parse(stdout), stderr };
}

const chain = () => `logpoint_id = '${founded.logpoint_identifier}'`;

test('an untouched folder is sound, with its events and its journal read', async () => {
  const { code, report } = await verify(copy(), '--checkpoint', exported);
  expect(report).toMatchObject({ sound: true, faults: [], events: { read: true } });
  expect(report.events.events).toBeGreaterThan(2);
  expect(code).toBe(0);
});

test.each([
  ['an edit', () => [`update audit_events set actor = 'nobody' where ${chain()} and seq = 3`], 'edited at 3'],
  ['a deletion', () => [`delete from audit_events where ${chain()} and seq = 3`], 'missing at 3'],
  [
    'a reorder',
    () => [
      `update audit_events set seq = 999 where ${chain()} and seq = 3`,
      `update audit_events set seq = 3 where ${chain()} and seq = 4`,
      `update audit_events set seq = 4 where ${chain()} and seq = 999`,
    ],
    'edited at 3',
  ],
])('%s is found, with exit code 1', async (_, statements, found) => {
  const { code, report, stderr } = await verify(copy(...statements()));
  expect(code).toBe(1);
  expect(report.faults[0]).toMatchObject({ part: 'audit', message: expect.stringContaining(found) });
  expect(stderr).toContain('VERIFY_FAILED');
});

test('a tail that was cut with its head fits itself, and is found against a checkpoint', async () => {
  const dir = copy(
    `delete from audit_events where ${chain()} and seq > 4`,
    `update audit_heads set seq = 4, hash = (select hash from audit_events where ${chain()} and seq = 4) where ${chain()}`,
  );
  const own = await verify(dir);
  expect(own.report.faults[0]).toMatchObject({
    part: 'checkpoint',
    message: expect.stringContaining('its tail was cut'),
  });
  for (const name of readdirSync(join(dir, 'checkpoints'))) writeFileSync(join(dir, 'checkpoints', name), '[]');
  const given = await verify(dir, '--checkpoint', exported);
  expect(given.code).toBe(1);
  expect(given.report.faults.some(({ message }: { message: string }) => message.includes('its tail was cut'))).toBe(
    true,
  );
});

test('a checkpoint that was changed is no witness', async () => {
  const text = readFileSync(exported, 'utf8').replace(/"length":(\d+)/, '"length":1');
  const file = join(folder.dir, 'forged.json');
  writeFileSync(file, text);
  const { code, report } = await verify(copy(), '--checkpoint', file);
  expect(code).toBe(1);
  expect(report.faults[0]).toMatchObject({ part: 'checkpoint', message: expect.stringContaining('signature') });
});

test('a byte that changed in the journal is found', async () => {
  const dir = copy();
  const name = readdirSync(join(dir, 'journal')).find((file) => file.endsWith('.seg')) ?? '';
  const path = join(dir, 'journal', name);
  expect(statSync(path).size).toBeGreaterThan(200);
  const bytes = readFileSync(path);
  bytes.writeUInt8(bytes.readUInt8(60) ^ 255, 60);
  writeFileSync(path, bytes);
  const { code, report } = await verify(dir);
  expect(code).toBe(1);
  expect(report.faults[0]).toMatchObject({ part: 'journal' });
});

test('refused orders and requests are in the chain and in the repo _logpoint', async () => {
  const dir = copy();
  const server = await ServerProcess.start(dir);
  try {
    const director = new Director(server.url, founded);
    const rows = (await director.list('Audit?action=order%20refused')) as { on_behalf_of: string; after: object }[];
    expect(rows).toMatchObject([
      { on_behalf_of: founded.admin.id, object_type: 'incident', after: { code: 'INCIDENT_NOT_FOUND' } },
    ]);
    const state = (await director.list('Audit/state')) as { length: number; checkpoint: { length: number } };
    expect(state.length).toBeGreaterThanOrEqual(state.checkpoint.length);
    const stranger = new Director(server.url, founded, 'no-such-token');
    expect((await stranger.request('GET', `/configapi/${director.tenant}/Users`)).status).toBe(401);
    const told = (await director.get('/audit?action=request%20refused')) as { actor: string }[];
    expect(told[0]?.actor).toMatch(/^anonymous /);
    const search = {
      query: 'label=Audit action="order refused"',
      time_range: [0, 4102444800],
      user_id: founded.admin.id,
    };
    const found = await eventually(async () => {
      const events = await director.rows('Search/logs/fetch', search);
      return events.length > 0 ? events : undefined;
    }, 'the audit event in _logpoint');
    expect(found).toMatchObject([{ repo_name: '_logpoint', object: 'incident' }]);
    expect((await verify(dir, '--checkpoint', exported)).report).toMatchObject({
      sound: true,
      events: { read: false },
    });
  } finally {
    await server.stop();
  }
});

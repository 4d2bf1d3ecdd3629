import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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

const folder = temporaryFolder();
const dataDir = join(folder.dir, 'data');
const backup = join(folder.dir, 'backup');
let founded: Founded;

beforeAll(async () => {
  founded = await initFolder(dataDir);
  const server = await ServerProcess.start(dataDir);
  const director = new Director(server.url, founded);
  await director.order('UserGroups', { name: 'kept' });
  await director.ingest('{"user":"ann","kept":"yes"}');
  // What a kill leaves is backed up as well: the journal is replayed after the restore.
  await server.kill();
});
afterAll(() => folder.remove());

test('a backup is restored into an empty folder, is sound there, and serves what was acknowledged', async () => {
  expect(await runCommand(['backup', backup, '--data', dataDir, '--json'])).toMatchObject({ code: 0, stderr: '' });
  const restored = join(folder.dir, 'restored');
  expect(await runCommand(['restore', backup, '--data', restored])).toMatchObject({ code: 0, stderr: '' });
  const verified = await runCommand(['verify', '--data', restored, '--json']);
  expect(JSON.parse(verified.stdout)).toMatchObject({ sound: true, events: { read: true } });
  const server = await ServerProcess.start(restored);
  try {
    const director = new Director(server.url, founded);
    expect(JSON.stringify(await director.list('UserGroups'))).toContain('"kept"');
    const search = { query: 'kept=yes', time_range: [0, 4102444800], user_id: founded.admin.id };
    const rows = await eventually(async () => {
      const found = await director.rows('Search/logs/fetch', search);
      return found.length > 0 ? found : undefined;
    }, 'the acknowledged line');
    expect(rows).toHaveLength(1);
  } finally {
    await server.stop();
  }
});

test('a backup that was changed, or leads out of its folder, is refused and nothing is written', async () => {
  const manifest = join(backup, 'backup.json');
  const text = readFileSync(manifest, 'utf8');
  appendFileSync(join(backup, 'control.db'), 'x');
  const target = join(folder.dir, 'never');
  const changed = await runCommand(['restore', backup, '--data', target]);
  expect([changed.code, changed.stderr]).toEqual([1, expect.stringContaining('control.db is not the file')]);
  writeFileSync(manifest, text.replace('"secret.key"', '"../secret.key"'));
  const leading = await runCommand(['restore', backup, '--data', target]);
  expect([leading.code, leading.stderr]).toEqual([1, expect.stringContaining('BACKUP_INVALID')]);
  expect((await runCommand(['verify', '--data', target])).stderr).toContain('DATA_MISSING');
});

test('neither goes into a folder that holds something', async () => {
  const filled = join(folder.dir, 'filled');
  mkdirSync(filled);
  writeFileSync(join(filled, 'mine.txt'), 'mine');
  for (const args of [
    ['backup', filled, '--data', dataDir],
    ['restore', backup, '--data', dataDir],
  ]) {
    const { code, stderr } = await runCommand(args);
    expect(code).toBe(1);
    expect(stderr).toMatch(/DATA_EXISTS|BACKUP_INVALID/);
  }
  expect(readFileSync(join(filled, 'mine.txt'), 'utf8')).toBe('mine');
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ControlStore, type Migration, query, registryOf } from '../../control/control-store.ts';
import { openInProcessControlStore } from './in-process-control-store.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tocsin-migrations-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const step = (id: number, name: string, ...statements: string[]): Migration => ({ id, name, statements });
const one = step(1, 'one', 'create table a (x bigint)', 'insert into a values (1)');
const two = step(2, 'two', 'alter table a add column y bigint', 'update a set y = 2');

const tables = query('test.tables', async (tx) =>
  (await tx.all<{ name: string }>("select name from sqlite_master where type = 'table' order by name")).map(
    ({ name }) => name,
  ),
);
const history = query('test.history', (tx) =>
  tx.all<{ id: number; name: string }>('select id, name from schema_migrations order by id'),
);
const rows = query('test.rows', (tx) => tx.all('select * from a'));

const open = (migrations: readonly Migration[]): Promise<ControlStore> =>
  openInProcessControlStore({ dir, registry: registryOf([tables, history, rows]), migrations, clock: () => 7 });

test('steps are taken once, in the order of their ids, and data stays', async () => {
  await (await open([one])).close();
  const store = await open([two, one]);
  expect(await store.read(rows, undefined)).toEqual([{ x: 1, y: 2 }]);
  await store.close();
  const again = await open([one, two]);
  expect(await again.read(history, undefined)).toEqual([
    { id: 1, name: 'one' },
    { id: 2, name: 'two' },
  ]);
  await again.close();
});

test('a step that fails is undone whole and the ones before it stay', async () => {
  const broken = step(2, 'broken', 'create table b (x bigint)', 'insert into nowhere values (1)');
  await expect(open([one, broken])).rejects.toThrow('no such table: nowhere');
  const store = await open([one]);
  expect(await store.read(tables, undefined)).toEqual(['a', 'schema_migrations']);
  await store.close();
});

test('a store that a newer program has written is refused and left as it is', async () => {
  await (await open([one, two])).close();
  await expect(open([one])).rejects.toMatchObject({
    kind: 'unavailable',
    code: 'SCHEMA_NEWER',
    message: expect.stringContaining('step 2 (two), this program knows 1'),
  });
  const store = await open([one, two]);
  expect(await store.read(history, undefined)).toHaveLength(2);
  await store.close();
});

test.each([
  ['renamed', [step(1, 'uno'), two]],
  ['put in between', [one, step(2, 'new'), step(3, 'two')]],
])('a history whose steps were %s is refused', async (_, changed) => {
  await (await open([one, two])).close();
  await expect(open(changed)).rejects.toMatchObject({ code: 'SCHEMA_DIFFERS' });
});

test('a step that was added before the newest one is refused, not skipped', async () => {
  await (await open([one, step(3, 'three')])).close();
  await expect(open([one, two, step(3, 'three')])).rejects.toMatchObject({
    code: 'SCHEMA_DIFFERS',
    message: 'the data folder has another schema history: step 2 is missing, two was expected',
  });
});

test('two steps with one id are a bug', async () => {
  await expect(open([one, step(1, 'other')])).rejects.toThrow('share the id 1');
});

test('a file that is no database is refused with a clear message', async () => {
  writeFileSync(join(dir, 'control.db'), 'this is not a database, however long it is'.repeat(100));
  await expect(open([one])).rejects.toMatchObject({ kind: 'unavailable', code: 'CONTROL_STORE_CORRUPT' });
});

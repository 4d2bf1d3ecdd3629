import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openInProcessControlStore } from '../adapters/sqlite/in-process-control-store.ts';
import { type ControlStore, query, registryOf } from '../control/control-store.ts';
import { resolveAttackTags } from './attack-store.ts';
import { builtInCatalogue } from './built-in.ts';
import { entriesOf } from './catalogue.ts';
import { attackMigrations } from './migrations.ts';
import { attackEntries, attackRegistry, ensureAttackCatalogue, importAttackCatalogue } from './registry.ts';

const resolve = query('test.resolve', (tx, references: readonly string[]) => resolveAttackTags(tx, references));
const dir = mkdtempSync(join(tmpdir(), 'tocsin-attack-'));
let store: ControlStore;
beforeAll(async () => {
  store = await openInProcessControlStore({
    dir,
    registry: registryOf([...attackRegistry, resolve]),
    migrations: attackMigrations,
    clock: () => 1_700_000_000_000,
  });
});
afterAll(async () => {
  await store.close();
  rmSync(dir, { recursive: true, force: true });
});

test('the first start loads the built-in table, the second leaves it alone', async () => {
  const builtIn = builtInCatalogue();
  expect(await store.write(ensureAttackCatalogue, builtIn)).toEqual({ loaded: entriesOf(builtIn).length });
  expect(await store.write(ensureAttackCatalogue, builtIn)).toEqual({ loaded: 0 });
  const kept = await store.read(attackEntries, {});
  expect(kept.entries).toEqual(entriesOf(builtIn));
  expect(kept.source?.attackVersion).toBe(builtIn.attackVersion);
});

test('a tag may be named by hash, id or technique; a technique means all its tactics', async () => {
  await store.write(ensureAttackCatalogue, builtInCatalogue());
  const both = entriesOf(builtInCatalogue()).filter((entry) => entry.attackId === 'T1098');
  const hash = both[0]?.hash ?? '';
  expect((await store.read(resolve, [hash])).entries.map((entry) => entry.hash)).toEqual([hash]);
  expect((await store.read(resolve, ['T1098', hash])).entries).toEqual(both);
  expect(await store.read(resolve, ['T9999', 'nonsense'])).toEqual({ entries: [], unknown: ['T9999', 'nonsense'] });
});

test('an import replaces the table and a later start keeps the import', async () => {
  const builtIn = builtInCatalogue();
  await store.write(ensureAttackCatalogue, builtIn);
  const techniques = builtIn.techniques.slice(0, 3);
  const imported = await store.write(importAttackCatalogue, { ...builtIn, attackVersion: '99.0', techniques });
  expect(imported.entries).toBe(entriesOf({ ...builtIn, techniques }).length);
  expect(await store.write(ensureAttackCatalogue, builtIn)).toEqual({ loaded: 0 });
  expect((await store.read(attackEntries, {})).source?.attackVersion).toBe('99.0');
});

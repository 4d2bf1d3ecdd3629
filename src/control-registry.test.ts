import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSqliteControlStore } from './adapters/sqlite/sqlite-control-store.ts';
import { createRegistry, DEFAULT_REGISTRY_SETTINGS, migrations } from './control-registry.ts';
import { poolsList } from './tenancy/registry.ts';

test('the schema of the program is built from nothing, in a store with threads, and opened again', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tocsin-registry-'));
  try {
    for (let i = 0; i < 2; i++) {
      const store = await openSqliteControlStore({ dataDir, clock: Date.now, settings: DEFAULT_REGISTRY_SETTINGS });
      expect(await store.read(poolsList, {})).toEqual([]);
      await store.close();
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
});

test('no two commands or queries share a name, and no two steps of the schema an id', () => {
  const { commands, queries } = createRegistry(DEFAULT_REGISTRY_SETTINGS);
  expect(commands.size + queries.size).toBeGreaterThan(20);
  const ids = migrations.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

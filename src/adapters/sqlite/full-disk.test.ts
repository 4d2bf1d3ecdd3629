import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  addEntries,
  contractMigrations,
  contractRegistry,
  listKeys,
  pageCount,
  setPageLimit,
} from '../../control/contract-registry.ts';
import { type ControlStore, command, registryOf } from '../../control/control-store.ts';
import { openInProcessControlStore } from './in-process-control-store.ts';

// A limit on pages makes SQLite answer as it does on a full disk: SQLITE_FULL, and the whole transaction is gone.

/** Swallows the error of its first write, which must not make its second one count. */
const swallow = command('test.swallow', async (tx, size: number) => {
  const add = (key: string, value: string) =>
    tx.run('insert into entries (key, value, added_at_ms) values (?, ?, 1)', [key, value]);
  try {
    await tx.attempt(() => add('big', 'x'.repeat(size)));
  } catch {
    await add('small', '');
  }
});

let dir: string;
let store: ControlStore;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tocsin-full-'));
  const registry = registryOf([...contractRegistry.commands.values(), ...contractRegistry.queries.values(), swallow]);
  store = await openInProcessControlStore({ dir, registry, migrations: contractMigrations, clock: () => 1 });
});
afterEach(async () => {
  await store.close();
  rmSync(dir, { recursive: true, force: true });
});

const add = (key: string, size = 1) =>
  store.write(addEntries, { entries: [{ key, value: 'x'.repeat(size) }], topic: 'added' });
const full = { kind: 'unavailable', code: 'CONTROL_STORE_FULL', retryAfterSeconds: 5 };

test('a full disk refuses what does not fit, keeps what does, and serves again when there is space', async () => {
  const signals: unknown[] = [];
  store.onSignal('added', (keys) => signals.push(keys));
  await add('first');
  await store.write(setPageLimit, await store.read(pageCount, undefined));
  const outcomes = await Promise.allSettled([add('fits'), add('big', 50_000), add('fits-too'), add('big-too', 50_000)]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected']);
  expect(outcomes[1]).toMatchObject({ reason: full });
  expect(await store.read(listKeys, undefined)).toEqual(['first', 'fits', 'fits-too']);
  expect(signals).toEqual([['first'], ['fits'], ['fits-too']]);
  await store.write(setPageLimit, 1_000_000);
  await add('big', 50_000);
  expect(await store.read(listKeys, undefined)).toContain('big');
});

test('a command that swallows a full disk is refused all the same', async () => {
  await store.write(setPageLimit, await store.read(pageCount, undefined));
  await expect(store.write(swallow, 50_000)).rejects.toMatchObject(full);
  expect(await store.read(listKeys, undefined)).toEqual([]);
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { addEntries, contractMigrations, contractRegistry, listKeys } from '../../control/contract-registry.ts';
import { command, type Migration } from '../../control/control-store.ts';
import { controlStoreContract } from '../../control/control-store-contract.ts';
import { openInProcessControlStore } from './in-process-control-store.ts';

const root = mkdtempSync(join(tmpdir(), 'tocsin-sqlite-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let stores = 0;
const newDir = (): string => join(root, `store-${++stores}`);

const openAt = (dir: string, migrations: readonly Migration[] = contractMigrations) =>
  openInProcessControlStore({ dir, registry: contractRegistry, migrations, clock: () => 1_700_000_000_000 });

controlStoreContract('sqlite in process', () => openAt(newDir()));

test('a store that is opened again still has its entries', async () => {
  const dir = newDir();
  const first = await openAt(dir);
  await first.write(addEntries, { entries: [{ key: 'a', value: '' }] });
  await first.close();
  const second = await openAt(dir);
  expect(await second.read(listKeys, undefined)).toEqual(['a']);
  await second.close();
});

test('a command that is not in the registry is a bug and says so', async () => {
  const store = await openAt(newDir());
  const stray = command('contract.stray', async () => 1);
  await expect(store.write(stray, undefined)).rejects.toThrow('the command contract.stray is not in the registry');
  await store.close();
});

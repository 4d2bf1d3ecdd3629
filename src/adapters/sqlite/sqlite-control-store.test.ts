import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, test } from 'vitest';
import { addEntries, crash, listInOrder, listKeys, listKeysSlowly } from '../../control/contract-registry.ts';
import { type ControlStore, command, query } from '../../control/control-store.ts';
import { controlStoreContract } from '../../control/control-store-contract.ts';
import { compiledUrl } from '../../shared/compiled.ts';
import { openSqliteControlStore } from './sqlite-control-store.ts';

const root = mkdtempSync(join(tmpdir(), 'tocsin-store-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let stores = 0;
const newDir = (): string => join(root, `store-${++stores}`);
const registryUrl = compiledUrl('../../control/contract-registry.ts', import.meta.url);

const openAt = (dataDir: string, onThreadLost?: (thread: string, error: Error) => void): Promise<ControlStore> =>
  openSqliteControlStore({ dataDir, clock: () => 1_700_000_000_000, settings: {}, registryUrl, onThreadLost });

const add = (store: ControlStore, key: string) => store.write(addEntries, { entries: [{ key, value: '' }] });

controlStoreContract('sqlite with threads', () => openAt(newDir()));

test('when the writer dies its calls are refused, later ones wait for the next writer, and the order stays', async () => {
  const lost: string[] = [];
  const store = await openAt(newDir(), (thread) => lost.push(thread));
  await add(store, 'before');
  const dying = store.write(crash, undefined);
  const together = add(store, 'with-it');
  await expect(dying).rejects.toMatchObject({ kind: 'unavailable', code: 'CONTROL_STORE_THREAD_LOST' });
  await expect(together).rejects.toMatchObject({ code: 'CONTROL_STORE_THREAD_LOST' });
  await Promise.all(['x', 'y', 'z'].map((key) => add(store, key)));
  expect(await store.read(listInOrder, undefined)).toEqual(['before', 'x', 'y', 'z']);
  expect(lost).toEqual(['writer']);
  await store.close();
});

test('a writer that dies again and again comes back each time', async () => {
  const store = await openAt(newDir());
  for (let i = 0; i < 4; i++) {
    await expect(store.write(crash, undefined)).rejects.toMatchObject({ code: 'CONTROL_STORE_THREAD_LOST' });
    await add(store, `k${i}`);
  }
  expect(await store.read(listKeysSlowly, undefined)).toEqual(['k0', 'k1', 'k2', 'k3']);
  await store.close();
});

test('what cannot cross to a thread is refused alone', async () => {
  const store = await openAt(newDir());
  const stray = command('contract.stray', async () => 1);
  const straySlow = query('contract.straySlow', async () => 1, { slow: true });
  const uncopied = store.write(addEntries, { entries: [], topic: (() => 'a') as never });
  const outcomes = await Promise.allSettled([uncopied, add(store, 'a'), store.write(stray, undefined)]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected']);
  await expect(store.read(straySlow, undefined)).rejects.toThrow('is not in the registry');
  await store.close();
});

test('every write that was acknowledged before SIGKILL is there afterwards', async () => {
  const dir = newDir();
  const script = join(root, 'killed.mjs');
  const url = (file: string) => JSON.stringify(compiledUrl(file, import.meta.url).href);
  writeFileSync(
    script,
    `import { openSqliteControlStore } from ${url('./sqlite-control-store.ts')};
     import { addEntries } from ${url('../../control/contract-registry.ts')};
     const store = await openSqliteControlStore({
       dataDir: process.argv[2], clock: Date.now, settings: {}, registryUrl: new URL(${JSON.stringify(registryUrl.href)}),
     });
     for (let lane = 0; lane < 16; lane++) void (async () => {
       for (let i = 0; ; i++) {
         const key = lane + '-' + i;
         await store.write(addEntries, { entries: [{ key, value: 'x'.repeat(200) }] });
         process.stdout.write(key + '\\n');
       }
     })();`,
  );
  const child = spawn(process.execPath, [script, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const acknowledged: string[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    acknowledged.push(line);
    if (acknowledged.length === 300) child.kill('SIGKILL');
  });
  await once(lines, 'close');
  expect(acknowledged.length).toBeGreaterThanOrEqual(300);
  const store = await openAt(dir);
  const kept = new Set(await store.read(listKeys, undefined));
  expect(acknowledged.filter((key) => !kept.has(key))).toEqual([]);
  await store.close();
});

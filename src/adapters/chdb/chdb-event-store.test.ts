import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventStoreContract } from '../../events/event-store-contract.ts';
import { type ChdbEventStore, openChdbEventStore } from './chdb-event-store.ts';

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('the condition did not come about within 20 s');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function crash(store: ChdbEventStore): Promise<void> {
  const before = store.pid();
  if (before === undefined) throw new Error('eventd is not running');
  process.kill(before, 'SIGKILL');
  await until(() => store.isReady() && store.pid() !== before);
}

eventStoreContract('chDB', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tocsin-events-'));
  const store = await openChdbEventStore({ dataDir });
  return {
    store,
    crash: () => crash(store),
    close: async () => {
      await store.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
});

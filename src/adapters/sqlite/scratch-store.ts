import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ControlStore } from '../../control/control-store.ts';
import { type InProcessOptions, openInProcessControlStore } from './in-process-control-store.ts';

/** A store on the calling thread whose files go when it is closed. */
export async function openScratch(options: Omit<InProcessOptions, 'dir' | 'isScratch'>): Promise<ControlStore> {
  const dir = await mkdtemp(join(tmpdir(), 'tocsin-scratch-'));
  const remove = (): Promise<void> => rm(dir, { recursive: true, force: true });
  try {
    const store = await openInProcessControlStore({ ...options, dir, isScratch: true });
    return {
      write: (command, input) => store.write(command, input),
      read: (query, input) => store.read(query, input),
      onSignal: (topic, listener) => store.onSignal(topic, listener),
      close: async () => {
        await store.close();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

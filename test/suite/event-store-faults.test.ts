import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openChdbEventStore } from '../../src/adapters/chdb/chdb-event-store.ts';
import type { LogEvent } from '../../src/events/event.ts';
import { DAY, everything, NOON_MS, sampleEvent } from '../../src/events/event-store-samples.ts';
import { AppError } from '../../src/shared/errors.ts';
import { newHex32 } from '../../src/shared/ids.ts';

// Invariant: whatever is killed whenever, each batch that was sent until it was acknowledged is there once, whole.

const KILLS = 40;
const BATCH_EVENTS = 200;
const SENDERS = 3;

const batchOf = (batch: number): LogEvent[] =>
  Array.from({ length: BATCH_EVENTS }, (_, i) =>
    sampleEvent(
      batch * BATCH_EVENTS + i,
      { msg: `batch ${batch} event ${i}`, user: `u${i % 50}`, thread: 'x'.repeat(i) },
      // Several partitions, so that a kill falls between the parts of one batch.
      { repo: `repo${i % 2}`, eventAtMs: NOON_MS - (i % 5) * DAY, receivedAtMs: NOON_MS },
    ),
  );

test(`${KILLS} kills in the middle of appends lose nothing that was acknowledged and double nothing`, async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tocsin-faults-'));
  let restarts = 0;
  const store = await openChdbEventStore({ dataDir, restartDelayMsMax: 100, onRestart: () => restarts++ });
  try {
    const logpoint = newHex32();
    let next = 0;
    let refused = 0;
    let isOver = false;
    const send = async (): Promise<void> => {
      while (!isOver) {
        const batch = next++;
        for (let isSent = false; !isSent; ) {
          try {
            await store.append(logpoint, batchOf(batch), `batch-${batch}`);
            isSent = true;
          } catch (error) {
            if (!(error instanceof AppError) || error.code !== 'EVENT_STORE_UNAVAILABLE') throw error;
            refused++;
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
        }
      }
    };
    const senders = Promise.all(Array.from({ length: SENDERS }, send));
    for (let kill = 0; kill < KILLS; kill++) {
      const until = Date.now() + 20 + ((kill * 37) % 200);
      while (Date.now() < until || !store.isReady()) await new Promise((resolve) => setTimeout(resolve, 5));
      const pid = store.pid();
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
      while (store.isReady()) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    isOver = true;
    await senders;
    const { rows } = await store.search(logpoint, everything, { timeoutMs: 60_000, rowsMax: 10_000_000 });
    const seqs = rows.map((row) => Number(row['seq']));
    expect(seqs).toEqual(Array.from({ length: next * BATCH_EVENTS }, (_, i) => i));
    expect(restarts).toBeGreaterThanOrEqual(KILLS);
    expect(refused).toBeGreaterThan(0);
  } finally {
    await store.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
});

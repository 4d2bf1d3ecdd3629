import { parentPort, workerData } from 'node:worker_threads';
import type { EventStore } from '../events/event-store.ts';
import { present } from '../shared/assert.ts';
import { errorToData } from '../shared/errors.ts';
import type { EventStoreAddress } from './ingest-handle.ts';
import { IngestService } from './ingest-service.ts';
import { Peer } from './peer.ts';
import type { MainFunctions, ThreadData, ThreadFunctions } from './thread-protocol.ts';

/** The body of the ingest worker; its entry file brings the event store's adapter. Ends the thread on a failure. */
export async function runIngestThread(connect: (address: EventStoreAddress) => EventStore): Promise<void> {
  const port = present(parentPort, 'the port to the main thread');
  const { eventStore, ...data } = workerData as ThreadData;
  const store = connect(eventStore);
  let service: IngestService | null = null;
  const running = (): IngestService => present(service, 'the running service');
  const functions: ThreadFunctions = {
    accept: ({ body, ...request }) =>
      running().accept({ ...request, body: Buffer.from(body.buffer, body.byteOffset, body.byteLength) }),
    acceptInternal: (events) => running().acceptInternal(events),
    setRules: async (rules) => running().setRules(rules),
    status: async () => running().status(),
    ruleCosts: async () => running().ruleCosts(),
    hold: (msMax) => running().hold(msMax),
    goOn: async () => running().goOn(),
    drain: () => running().drain(),
    close: async () => {
      await running().close();
      await store.close();
    },
  };
  const main = new Peer<ThreadFunctions, MainFunctions>(port, functions);
  try {
    service = await IngestService.start({
      ...data,
      store,
      sendMatches: (batch) => main.call('applyMatches', batch),
      ensureDeadLetterRepo: (logpointId) => main.call('ensureDeadLetterRepo', logpointId),
      onNotice: (notice) => void main.call('notice', notice).catch(() => undefined),
      onFailure: (error) => {
        // The journal has everything: a new worker goes on from its cursors.
        setImmediate(() => {
          throw error;
        });
      },
    });
  } catch (error) {
    await main.call('startFailed', errorToData(error));
    throw error;
  }
  await main.call('ready', service.status());
}

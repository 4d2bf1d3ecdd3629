import { connectEventStore, type EventStoreEndpoint } from './adapters/chdb/chdb-event-store.ts';
import { runIngestThread } from './ingest/run-ingest-thread.ts';

// Entry of the ingest worker: joins the pipeline with the event store's adapter. The address is what the main thread
// took from that same adapter.

await runIngestThread((address) => connectEventStore(address as EventStoreEndpoint));

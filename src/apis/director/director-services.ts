import type { ControlStore } from '../../control/control-store.ts';
import type { IngestHandle } from '../../ingest/ingest-handle.ts';
import type { OrderService } from '../../orders/order-service.ts';

/** What the routes call. */
export type DirectorServices = {
  readonly version: string;
  readonly control: ControlStore;
  readonly orders: Pick<OrderService, 'accept' | 'poll' | 'list'>;
  readonly ingest: Pick<IngestHandle, 'accept'>;
  readonly ingestBodyBytesMax: number;
  /** Fires when the server stops: held polls are answered then. */
  readonly stopping: AbortSignal;
};

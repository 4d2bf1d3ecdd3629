import type { Checkpointer } from '../../audit/checkpointer.ts';
import type { RefusalLog } from '../../audit/refusal-log.ts';
import type { ControlStore } from '../../control/control-store.ts';
import type { EventStore } from '../../events/event-store.ts';
import type { IngestHandle } from '../../ingest/ingest-handle.ts';
import type { OrderService } from '../../orders/order-service.ts';
import type { Parts } from '../http/part-status.ts';
import type { BackupService } from './backup-routes.ts';
import type { FeedLimits } from './change-streams.ts';

/** What the routes call. */
export type DirectorServices = {
  readonly version: string;
  readonly control: ControlStore;
  readonly orders: Pick<OrderService, 'accept' | 'poll' | 'list'>;
  /** Told with every answer of an order. */
  readonly orderLimits?:
    | { readonly retentionHours: number; readonly bytesMax: number; readonly rowsMax: number }
    | undefined;
  readonly ingest: Pick<IngestHandle, 'accept'>;
  /** How full the logpoints are; none where the server has no events. */
  readonly events?: Pick<EventStore, 'repoSizes'> | undefined;
  /** What the rules on the stream cost; none where no pipeline runs. */
  readonly ruleCosts?: IngestHandle['ruleCosts'] | undefined;
  readonly ingestBodyBytesMax: number;
  /** What a diagnosis tells of. */
  readonly parts: Parts;
  /** Host of search links. */
  readonly linkHost?: (() => string) | undefined;
  /** Limits on open change feeds. */
  readonly feedLimits?: FeedLimits | undefined;
  /** Fires when the server stops: held polls are answered then. */
  readonly stopping: AbortSignal;
  /** Signed words about the audit chains; left out, there are none. */
  readonly checkpoints?: Pick<Checkpointer, 'of' | 'write' | 'publicKey'> | undefined;
  /** Copies while the server serves; none without a data folder. */
  readonly backup?: BackupService | undefined;
  /** Told of attempts that are refused; left out, they are not written down. */
  readonly refusals?: Pick<RefusalLog, 'tell'> | undefined;
};

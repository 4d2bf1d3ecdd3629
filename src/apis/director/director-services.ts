import type { Actor } from '../../accounts/actor.ts';
import type { ControlStore } from '../../control/control-store.ts';
import type { IngestHandle } from '../../ingest/ingest-handle.ts';
import type { JsonObject } from '../../shared/json.ts';
import type { Logpoint } from '../../tenancy/logpoint.ts';

/** What the routes call. */
export type DirectorServices = {
  readonly version: string;
  readonly control: ControlStore;
  readonly orders: OrderDoor;
  readonly ingest: Pick<IngestHandle, 'accept'>;
  readonly ingestBodyBytesMax: number;
  /** Fires when the server stops: held polls are answered then. */
  readonly stopping: AbortSignal;
};

export type PlacedOrder = {
  readonly action: string;
  readonly actor: Actor;
  readonly logpoint: Logpoint;
  readonly request: JsonObject;
  readonly input: unknown;
  readonly idempotencyKey?: string | undefined;
  readonly requestId?: string | undefined;
};

export interface OrderDoor {
  accept(order: PlacedOrder): Promise<{ readonly path: string }>;
  poll(logpoint: Logpoint, orderId: string, suffix?: string, waitMs?: number): Promise<string | null>;
}

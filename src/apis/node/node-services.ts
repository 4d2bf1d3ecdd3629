import type { User } from '../../accounts/user.ts';
import type { ControlStore } from '../../control/control-store.ts';
import type { EventStore } from '../../events/event-store.ts';
import type { RowContext } from '../../incidents/incident-row.ts';
import type { OrderService } from '../../orders/order-service.ts';
import type { QueryProviders } from '../../query/query-providers.ts';
import type { Clock } from '../../shared/clock.ts';
import type { JsonObject } from '../../shared/json.ts';
import type { Logpoint } from '../../tenancy/logpoint.ts';
import type { NodeRequest } from './node-body.ts';
import type { NodeDoors } from './node-doors.ts';
import type { SearchSessions } from './search-sessions.ts';

/** Limits and names of the node's own APIs; the settings are those of the Director's orders. */
export type NodeSettings = {
  /** Setting `fetch.rowsMax`. */
  readonly rowsMax: number;
  /** Setting `incidents.dataBytesMax`. */
  readonly dataBytesMax: number;
  /** Setting `search.timeoutMs`. */
  readonly searchTimeoutMs: number;
  /** What searches may ask outside of the events; nothing when left out. */
  readonly providers?: QueryProviders | undefined;
  readonly bodyBytesMax: number;
  readonly jsonDepthMax: number;
  /** Host of `search_link`; known only once the server listens. */
  readonly linkHost: () => string;
  /** 32 bytes of `loadSecretKey`: opens sealed access keys. */
  readonly secretKey: Uint8Array;
  /** Settings `node.hosts` and `node.ports`. */
  readonly doors: NodeDoors;
};

/** What the routes call. */
export type NodeServices = {
  readonly control: ControlStore;
  readonly events: EventStore;
  readonly orders: Pick<OrderService, 'accept' | 'poll'>;
  readonly searches: SearchSessions;
  readonly clock: Clock;
  readonly settings: NodeSettings;
  /** Fires when the server stops. */
  readonly stopping: AbortSignal;
};

/** Who calls: a user, who acts for himself, and the logpoint that the path and the user agree on. */
export type NodeCaller = { readonly user: User; readonly logpoint: Logpoint };

export type NodeCall = {
  readonly services: NodeServices;
  readonly caller: NodeCaller;
  readonly request: NodeRequest;
  /** Parameters of the query string, each value a text or several. */
  readonly query: Readonly<Record<string, unknown>>;
  readonly requestId: string;
};

/** An answer that is JSON text already. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type NodeAnswer = JsonObject | JsonText;

export const rowContextOf = ({ services, caller }: NodeCall): RowContext => ({
  logpointName: caller.logpoint.name,
  logpointIp: caller.logpoint.ip,
  linkHost: services.settings.linkHost(),
});

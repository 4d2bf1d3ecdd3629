import { randomBytes } from 'node:crypto';
import { Agent, type AgentOptions } from 'node:http';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import type { EventStore } from '../../events/event-store.ts';
import type { LogpointId } from '../../shared/ids.ts';
import { ClickHouseEventStore } from '../clickhouse/clickhouse-event-store.ts';
import type { PromotionOptions } from '../clickhouse/field-promotion.ts';
import { type EventdOptions, EventdSupervisor } from './eventd-supervisor.ts';
import { freezeEvents } from './freeze-events.ts';

/** Where a running event store answers: plain data, which a worker thread takes to make a store of its own. */
export type EventStoreEndpoint = {
  readonly address:
    | { readonly kind: 'socket'; readonly path: string }
    | { readonly kind: 'loopback'; readonly port: number };
  readonly secret: string;
  readonly searchMemoryBytesMax: number;
};

export type ChdbOptions = EventdOptions & {
  /** The server's data folder; the events live in `events` below it. */
  readonly dataDir: string;
  /** What the whole process may use; default a quarter of the machine, between 768 MiB and 4 GiB. */
  readonly memoryBytesMax?: number | undefined;
  readonly promotion?: Partial<PromotionOptions> | undefined;
};

export type ChdbEventStore = EventStore & {
  readonly endpoint: EventStoreEndpoint;
  /** Process id of eventd while it runs. */
  pid(): number | undefined;
  promotedFields(logpoint: LogpointId): readonly string[];
  /** Leaves a folder of the engine with every event that is stored now. Nobody may append meanwhile. */
  freeze(into: string): Promise<void>;
};

/** The longest path of a Unix socket that every platform takes. Source: sun_path, 104 bytes on macOS with its end. */
const SOCKET_PATH_BYTES_MAX = 103;
const MIB = 1024 * 1024;

const defaultMemory = (): number => Math.min(4096 * MIB, Math.max(768 * MIB, Math.floor(totalmem() / 4)));

/**
 * Starts eventd on `dataDir/events` and answers once it is ready.
 *
 * @throws AppError `EVENT_STORE_UNAVAILABLE` when it does not start, e.g. because another process has the folder open
 */
export async function openChdbEventStore(options: ChdbOptions): Promise<ChdbEventStore> {
  const dir = join(options.dataDir, 'events');
  const path = join(dir, 'eventd.sock');
  const socketPath = Buffer.byteLength(path) <= SOCKET_PATH_BYTES_MAX ? path : null;
  const secret = randomBytes(32).toString('hex');
  const memoryBytesMax = options.memoryBytesMax ?? defaultMemory();
  const eventd = new EventdSupervisor({ dir, socketPath, port: 0, secret, memoryBytesMax }, options);
  await eventd.start();
  const endpoint: EventStoreEndpoint = {
    address: socketPath === null ? { kind: 'loopback', port: eventd.port } : { kind: 'socket', path: socketPath },
    secret,
    searchMemoryBytesMax: Math.floor(memoryBytesMax / 2),
  };
  const store = storeAt(endpoint, () => eventd.isReady(), options.promotion);
  return Object.assign(store, {
    endpoint,
    pid: () => eventd.pid,
    freeze: (into: string) =>
      freezeEvents({ tables: () => store.tables(), run: (sql) => store.run(sql) }, join(dir, 'chdb'), into),
    close: async () => {
      await ClickHouseEventStore.prototype.close.call(store);
      await eventd.close();
    },
  });
}

/** A store over an eventd that another thread started and looks after; closing it leaves that process alone. */
export function connectEventStore(endpoint: EventStoreEndpoint): EventStore {
  return storeAt(endpoint, () => true);
}

function storeAt(
  endpoint: EventStoreEndpoint,
  isReady: () => boolean,
  promotion?: Partial<PromotionOptions>,
): ClickHouseEventStore {
  const { address, secret: password, searchMemoryBytesMax } = endpoint;
  const target = { password, isReady, searchMemoryBytesMax, promotion };
  if (address.kind === 'loopback') {
    return new ClickHouseEventStore({ ...target, url: `http://127.0.0.1:${address.port}` });
  }
  // The agent hands its options to every connection; the type lists only those that are its own.
  const options: AgentOptions & { socketPath: string } = { keepAlive: true, socketPath: address.path };
  return new ClickHouseEventStore({ ...target, url: 'http://eventd', agent: new Agent(options) });
}

import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createServer, isIPv6, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { AppError } from '../shared/errors.ts';
import type { Counters } from './counters.ts';
import type { IngestNotice, SyslogConfig } from './ingest-handle.ts';
import { SYSLOG_CONNECTIONS_MAX, SYSLOG_LINGER_MS, TCP_RETRY_MS, UDP_WAITING_BYTES_MAX } from './limits.ts';
import type { IngestTarget, Records } from './record.ts';
import { SyslogFramer } from './syslog-framer.ts';

type ListenerOptions = {
  /** Resolves when the records are durable. @throws AppError `overloaded`, `unavailable` */
  readonly journal: (
    target: IngestTarget,
    remoteIp: string,
    records: Records,
    protocol: 'udp' | 'tcp',
  ) => Promise<void>;
  readonly counters: Counters;
  readonly onNotice: (notice: IngestNotice) => void;
};

type Waiting = { readonly datagrams: Buffer[]; bytes: number };

const UDP_BUFFER_BYTES = 4 * 1024 * 1024;

/**
 * Syslog over UDP and TCP for one logpoint. TCP senders are held back when the journal is full: their bytes stay in the
 * kernel and at the sender. UDP cannot be held back: what finds no room is dropped and counted.
 */
export class SyslogListeners {
  readonly #config: SyslogConfig;
  readonly #options: ListenerOptions;
  #udp: UdpSocket | null = null;
  #tcp: Server | null = null;
  readonly #connections = new Map<Socket, Promise<void>>();
  #waiting = new Map<string, Waiting>();
  #waitingBytes = 0;
  #timer: NodeJS.Timeout | null = null;
  readonly #sending = new Set<Promise<void>>();
  #isClosed = false;

  private constructor(config: SyslogConfig, options: ListenerOptions) {
    this.#config = config;
    this.#options = options;
  }

  /** @throws AppError `SYSLOG_PORT` when a port is taken or not allowed */
  static async open(config: SyslogConfig, options: ListenerOptions): Promise<SyslogListeners> {
    const listeners = new SyslogListeners(config, options);
    try {
      if (config.udpPort !== null) await listeners.#openUdp(config.udpPort);
      if (config.tcpPort !== null) await listeners.#openTcp(config.tcpPort);
    } catch (cause) {
      await listeners.close();
      throw portError(config, cause);
    }
    return listeners;
  }

  get udpPort(): number | null {
    return this.#udp?.address().port ?? null;
  }
  get tcpPort(): number | null {
    const address = this.#tcp?.address();
    return typeof address === 'object' && address !== null ? address.port : null;
  }
  get tcpConnections(): number {
    return this.#connections.size;
  }

  /** No new lines; resolves when those that came are journalled or given up. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const udp = this.#udp;
    this.#udp = null;
    if (udp !== null) await new Promise<void>((resolve) => udp.close(() => resolve()));
    this.#flush();
    this.#tcp?.close();
    this.#tcp = null;
    for (const socket of this.#connections.keys()) socket.destroy();
    await Promise.allSettled([...this.#sending, ...this.#connections.values()]);
  }

  async #openUdp(port: number): Promise<void> {
    const { host } = this.#config;
    const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4' });
    this.#udp = socket;
    socket.on('message', (message, { address }) => this.#onDatagram(message, address));
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(port, host, () => {
        socket.off('error', reject);
        socket.on('error', (error) => this.#notice('SYSLOG_UDP_ERROR', error.message));
        resolve();
      });
    });
    try {
      socket.setRecvBufferSize(UDP_BUFFER_BYTES);
    } catch {
      // The system allows less: its own size stays.
    }
  }

  #onDatagram(message: Buffer, address: string): void {
    if (message.length === 0) return;
    if (this.#waitingBytes + message.length > UDP_WAITING_BYTES_MAX) {
      this.#options.counters.udpDrops += 1;
      return;
    }
    const waiting = this.#waiting.get(address) ?? { datagrams: [], bytes: 0 };
    this.#waiting.set(address, waiting);
    waiting.datagrams.push(message);
    waiting.bytes += message.length;
    this.#waitingBytes += message.length;
    this.#timer ??= setTimeout(() => this.#flush(), SYSLOG_LINGER_MS);
  }

  #flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const waiting = this.#waiting;
    this.#waiting = new Map();
    for (const [address, { datagrams, bytes }] of waiting) {
      for (const records of datagramRecords(datagrams)) this.#send(address, records);
      // Freed when sent: the journal counts from here on, and `#send` gives the room back.
      this.#waitingBytes -= bytes;
    }
  }

  #send(address: string, records: Records): void {
    const bytes = records.bytes.length;
    this.#waitingBytes += bytes;
    const sent = this.#options
      .journal(this.#config.target, address, records, 'udp')
      .catch((error: unknown) => {
        this.#options.counters.udpDrops += records.spans.length >> 1;
        if (!(error instanceof AppError)) this.#notice('SYSLOG_UDP_ERROR', String(error));
      })
      .finally(() => {
        this.#waitingBytes -= bytes;
        this.#sending.delete(sent);
      });
    this.#sending.add(sent);
  }

  async #openTcp(port: number): Promise<void> {
    const server = createServer((socket) => {
      const served = this.#serve(socket)
        .catch((error: unknown) => this.#notice('SYSLOG_TCP_ERROR', String(error)))
        .finally(() => this.#connections.delete(socket));
      this.#connections.set(socket, served);
    });
    this.#tcp = server;
    server.maxConnections = SYSLOG_CONNECTIONS_MAX;
    server.on('drop', () => this.#notice('SYSLOG_TCP_FULL', `more than ${SYSLOG_CONNECTIONS_MAX} connections`));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, this.#config.host, () => {
        server.off('error', reject);
        server.on('error', (error) => this.#notice('SYSLOG_TCP_ERROR', error.message));
        resolve();
      });
    });
  }

  /** Reads one chunk after the other; the next is read when the lines of the last are durable. */
  async #serve(socket: Socket): Promise<void> {
    const remoteIp = (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
    const framer = new SyslogFramer();
    try {
      for await (const chunk of socket) {
        const records = framer.push(chunk as Buffer);
        if (records !== null) await this.#journalTcp(remoteIp, records);
      }
    } catch (error) {
      if (!this.#isClosed && !(error instanceof Error && 'code' in error)) {
        this.#notice('SYSLOG_TCP_ERROR', error instanceof Error ? error.message : String(error));
      }
    }
    const rest = framer.end();
    if (rest !== null) await this.#journalTcp(remoteIp, rest);
  }

  async #journalTcp(remoteIp: string, records: Records): Promise<void> {
    for (;;) {
      try {
        await this.#options.journal(this.#config.target, remoteIp, records, 'tcp');
        return;
      } catch (error) {
        const isTemporary = error instanceof AppError && (error.kind === 'overloaded' || error.kind === 'unavailable');
        if (!isTemporary || this.#isClosed) throw error;
      }
      await pause(TCP_RETRY_MS);
    }
  }

  #notice(code: string, message: string): void {
    this.#options.onNotice({ level: 'warn', code, message });
  }
}

function portError({ host, udpPort, tcpPort }: SyslogConfig, cause: unknown): AppError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const text = `cannot listen for syslog on ${host}, ports ${udpPort ?? '-'} (UDP) and ${tcpPort ?? '-'} (TCP): ${reason}`;
  return new AppError('unavailable', 'SYSLOG_PORT', text, { cause });
}

/** A frame of the journal a portion of this many bytes at most. */
const PORTION_BYTES_MAX = 512 * 1024;

/** Datagrams as records; line ends and NULs at their end are no part of the message. */
function* datagramRecords(datagrams: readonly Buffer[]): Generator<Records> {
  let parts: Buffer[] = [];
  let spans: number[] = [];
  let at = 0;
  for (const datagram of datagrams) {
    let end = datagram.length;
    while (end > 0 && [0, 10, 13].includes(datagram[end - 1] ?? 1)) end -= 1;
    if (end === 0) continue;
    parts.push(datagram);
    spans.push(at, at + end);
    at += datagram.length;
    if (at < PORTION_BYTES_MAX) continue;
    yield { bytes: Buffer.concat(parts), spans: Uint32Array.from(spans) };
    [parts, spans, at] = [[], [], 0];
  }
  if (spans.length > 0) yield { bytes: Buffer.concat(parts), spans: Uint32Array.from(spans) };
}

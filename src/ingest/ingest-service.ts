import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { EventStore } from '../events/event-store.ts';
import type { MatchBatch } from '../rules/match.ts';
import type { StreamRule } from '../rules/stream-rule.ts';
import { AppError } from '../shared/errors.ts';
import type { LogpointId } from '../shared/ids.ts';
import { Batcher, type BatcherOptions } from './batcher.ts';
import { add, Counters } from './counters.ts';
import { Cursor } from './cursor.ts';
import { decodeEntry } from './decode-entry.ts';
import { Delivery } from './delivery.ts';
import { checkTimeZone } from './event-time.ts';
import type {
  AcceptAnswer,
  AcceptRequest,
  CostlyRule,
  IngestNotice,
  IngestStatus,
  InternalEvent,
  Rejection,
  RuleLoadReport,
  SyslogConfig,
} from './ingest-handle.ts';
import { Journal } from './journal.ts';
import type { JournalFiles } from './journal-files.ts';
import { REJECTIONS_LISTED_MAX, RULES_LINGER_MS } from './limits.ts';
import type { IngestTarget, RecordContext, Records } from './record.ts';
import { RuleSet } from './rule-set.ts';
import { isJsonArray, splitJsonArray, splitLines, toFrames } from './split-records.ts';
import { SyslogListeners } from './syslog-listeners.ts';
import { unpackBody } from './unpack-body.ts';

export type IngestServiceOptions = {
  readonly dataDir: string;
  readonly store: EventStore;
  readonly rules: readonly StreamRule[];
  readonly syslog: SyslogConfig | null;
  readonly timeZone?: string | undefined;
  readonly journalBytesMax?: number | undefined;
  readonly segmentBytes?: number | undefined;
  readonly batchLingerMs?: number | undefined;
  readonly sendMatches: (batch: MatchBatch) => Promise<void>;
  readonly ensureDeadLetterRepo: (logpointId: LogpointId) => Promise<void>;
  readonly onNotice: (notice: IngestNotice) => void;
  /** The worker cannot go on: it ends and is started again. */
  readonly onFailure: (error: unknown) => void;
  readonly clock?: () => number;
  readonly files?: JournalFiles;
};

type Cursors = { readonly store: Cursor; readonly rules: Cursor };
type Deliver = BatcherOptions['deliver'];

/** Rules whose cost the status tells. */
const COSTLIEST_RULES_TOLD = 10;
/** Frames of one request that are on their way to the disk at a time. */
const FRAMES_AHEAD_MAX = 8;

/**
 * The pipeline of one node: journal, decoders, matcher, batcher and listeners. Lives in the ingest worker; has no
 * thread of its own, so that a test or the command line can run it in process.
 */
export class IngestService {
  readonly #options: IngestServiceOptions;
  readonly #journal: Journal;
  readonly #cursors: Cursors;
  /** Two readers of one journal: what the one waits for does not hold up the other. */
  readonly #toStore: Batcher;
  readonly #toRules: Batcher;
  readonly #counters: Counters;
  readonly #timeZone: string;
  readonly #clock: () => number;
  #rules: RuleSet;
  /** One replacement of the rules after the other: the last one wins. */
  #swapping: Promise<void> = Promise.resolve();
  #listeners: SyslogListeners | null = null;
  #isHeld = false;
  #holdTimer: NodeJS.Timeout | undefined;

  private constructor(options: IngestServiceOptions, journal: Journal, cursors: Cursors) {
    this.#options = options;
    this.#journal = journal;
    this.#cursors = cursors;
    this.#counters = new Counters();
    this.#timeZone = options.timeZone ?? 'UTC';
    this.#clock = options.clock ?? Date.now;
    this.#rules = RuleSet.compile(options.rules);
    const { store, sendMatches, ensureDeadLetterRepo, onNotice } = options;
    const rules = () => this.#rules;
    const counters = this.#counters;
    const delivery = new Delivery({ store, rules, sendMatches, ensureDeadLetterRepo, counters, onNotice });
    const shared = {
      journal,
      onDone: () => journal.release(Math.min(this.#toStore.doneSeq, this.#toRules.doneSeq)),
      lingerMs: options.batchLingerMs,
    };
    const toStore: Deliver = (batch, signal) => delivery.toStore(batch, signal);
    const toRules: Deliver = (batch, signal) => delivery.toRules(batch, signal);
    this.#toStore = new Batcher({ ...shared, cursor: cursors.store, deliver: toStore });
    // Matches are counted in the transaction that moves the rules' own place: see `applyMatches`.
    const atOnce = { lingerMs: Math.min(RULES_LINGER_MS, shared.lingerMs ?? RULES_LINGER_MS), isRepeatable: true };
    this.#toRules = new Batcher({ ...shared, ...atOnce, cursor: cursors.rules, deliver: toRules });
  }

  /**
   * Opens the journal, replays what is not done and listens.
   *
   * @throws AppError `JOURNAL_CURSOR_DAMAGED`, `SYSLOG_PORT`
   */
  static async start(options: IngestServiceOptions): Promise<IngestService> {
    checkTimeZone(options.timeZone ?? 'UTC');
    const dir = join(options.dataDir, 'journal');
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const cursors = {
      store: await Cursor.open(dir, 'store.cursor', options.files),
      rules: await Cursor.open(dir, 'rules.cursor', options.files),
    };
    const given = [cursors.store, cursors.rules].flatMap(({ state }) => [state.doneSeq, ...state.batchEnds]);
    const journal = await Journal.open({
      dir,
      seqAtLeast: Math.max(...given),
      ...(options.files === undefined ? {} : { files: options.files }),
      ...(options.segmentBytes === undefined ? {} : { segmentBytes: options.segmentBytes }),
      ...(options.journalBytesMax === undefined ? {} : { bytesMax: options.journalBytesMax }),
    });
    if (journal.cutBytes > 0) {
      const message = `cut ${journal.cutBytes} bytes of a write that a crash tore`;
      options.onNotice({ level: 'warn', code: 'JOURNAL_TORN', message });
    }
    const service = new IngestService(options, journal, cursors);
    service.#tellRefusedRules();
    // What a crash kept from being deleted.
    await journal.release(Math.min(cursors.store.state.doneSeq, cursors.rules.state.doneSeq));
    service.#toStore.start(options.onFailure);
    service.#toRules.start(options.onFailure);
    if (options.syslog !== null) {
      service.#listeners = await SyslogListeners.open(options.syslog, {
        journal: (target, remoteIp, records, protocol) => service.#acceptSyslog(target, remoteIp, records, protocol),
        counters: service.#counters,
        onNotice: options.onNotice,
      });
    }
    return service;
  }

  /** As `IngestHandle.accept`. */
  async accept(request: AcceptRequest): Promise<AcceptAnswer> {
    try {
      return await this.#accept(request);
    } catch (error) {
      if (error instanceof AppError) add(this.#counters.refusedRequests, error.code);
      throw error;
    }
  }

  async #accept(request: AcceptRequest): Promise<AcceptAnswer> {
    this.#counters.receivedBytes += request.body.length;
    const bytes = await unpackBody(request.body, request.encoding);
    const isArray = (request.format === 'jsonl' || request.format === 'auto') && isJsonArray(bytes);
    const spans = isArray ? splitJsonArray(bytes) : splitLines(bytes);
    this.#journal.checkCap(bytes.length);
    const context = this.#contextOf(
      request,
      request.format,
      request.colType ?? 'http',
      request.remoteIp,
      request.sourceName,
    );
    const rejections: Rejection[] = [];
    const durables: Promise<void>[] = [];
    let accepted = 0;
    let rejected = 0;
    let before = 0;
    for (const records of toFrames(bytes, spans)) {
      const { durable, decoded } = this.#append(context, records);
      durables.push(durable);
      accepted += decoded.events.length - decoded.rejected.length;
      rejected += decoded.rejected.length;
      for (const { index, code, detail } of decoded.rejected) {
        if (rejections.length >= REJECTIONS_LISTED_MAX) break;
        const line = isArray ? before + index + 1 : lineNumber(bytes, spans[(before + index) * 2] ?? 0);
        rejections.push({ line, reason: `${code}: ${detail}` });
      }
      before += decoded.events.length;
      // A large body must neither keep the listeners waiting nor fill the queue before the disk.
      if (durables.length % FRAMES_AHEAD_MAX === 0) await durable;
      else if (before < spans.length / 2) await new Promise<void>((resolve) => setImmediate(resolve));
    }
    await Promise.all(durables);
    return { accepted, rejected, rejections };
  }

  async acceptInternal(events: readonly InternalEvent[]): Promise<void> {
    const byTarget = new Map<string, { target: IngestTarget; lines: string[] }>();
    for (const { eventAtMs, fields, ...target } of events) {
      const key = `${target.logpointId}/${target.repo}`;
      const group = byTarget.get(key) ?? { target, lines: [] };
      byTarget.set(key, group);
      group.lines.push(JSON.stringify({ eventAtMs, fields }));
    }
    const durables: Promise<void>[] = [];
    for (const { target, lines } of byTarget.values()) {
      const bytes = Buffer.from(lines.join('\n'));
      const context = this.#contextOf(target, 'internal', 'internal', '127.0.0.1', 'tocsin');
      for (const records of toFrames(bytes, splitLines(bytes))) durables.push(this.#append(context, records).durable);
    }
    await Promise.all(durables);
  }

  /** Compiled whole while the old rules go on, then swapped: an event sees all of the old rules or all of the new. */
  setRules(rules: readonly StreamRule[]): Promise<RuleLoadReport> {
    const swapped = this.#swapping.then(async () => {
      const next = await this.#rules.next(rules);
      next.continueFrom(this.#rules);
      this.#rules = next;
      this.#tellRefusedRules();
      return next.report;
    });
    this.#swapping = swapped.then(
      () => undefined,
      () => undefined,
    );
    return swapped;
  }

  status(): Omit<IngestStatus, 'isWorkerUp' | 'workerRestarts'> {
    const counters = this.#counters;
    const readers = [this.#toStore, this.#toRules];
    const { isIdle, oldestWaitingMs: rulesOldestMs } = this.#toRules;
    const waiting = readers.map(({ oldestWaitingMs }) => oldestWaitingMs).filter((ms) => ms !== null);
    return {
      accepted: counters.accepted,
      rejected: Object.fromEntries(counters.rejected),
      receivedBytes: counters.receivedBytes,
      refusedRequests: Object.fromEntries(counters.refusedRequests),
      udpDrops: counters.udpDrops,
      tcpConnections: this.#listeners?.tcpConnections ?? 0,
      truncatedValues: counters.truncatedValues,
      droppedFields: counters.droppedFields,
      clampedTimes: counters.clampedTimes,
      reencodedLines: counters.reencodedLines,
      journalBytes: this.#journal.bytes,
      journalBytesMax: this.#journal.bytesMax,
      journalSyncs: this.#journal.syncs,
      journalDiskErrors: this.#journal.diskErrors,
      journalCutBytes: this.#journal.cutBytes,
      journalDamagedBytes: this.#toStore.damagedBytes,
      durableSeq: this.#journal.durableSeq,
      doneSeq: Math.min(this.#toStore.doneSeq, this.#toRules.doneSeq),
      lagSeconds: waiting.length === 0 ? 0 : Math.max(0, (this.#clock() - Math.min(...waiting)) / 1000),
      rulesWaitingSinceMs: isIdle ? null : (rulesOldestMs ?? 0),
      storeWaitingSinceMs: this.#toStore.isIdle ? null : (this.#toStore.oldestWaitingMs ?? 0),
      tailEvents: Math.max(this.#toStore.tailEvents, this.#toRules.tailEvents),
      batches: this.#toStore.batches,
      storedEvents: counters.storedEvents,
      storeRetries: counters.storeRetries,
      matchRetries: counters.matchRetries,
      lastDeliveryError: deliveryError(counters),
      matches: counters.matches,
      matchesByRule: Object.fromEntries(counters.matchesByRule),
      rulesLoaded: this.#rules.report.loaded,
      rulesExpensive: this.#rules.report.expensive.length,
      rulesBuildMs: this.#rules.report.buildMs,
      rulesValuesAsked: this.#rules.values().asked,
      rulesValuesSearched: this.#rules.values().searched,
      costliestRules: this.#rules.costliest(COSTLIEST_RULES_TOLD),
      syslogUdpPort: this.#listeners?.udpPort ?? null,
      syslogTcpPort: this.#listeners?.tcpPort ?? null,
    };
  }

  ruleCosts(): readonly CostlyRule[] {
    return this.#rules.costliest();
  }

  /**
   * Delivers nothing further to the event store and the rules, for `msMax` at most; lines are accepted as before.
   * Resolves when nothing is on its way: store, rules and cursors then agree.
   */
  async hold(msMax: number): Promise<void> {
    clearTimeout(this.#holdTimer);
    this.#isHeld = true;
    this.#holdTimer = setTimeout(() => void this.goOn(), msMax);
    await Promise.all([this.#toStore.hold(), this.#toRules.hold()]);
  }

  /** Answers whether deliveries were held until now. */
  goOn(): boolean {
    clearTimeout(this.#holdTimer);
    const wasHeld = this.#isHeld;
    this.#isHeld = false;
    this.#toStore.goOn();
    this.#toRules.goOn();
    return wasHeld;
  }

  async drain(): Promise<void> {
    this.goOn();
    await this.#listeners?.close();
    this.#listeners = null;
    await Promise.all([this.#toStore.drain(), this.#toRules.drain()]);
  }

  async close(): Promise<void> {
    clearTimeout(this.#holdTimer);
    await this.#listeners?.close();
    await Promise.all([this.#toStore.stop(), this.#toRules.stop()]);
    await this.#journal.close();
    await this.#cursors.store.close();
    await this.#cursors.rules.close();
  }

  /** Decodes while the disk works; the events go on once they are durable. */
  #append(context: RecordContext, records: Records) {
    const { firstSeq, durable } = this.#journal.append(context, records);
    const decoded = decodeEntry(context, records, firstSeq);
    const done = durable.then((entry) => {
      this.#counters.addEntry(decoded);
      this.#toStore.offer(entry, decoded);
      this.#toRules.offer(entry, decoded);
    });
    // Who awaits it hears of a failure; a caller that failed itself meanwhile does not await it any more.
    done.catch(() => undefined);
    return { durable: done, decoded };
  }

  async #acceptSyslog(
    target: IngestTarget,
    remoteIp: string,
    records: Records,
    protocol: 'udp' | 'tcp',
  ): Promise<void> {
    this.#counters.receivedBytes += records.bytes.length;
    const context = this.#contextOf(target, 'auto', 'syslog', remoteIp, `syslog/${protocol}`);
    await this.#append(context, records).durable;
  }

  #contextOf(
    target: IngestTarget,
    format: RecordContext['format'],
    colType: string,
    remoteIp: string,
    sourceName: string,
  ): RecordContext {
    const { poolId, logpointId, logpointName, repo } = target;
    const [timeZone, receivedAtMs] = [this.#timeZone, this.#clock()];
    return { poolId, logpointId, logpointName, repo, format, colType, remoteIp, sourceName, timeZone, receivedAtMs };
  }

  #tellRefusedRules(): void {
    for (const { ruleId, message } of this.#rules.report.refused) {
      const text = `rule ${ruleId} is not on the stream: ${message}`;
      this.#options.onNotice({ level: 'error', code: 'RULE_NOT_COMPILED', message: text });
    }
  }
}

/** 1-based line of the byte at `offset`. */
function lineNumber(bytes: Buffer, offset: number): number {
  let line = 1;
  for (let at = bytes.indexOf(10); at !== -1 && at < offset; at = bytes.indexOf(10, at + 1)) line += 1;
  return line;
}

function deliveryError({ storeError, matchError }: Counters): string | null {
  if (storeError !== null) return `event store: ${storeError}`;
  return matchError === null ? null : `rules: ${matchError}`;
}

import type { MatchBatch } from '../rules/match.ts';
import type { Expense } from '../rules/matcher/matcher-rule.ts';
import type { StreamRule } from '../rules/stream-rule.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import type { IngestTarget, RecordFormat } from './record.ts';

/** Where syslog is listened to and where its events go. Port 0 picks a free one; null leaves the listener out. */
export type SyslogConfig = {
  readonly host: string;
  readonly udpPort: number | null;
  readonly tcpPort: number | null;
  readonly target: IngestTarget;
};

/** Plain data that the worker's entry makes an event store of. */
export type EventStoreAddress = Readonly<Record<string, unknown>>;

export type IngestOptions = {
  /** The journal is in its folder `journal`. */
  readonly dataDir: string;
  /** Where the event store answers, as its adapter's `connectEventStore` takes it (`ChdbEventStore.endpoint`). */
  readonly eventStore: EventStoreAddress;
  readonly syslog: SyslogConfig | null;
  /** Zone of times that name none: `UTC`, `+hh:mm` or an IANA name. */
  readonly timeZone?: string;
  readonly journalBytesMax?: number;
  readonly segmentBytes?: number;
  /** How long the first event of a batch waits for company. */
  readonly batchLingerMs?: number;
  /** Rules to begin with: replay of the journal needs them. */
  readonly rules: readonly StreamRule[];
  /** Applies a batch of matches exactly once (cursor on its side). Called in order, again until it resolves. */
  readonly onMatches: (batch: MatchBatch) => Promise<void>;
  /** Makes the dead-letter repo of a logpoint when it is missing. Called before its first dead letter is stored. */
  readonly onDeadLetterRepo: (logpointId: LogpointId) => Promise<void>;
  /** What an operator must see: a worker that died, a rule that does not compile, a store that is away. */
  readonly onNotice?: (notice: IngestNotice) => void;
};

export type IngestNotice = {
  readonly level: 'info' | 'warn' | 'error';
  readonly code: string;
  readonly message: string;
};

export type AcceptRequest = IngestTarget & {
  /** Taken over: a large body moves to the worker and is empty afterwards. */
  readonly body: Buffer;
  /** As in `Content-Encoding`. */
  readonly encoding: 'identity' | 'gzip' | 'br';
  /** `auto` also takes a JSON array. */
  readonly format: Exclude<RecordFormat, 'internal'>;
  readonly remoteIp: string;
  readonly sourceName: string;
  /** `http` unless the caller says otherwise, e.g. `filesystem`. */
  readonly colType?: string;
};

export type Rejection = { /** 1-based. */ readonly line: number; readonly reason: string };

export type AcceptAnswer = {
  readonly accepted: number;
  /** Lines that could not be decoded: kept in the dead-letter repo. */
  readonly rejected: number;
  /** The first few. */
  readonly rejections: readonly Rejection[];
};

/** An event of Tocsin itself, e.g. for the repos `_logpoint` and `_LogPointAlerts`. */
export type InternalEvent = IngestTarget & {
  readonly eventAtMs: number;
  readonly fields: Readonly<Record<string, string>>;
};

export type RuleLoadReport = {
  readonly loaded: number;
  readonly refused: readonly { readonly ruleId: ObjectId; readonly logpointId: LogpointId; readonly message: string }[];
  /** Rules that cost more than others for each event, with the reason. */
  readonly expensive: readonly {
    readonly ruleId: ObjectId;
    readonly logpointId: LogpointId;
    readonly expense: Expense;
  }[];
  readonly buildMs: number;
};

/** What a rule has cost since it looks for what it looks for. */
export type CostlyRule = {
  readonly ruleId: ObjectId;
  readonly logpointId: LogpointId;
  /** Events of the logpoint that rules looked at meanwhile: what the cost is shared among. */
  readonly events: number;
  /** Events that were looked at closely, and those that matched. */
  readonly tried: number;
  readonly matched: number;
  /** Estimate from a sample. */
  readonly estimatedUs: number;
};

/** Plain counters since the worker started, and gauges. */
export type IngestStatus = {
  readonly isWorkerUp: boolean;
  readonly workerRestarts: number;
  readonly accepted: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly receivedBytes: number;
  readonly refusedRequests: Readonly<Record<string, number>>;
  readonly udpDrops: number;
  readonly tcpConnections: number;
  readonly truncatedValues: number;
  readonly droppedFields: number;
  readonly clampedTimes: number;
  readonly reencodedLines: number;
  readonly journalBytes: number;
  readonly journalBytesMax: number;
  readonly journalSyncs: number;
  readonly journalDiskErrors: number;
  readonly journalCutBytes: number;
  readonly journalDamagedBytes: number;
  readonly durableSeq: number;
  /** Every record up to here is stored and its matches are applied. */
  readonly doneSeq: number;
  /** Age of the oldest record that is not yet stored and matched; 0 when there is none. */
  readonly lagSeconds: number;
  /** Receipt of the oldest event that rules have not seen, 0 when it is not known yet; null when there is none. */
  readonly rulesWaitingSinceMs: number | null;
  /** Receipt of the oldest event that no search finds yet, 0 when it is not known yet; null when there is none. */
  readonly storeWaitingSinceMs: number | null;
  readonly tailEvents: number;
  readonly batches: number;
  readonly storedEvents: number;
  readonly storeRetries: number;
  readonly matchRetries: number;
  /** Message of the delivery that is being tried again; null when all is well. */
  readonly lastDeliveryError: string | null;
  readonly matches: number;
  readonly matchesByRule: Readonly<Record<ObjectId, number>>;
  readonly rulesLoaded: number;
  readonly rulesExpensive: number;
  /** Time that it took to compile the rules in use. */
  readonly rulesBuildMs: number;
  /** Values of events for which the rules in use were asked … */
  readonly rulesValuesAsked: number;
  /** … and those that had to be searched, as none of the last few at their place was the same. */
  readonly rulesValuesSearched: number;
  /** The few that cost the most, the dearest first. */
  readonly costliestRules: readonly CostlyRule[];
  readonly syslogUdpPort: number | null;
  readonly syslogTcpPort: number | null;
};

/** The main thread's side of the ingest worker. */
export interface IngestHandle {
  /**
   * Resolves when every accepted line is durable in the journal.
   *
   * @throws AppError `too-large` (body over the cap), `invalid` (not the encoding it claims), `overloaded` and
   *   `unavailable` with `retryAfterSeconds`: nothing of the request counts as accepted
   */
  accept(request: AcceptRequest): Promise<AcceptAnswer>;
  /** Resolves when the events are durable. @throws AppError as `accept` */
  acceptInternal(events: readonly InternalEvent[]): Promise<void>;
  /** Replaces all rules at once; a rule whose query does not compile is in the report. */
  setRules(rules: readonly StreamRule[]): Promise<RuleLoadReport>;
  status(): Promise<IngestStatus>;
  /** Every rule that was looked at or matched since it looks for what it looks for, the dearest first. */
  ruleCosts(): Promise<readonly CostlyRule[]>;
  /**
   * Holds deliveries for `msMax` at most and resolves when nothing is on its way; lines are accepted as before.
   *
   * @throws AppError `INGEST_RESTARTING`
   */
  hold(msMax: number): Promise<void>;
  /** Lets deliveries go on; false when they were not held until now. */
  goOn(): Promise<boolean>;
  /** Stops the listeners and resolves when all that was accepted is stored and matched. */
  drain(): Promise<void>;
  /** Stops at once; what is not yet stored waits in the journal. */
  close(): Promise<void>;
}

import type { MatchBatch } from '../rules/match.ts';
import type { StreamRule } from '../rules/stream-rule.ts';
import type { ErrorData } from '../shared/errors.ts';
import type { LogpointId } from '../shared/ids.ts';
import type {
  AcceptAnswer,
  AcceptRequest,
  CostlyRule,
  EventStoreAddress,
  IngestNotice,
  IngestStatus,
  InternalEvent,
  RuleLoadReport,
  SyslogConfig,
} from './ingest-handle.ts';

/** What the worker is started with. */
export type ThreadData = {
  readonly dataDir: string;
  readonly eventStore: EventStoreAddress;
  readonly syslog: SyslogConfig | null;
  readonly timeZone: string | undefined;
  readonly journalBytesMax: number | undefined;
  readonly segmentBytes: number | undefined;
  readonly batchLingerMs: number | undefined;
  readonly rules: readonly StreamRule[];
};

export type ThreadStatus = Omit<IngestStatus, 'isWorkerUp' | 'workerRestarts'>;

/** A buffer crosses threads as bytes. */
export type AcceptMessage = Omit<AcceptRequest, 'body'> & { readonly body: Uint8Array };

/** What the worker offers the main thread. */
export type ThreadFunctions = {
  accept(request: AcceptMessage): Promise<AcceptAnswer>;
  acceptInternal(events: readonly InternalEvent[]): Promise<void>;
  setRules(rules: readonly StreamRule[]): Promise<RuleLoadReport>;
  status(input: null): Promise<ThreadStatus>;
  ruleCosts(input: null): Promise<readonly CostlyRule[]>;
  hold(msMax: number): Promise<void>;
  goOn(input: null): Promise<boolean>;
  drain(input: null): Promise<void>;
  close(input: null): Promise<void>;
};

/** What the main thread offers the worker. */
export type MainFunctions = {
  /** The journal is open, the listeners listen. */
  ready(status: ThreadStatus): void;
  /** Why the worker ends before it is ready: the error of a dying thread would lose its kind and code. */
  startFailed(error: ErrorData): void;
  applyMatches(batch: MatchBatch): Promise<void>;
  ensureDeadLetterRepo(logpointId: LogpointId): Promise<void>;
  notice(notice: IngestNotice): void;
};

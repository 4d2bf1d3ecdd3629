import type { AuditRow } from './audit/audit-chain.ts';
import { AUDIT_REPO, auditEventFields } from './audit/audit-event.ts';
import { OWN_EVENTS_LEFT_OUT, OWN_EVENTS_QUEUED, type WaitingEvent } from './audit/own-events.ts';
import { auditEventsAfter, auditHandedOver, auditToHand, ownEventsWaiting } from './audit/registry.ts';
import type { ControlStore } from './control/control-store.ts';
import type { InternalEvent } from './ingest/ingest-handle.ts';
import type { Logpoint } from './tenancy/logpoint.ts';

/** Events of one call to the journal, of each kind. */
const BATCH_MAX = 500;
const CHAINS_MAX = 100;
/** How often the chains are looked at: a signal for each event would cost every order a message between threads. */
const LOOK_MS = 500;

export type OwnEventsParts = {
  readonly control: Pick<ControlStore, 'read' | 'write' | 'onSignal'>;
  /** Resolves when durable. */
  accept(events: readonly InternalEvent[]): Promise<void>;
  logpoints(): Promise<readonly Logpoint[]>;
  onError(error: unknown): void;
};

type Draft = {
  readonly logpointId: string;
  readonly repo: string;
  readonly eventAtMs: number;
  readonly fields: Fields;
};
type Fields = Readonly<Record<string, string>>;
type Batch = { readonly ownEvents: readonly WaitingEvent[]; readonly audit: readonly AuditRow[] };

/**
 * Tocsin's own events: the audit chain of a logpoint goes to its repo `_logpoint`, changes of incidents to
 * `_LogPointAlerts`. They are laid down in the transaction that they tell of, handed to the journal after it, and only
 * then are the cursors moved: a kill in between repeats them (with the same `own_event_id` or `audit_seq`), and loses none.
 */
export class OwnEvents {
  readonly #parts: OwnEventsParts;
  readonly #stops: (() => void)[] = [];
  #running: Promise<void> | null = null;
  #isAsked = false;
  #isStopped = false;
  #counts = { written: 0, suppressed: 0, failures: 0 };

  constructor(parts: OwnEventsParts) {
    this.#parts = parts;
  }

  /** Begins with what a former process left behind. */
  start(): void {
    const { control } = this.#parts;
    const timer = setInterval(() => this.#look(), LOOK_MS);
    this.#stops.push(
      () => clearInterval(timer),
      control.onSignal(OWN_EVENTS_QUEUED, () => this.#look()),
      control.onSignal(OWN_EVENTS_LEFT_OUT, (count) => {
        this.#counts.suppressed += Number(count);
      }),
    );
    this.#look();
  }

  counts(): { written: number; suppressed: number; failures: number } {
    return { ...this.#counts };
  }

  /**
   * Something about the server itself that an analyst may want to find later, told to every logpoint. Never rejects:
   * the life of the server is not held up by its own story.
   */
  async serverSaid(eventAtMs: number, action: string, message: string): Promise<void> {
    const msg = `tocsin ${action}: ${message}`;
    const fields = { msg, norm_id: 'LogPoint', label: 'Tocsin', action, object: 'server' };
    try {
      const logpoints = await this.#parts.logpoints();
      await this.#accept(logpoints.map(({ id: logpointId }) => ({ logpointId, repo: AUDIT_REPO, eventAtMs, fields })));
    } catch (error) {
      this.#parts.onError(error);
    }
  }

  /** Hands over what is there now. @throws AppError when the journal does not take it */
  async settle(): Promise<void> {
    await this.#running;
    while (await this.#handOver());
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const stop of this.#stops.splice(0)) stop();
    await this.#running;
  }

  #look(): void {
    this.#isAsked = true;
    if (this.#isStopped) return;
    this.#running ??= this.#drain().finally(() => {
      this.#running = null;
    });
  }

  /** A journal that refuses is asked again at the next look: nothing is lost meanwhile. */
  async #drain(): Promise<void> {
    try {
      while (this.#isAsked && !this.#isStopped) {
        this.#isAsked = false;
        while (!this.#isStopped && (await this.#handOver()));
      }
    } catch (error) {
      this.#counts.failures += 1;
      this.#parts.onError(error);
    }
  }

  /** One batch; false when nothing waits. */
  async #handOver(): Promise<boolean> {
    const { control } = this.#parts;
    const { ownEvents, audit } = await this.#nextBatch();
    if (ownEvents.length === 0 && audit.length === 0) return false;
    await this.#accept([
      ...ownEvents.map(({ id, fields, ...event }) => ({ ...event, fields: { ...fields, own_event_id: id } })),
      ...audit.map((row) => ({
        logpointId: row.logpoint_id,
        repo: AUDIT_REPO,
        eventAtMs: row.at_ms,
        fields: auditEventFields(row),
      })),
    ]);
    const ends = new Map(audit.map(({ logpoint_id, seq }) => [logpoint_id, seq]));
    await control.write(auditHandedOver, {
      ownEvents: ownEvents.map(({ id, eventAtMs }) => ({ id, eventAtMs })),
      chains: [...ends].map(([logpointId, seq]) => ({ logpointId, seq })),
    });
    return true;
  }

  async #nextBatch(): Promise<Batch> {
    const { control } = this.#parts;
    const ownEvents = await control.read(ownEventsWaiting, BATCH_MAX);
    const audit: AuditRow[] = [];
    for (const { logpointId, handedSeq: afterSeq } of await control.read(auditToHand, CHAINS_MAX)) {
      const limit = BATCH_MAX - audit.length;
      if (limit === 0) break;
      audit.push(...(await control.read(auditEventsAfter, { logpointId, afterSeq, limit })));
    }
    return { ownEvents, audit };
  }

  async #accept(drafts: readonly Draft[]): Promise<void> {
    const logpoints = new Map((await this.#parts.logpoints()).map((logpoint) => [logpoint.id, logpoint]));
    const events = drafts.flatMap(({ logpointId, ...draft }) => {
      const logpoint = logpoints.get(logpointId);
      if (logpoint === undefined) return [];
      return [{ ...draft, poolId: logpoint.poolId, logpointId, logpointName: logpoint.name }];
    });
    if (events.length > 0) await this.#parts.accept(events);
    this.#counts.written += events.length;
  }
}

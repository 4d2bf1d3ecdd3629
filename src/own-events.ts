import type { IncidentSignal } from './incidents/incident-change.ts';
import type { InternalEvent } from './ingest/ingest-handle.ts';
import type { TargetDown } from './notify/target-health.ts';
import type { Logpoint } from './tenancy/logpoint.ts';

/** Events that wait for the journal; more are counted as dropped. */
export const OWN_EVENTS_WAITING_MAX = 10_000;
/**
 * Alert events of one rule in one minute. A rule that searches `_LogPointAlerts` and matches its own alerts would feed
 * itself for ever otherwise.
 */
export const ALERT_EVENTS_PER_MINUTE_MAX = 60;
const MINUTE_MS = 60_000;
/** Events of one call to the journal. */
const BATCH_MAX = 500;
const RETRY_AFTER_MS = 1000;

export type OwnEventsParts = {
  /** Resolves when durable. */
  accept(events: readonly InternalEvent[]): Promise<void>;
  logpoints(): Promise<readonly Logpoint[]>;
  onError(error: unknown): void;
};

type Draft = {
  /** Null: every logpoint. */
  readonly logpointId: string | null;
  readonly repo: string;
  readonly eventAtMs: number;
  readonly fields: Readonly<Record<string, string>>;
};

/**
 * Tocsin's own events: changes of incidents go to `_LogPointAlerts` of their logpoint, the life of the server to
 * `_logpoint` of all. They follow the commit that they tell of, so a crash in between loses the event, never the change.
 */
export class OwnEvents {
  readonly #parts: OwnEventsParts;
  readonly #waiting: Draft[] = [];
  readonly #perRule = new Map<string, { sinceMs: number; count: number }>();
  #running: Promise<void> | null = null;
  #counts = { written: 0, dropped: 0, suppressed: 0 };

  constructor(parts: OwnEventsParts) {
    this.#parts = parts;
  }

  counts(): { written: number; dropped: number; suppressed: number; waiting: number } {
    return { ...this.#counts, waiting: this.#waiting.length };
  }

  /** Events that only extend an incident are left out: each would be one more of what the incident already counts. */
  incidentChanged(change: IncidentSignal): void {
    if (change.kind === 'extended') return;
    if (!this.#hasRoom(change)) {
      this.#counts.suppressed += 1;
      return;
    }
    this.#put({
      logpointId: change.logpointId,
      repo: '_LogPointAlerts',
      eventAtMs: change.atMs,
      fields: alertFields(change),
    });
  }

  /** Something about the server itself that an analyst may want to find later. */
  serverSaid(atMs: number, action: string, message: string): void {
    const fields = {
      msg: `tocsin ${action}: ${message}`,
      norm_id: 'LogPoint',
      label: 'Tocsin',
      action,
      object: 'server',
    };
    this.#put({ logpointId: null, repo: '_logpoint', eventAtMs: atMs, fields });
  }

  /** A receiver of notifications that has taken nothing for long: what the query of its incident finds. */
  targetDown(down: TargetDown): void {
    const fields = {
      msg: `tocsin notifications do not arrive at ${down.target}: ${down.reason}`,
      norm_id: 'LogPoint',
      label: 'Tocsin',
      action: 'down',
      object: 'notification',
      target: down.target,
      reason: down.reason,
    };
    this.#put({ logpointId: down.logpointId, repo: '_logpoint', eventAtMs: down.atMs, fields });
  }

  /** Resolves when everything that was put in so far is durable or given up. */
  async settle(): Promise<void> {
    await this.#running;
  }

  #hasRoom(change: IncidentSignal): boolean {
    const window = this.#perRule.get(change.ruleId);
    if (window === undefined || change.atMs - window.sinceMs >= MINUTE_MS) {
      if (this.#perRule.size > OWN_EVENTS_WAITING_MAX) this.#perRule.clear();
      this.#perRule.set(change.ruleId, { sinceMs: change.atMs, count: 1 });
      return true;
    }
    window.count += 1;
    return window.count <= ALERT_EVENTS_PER_MINUTE_MAX;
  }

  #put(draft: Draft): void {
    if (this.#waiting.length >= OWN_EVENTS_WAITING_MAX) {
      this.#counts.dropped += 1;
      return;
    }
    this.#waiting.push(draft);
    this.#running ??= this.#drain().finally(() => {
      this.#running = null;
    });
  }

  async #drain(): Promise<void> {
    // Changes of one commit are signalled one after the other: one journal entry for all of them.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const drafts = this.#waiting.splice(0, BATCH_MAX);
      try {
        await this.#write(drafts);
      } catch (error) {
        this.#parts.onError(error);
        this.#waiting.unshift(...drafts.slice(0, OWN_EVENTS_WAITING_MAX - this.#waiting.length));
        // A full journal frees itself; what cannot be written in the meantime waits.
        setTimeout(() => this.#resume(), RETRY_AFTER_MS).unref();
        return;
      }
    }
  }

  #resume(): void {
    if (this.#waiting.length === 0) return;
    this.#running ??= this.#drain().finally(() => {
      this.#running = null;
    });
  }

  async #write(drafts: readonly Draft[]): Promise<void> {
    const logpoints = await this.#parts.logpoints();
    const events = drafts.flatMap(({ logpointId, repo, eventAtMs, fields }) =>
      logpoints
        .filter(({ id }) => logpointId === null || id === logpointId)
        .map((logpoint) => ({
          poolId: logpoint.poolId,
          logpointId: logpoint.id,
          logpointName: logpoint.name,
          repo,
          eventAtMs,
          fields,
        })),
    );
    if (events.length > 0) await this.#parts.accept(events);
    this.#counts.written += events.length;
  }
}

function alertFields(change: IncidentSignal): Record<string, string> {
  const fields: Record<string, string> = {
    msg: `incident ${change.kind}: ${change.name} (${change.number}), risk ${change.risk}, ${change.status}`,
    norm_id: 'LogPoint',
    label: 'Alert Incident',
    object: 'incident',
    action: change.kind,
    alert_name: change.name,
    incident_id: change.seriesId,
    incident_obj_id: change.incidentId,
    incident_number: change.number,
    alertrule_id: change.alertRuleId,
    risk: change.risk,
    status: change.status,
    type: change.type,
    hits: String(change.hits),
    rows_count: String(change.rowsCount),
  };
  const more = {
    description: change.description,
    alert_query: change.query,
    group: change.groupKey,
    attack_id: change.attackIds.join(','),
    attack_tag: change.attackTags.join(','),
    attack_category: change.attackCategories.join(','),
    log_source: change.logSource.join(','),
  };
  for (const [name, value] of Object.entries(more)) if (value !== '') fields[name] = value;
  return fields;
}

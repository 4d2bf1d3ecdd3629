import type { ReadTx } from '../control/control-store.ts';
import type { LogpointId } from '../shared/ids.ts';
import { CIRCUIT_FAILURES } from './outbox-claims.ts';

export type TargetState = {
  readonly target: string;
  readonly queued: number;
  readonly dead: number;
  /** Failures in a row. */
  readonly failures: number;
  /** `open` = asked with one delivery at a time. */
  readonly circuit: 'open' | 'closed';
  /** Asked again at this time at the earliest; null = the circuit is closed. */
  readonly openUntilMs: number | null;
  readonly failingSinceMs: number | null;
  readonly lastDeliveredAtMs: number | null;
  readonly lastError: string | null;
};

type TargetRow = {
  readonly target: string;
  readonly queued: number;
  readonly dead: number;
  readonly failures: number;
  readonly open_until_ms: number;
  readonly failing_since_ms: number | null;
  readonly last_delivered_at_ms: number | null;
};

/**
 * The targets of a logpoint's deliveries. Circuits belong to the target, whoever sends to it; what it last said is taken
 * from the logpoint's own deliveries, because it may show what another one sent.
 */
export async function listTargets(tx: ReadTx, logpointId: LogpointId): Promise<TargetState[]> {
  const rows = await tx.all<TargetRow>(
    `select o.target as target, sum(case when o.state = 'queued' then 1 else 0 end) as queued,
       sum(case when o.state = 'dead' then 1 else 0 end) as dead, t.failures as failures,
       t.open_until_ms as open_until_ms, t.failing_since_ms as failing_since_ms,
       t.last_delivered_at_ms as last_delivered_at_ms
     from outbox o join notify_targets t on t.target = o.target
     where o.logpoint_id = ?
     group by o.target, t.failures, t.open_until_ms, t.failing_since_ms, t.last_delivered_at_ms
     order by o.target`,
    [logpointId],
  );
  const states: TargetState[] = [];
  for (const row of rows) {
    const last = await tx.get<{ readonly reason: string }>(
      `select reason from outbox where target = ? and logpoint_id = ? and state in ('queued', 'dead') and reason is not null
       order by enqueued_at_ms desc limit 1`,
      [row.target, logpointId],
    );
    states.push({
      target: row.target,
      queued: row.queued,
      dead: row.dead,
      failures: row.failures,
      circuit: row.failures >= CIRCUIT_FAILURES ? 'open' : 'closed',
      openUntilMs: row.open_until_ms === 0 ? null : row.open_until_ms,
      failingSinceMs: row.failing_since_ms,
      lastDeliveredAtMs: row.last_delivered_at_ms,
      lastError: row.failures === 0 ? null : (last?.reason ?? null),
    });
  }
  return states;
}

export type OutboxCounts = {
  readonly queued: number;
  readonly dead: number;
  readonly suppressed: number;
  /** Targets that have failed so often that they are asked with one delivery at a time. */
  readonly openCircuits: number;
  /** Targets that have not taken anything for longer than the limit of their incident. */
  readonly downTargets: number;
  /** Age of the oldest delivery that waits, ms; 0 when nothing waits. */
  readonly oldestQueuedMs: number;
};

/** What the log holds now, by state: metrics. */
export async function countOutbox(tx: ReadTx, nowMs: number): Promise<OutboxCounts> {
  const row = await tx.get<Omit<OutboxCounts, 'oldestQueuedMs'> & { readonly oldestQueuedAtMs: number | null }>(
    `select (select count(*) from outbox where state = 'queued') as queued,
       (select count(*) from outbox where state = 'dead') as dead,
       (select count(*) from outbox where state = 'suppressed') as suppressed,
       (select count(*) from notify_targets where open_until_ms > 0) as "openCircuits",
       (select count(*) from notify_targets where incident_raised_at_ms is not null) as "downTargets",
       (select min(enqueued_at_ms) from outbox where state = 'queued') as "oldestQueuedAtMs"`,
  );
  return {
    queued: row?.queued ?? 0,
    dead: row?.dead ?? 0,
    suppressed: row?.suppressed ?? 0,
    openCircuits: row?.openCircuits ?? 0,
    downTargets: row?.downTargets ?? 0,
    oldestQueuedMs: row?.oldestQueuedAtMs == null ? 0 : Math.max(0, nowMs - row.oldestQueuedAtMs),
  };
}

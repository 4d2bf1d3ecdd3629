import type { ReadTx, Tx } from '../control/control-store.ts';
import { AppError } from '../shared/errors.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import type { ChannelName } from './channel-settings.ts';
import type { DeliveryCause } from './message-content.ts';
import { DELIVERY_LIFE_MS, OUTBOX_TOPIC } from './outbox.ts';
import { freeNextOfLane } from './outbox-finish.ts';

export const DELIVERY_STATES = ['queued', 'delivered', 'dead', 'suppressed'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** One attempt as it is logged before and after it is made. */
export type DeliveryAttempt = {
  readonly attempt: number;
  readonly startedAtMs: number;
  /** Null while it runs and when the process ended during it. */
  readonly durationMs: number | null;
  readonly outcome: 'running' | 'delivered' | 'retry' | 'dead' | 'lost';
  readonly status: number | null;
  /** Summary without secrets, e.g. `POST https://hooks.example/…`. */
  readonly request: string | null;
  readonly answer: string | null;
  readonly error: string | null;
};

export type Delivery = {
  readonly deliveryId: string;
  /** Of a digest the first one. */
  readonly incidentId: ObjectId;
  /** Changes that a digest tells of; 0 = no digest. */
  readonly digestItems: number;
  readonly ruleId: ObjectId;
  readonly channel: ChannelName;
  readonly cause: DeliveryCause;
  readonly target: string;
  readonly state: DeliveryState;
  /** Why it is dead, suppressed or waits. */
  readonly reason: string | null;
  readonly enqueuedAtMs: number;
  readonly finishedAtMs: number | null;
  readonly nextAttemptAtMs: number | null;
  /** Oldest first. */
  readonly attempts: readonly DeliveryAttempt[];
};

export type OutboxRow = {
  readonly delivery_id: string;
  readonly incident_id: string;
  readonly digest_items: number;
  readonly rule_id: string;
  readonly channel: ChannelName;
  readonly cause: DeliveryCause;
  readonly target: string;
  readonly state: DeliveryState;
  readonly reason: string | null;
  readonly enqueued_at_ms: number;
  readonly finished_at_ms: number | null;
  readonly due_at_ms: number | null;
  readonly lane_position: number;
};

type AttemptRow = {
  readonly attempt: number;
  readonly started_at_ms: number;
  readonly duration_ms: number | null;
  readonly outcome: DeliveryAttempt['outcome'];
  readonly status: number | null;
  readonly request: string | null;
  readonly answer: string | null;
  readonly error: string | null;
};

export const OUTBOX_COLUMNS = `delivery_id,
  coalesce((select i.incident_id from outbox_items i where i.delivery_id = outbox.delivery_id order by i.position limit 1),
    incident_id) as incident_id,
  (select count(*) from outbox_items i where i.delivery_id = outbox.delivery_id) as digest_items, rule_id, channel, cause, target, state, reason, enqueued_at_ms, finished_at_ms,
  due_at_ms, lane_position`;
/** Most deliveries that one read answers. */
export const DELIVERIES_MAX = 500;

/** Deliveries of one incident, oldest first, with every attempt. */
export async function listIncidentDeliveries(
  tx: ReadTx,
  input: { readonly logpointId: LogpointId; readonly incidentId: ObjectId },
): Promise<Delivery[]> {
  const rows = await tx.all<OutboxRow>(
    `select ${OUTBOX_COLUMNS} from outbox where logpoint_id = ? and delivery_id in (
       select o.delivery_id from outbox o where o.incident_id = ?
       union select i.delivery_id from outbox_items i where i.incident_id = ?)
     order by enqueued_at_ms, channel, lane_position limit ${DELIVERIES_MAX}`,
    [input.logpointId, input.incidentId, input.incidentId],
  );
  return withAttempts(tx, rows);
}

/** One delivery of the logpoint, with every attempt; null when it is unknown. */
export async function getDelivery(
  tx: ReadTx,
  input: { readonly logpointId: LogpointId; readonly deliveryId: string },
): Promise<Delivery | null> {
  const rows = await tx.all<OutboxRow>(
    `select ${OUTBOX_COLUMNS} from outbox where delivery_id = ? and logpoint_id = ?`,
    [input.deliveryId, input.logpointId],
  );
  return (await withAttempts(tx, rows))[0] ?? null;
}

export async function withAttempts(tx: ReadTx, rows: readonly OutboxRow[]): Promise<Delivery[]> {
  const deliveries: Delivery[] = [];
  for (const row of rows) {
    const attempts = await tx.all<AttemptRow>(
      `select attempt, started_at_ms, duration_ms, outcome, status, request, answer, error
       from delivery_attempts where delivery_id = ? order by attempt`,
      [row.delivery_id],
    );
    deliveries.push({
      deliveryId: row.delivery_id,
      incidentId: row.incident_id,
      digestItems: row.digest_items,
      ruleId: row.rule_id,
      channel: row.channel,
      cause: row.cause,
      target: row.target,
      state: row.state,
      reason: row.reason,
      enqueuedAtMs: row.enqueued_at_ms,
      finishedAtMs: row.finished_at_ms,
      nextAttemptAtMs: row.state === 'queued' ? row.due_at_ms : null,
      attempts: attempts.map((attempt) => ({
        attempt: attempt.attempt,
        startedAtMs: attempt.started_at_ms,
        durationMs: attempt.duration_ms,
        outcome: attempt.outcome,
        status: attempt.status,
        request: attempt.request,
        answer: attempt.answer,
        error: attempt.error,
      })),
    });
  }
  return deliveries;
}

/**
 * Queues a dead letter again, under the id it always had, with a new life of 24 hours. It takes its old place in the
 * lane, so what is still unfinished behind it waits for it.
 *
 * @throws AppError `DELIVERY_UNKNOWN` (`not-found`) when the logpoint has no such dead letter
 */
export async function resendDeadLetter(
  tx: Tx,
  input: { readonly logpointId: LogpointId; readonly deliveryId: string },
): Promise<void> {
  const row = await tx.get<{ readonly incident_id: string; readonly channel: string }>(
    `select incident_id, channel from outbox where logpoint_id = ? and delivery_id = ? and state = 'dead'`,
    [input.logpointId, input.deliveryId],
  );
  if (row === undefined) throw new AppError('not-found', 'DELIVERY_UNKNOWN', 'dead letter not found');
  await tx.run(
    `update outbox set due_at_ms = null where incident_id = ? and channel = ? and state = 'queued' and claimed_by is null`,
    [row.incident_id, row.channel],
  );
  await tx.run(
    `update outbox set state = 'queued', finished_at_ms = null, reason = null, attempts_before = attempts, expires_at_ms = ?
     where delivery_id = ?`,
    [tx.nowMs + DELIVERY_LIFE_MS, input.deliveryId],
  );
  await freeNextOfLane(tx, row.incident_id, row.channel);
  tx.signal(OUTBOX_TOPIC, null);
}

/** Most dead letters that one order queues again, so that it never holds the writer for long. */
export const RESEND_MAX = 1000;

/**
 * Queues the dead letters of the logpoint again, or those of one target, oldest first. Answers how many, and how many are
 * left over.
 */
export async function resendDeadLetters(
  tx: Tx,
  input: { readonly logpointId: LogpointId; readonly target: string | null },
): Promise<{ readonly resent: number; readonly left: number }> {
  const { logpointId, target } = input;
  const where = `logpoint_id = ? and state = 'dead'${target === null ? '' : ' and target = ?'}`;
  const params = target === null ? [logpointId] : [logpointId, target];
  const rows = await tx.all<{ readonly delivery_id: string }>(
    `select delivery_id from outbox where ${where} order by finished_at_ms, delivery_id limit ${RESEND_MAX}`,
    params,
  );
  for (const { delivery_id: deliveryId } of rows) await resendDeadLetter(tx, { logpointId, deliveryId });
  const left = await tx.get<{ readonly n: number }>(`select count(*) as n from outbox where ${where}`, params);
  return { resent: rows.length, left: left?.n ?? 0 };
}

/** Most finished deliveries that one sweep removes, so that it never holds the writer for long. */
const SWEEP_MAX = 1000;

/** Forgets what was finished before the given time, with its attempts. Answers how many went; call again while full. */
export async function sweepDeliveries(tx: Tx, input: { readonly beforeMs: number }): Promise<number> {
  const { changes } = await tx.run(
    `delete from outbox where delivery_id in (
       select delivery_id from outbox where finished_at_ms is not null and finished_at_ms < ? limit ${SWEEP_MAX})`,
    [input.beforeMs],
  );
  await tx.run(
    'delete from notify_targets where not exists (select 1 from outbox where outbox.target = notify_targets.target)',
  );
  return changes;
}

import { appendFeed } from '../audit/change-feed.ts';
import type { Tx } from '../control/control-store.ts';
import { BACKOFF_MS_MAX, backoffMs, nextAttemptAtMs } from './backoff.ts';
import { OUTBOX_TOPIC } from './outbox.ts';
import { ATTEMPTS_MAX, CIRCUIT_FAILURES } from './outbox-claims.ts';
import type { SendOutcome } from './send-outcome.ts';

/** Longest time for which an open circuit keeps a target from being asked again. */
const CIRCUIT_MS_MAX = 60_000;

export type FinishInput = {
  readonly deliveryId: string;
  /** The claim's attempt number: a claim that lost its lease changes nothing any more. */
  readonly attempt: number;
  readonly durationMs: number;
  readonly outcome: SendOutcome;
  readonly backoffBaseMs: number;
  /** In [0, 1): the jitter. */
  readonly random: number;
};

/** What became of the delivery. `late` = another claim has it by now; the attempt is logged all the same. */
export type FinishResult = 'delivered' | 'retry' | 'dead' | 'late';

type Open = {
  readonly target: string;
  readonly incident_id: string;
  readonly channel: string;
  readonly expires_at_ms: number;
  readonly attempts_before: number;
};

/** Ends an attempt: the log entry, the state of the delivery, the next one of its lane and the target's circuit. */
export async function finishAttempt(tx: Tx, input: FinishInput): Promise<FinishResult> {
  const { outcome } = input;
  const open = await tx.get<Open>(
    `select target, incident_id, channel, expires_at_ms, attempts_before from outbox
     where delivery_id = ? and attempts = ? and state = 'queued' and claimed_by is not null`,
    [input.deliveryId, input.attempt],
  );
  const nextAtMs = open === undefined || outcome.kind !== 'retry' ? null : nextAttempt(tx, input, open);
  const result = resultOf(outcome.kind, nextAtMs);
  await logAttempt(tx, input, result);
  if (open === undefined) return 'late';
  if (nextAtMs === null) {
    const reason = outcome.kind === 'retry' ? `given up: ${outcome.error ?? 'failed'}` : outcome.error;
    await endDelivery(tx, input.deliveryId, result === 'delivered' ? 'delivered' : 'dead', reason);
    await freeNextOfLane(tx, open.incident_id, open.channel);
  } else {
    await tx.run('update outbox set claimed_by = null, due_at_ms = ?, reason = ? where delivery_id = ?', [
      nextAtMs,
      outcome.error,
      input.deliveryId,
    ]);
  }
  await moveCircuit(tx, open.target, input);
  tx.signal(OUTBOX_TOPIC, null);
  return result;
}

const resultOf = (kind: SendOutcome['kind'], nextAtMs: number | null): 'delivered' | 'retry' | 'dead' => {
  if (kind === 'retry') return nextAtMs === null ? 'dead' : 'retry';
  return kind;
};

function nextAttempt(tx: Tx, input: FinishInput, open: Open): number | null {
  const attempts = input.attempt - open.attempts_before;
  if (attempts >= ATTEMPTS_MAX) return null;
  return nextAttemptAtMs({
    nowMs: tx.nowMs,
    expiresAtMs: open.expires_at_ms,
    attempts,
    baseMs: input.backoffBaseMs,
    random: input.random,
    retryAfterMs: input.outcome.retryAfterMs,
  });
}

async function logAttempt(tx: Tx, input: FinishInput, result: 'delivered' | 'retry' | 'dead'): Promise<void> {
  const { outcome } = input;
  await tx.run(
    `update delivery_attempts set duration_ms = ?, outcome = ?, status = ?, request = ?, answer = ?, error = ?
     where delivery_id = ? and attempt = ?`,
    [
      input.durationMs,
      result,
      outcome.status,
      outcome.request,
      outcome.answer,
      outcome.error,
      input.deliveryId,
      input.attempt,
    ],
  );
}

export async function endDelivery(
  tx: Tx,
  deliveryId: string,
  state: 'delivered' | 'dead',
  reason: string | null,
): Promise<void> {
  const ended = await tx.get<{ logpoint_id: string }>(
    `update outbox set state = ?, reason = ?, finished_at_ms = ?, due_at_ms = null, claimed_by = null
      where delivery_id = ? returning logpoint_id`,
    [state, reason, tx.nowMs, deliveryId],
  );
  if (ended === undefined) return;
  const line = { type: 'delivery', objectId: deliveryId, action: state, by: 'notify' } as const;
  await appendFeed(tx, ended.logpoint_id, [line]);
}

/** Only the first unfinished delivery of a lane is ever due, so nothing of one incident and channel overtakes. */
export async function freeNextOfLane(tx: Tx, incidentId: string, channel: string): Promise<void> {
  await tx.run(
    `update outbox set due_at_ms = case when not_before_ms > ? then not_before_ms else ? end
     where due_at_ms is null and delivery_id = (
       select delivery_id from outbox where incident_id = ? and channel = ? and state = 'queued'
       order by lane_position limit 1)`,
    [tx.nowMs, tx.nowMs, incidentId, channel],
  );
}

/**
 * Failures in a row open the target's circuit; an answer closes it, and what had been pushed far away meanwhile is due
 * at once. A refused message (`dead`) says that the target is there.
 */
async function moveCircuit(tx: Tx, target: string, input: FinishInput): Promise<void> {
  const before = await tx.get<{ readonly failures: number }>('select failures from notify_targets where target = ?', [
    target,
  ]);
  const failures = before?.failures ?? 0;
  if (input.outcome.kind === 'retry') {
    const next = failures + 1;
    const openMs = next < CIRCUIT_FAILURES ? 0 : circuitMs(next - CIRCUIT_FAILURES + 1, input);
    await tx.run(
      `update notify_targets set failures = ?, open_until_ms = ?, last_error = ?,
         failing_since_ms = coalesce(failing_since_ms, ?) where target = ?`,
      [next, openMs === 0 ? 0 : tx.nowMs + openMs, input.outcome.error, tx.nowMs, target],
    );
    return;
  }
  const deliveredAtMs = input.outcome.kind === 'delivered' ? tx.nowMs : null;
  await tx.run(
    `update notify_targets set failures = 0, open_until_ms = 0, last_error = null,
       failing_since_ms = null, incident_raised_at_ms = null,
       last_delivered_at_ms = coalesce(?, last_delivered_at_ms) where target = ?`,
    [deliveredAtMs, target],
  );
  if (failures < CIRCUIT_FAILURES) return;
  await tx.run(
    `update outbox set due_at_ms = case when not_before_ms > ? then not_before_ms else ? end
     where target = ? and state = 'queued' and claimed_by is null and due_at_ms > ?`,
    [tx.nowMs, tx.nowMs, target, tx.nowMs],
  );
}

const circuitMs = (opened: number, input: FinishInput): number =>
  Math.max(
    Math.min(backoffMs(opened, input.backoffBaseMs, input.random), CIRCUIT_MS_MAX),
    Math.min(input.outcome.retryAfterMs ?? 0, BACKOFF_MS_MAX),
  );

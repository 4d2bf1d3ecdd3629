import type { Tx } from '../control/control-store.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import type { ChannelName } from './channel-settings.ts';
import type { DeliveryCause, MessageContent } from './message-content.ts';
import { type Bucket, freeAtMs, freeIn, fullAfter } from './rate.ts';
import { getRuleNotification, type StoredNotification } from './rule-notification.ts';

/** Failures in a row after which a target's circuit opens. */
export const CIRCUIT_FAILURES = 5;
/** Attempts (counted at the claim) after which a delivery is given up even when each attempt took the process down. */
export const ATTEMPTS_MAX = 60;

export type ClaimInput = {
  /** Name of this node: its own claims are free again when it starts. */
  readonly node: string;
  readonly leaseMs: number;
  /** Most deliveries to claim now, in all. */
  readonly batchMax: number;
  readonly perTargetMax: number;
  /** Most attempts to one target in a minute; absent = any number. Option `notify.ratePerMinute`. */
  readonly ratePerMinute?: number | undefined;
  /** Deliveries under way on this node, by target. */
  readonly inFlight: readonly { readonly target: string; readonly count: number }[];
};

/** One change in a digest. */
export type DigestItem = { readonly cause: DeliveryCause; readonly content: MessageContent };

export type ClaimedDelivery = {
  readonly deliveryId: string;
  readonly logpointId: LogpointId;
  readonly incidentId: ObjectId;
  readonly ruleId: ObjectId;
  readonly channel: ChannelName;
  readonly cause: DeliveryCause;
  readonly target: string;
  /** This attempt's number, from 1; the fence of this claim. */
  readonly attempt: number;
  readonly enqueuedAtMs: number;
  readonly expiresAtMs: number;
  readonly content: MessageContent;
  /** What a digest tells of, in order; empty for every other delivery. */
  readonly items: readonly DigestItem[];
  /** As it is set now; null when the rule has no such notification any more. */
  readonly notification: StoredNotification | null;
};

export type ClaimOutput = {
  readonly claimed: readonly ClaimedDelivery[];
  /** When the earliest delivery that could not be claimed now may be, Unix ms; null = none waits. */
  readonly nextDueAtMs: number | null;
};

type TargetRow = {
  readonly target: string;
  readonly failures: number;
  readonly open_until_ms: number;
  readonly due_at_ms: number | null;
  readonly rate_full_at_ms: number;
};
type OutboxRow = {
  readonly delivery_id: string;
  readonly logpoint_id: string;
  readonly incident_id: string;
  readonly rule_id: string;
  readonly channel: ChannelName;
  readonly cause: DeliveryCause;
  readonly target: string;
  readonly attempts: number;
  readonly enqueued_at_ms: number;
  readonly expires_at_ms: number;
  readonly content: string;
};

/**
 * Takes due deliveries under a lease, each target up to its own share, longest due first. The attempt is counted and
 * logged here, before anything is sent: an attempt that takes the process down is used up and seen. A target with an
 * open circuit is asked with one delivery at a time.
 */
export async function claimDeliveries(tx: Tx, input: ClaimInput): Promise<ClaimOutput> {
  const busy = new Map(input.inFlight.map(({ target, count }) => [target, count]));
  const claimed: ClaimedDelivery[] = [];
  for (const { target, failures, freeMs, bucket } of await dueTargets(tx, input)) {
    if (freeMs > tx.nowMs) break;
    const share = failures >= CIRCUIT_FAILURES ? 1 : input.perTargetMax;
    const tokens = bucket === null ? share : freeIn(bucket, tx.nowMs);
    const free = Math.min(share - (busy.get(target) ?? 0), tokens, input.batchMax - claimed.length);
    if (free <= 0) continue;
    const taken = await claimOfTarget(tx, input, target, free);
    claimed.push(...taken);
    if (bucket === null || taken.length === 0) continue;
    await tx.run('update notify_targets set rate_full_at_ms = ? where target = ?', [
      fullAfter(bucket, tx.nowMs, taken.length),
      target,
    ]);
  }
  return { claimed, nextDueAtMs: (await dueTargets(tx, input))[0]?.freeMs ?? null };
}

type DueTarget = {
  readonly target: string;
  readonly failures: number;
  readonly freeMs: number;
  /** Null without a rate. */
  readonly bucket: Bucket | null;
};

/** Targets with something to send, earliest first. One index seek a target, however many deliveries wait. */
async function dueTargets(tx: Tx, { ratePerMinute }: ClaimInput): Promise<DueTarget[]> {
  const rows = await tx.all<TargetRow>(
    `select t.target as target, t.failures as failures, t.open_until_ms as open_until_ms,
       t.rate_full_at_ms as rate_full_at_ms,
       (select min(o.due_at_ms) from outbox o
        where o.target = t.target and o.state = 'queued' and o.due_at_ms is not null) as due_at_ms
     from notify_targets t`,
  );
  return rows
    .flatMap(({ target, failures, open_until_ms, due_at_ms, rate_full_at_ms: fullAtMs }) => {
      if (due_at_ms === null) return [];
      const bucket = ratePerMinute === undefined ? null : { perMinute: ratePerMinute, fullAtMs };
      const rateMs = bucket === null ? 0 : freeAtMs(bucket, tx.nowMs);
      // A target that is free now is free since it was due: who waits longest goes first.
      const freeMs = Math.max(due_at_ms, open_until_ms, rateMs > tx.nowMs ? rateMs : 0);
      return [{ target, failures, freeMs, bucket }];
    })
    .sort((a, b) => a.freeMs - b.freeMs);
}

async function claimOfTarget(tx: Tx, input: ClaimInput, target: string, free: number): Promise<ClaimedDelivery[]> {
  const claimed: ClaimedDelivery[] = [];
  // What the rate of its own notification puts off makes room for others of the target.
  for (let isOver = false; !isOver && claimed.length < free; ) {
    const rows = await takeDue(tx, input, target, free - claimed.length);
    isOver = rows.length === 0;
    for (const row of rows) {
      const notification = await getRuleNotification(tx, row.logpoint_id, row.rule_id, row.channel);
      if (await passRate(tx, notification, row)) claimed.push(await startAttempt(tx, row, notification));
    }
  }
  return claimed;
}

const takeDue = (tx: Tx, input: ClaimInput, target: string, free: number): Promise<OutboxRow[]> =>
  tx.all<OutboxRow>(
    `update outbox set claimed_by = ?, due_at_ms = ?, attempts = attempts + 1
     where delivery_id in (
       select delivery_id from outbox where state = 'queued' and target = ? and due_at_ms <= ?
       order by due_at_ms, enqueued_at_ms limit ?)
     returning delivery_id, logpoint_id, incident_id, rule_id, channel, cause, target, attempts, enqueued_at_ms,
       expires_at_ms, content`,
    [input.node, tx.nowMs + input.leaseMs, target, tx.nowMs, free],
  );

/**
 * Takes one attempt from the notification's own rate. When there is none, this delivery and all others of the notification
 * that are due go back until there is one, uncounted.
 */
async function passRate(tx: Tx, notification: StoredNotification | null, row: OutboxRow): Promise<boolean> {
  if (notification?.ratePerMinute === undefined) return true;
  const key = [notification.logpointId, notification.ruleId, row.channel];
  const state = await tx.get<{ readonly fullAtMs: number }>(
    `select rate_full_at_ms as "fullAtMs" from rule_notifications where logpoint_id = ? and rule_id = ? and channel = ?`,
    key,
  );
  const bucket = { perMinute: notification.ratePerMinute, fullAtMs: state?.fullAtMs ?? 0 };
  if (freeIn(bucket, tx.nowMs) >= 1) {
    await tx.run(
      'update rule_notifications set rate_full_at_ms = ? where logpoint_id = ? and rule_id = ? and channel = ?',
      [fullAfter(bucket, tx.nowMs, 1), ...key],
    );
    return true;
  }
  const nextMs = freeAtMs(bucket, tx.nowMs);
  await tx.run('update outbox set claimed_by = null, due_at_ms = ?, attempts = attempts - 1 where delivery_id = ?', [
    nextMs,
    row.delivery_id,
  ]);
  await tx.run(
    `update outbox set due_at_ms = ? where state = 'queued' and target = ? and due_at_ms <= ? and claimed_by is null
       and logpoint_id = ? and rule_id = ? and channel = ?`,
    [nextMs, row.target, tx.nowMs, ...key],
  );
  return false;
}

async function startAttempt(tx: Tx, row: OutboxRow, notification: StoredNotification | null): Promise<ClaimedDelivery> {
  await tx.run(
    `update delivery_attempts set outcome = 'lost', error = 'the process ended or the lease ran out during this attempt'
     where delivery_id = ? and outcome = 'running'`,
    [row.delivery_id],
  );
  await tx.run(
    `insert into delivery_attempts (delivery_id, attempt, started_at_ms, outcome) values (?, ?, ?, 'running')`,
    [row.delivery_id, row.attempts, tx.nowMs],
  );
  return {
    deliveryId: row.delivery_id,
    logpointId: row.logpoint_id,
    incidentId: row.incident_id,
    ruleId: row.rule_id,
    channel: row.channel,
    cause: row.cause,
    target: row.target,
    attempt: row.attempts,
    enqueuedAtMs: row.enqueued_at_ms,
    expiresAtMs: row.expires_at_ms,
    content: JSON.parse(row.content) as MessageContent,
    items: row.channel === 'email' ? await itemsOf(tx, row.delivery_id) : [],
    notification,
  };
}

async function itemsOf(tx: Tx, deliveryId: string): Promise<DigestItem[]> {
  const rows = await tx.all<{ readonly cause: DeliveryCause; readonly content: string }>(
    'select cause, content from outbox_items where delivery_id = ? order by position',
    [deliveryId],
  );
  return rows.map(({ cause, content }) => ({ cause, content: JSON.parse(content) as MessageContent }));
}

/** Frees what this node had claimed before it ended: its attempts are over, whatever became of them. */
export async function freeClaims(tx: Tx, input: { readonly node: string }): Promise<number> {
  const { changes } = await tx.run(
    `update outbox set due_at_ms = ?, claimed_by = null where claimed_by = ? and state = 'queued'`,
    [tx.nowMs, input.node],
  );
  return changes;
}

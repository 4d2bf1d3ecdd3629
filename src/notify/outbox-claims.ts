import type { Tx } from '../control/control-store.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import type { ChannelName } from './channel-settings.ts';
import type { DeliveryCause, MessageContent } from './message-content.ts';
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
  for (const { target, failures, freeAtMs } of await dueTargets(tx)) {
    if (freeAtMs > tx.nowMs) break;
    const share = failures >= CIRCUIT_FAILURES ? 1 : input.perTargetMax;
    const free = Math.min(share - (busy.get(target) ?? 0), input.batchMax - claimed.length);
    if (free > 0) claimed.push(...(await claimOfTarget(tx, input, target, free)));
  }
  return { claimed, nextDueAtMs: (await dueTargets(tx))[0]?.freeAtMs ?? null };
}

type DueTarget = { readonly target: string; readonly failures: number; readonly freeAtMs: number };

/** Targets with something to send, earliest first. One index seek a target, however many deliveries wait. */
async function dueTargets(tx: Tx): Promise<DueTarget[]> {
  const rows = await tx.all<TargetRow>(
    `select t.target as target, t.failures as failures, t.open_until_ms as open_until_ms,
       (select min(o.due_at_ms) from outbox o
        where o.target = t.target and o.state = 'queued' and o.due_at_ms is not null) as due_at_ms
     from notify_targets t`,
  );
  return rows
    .flatMap(({ target, failures, open_until_ms, due_at_ms }) =>
      due_at_ms === null ? [] : [{ target, failures, freeAtMs: Math.max(due_at_ms, open_until_ms) }],
    )
    .sort((a, b) => a.freeAtMs - b.freeAtMs);
}

async function claimOfTarget(tx: Tx, input: ClaimInput, target: string, free: number): Promise<ClaimedDelivery[]> {
  const rows = await tx.all<OutboxRow>(
    `update outbox set claimed_by = ?, due_at_ms = ?, attempts = attempts + 1
     where delivery_id in (
       select delivery_id from outbox where state = 'queued' and target = ? and due_at_ms <= ?
       order by due_at_ms, enqueued_at_ms limit ?)
     returning delivery_id, logpoint_id, incident_id, rule_id, channel, cause, target, attempts, enqueued_at_ms,
       expires_at_ms, content`,
    [input.node, tx.nowMs + input.leaseMs, target, tx.nowMs, free],
  );
  const claimed: ClaimedDelivery[] = [];
  for (const row of rows) {
    await tx.run(
      `update delivery_attempts set outcome = 'lost', error = 'the process ended or the lease ran out during this attempt'
       where delivery_id = ? and outcome = 'running'`,
      [row.delivery_id],
    );
    await tx.run(
      `insert into delivery_attempts (delivery_id, attempt, started_at_ms, outcome) values (?, ?, ?, 'running')`,
      [row.delivery_id, row.attempts, tx.nowMs],
    );
    claimed.push({
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
      notification: await getRuleNotification(tx, row.logpoint_id, row.rule_id, row.channel),
    });
  }
  return claimed;
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

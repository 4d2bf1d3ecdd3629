import { randomUUID } from 'node:crypto';
import type { ReadTx, Tx } from '../control/control-store.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import type { ChannelName, ChannelSettings } from './channel-settings.ts';
import type { DeliveryCause, MessageContent } from './message-content.ts';
import { listRuleNotifications, type StoredNotification } from './rule-notification.ts';
import { targetOf } from './target.ts';

/** Signalled after each commit that made a delivery due. */
export const OUTBOX_TOPIC = 'outbox.changed';
/** Age at which a delivery that never arrived is given up. */
export const DELIVERY_LIFE_MS = 24 * 3_600_000;

export type Enqueue = {
  readonly logpointId: LogpointId;
  readonly incidentId: ObjectId;
  readonly ruleId: ObjectId;
  readonly cause: DeliveryCause;
  readonly content: MessageContent;
};

/**
 * Puts the rule's notifications of this cause into the outbox, inside the transaction of the change: nobody can see an
 * incident whose notification was lost, or the reverse. `raised` takes the automatic ones, `investigation` the manual
 * ones. Answers how many were taken on (those that a threshold holds back are logged as suppressed and not counted).
 */
export async function enqueueNotifications(tx: Tx, wanted: Enqueue): Promise<number> {
  const dispatchOption = wanted.cause === 'raised' ? 'auto' : 'manual';
  const notifications = (await listRuleNotifications(tx, wanted.logpointId, wanted.ruleId)).filter(
    (notification) => notification.dispatchOption === dispatchOption,
  );
  if (notifications.length === 0) return 0;
  const content = JSON.stringify(wanted.content);
  let queued = 0;
  for (const notification of notifications) {
    if (wanted.cause === 'raised' && !(await passThreshold(tx, notification))) {
      await insertDelivery(tx, wanted, notification.settings, content, 'suppressed');
      continue;
    }
    await insertDelivery(tx, wanted, notification.settings, content, 'queued');
    queued += 1;
  }
  if (queued > 0) tx.signal(OUTBOX_TOPIC, null);
  return queued;
}

/** One statement decides and remembers, so two incidents at the same time cannot both pass. */
async function passThreshold(tx: Tx, notification: StoredNotification): Promise<boolean> {
  if (notification.thresholdMs === 0) return true;
  const { changes } = await tx.run(
    `update rule_notifications set last_dispatched_at_ms = ?
     where logpoint_id = ? and rule_id = ? and channel = ?
       and (last_dispatched_at_ms is null or last_dispatched_at_ms <= ?)`,
    [
      tx.nowMs,
      notification.logpointId,
      notification.ruleId,
      notification.settings.channel,
      tx.nowMs - notification.thresholdMs,
    ],
  );
  return changes > 0;
}

async function insertDelivery(
  tx: Tx,
  wanted: Enqueue,
  settings: ChannelSettings,
  content: string,
  state: 'queued' | 'suppressed',
): Promise<void> {
  const { channel } = settings;
  const lane = await tx.get<{ readonly last: number | null; readonly waiting: number }>(
    `select max(lane_position) as last, coalesce(sum(case when state = 'queued' then 1 else 0 end), 0) as waiting
     from outbox where incident_id = ? and channel = ?`,
    [wanted.incidentId, channel],
  );
  const isQueued = state === 'queued';
  const isFirst = (lane?.waiting ?? 0) === 0;
  const target = targetOf(settings);
  await tx.run(
    `insert into outbox (delivery_id, logpoint_id, incident_id, rule_id, channel, lane_position, cause, target, state,
       content, due_at_ms, enqueued_at_ms, expires_at_ms, finished_at_ms, reason)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      randomUUID(),
      wanted.logpointId,
      wanted.incidentId,
      wanted.ruleId,
      channel,
      (lane?.last ?? 0) + 1,
      wanted.cause,
      target,
      state,
      content,
      isQueued && isFirst ? tx.nowMs : null,
      tx.nowMs,
      tx.nowMs + DELIVERY_LIFE_MS,
      isQueued ? null : tx.nowMs,
      isQueued ? null : 'held back by the threshold of the notification',
    ],
  );
  await tx.run('insert into notify_targets (target) values (?) on conflict (target) do nothing', [target]);
}

/** What still waits for a notification follows it to its new target, and joins that one's queue. */
export async function retargetQueued(
  tx: Tx,
  logpointId: LogpointId,
  ruleId: ObjectId,
  settings: ChannelSettings,
): Promise<void> {
  const target = targetOf(settings);
  const moved = await tx.run(
    `update outbox set target = ? where logpoint_id = ? and rule_id = ? and channel = ? and state = 'queued'
       and target <> ?`,
    [target, logpointId, ruleId, settings.channel, target],
  );
  if (moved.changes === 0) return;
  await tx.run('insert into notify_targets (target) values (?) on conflict (target) do nothing', [target]);
  tx.signal(OUTBOX_TOPIC, null);
}

/** Whether the rule has a notification that sending for investigation would trigger. */
export async function hasManualNotification(tx: ReadTx, logpointId: LogpointId, ruleId: ObjectId): Promise<boolean> {
  const row = await tx.get<{ readonly channel: ChannelName }>(
    `select channel from rule_notifications where logpoint_id = ? and rule_id = ? and dispatch_option = 'manual' limit 1`,
    [logpointId, ruleId],
  );
  return row !== undefined;
}

import { randomUUID } from 'node:crypto';
import { appendFeed } from '../audit/change-feed.ts';
import type { ReadTx, Tx } from '../control/control-store.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import type { ChannelName, ChannelSettings } from './channel-settings.ts';
import type { DeliveryCause, MessageContent } from './message-content.ts';
import { getRuleNotification, listRuleNotifications, type StoredNotification } from './rule-notification.ts';
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
  /** Asked for only when there is something to enqueue: most changes concern no notification. */
  content(): MessageContent | Promise<MessageContent>;
};

/**
 * Puts the rule's notifications of this cause into the outbox, inside the transaction of the change: nobody can see an
 * incident whose notification was lost, or the reverse. `raised` takes the automatic ones, `investigation` the manual
 * ones, a later change those that name it. Answers how many were taken on (those that a threshold holds back are logged
 * as suppressed and not counted).
 */
export async function enqueueNotifications(tx: Tx, wanted: Enqueue): Promise<number> {
  const notifications = (await notificationsOf(tx, wanted)).filter((notification) => isFor(notification, wanted.cause));
  if (notifications.length === 0) return 0;
  const content = JSON.stringify(await wanted.content());
  let queued = 0;
  for (const notification of notifications) {
    if (wanted.cause === 'raised' && !(await passThreshold(tx, notification))) {
      await insertDelivery(tx, wanted, notification.settings, content, 'suppressed');
      continue;
    }
    const digestMs = digestMsOf(notification.settings, wanted.cause);
    if (digestMs > 0) await addToDigest(tx, wanted, notification.settings, content, digestMs);
    else await insertDelivery(tx, wanted, notification.settings, content, 'queued');
    queued += 1;
  }
  if (queued > 0) tx.signal(OUTBOX_TOPIC, null);
  return queued;
}

/** By transaction: one that changes thousands of incidents of a few rules changes no notification of a rule. */
const knownIn = new WeakMap<Tx, Map<ObjectId, readonly StoredNotification[]>>();

async function notificationsOf(tx: Tx, { logpointId, ruleId }: Enqueue): Promise<readonly StoredNotification[]> {
  const known = knownIn.get(tx) ?? new Map<ObjectId, readonly StoredNotification[]>();
  knownIn.set(tx, known);
  const before = known.get(ruleId);
  if (before !== undefined) return before;
  const notifications = await listRuleNotifications(tx, logpointId, ruleId);
  known.set(ruleId, notifications);
  return notifications;
}

/** What a person asks for does not wait for a digest. */
const digestMsOf = (settings: ChannelSettings, cause: DeliveryCause): number =>
  settings.channel === 'email' && cause !== 'investigation' ? (settings.digestMinutes ?? 0) * 60_000 : 0;

/** Changes that one digest tells of; the next begins another one. */
export const DIGEST_ITEMS_MAX = 200;

/** Adds the change to the digest of the rule that is still open, or begins one. */
async function addToDigest(
  tx: Tx,
  wanted: Omit<Enqueue, 'content'>,
  settings: ChannelSettings,
  content: string,
  digestMs: number,
): Promise<void> {
  const open = await tx.get<{ readonly delivery_id: string; readonly items: number }>(
    `select o.delivery_id as delivery_id, count(i.position) as items
     from outbox o join outbox_items i on i.delivery_id = o.delivery_id
     where o.incident_id = ? and o.channel = ? and o.state = 'queued' and o.attempts = 0
     group by o.delivery_id, o.lane_position order by o.lane_position desc limit 1`,
    [wanted.ruleId, settings.channel],
  );
  let deliveryId = open?.delivery_id;
  let position = open?.items ?? 0;
  if (deliveryId === undefined || position >= DIGEST_ITEMS_MAX) {
    position = 0;
    deliveryId = await insertDelivery(tx, { ...wanted, incidentId: wanted.ruleId }, settings, content, 'queued');
    const untilMs = tx.nowMs + digestMs;
    await tx.run(
      `update outbox set not_before_ms = ?, expires_at_ms = ?,
         due_at_ms = case when due_at_ms is null then null else ? end where delivery_id = ?`,
      [untilMs, untilMs + DELIVERY_LIFE_MS, untilMs, deliveryId],
    );
  }
  await tx.run('insert into outbox_items (delivery_id, position, incident_id, cause, content) values (?, ?, ?, ?, ?)', [
    deliveryId,
    position + 1,
    wanted.incidentId,
    wanted.cause,
    content,
  ]);
}

function isFor({ dispatchOption, notifyOn }: StoredNotification, cause: DeliveryCause): boolean {
  if (cause === 'raised') return dispatchOption === 'auto';
  if (cause === 'investigation') return dispatchOption === 'manual';
  return notifyOn.some((change) => change === cause);
}

/**
 * Enqueues one delivery of the notification as it is set, for somebody who tries it out: the same way, the same limits, but
 * no second attempt. Answers the id under which the delivery log shows it; null when the rule has no such notification.
 */
export async function enqueueTest(
  tx: Tx,
  wanted: Omit<Enqueue, 'cause' | 'content'> & { readonly channel: ChannelName; readonly content: MessageContent },
): Promise<string | null> {
  const notification = await getRuleNotification(tx, wanted.logpointId, wanted.ruleId, wanted.channel);
  if (notification === null) return null;
  const delivery = { ...wanted, cause: 'test' as const };
  const deliveryId = await insertDelivery(
    tx,
    delivery,
    notification.settings,
    JSON.stringify(wanted.content),
    'queued',
  );
  await tx.run('update outbox set expires_at_ms = ? where delivery_id = ?', [tx.nowMs, deliveryId]);
  tx.signal(OUTBOX_TOPIC, null);
  return deliveryId;
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
  wanted: Omit<Enqueue, 'content'>,
  settings: ChannelSettings,
  content: string,
  state: 'queued' | 'suppressed',
): Promise<string> {
  const deliveryId = randomUUID();
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
      deliveryId,
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
  await appendFeed(tx, wanted.logpointId, [{ type: 'delivery', objectId: deliveryId, action: state, by: 'notify' }]);
  return deliveryId;
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

import { appendAudit } from '../audit/audit-chain.ts';
import { CHANNELS } from '../notify/channel-settings.ts';
import { RESEND_MAX, resendDeadLetter, resendDeadLetters } from '../notify/delivery-log.ts';
import { enqueueTest } from '../notify/outbox.ts';
import { sampleContent } from '../notify/sample-content.ts';
import { getRule } from '../rules/rule-store.ts';
import { refuse } from '../shared/errors.ts';
import { newObjectId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import { optionalText, optionalTextList, requiredText } from './order-input.ts';
import { authorOf, type TransactionKind } from './order-kind.ts';

/** Queues dead letters again: those that are named, those of a target, or all. All or none of the named ones. */
const resendKind: TransactionKind<JsonObject> = {
  mode: 'transaction',
  action: '/Notifications/resend',
  run: async (tx, ctx, data) => {
    const { logpointId } = ctx;
    const ids = [...new Set(optionalTextList(data, 'delivery_ids') ?? [])];
    const target = optionalText(data, 'target') ?? null;
    const isAll = data['all'] === true || data['all'] === 'true' || data['all'] === 'on';
    if (ids.length > RESEND_MAX) {
      throw refuse('RESEND_TOO_MANY', `delivery_ids names ${ids.length}, at most ${RESEND_MAX} are allowed`);
    }
    if (ids.length === 0 && target === null && !isAll) {
      throw refuse('RESEND_NOTHING', 'delivery_ids, target or all must be present in request.');
    }
    for (const deliveryId of ids) await resendDeadLetter(tx, { logpointId, deliveryId });
    const { resent, left } =
      ids.length > 0 ? { resent: ids.length, left: 0 } : await resendDeadLetters(tx, { logpointId, target });
    await appendAudit(tx, {
      ...authorOf(ctx),
      logpointId,
      action: 'notifications resent',
      objectType: 'notification',
      objectId: target ?? (ids.length === 1 ? (ids[0] ?? '') : ''),
      after: { resent, target },
    });
    return { message: `${resent} notifications are queued again`, resent, left };
  },
};

/** Sends the notification as it is set, once, under the right that its setting needs. */
const testKind: TransactionKind<JsonObject> = {
  mode: 'transaction',
  action: '/AlertRules/testNotification',
  run: async (tx, ctx, data) => {
    const { logpointId } = ctx;
    const ruleId = requiredText(data, 'id');
    const word = requiredText(data, 'channel').trim().toLowerCase();
    const channel = CHANNELS.find((known) => known === word);
    if (channel === undefined) {
      throw refuse('NOTIFICATION_INVALID', `channel must be one of ${CHANNELS.join(', ')}`);
    }
    const rule = await getRule(tx, logpointId, ruleId);
    if (rule === null) throw refuse('RULE_UNKNOWN', 'Alert rule not found');
    const content = sampleContent(rule, tx.nowMs);
    // A lane of its own: a test waits for nothing and holds nothing up.
    const incidentId = newObjectId(tx.nowMs);
    const deliveryId = await enqueueTest(tx, { logpointId, ruleId, incidentId, channel, content });
    if (deliveryId === null) throw refuse('NOTIFICATION_UNSET', `Alert rule has no ${channel} notification`);
    await appendAudit(tx, {
      ...authorOf(ctx),
      logpointId,
      action: 'notification tested',
      objectType: 'alert rule',
      objectId: ruleId,
      after: { channel, delivery_id: deliveryId },
    });
    return { message: 'Test is queued', delivery_id: deliveryId };
  },
};

export const deliveryOrders: readonly TransactionKind<JsonObject>[] = [resendKind, testKind];

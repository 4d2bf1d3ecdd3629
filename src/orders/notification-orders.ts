import { appendAudit } from '../audit/audit-chain.ts';
import type { Tx } from '../control/control-store.ts';
import type { NotificationInput } from '../notify/channel-input.ts';
import type { ChannelName, ChannelSettings } from '../notify/channel-settings.ts';
import { readSmsNotification, readSnmpNotification, readSyslogNotification } from '../notify/network-input.ts';
import { readEmailNotification, readHttpNotification } from '../notify/notification-input.ts';
import { retargetQueued } from '../notify/outbox.ts';
import {
  clearRuleNotification,
  getRuleNotification,
  type RuleNotification,
  secretContext,
  setRuleNotification,
} from '../notify/rule-notification.ts';
import { createSecretBox } from '../notify/secret-box.ts';
import { snmpEngineId } from '../notify/snmp-trap.ts';
import { readSshNotification } from '../notify/ssh-input.ts';
import { getRule } from '../rules/rule-store.ts';
import { refuse } from '../shared/errors.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import { authorOf, type OrderContext, type TransactionKind } from './order-kind.ts';

/** The body's `data` with the rule's id. */
export type NotificationOrder = JsonObject;

/** Plain data, so that it reaches the thread that carries orders out. */
export type NotificationOrderSettings = {
  /** 32 bytes from `loadSecretKey`; seals what authenticates notifications. */
  readonly secretKey: Uint8Array;
};

/** The notifications of a rule, one operation for each channel. */
export function notificationOrders(settings: NotificationOrderSettings): readonly TransactionKind<NotificationOrder>[] {
  return [
    kindOf('/AlertRules/EmailNotification', 'email', readEmailNotification, settings),
    kindOf('/AlertRules/HTTPNotification', 'http', readHttpNotification, settings),
    kindOf('/AlertRules/SyslogNotification', 'syslog', readSyslogNotification, settings),
    kindOf('/AlertRules/SNMPNotification', 'snmp', readSnmpNotification, settings),
    kindOf('/AlertRules/SSHNotification', 'ssh', readSshNotification, settings),
    kindOf('/AlertRules/SMSNotification', 'sms', readSmsNotification, settings),
  ];
}

const kindOf = (
  action: string,
  channel: ChannelName,
  read: (data: JsonObject) => NotificationInput,
  settings: NotificationOrderSettings,
): TransactionKind<NotificationOrder> => ({
  mode: 'transaction',
  action,
  run: async (tx, ctx, data) => {
    const ruleId = typeof data['id'] === 'string' ? data['id'] : '';
    const rule = await getRule(tx, ctx.logpointId, ruleId);
    if (rule === null) throw refuse('RULE_UNKNOWN', 'Alert rule not found');
    const input = read(data);
    const before = await getRuleNotification(tx, ctx.logpointId, ruleId, channel);
    if (input.kind === 'off') {
      const cleared = await clearRuleNotification(tx, ctx.logpointId, ruleId, channel);
      if (cleared) await audit(tx, ctx, channel, ruleId, before, null);
      return { message: 'Notification is cleared' };
    }
    if (Object.keys(input.errors).length > 0) {
      throw refuse('NOTIFICATION_INVALID', 'Validation failed', input.errors);
    }
    const next: RuleNotification = {
      logpointId: ctx.logpointId,
      ruleId,
      dispatchOption: input.dispatchOption,
      settings: input.settings,
      thresholdMs: input.thresholdMs,
      notifyOn: input.notifyOn,
      ratePerMinute: input.ratePerMinute,
    };
    await setRuleNotification(tx, { ...next, sealedSecrets: seal(settings, ctx.logpointId, ruleId, channel, input) });
    await retargetQueued(tx, ctx.logpointId, ruleId, input.settings);
    await audit(tx, ctx, channel, ruleId, before, next);
    return { message: savedMessage(ctx.logpointId, input.settings) };
  },
});

/** With what the administrator of the receiver must know or still has to do. */
function savedMessage(logpointId: LogpointId, settings: ChannelSettings): string {
  if (settings.channel === 'ssh' && settings.hostKey === '' && !settings.trustFirstKey) {
    return 'Notification is saved; nothing is sent until ssh_host_key or ssh_trust_first_key is set';
  }
  if (settings.channel === 'snmp' && settings.version === 'v3') {
    return `Notification is saved; the engine ID of its traps is 0x${snmpEngineId(logpointId)}`;
  }
  return 'Notification is saved';
}

function seal(
  settings: NotificationOrderSettings,
  logpointId: LogpointId,
  ruleId: ObjectId,
  channel: ChannelName,
  input: NotificationInput & { kind: 'set' },
): string | null {
  if (Object.keys(input.secrets).length === 0) return null;
  const box = createSecretBox(settings.secretKey);
  return box.seal(JSON.stringify(input.secrets), secretContext(logpointId, ruleId, channel));
}

async function audit(
  tx: Tx,
  ctx: OrderContext,
  channel: ChannelName,
  ruleId: ObjectId,
  before: RuleNotification | null,
  after: RuleNotification | null,
): Promise<void> {
  await appendAudit(tx, {
    ...authorOf(ctx),
    logpointId: ctx.logpointId,
    action: after === null ? 'notification cleared' : 'notification set',
    objectType: 'alert rule',
    objectId: ruleId,
    before: shown(channel, before),
    after: shown(channel, after),
  });
}

/** Without secrets and without the logo's bytes; of an address only where it leads, because hooks hide tokens in paths. */
function shown(channel: ChannelName, notification: RuleNotification | null): JsonObject | null {
  if (notification === null) return null;
  const { settings, dispatchOption, thresholdMs, notifyOn, ratePerMinute = null } = notification;
  const common = {
    channel,
    dispatch_option: dispatchOption,
    threshold_ms: thresholdMs,
    notify_on: notifyOn,
    rate_per_minute: ratePerMinute,
  };
  switch (settings.channel) {
    case 'email': {
      const { logo: _left, ...rest } = settings;
      return { ...common, ...rest };
    }
    case 'http': {
      const { url, ...rest } = settings;
      return { ...common, origin: new URL(url).origin, ...rest };
    }
    default:
      return { ...common, ...settings };
  }
}

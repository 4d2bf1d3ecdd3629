import type { ReadTx, Tx } from '../control/control-store.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import type { ChannelName, ChannelSettings } from './channel-settings.ts';
import type { ChangeCause } from './message-content.ts';

/** `auto` = when the incident is raised, `manual` = only when it is sent for investigation. */
export const DISPATCH_OPTIONS = ['auto', 'manual'] as const;
export type DispatchOption = (typeof DISPATCH_OPTIONS)[number];

/** One channel of one rule. Holds no secret: those stay sealed until a delivery is sent. */
export type RuleNotification = {
  readonly logpointId: LogpointId;
  readonly ruleId: ObjectId;
  readonly dispatchOption: DispatchOption;
  readonly settings: ChannelSettings;
  /** At most one automatic notification in this time; 0 = each. */
  readonly thresholdMs: number;
  /** Changes of an incident that are told as well. */
  readonly notifyOn: readonly ChangeCause[];
  /** Most attempts in a minute; absent = as many as the target's own rate lets through. */
  readonly ratePerMinute?: number | undefined;
};

export type StoredNotification = RuleNotification & { readonly sealedSecrets: string | null };

type Row = {
  readonly logpoint_id: string;
  readonly rule_id: string;
  readonly channel: ChannelName;
  readonly dispatch_option: DispatchOption;
  readonly settings: string;
  readonly sealed_secrets: string | null;
  readonly threshold_ms: number;
  readonly notify_on: string;
  readonly rate_per_minute: number | null;
};

const COLUMNS = `logpoint_id, rule_id, channel, dispatch_option, settings, sealed_secrets, threshold_ms, notify_on,
  rate_per_minute`;

const fromRow = (row: Row): StoredNotification => ({
  logpointId: row.logpoint_id,
  ruleId: row.rule_id,
  dispatchOption: row.dispatch_option,
  settings: JSON.parse(row.settings) as ChannelSettings,
  thresholdMs: row.threshold_ms,
  notifyOn: JSON.parse(row.notify_on) as ChangeCause[],
  sealedSecrets: row.sealed_secrets,
  ...(row.rate_per_minute === null ? {} : { ratePerMinute: row.rate_per_minute }),
});

/** Ties a sealed secret to its place. */
export const secretContext = (logpointId: LogpointId, ruleId: ObjectId, channel: ChannelName): string =>
  `notification:${logpointId}:${ruleId}:${channel}`;

export async function listRuleNotifications(
  tx: ReadTx,
  logpointId: LogpointId,
  ruleId: ObjectId,
): Promise<StoredNotification[]> {
  const rows = await tx.all<Row>(
    `select ${COLUMNS} from rule_notifications where logpoint_id = ? and rule_id = ? order by channel`,
    [logpointId, ruleId],
  );
  return rows.map(fromRow);
}

export async function getRuleNotification(
  tx: ReadTx,
  logpointId: LogpointId,
  ruleId: ObjectId,
  channel: ChannelName,
): Promise<StoredNotification | null> {
  const row = await tx.get<Row>(
    `select ${COLUMNS} from rule_notifications where logpoint_id = ? and rule_id = ? and channel = ?`,
    [logpointId, ruleId, channel],
  );
  return row === undefined ? null : fromRow(row);
}

/** Sets the channel of the rule; what was there is replaced. The threshold's clock goes on. */
export async function setRuleNotification(tx: Tx, next: StoredNotification): Promise<void> {
  await tx.run(
    `insert into rule_notifications (${COLUMNS}, updated_at_ms) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (logpoint_id, rule_id, channel) do update set
       dispatch_option = excluded.dispatch_option, settings = excluded.settings,
       sealed_secrets = excluded.sealed_secrets, threshold_ms = excluded.threshold_ms,
       notify_on = excluded.notify_on, rate_per_minute = excluded.rate_per_minute,
       updated_at_ms = excluded.updated_at_ms`,
    [
      next.logpointId,
      next.ruleId,
      next.settings.channel,
      next.dispatchOption,
      JSON.stringify(next.settings),
      next.sealedSecrets,
      next.thresholdMs,
      JSON.stringify(next.notifyOn),
      next.ratePerMinute ?? null,
      tx.nowMs,
    ],
  );
}

/** Clears the channel of the rule; true when there was one. What is already queued ends as a dead letter that says so. */
export async function clearRuleNotification(
  tx: Tx,
  logpointId: LogpointId,
  ruleId: ObjectId,
  channel: ChannelName,
): Promise<boolean> {
  const { changes } = await tx.run(
    'delete from rule_notifications where logpoint_id = ? and rule_id = ? and channel = ?',
    [logpointId, ruleId, channel],
  );
  return changes > 0;
}

/** Clears every channel of a rule that goes to the trash. */
export async function clearRuleNotifications(tx: Tx, logpointId: LogpointId, ruleId: ObjectId): Promise<void> {
  await tx.run('delete from rule_notifications where logpoint_id = ? and rule_id = ?', [logpointId, ruleId]);
}

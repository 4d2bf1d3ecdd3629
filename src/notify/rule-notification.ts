import type { ReadTx, Tx } from '../control/control-store.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';

/** Ways out that exist. Others are added here, in `channel-settings.ts` and as an adapter. */
export const CHANNELS = ['email', 'http'] as const;
export type ChannelName = (typeof CHANNELS)[number];

/** `auto` = when the incident is raised, `manual` = only when it is sent for investigation. */
export const DISPATCH_OPTIONS = ['auto', 'manual'] as const;
export type DispatchOption = (typeof DISPATCH_OPTIONS)[number];

export const HTTP_METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD'] as const;
export type HttpMethod = (typeof HTTP_METHODS)[number];
export const AUTH_TYPES = ['basic_auth', 'api_token', 'bearer_token'] as const;
export type AuthType = (typeof AUTH_TYPES)[number];

export type EmailSettings = {
  readonly channel: 'email';
  readonly emails: readonly string[];
  /** Templates; empty = the built-in text. */
  readonly subject: string;
  readonly template: string;
  /** True leaves the search link out. */
  readonly linkDisable: boolean;
  readonly logoEnable: boolean;
  /** Image in base64, without a data URL prefix; '' = none. */
  readonly logo: string;
};

export type HttpSettings = {
  readonly channel: 'http';
  /** Absolute, http or https, without credentials. May hold `{{ … }}` nowhere: the target is what the rule says. */
  readonly url: string;
  readonly method: HttpMethod;
  /** Templates; an empty body is the built-in JSON for methods that have a body. */
  readonly queryString: string;
  readonly body: string;
  readonly authType: AuthType | null;
  /** User (basic_auth) or header name (api_token). */
  readonly authKey: string;
};

export type ChannelSettings = EmailSettings | HttpSettings;

/** What is sealed. Names are those of the API. */
export type ChannelSecrets = {
  readonly auth_value?: string | undefined;
  readonly auth_pass?: string | undefined;
  /** Standard Webhooks secrets, `whsec_…`, blank-separated: several while a key is rotated. */
  readonly webhook_secret?: string | undefined;
};

/** One channel of one rule. Holds no secret: those stay sealed until a delivery is sent. */
export type RuleNotification = {
  readonly logpointId: LogpointId;
  readonly ruleId: ObjectId;
  readonly dispatchOption: DispatchOption;
  readonly settings: ChannelSettings;
  /** At most one automatic notification in this time; 0 = each. */
  readonly thresholdMs: number;
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
};

const COLUMNS = 'logpoint_id, rule_id, channel, dispatch_option, settings, sealed_secrets, threshold_ms';

const fromRow = (row: Row): StoredNotification => ({
  logpointId: row.logpoint_id,
  ruleId: row.rule_id,
  dispatchOption: row.dispatch_option,
  settings: JSON.parse(row.settings) as ChannelSettings,
  thresholdMs: row.threshold_ms,
  sealedSecrets: row.sealed_secrets,
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
    `insert into rule_notifications (${COLUMNS}, updated_at_ms) values (?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (logpoint_id, rule_id, channel) do update set
       dispatch_option = excluded.dispatch_option, settings = excluded.settings,
       sealed_secrets = excluded.sealed_secrets, threshold_ms = excluded.threshold_ms,
       updated_at_ms = excluded.updated_at_ms`,
    [
      next.logpointId,
      next.ruleId,
      next.settings.channel,
      next.dispatchOption,
      JSON.stringify(next.settings),
      next.sealedSecrets,
      next.thresholdMs,
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

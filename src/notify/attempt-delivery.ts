import type { ControlStore } from '../control/control-store.ts';
import { searchLink } from '../incidents/search-link.ts';
import type { Clock } from '../shared/clock.ts';
import { AppError } from '../shared/errors.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import { repoAddress } from '../tenancy/logpoint.ts';
import type { ChannelSecrets, ChannelSettings } from './channel-settings.ts';
import type { EmailSender } from './email-message.ts';
import { wantsRows } from './fill-template.ts';
import type { MessageContent, MessageExtras } from './message-content.ts';
import type { ClaimedDelivery } from './outbox-claims.ts';
import { surroundingsQuery } from './registry.ts';
import type { DeliveryParts } from './render-http.ts';
import { type StoredNotification, secretContext } from './rule-notification.ts';
import type { SecretBox } from './secret-box.ts';
import { missingFor, sendByChannel } from './send-by-channel.ts';
import type { SendOutcome } from './send-outcome.ts';
import type { Senders } from './sender.ts';

/** Result rows behind an incident, for templates that show them. */
export type RowSource = (content: MessageContent, signal: AbortSignal) => Promise<readonly JsonObject[]>;

export type AttemptServices = {
  readonly store: ControlStore;
  readonly clock: Clock;
  readonly secretBox: SecretBox;
  /** Where mail about an incident asks to be answered; absent without an inbound mailbox. */
  readonly replyAddress?: ((logpointId: LogpointId, incidentId: ObjectId) => string) | undefined;
  readonly senders: Senders;
  /** The logpoint's own mail server; null where it has none, and then `senders.email` sends. */
  readonly mailOf?: ((logpointId: LogpointId) => Promise<EmailSender | null>) | undefined;
  /** Private key of the option `notify.sshKey`; null when it is not set. */
  readonly sshKey: string | null;
  /** Host of search links; '' leaves them out. */
  readonly linkHost: string;
  readonly rows: RowSource;
};

const ROWS_TIMEOUT_MS = 10_000;

const failure = (kind: 'retry' | 'dead', error: string): SendOutcome => ({
  kind,
  status: null,
  request: '',
  answer: '',
  error,
  retryAfterMs: null,
});

/** Makes the message of a delivery and sends it once. What is missing or broken on our side is an outcome too. */
export async function attemptDelivery(
  services: AttemptServices,
  delivery: ClaimedDelivery,
  signal: AbortSignal,
): Promise<SendOutcome> {
  const { notification } = delivery;
  if (notification === null) return failure('dead', 'the rule has no such notification any more');
  const { settings } = notification;
  try {
    const channels = settings.channel === 'email' ? await withMailOf(services, notification.logpointId) : services;
    const missing = missingFor(channels, settings);
    if (missing !== null) return failure('retry', missing);
    const secrets = openSecrets(services.secretBox, notification);
    const parts: DeliveryParts = {
      deliveryId: delivery.deliveryId,
      atMs: services.clock(),
      cause: delivery.cause,
      content: delivery.content,
      items: delivery.items,
      extras: await extrasOf(services, delivery.content, settings, signal),
      replyTo: replyToOf(services, delivery),
    };
    return await sendByChannel(channels, notification, secrets, parts, signal);
  } catch (error) {
    // A sealed secret that does not open, a store that is away: an administrator's matter, and it may pass.
    if (error instanceof AppError) return failure('retry', error.message);
    throw error;
  }
}

/** A digest tells of many incidents and a test of none: their answers are no comments. */
function replyToOf(services: AttemptServices, delivery: ClaimedDelivery): string | undefined {
  if (delivery.cause === 'test' || delivery.items.length > 0) return undefined;
  return services.replyAddress?.(delivery.logpointId, delivery.incidentId);
}

async function withMailOf(services: AttemptServices, logpointId: LogpointId): Promise<AttemptServices> {
  const own = (await services.mailOf?.(logpointId)) ?? null;
  return own === null ? services : { ...services, senders: { ...services.senders, email: own } };
}

function openSecrets(box: SecretBox, notification: StoredNotification): ChannelSecrets {
  if (notification.sealedSecrets === null) return {};
  const { logpointId, ruleId, settings } = notification;
  return JSON.parse(box.open(notification.sealedSecrets, secretContext(logpointId, ruleId, settings.channel)));
}

async function extrasOf(
  services: AttemptServices,
  content: MessageContent,
  settings: ChannelSettings,
  signal: AbortSignal,
): Promise<MessageExtras> {
  const { logpointName, logpointIp, timeZone } = await services.store.read(surroundingsQuery, content);
  const repos = content.repos.map((name) => repoAddress(logpointIp, name));
  const link =
    services.linkHost === ''
      ? ''
      : searchLink(services.linkHost, content.query, repos, content.windowFromMs, content.windowToMs);
  const rows = wantsRows(settings) ? await searchRows(services, content, signal) : { rows: [], rowsError: '' };
  return { logpointName, timeZone, searchLink: link, ...rows };
}

/** Rows that cannot be had in time do not hold the message back. */
async function searchRows(
  services: AttemptServices,
  content: MessageContent,
  signal: AbortSignal,
): Promise<Pick<MessageExtras, 'rows' | 'rowsError'>> {
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(ROWS_TIMEOUT_MS)]);
    return { rows: await services.rows(content, limit), rowsError: '' };
  } catch (error) {
    return { rows: [], rowsError: `sent without rows: ${error instanceof Error ? error.message : String(error)}` };
  }
}

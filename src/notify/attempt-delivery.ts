import type { ControlStore } from '../control/control-store.ts';
import { searchLink } from '../incidents/search-link.ts';
import type { Clock } from '../shared/clock.ts';
import { AppError } from '../shared/errors.ts';
import type { JsonObject } from '../shared/json.ts';
import { repoAddress } from '../tenancy/logpoint.ts';
import type { EmailSender } from './email-message.ts';
import { asksForRows } from './fill-template.ts';
import type { HttpSender } from './http-message.ts';
import type { MessageContent, MessageExtras } from './message-content.ts';
import type { ClaimedDelivery } from './outbox-claims.ts';
import { surroundingsQuery } from './registry.ts';
import { renderEmailMessage } from './render-email.ts';
import { type DeliveryParts, renderHttpMessage } from './render-http.ts';
import {
  type ChannelSecrets,
  type ChannelSettings,
  type StoredNotification,
  secretContext,
} from './rule-notification.ts';
import type { SecretBox } from './secret-box.ts';
import type { SendOutcome } from './send-outcome.ts';

/** Result rows behind an incident, for templates that show them. */
export type RowSource = (content: MessageContent, signal: AbortSignal) => Promise<readonly JsonObject[]>;

export type AttemptServices = {
  readonly store: ControlStore;
  readonly clock: Clock;
  readonly secretBox: SecretBox;
  readonly http: HttpSender;
  /** Null when no mail server is configured. */
  readonly email: EmailSender | null;
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
  if (settings.channel === 'email' && services.email === null) {
    return failure('retry', 'no mail server is configured: set smtp.host');
  }
  try {
    const secrets = openSecrets(services.secretBox, notification);
    const parts: DeliveryParts = {
      deliveryId: delivery.deliveryId,
      atMs: services.clock(),
      cause: delivery.cause,
      content: delivery.content,
      extras: await extrasOf(services, delivery.content, settings, signal),
    };
    return await send(services, settings, secrets, parts, signal);
  } catch (error) {
    // A sealed secret that does not open, a store that is away: an administrator's matter, and it may pass.
    if (error instanceof AppError) return failure('retry', error.message);
    throw error;
  }
}

async function send(
  services: AttemptServices,
  settings: ChannelSettings,
  secrets: ChannelSecrets,
  parts: DeliveryParts,
  signal: AbortSignal,
): Promise<SendOutcome> {
  if (settings.channel === 'http') {
    const { message, warning } = renderHttpMessage(settings, secrets, parts);
    return withWarning(await services.http.send(message, signal), warning ?? parts.extras.rowsError);
  }
  if (services.email === null) return failure('retry', 'no mail server is configured: set smtp.host');
  const { message, warning } = renderEmailMessage(settings, parts);
  return withWarning(await services.email.send(message, signal), warning ?? parts.extras.rowsError);
}

const withWarning = (outcome: SendOutcome, warning: string): SendOutcome =>
  warning === '' ? outcome : { ...outcome, error: [outcome.error, warning].filter((part) => part !== null).join('; ') };

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
  const wantsRows =
    settings.channel === 'http'
      ? asksForRows(settings.queryString, settings.body)
      : asksForRows(settings.subject, settings.template);
  const rows = wantsRows ? await searchRows(services, content, signal) : { rows: [], rowsError: '' };
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

import { command, query } from '../control/control-store.ts';
import type { IncidentDeps } from '../incidents/change-incident.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import type { ChannelName } from './channel-settings.ts';
import { loadContextView } from './context-view.ts';
import { getDelivery, listIncidentDeliveries, resendDeadLetter, sweepDeliveries } from './delivery-log.ts';
import { deliveryPage } from './delivery-pages.ts';
import { pinHostKey } from './host-key-pin.ts';
import { type MailboxState, noteMailbox } from './mailbox-health.ts';
import { claimDeliveries, freeClaims } from './outbox-claims.ts';
import { finishAttempt } from './outbox-finish.ts';
import { getRuleNotification, listRuleNotifications } from './rule-notification.ts';
import { loadSurroundings } from './surroundings.ts';
import { type TakeReply, takeReply } from './take-reply.ts';
import { type CheckTargets, raiseForDownTargets } from './target-health.ts';
import { countOutbox, listTargets } from './target-state.ts';

export const claimCommand = command('notify.claim', claimDeliveries);
export const finishCommand = command('notify.finish', finishAttempt);
export const freeClaimsCommand = command('notify.freeClaims', freeClaims);
export const sweepCommand = command('notify.sweep', sweepDeliveries);
export const resendCommand = command('notify.resend', resendDeadLetter);
export const pinHostKeyCommand = command('notify.pinHostKey', pinHostKey);
export const incidentDeliveriesQuery = query('notify.incidentDeliveries', listIncidentDeliveries);
export const deliveryQuery = query('notify.delivery', getDelivery);
/** Deliveries of an incident or a rule, or dead letters, page by page. */
export const deliveriesQuery = query('notify.deliveries', deliveryPage, { slow: true });
/** A channel of a rule as it is set; its secrets stay sealed. */
export const getNotification = query(
  'notify.ruleNotification',
  (tx, key: { readonly logpointId: LogpointId; readonly ruleId: ObjectId; readonly channel: ChannelName }) =>
    getRuleNotification(tx, key.logpointId, key.ruleId, key.channel),
);
/** Every channel of a rule as it is set, without its secrets; whether it has some. */
export const ruleNotificationsQuery = query(
  'notify.ruleNotifications',
  async (tx, key: { readonly logpointId: LogpointId; readonly ruleId: ObjectId }) =>
    (await listRuleNotifications(tx, key.logpointId, key.ruleId)).map(({ sealedSecrets, ...set }) => ({
      ...set,
      hasSecrets: sealedSecrets !== null,
    })),
);
export const targetsQuery = query('notify.targets', listTargets, { slow: true });
export const countsQuery = query('notify.counts', countOutbox, { slow: true });
export const surroundingsQuery = query('notify.surroundings', loadSurroundings);
export const contextViewQuery = query('notify.contextView', loadContextView, { slow: true });

/** Its incidents are announced like any other: the listeners come from outside. */
export const checkTargetsCommand = (deps: Pick<IncidentDeps, 'listeners'>) =>
  command('notify.checkTargets', (tx, input: CheckTargets) => raiseForDownTargets(tx, input, deps.listeners));

/** A comment by mail is a comment like any other. */
export const takeReplyCommand = (deps: IncidentDeps, secretKey: Uint8Array | null) =>
  command('notify.takeReply', (tx, input: TakeReply) => takeReply(tx, input, deps, secretKey));
export const noteMailboxCommand = (deps: Pick<IncidentDeps, 'listeners'>) =>
  command('notify.noteMailbox', (tx, input: MailboxState) => noteMailbox(tx, input, deps.listeners));

export const notifyEntries = [
  claimCommand,
  finishCommand,
  freeClaimsCommand,
  sweepCommand,
  resendCommand,
  pinHostKeyCommand,
  incidentDeliveriesQuery,
  deliveryQuery,
  deliveriesQuery,
  getNotification,
  ruleNotificationsQuery,
  targetsQuery,
  countsQuery,
  surroundingsQuery,
  contextViewQuery,
] as const;

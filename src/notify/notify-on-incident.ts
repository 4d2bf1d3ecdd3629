import { getUser } from '../accounts/users.ts';
import type { Tx } from '../control/control-store.ts';
import type { IncidentChange, IncidentListener } from '../incidents/incident-change.ts';
import { type ChangeDetails, contentOf, DELIVERY_CAUSES, type DeliveryCause } from './message-content.ts';
import { enqueueNotifications } from './outbox.ts';

/**
 * Enqueues the rule's notifications in the transaction of the change: the automatic ones when the incident is raised, the
 * manual ones when it is sent for investigation, those that ask for it on later changes. Answers how many were queued.
 */
export const notifyOnIncident: IncidentListener = async (tx, change) => {
  const cause = causeOf(change.kind);
  if (cause === null) return 0;
  const { incident } = change;
  return enqueueNotifications(tx, {
    logpointId: incident.logpointId,
    incidentId: incident.id,
    ruleId: incident.source.ruleId,
    cause,
    content: () => contentWithChange(tx, change),
  });
};

/** Null for what is no news to anybody outside, such as one more hit of an incident that was told of. */
const causeOf = (kind: IncidentChange['kind']): DeliveryCause | null =>
  DELIVERY_CAUSES.find((cause) => cause === kind) ?? null;

async function contentWithChange(tx: Tx, change: IncidentChange) {
  const { incident, kind, comment } = change;
  if (kind === 'raised') return contentOf(incident);
  const assignee = await getUser(tx, incident.logpointId, incident.assignedTo);
  const details: ChangeDetails = {
    // Nobody did it when a clock ran out.
    by: change.userId === null ? '' : (incident.lastAction?.title ?? ''),
    assignee: assignee?.username ?? '',
    comment: comment ?? '',
  };
  return contentOf(incident, details);
}

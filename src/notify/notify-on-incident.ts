import type { IncidentListener } from '../incidents/incident-change.ts';
import { contentOf } from './message-content.ts';
import { enqueueNotifications } from './outbox.ts';

/**
 * Enqueues the rule's notifications in the transaction of the change: the automatic ones when the incident is raised, the
 * manual ones when it is sent for investigation. Answers how many were queued.
 */
export const notifyOnIncident: IncidentListener = async (tx, { kind, incident }) => {
  if (kind !== 'raised' && kind !== 'investigation') return 0;
  return enqueueNotifications(tx, {
    logpointId: incident.logpointId,
    incidentId: incident.id,
    ruleId: incident.source.ruleId,
    cause: kind,
    content: contentOf(incident),
  });
};

import { queueCappedEvent } from '../audit/own-events.ts';
import type { Tx } from '../control/control-store.ts';
import type { IncidentSignal } from './incident-change.ts';

/**
 * Alert events of one rule in one minute. A rule that searches `_LogPointAlerts` and matches its own alerts would feed
 * itself for ever otherwise.
 */
export const ALERT_EVENTS_PER_MINUTE_MAX = 60;

/**
 * The change as an event of `_LogPointAlerts`, laid down in its transaction. Changes that only extend an incident are
 * left out: each would be one more of what the incident already counts.
 */
export async function queueAlertEvent(tx: Tx, change: IncidentSignal): Promise<void> {
  if (change.kind === 'extended') return;
  const { logpointId, atMs: eventAtMs } = change;
  const event = { logpointId, repo: '_LogPointAlerts', eventAtMs, fields: alertFields(change) };
  await queueCappedEvent(tx, event, `alerts of ${change.ruleId}`, ALERT_EVENTS_PER_MINUTE_MAX);
}

function alertFields(change: IncidentSignal): Record<string, string> {
  const fields: Record<string, string> = {
    msg: `incident ${change.kind}: ${change.name} (${change.number}), risk ${change.risk}, ${change.status}`,
    norm_id: 'LogPoint',
    label: 'Alert Incident',
    object: 'incident',
    action: change.kind,
    alert_name: change.name,
    incident_id: change.seriesId,
    incident_obj_id: change.incidentId,
    incident_number: change.number,
    alertrule_id: change.alertRuleId,
    risk: change.risk,
    status: change.status,
    type: change.type,
    hits: String(change.hits),
    rows_count: String(change.rowsCount),
  };
  const more = {
    description: change.description,
    alert_query: change.query,
    group: change.groupKey,
    attack_id: change.attackIds.join(','),
    attack_tag: change.attackTags.join(','),
    attack_category: change.attackCategories.join(','),
    log_source: change.logSource.join(','),
  };
  for (const [name, value] of Object.entries(more)) if (value !== '') fields[name] = value;
  return fields;
}

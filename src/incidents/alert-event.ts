import { type OwnEvent, queueCappedEvents } from '../audit/own-events.ts';
import type { Tx } from '../control/control-store.ts';
import { present } from '../shared/assert.ts';
import { numberText } from './incident.ts';
import type { IncidentChange } from './incident-change.ts';

/**
 * Alert events of one rule in one minute. A rule that searches `_LogPointAlerts` and matches its own alerts would feed
 * itself for ever otherwise.
 */
export const ALERT_EVENTS_PER_MINUTE_MAX = 60;

/**
 * The changes as events of `_LogPointAlerts`, laid down in their transaction. Changes that only extend an incident are
 * left out: each would be one more of what the incident already counts.
 */
export async function queueAlertEvents(tx: Tx, changes: readonly IncidentChange[]): Promise<void> {
  const byRule = new Map<string, IncidentChange[]>();
  for (const change of changes) {
    if (change.kind === 'extended') continue;
    const { ruleId } = change.incident.source;
    const known = byRule.get(ruleId);
    if (known === undefined) byRule.set(ruleId, [change]);
    else known.push(change);
  }
  const capped = [...byRule].map(([ruleId, ofRule]) => ({
    subject: `alerts of ${ruleId}`,
    perMinuteMax: ALERT_EVENTS_PER_MINUTE_MAX,
    count: ofRule.length,
    event: (place: number) => alertEvent(present(ofRule[place], 'change of an incident')),
  }));
  await queueCappedEvents(tx, capped);
}

function alertEvent(change: IncidentChange): OwnEvent {
  const { incident, atMs: eventAtMs } = change;
  return { logpointId: incident.logpointId, repo: '_LogPointAlerts', eventAtMs, fields: alertFields(change) };
}

function alertFields({ kind, incident }: IncidentChange): Record<string, string> {
  const { source, status } = incident;
  const number = numberText(incident);
  const fields: Record<string, string> = {
    msg: `incident ${kind}: ${source.name} (${number}), risk ${source.risk}, ${status}`,
    norm_id: 'LogPoint',
    label: 'Alert Incident',
    object: 'incident',
    action: kind,
    alert_name: source.name,
    incident_id: source.incidentId,
    incident_obj_id: incident.id,
    incident_number: number,
    alertrule_id: source.alertRuleId,
    risk: source.risk,
    status,
    type: source.type,
    hits: String(incident.hits),
    rows_count: String(incident.rowsCount),
  };
  const more = {
    description: source.description,
    alert_query: source.query,
    group: incident.groupKey,
    attack_id: source.attackIds.join(','),
    attack_tag: source.attackTags.join(','),
    attack_category: source.attackCategories.join(','),
    log_source: source.logSource.join(','),
  };
  for (const [name, value] of Object.entries(more)) if (value !== '') fields[name] = value;
  return fields;
}

import type { ReadTx } from '../control/control-store.ts';
import { incidentDataText } from '../incidents/incident-data.ts';
import { getIncident } from '../incidents/incident-record.ts';
import { getRule } from '../rules/rule-store.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import { isJsonObject, type Json, type JsonObject } from '../shared/json.ts';
import { contentOf, type MessageContent } from './message-content.ts';

/** What a rule's `alert_context_template` shows of an incident. */
export type ContextView = {
  readonly content: MessageContent;
  /** Of the rule as it is now; null when it has none, does not apply it, or is gone. */
  readonly template: string | null;
  /** Copy that the last FetchIncidentData left: events of a plain search, groups of a chart. */
  readonly rows: readonly JsonObject[];
};

/** Null when the logpoint has no such incident. */
export async function loadContextView(
  tx: ReadTx,
  input: { readonly logpointId: LogpointId; readonly incidentId: ObjectId },
): Promise<ContextView | null> {
  const { logpointId, incidentId } = input;
  const incident = await getIncident(tx, logpointId, incidentId);
  if (incident === null) return null;
  const rule = await getRule(tx, logpointId, incident.source.ruleId);
  const isUsed = rule?.applyJinjaTemplate === true && rule.alertContextTemplate !== '';
  const data: Json = JSON.parse((await incidentDataText(tx, logpointId, incidentId)) ?? '[]');
  return {
    content: contentOf(incident),
    template: isUsed ? rule.alertContextTemplate : null,
    rows: Array.isArray(data) ? data.flatMap(rowOf) : [],
  };
}

/** An entry of a plain search is its event, one of a chart is its group. */
function rowOf(entry: Json): JsonObject[] {
  if (!isJsonObject(entry)) return [];
  const { log_ts: _time, _participating_events: events, ...group } = entry;
  if (Object.keys(group).length > 0) return [entry];
  return Array.isArray(events) ? events.filter(isJsonObject) : [];
}

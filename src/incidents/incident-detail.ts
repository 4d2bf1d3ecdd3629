import type { ReadTx } from '../control/control-store.ts';
import { getRule } from '../rules/rule-store.ts';
import { present } from '../shared/assert.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import { incidentRowById } from './fetch-incidents.ts';
import { INCIDENT_STATUSES, type Incident, numberText } from './incident.ts';
import { getIncident } from './incident-record.ts';
import type { RowContext } from './incident-row.ts';
import { loadEntities, slaRow } from './light-row.ts';

/** Children that one answer names. */
const CHILDREN_SHOWN_MAX = 1_000;

/** Everything of one incident but its events: the row of FetchIncidents and what the console shows beside it. */
export async function incidentDetail(
  tx: ReadTx,
  logpointId: LogpointId,
  id: ObjectId,
  context: RowContext,
): Promise<JsonObject | null> {
  const incident = await getIncident(tx, logpointId, id);
  if (incident === null) return null;
  const row = await incidentRowById(tx, logpointId, incident.id, context);
  const children = await tx.all<{ id: string; number: number; status: number }>(
    'select id, number, status from incidents where merged_into = ? order by detected_at desc, id desc limit ?',
    [incident.id, CHILDREN_SHOWN_MAX],
  );
  const entities = (await loadEntities(tx, [incident.id])).get(incident.id) ?? [];
  return {
    ...row,
    lastaction: row?.['lastaction'] ?? null,
    rule_id: incident.source.ruleId,
    disposition: incident.disposition,
    disposition_reason: incident.dispositionReason,
    sla: slaRow(incident.sla),
    merged_into: incident.mergedInto,
    // A child has a status of its own: whoever ends the parent is to see which of them are left.
    children: children.map((child) => ({
      id: child.id,
      number: numberText(child),
      status: present(INCIDENT_STATUSES[child.status], 'incident status'),
    })),
    entities: entities.map(({ kind, value }) => ({ kind, value })),
    rule: await ruleOf(tx, incident),
  };
}

/** The rule as it is now; with what the incident kept of it when it is gone. Null for a hand-made incident. */
async function ruleOf(tx: ReadTx, { logpointId, source }: Incident): Promise<JsonObject | null> {
  if (source.ruleId === '') return null;
  const rule = await getRule(tx, logpointId, source.ruleId);
  // What the incident took over stays when the rule is gone: a Sigma rule's licence asks for it.
  const kept = (field: string): readonly string[] =>
    source.metadata.filter((entry) => entry.field === field).map(({ value }) => value);
  return {
    id: source.ruleId,
    alertrule_id: source.alertRuleId,
    name: rule?.name ?? source.name,
    description: rule?.description ?? source.description,
    query: rule?.query ?? source.query,
    version: rule?.version ?? source.ruleVersion,
    active: rule?.active ?? false,
    is_gone: rule === null,
    sigma_id: rule?.sigma?.id ?? kept('sigma_id')[0] ?? null,
    author: rule?.sigma?.author ?? kept('author')[0] ?? null,
    licence: rule?.sigma?.licence ?? kept('licence')[0] ?? null,
    references: rule?.sigma?.references ?? kept('reference'),
  };
}
